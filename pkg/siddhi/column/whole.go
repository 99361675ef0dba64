package column

// Whole is a view of a batch in which all its rows are one chunk.
type Whole struct {
	view Batch
	end  [1]int32
}

// Of returns the view of b; it is valid until the next call, and as long as b is.
func (w *Whole) Of(b *Batch) *Batch {
	v := &w.view
	w.end[0] = int32(b.N)
	v.N, v.Time, v.Kind, v.Key, v.Cols, v.Ends = b.N, b.Time, b.Kind, b.Key, b.Cols, w.end[:]
	return v
}
