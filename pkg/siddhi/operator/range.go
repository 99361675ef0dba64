package operator

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Label is one range of a partition: the key of the rows that fit Cond.
type Label struct {
	Text string
	Cond *expr.Predicate
}

// ByRange is the entry of a partition whose keys are labels with conditions: a
// row goes to each label that it fits, in the order of the text. Rows that fit
// none are dropped. A chunk ends wherever the label changes.
type ByRange struct {
	keys   *Keys
	labels []Label
	texts  *column.Column // of labels
	same   []int32        // by label: the first with its text
	ids    []int32        // of labels, once they are needed
	fits   [][]int32      // by label: the rows that fit
	at     []int          // by label: next of fits
	rows   []int32
	of     []int32 // by row of rows: its label
	out    *column.Buffer
	apart  bool // see Apart
	view   column.Batch
}

// Apart is ByValue's.
func (p *ByRange) Apart() { p.apart = true }

// NewByRange makes the entry for a stream with the given attributes. The keys
// must be of type string.
func NewByRange(keys *Keys, labels []Label, attrs schema.Attributes) *ByRange {
	p := &ByRange{
		keys: keys, labels: labels, texts: &column.Column{Type: schema.String},
		fits: make([][]int32, len(labels)), at: make([]int, len(labels)), out: column.NewBuffer(attrs),
	}
	for i, l := range labels {
		p.texts.AppendString(l.Text)
		first := slices.IndexFunc(labels[:i+1], func(o Label) bool { return o.Text == l.Text })
		p.same = append(p.same, int32(first))
	}
	return p
}

// Process implements flow.Operator.
func (p *ByRange) Process(b *column.Batch, emit flow.Emit) error {
	for i := range p.labels {
		rows, err := p.labels[i].Cond.Select(b, p.fits[i][:0])
		if err != nil {
			failed := p.placeUpToFailure(b)
			if err := p.deliver(b, emit); err != nil {
				return err
			}
			return failed
		}
		p.fits[i], p.at[i] = rows, 0
	}
	p.place(b.N)
	return p.deliver(b, emit)
}

// deliver emits the rows that place has listed.
func (p *ByRange) deliver(b *column.Batch, emit flow.Emit) error {
	if len(p.rows) == 0 {
		return nil
	}
	p.out.Gather(b, p.rows, present(b))
	p.out.UseKey()
	p.out.UseEnds()
	for c := range b.Chunks() {
		_, hi := b.Chunk(c)
		p.cut(int32(hi), c == b.Chunks()-1)
	}
	if p.apart {
		return p.oneByOne(emit)
	}
	for _, label := range p.of {
		p.out.Key = append(p.out.Key, p.key(label))
	}
	return emit(&p.out.Batch)
}

// oneByOne gives the chunks their key and emits each.
func (p *ByRange) oneByOne(emit flow.Emit) error {
	p.out.Key = append(p.out.Key, p.of...) // overwritten below
	for c := range p.out.Chunks() {
		lo, hi := p.out.Chunk(c)
		key := p.key(p.of[lo])
		for r := lo; r < hi; r++ {
			p.out.Key[r] = key
		}
		p.out.Slice(&p.view, lo, hi)
		if err := emit(&p.view); err != nil {
			return err
		}
	}
	return nil
}

// place lists the rows of a batch of n rows, each as often as it fits.
func (p *ByRange) place(n int) {
	p.rows, p.of = p.rows[:0], p.of[:0]
	for r := range int32(n) {
		for i := range p.labels {
			if p.at[i] < len(p.fits[i]) && p.fits[i][p.at[i]] == r {
				p.at[i]++
				p.rows, p.of = append(p.rows, r), append(p.of, p.same[i])
			}
		}
	}
}

// placeUpToFailure is place for a chunk with a row for which a condition fails. As in
// Siddhi the runs in front of it pass but for the last, which waits for another label.
func (p *ByRange) placeUpToFailure(b *column.Batch) error {
	p.rows, p.of = p.rows[:0], p.of[:0]
	for r := range b.N {
		b.Slice(&p.view, r, r+1)
		for i := range p.labels {
			fits, err := p.labels[i].Cond.Holds(&p.view)
			if err != nil {
				p.dropLastRun()
				return fmt.Errorf("range '%s': %w", p.labels[i].Text, err)
			}
			if fits {
				p.rows, p.of = append(p.rows, int32(r)), append(p.of, p.same[i])
			}
		}
	}
	return nil
}

func (p *ByRange) dropLastRun() {
	n := len(p.rows)
	for n > 0 {
		n--
		if n == 0 || p.of[n] != p.of[n-1] || p.rows[n] == p.rows[n-1] {
			break
		}
	}
	p.rows, p.of = p.rows[:n], p.of[:n]
}

// key returns the id of a label. A label has one from its first row on, since a
// stream that has no key of its own goes to the keys that have been seen.
func (p *ByRange) key(label int32) int32 {
	one := p.texts.Slice(int(label), int(label)+1)
	p.keys.cols[0] = &one
	p.ids = p.keys.insert(1, p.ids[:0])
	return p.ids[0]
}

// cut ends the chunks of the rows before row hi of the input: where the label
// changes, where a row comes again, and at hi.
func (p *ByRange) cut(hi int32, last bool) {
	from := int32(0)
	if n := len(p.out.Ends); n > 0 {
		from = p.out.Ends[n-1]
	}
	at := from
	for ; int(at) < len(p.rows) && (p.rows[at] < hi || last); at++ {
		if at > from && (p.of[at] != p.of[at-1] || p.rows[at] == p.rows[at-1]) {
			p.out.Ends = append(p.out.Ends, at)
		}
	}
	if at > from {
		p.out.Ends = append(p.out.Ends, at)
	}
}
