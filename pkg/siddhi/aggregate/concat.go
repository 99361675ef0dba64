package aggregate

import (
	"slices"
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// concat is str:groupConcat: the texts of each group, joined. Equal ones stand
// together, where the first of them came, or all in order.
type concat struct {
	groups [][]counted
	text   []byte
}

// counted is a text and how often it is there.
type counted struct {
	text string
	n    int64
}

func (f *concat) Grow(n int) { f.groups = grow(f.groups, n) }

func (f *concat) Update(args []*column.Column, rows *Rows, out *column.Column) {
	for row := rows.Lo; row < rows.Hi; row++ {
		g, gone := rows.Groups[row], expired(rows.Kinds, row)
		descending, sorted := false, len(args) > 3
		if sorted {
			descending = strings.EqualFold(args[3].String(row), "desc")
		}
		if text, ok := joined(args, row); ok {
			f.groups[g] = tally(f.groups[g], text, gone, sorted, descending)
		}
		if gone && rows.Silent {
			continue
		}
		separator := ","
		if len(args) > 1 {
			separator = textOf(args[1], row)
		}
		f.join(f.groups[g], separator, len(args) > 2 && args[2].Bool[row])
		out.SetBytes(row, f.text)
	}
}

// joined returns the text of a row. As in Siddhi a null is left out if nothing
// but it is given; with a separator it is the text null.
func joined(args []*column.Column, row int) (text string, ok bool) {
	if args[0].IsNull(row) && len(args) == 1 {
		return "", false
	}
	return textOf(args[0], row), true
}

func textOf(c *column.Column, row int) string {
	if c.IsNull(row) {
		return "null"
	}
	return c.String(row)
}

// tally adds a text to texts or takes it back; one that is not there is ignored.
func tally(texts []counted, text string, gone, sorted, descending bool) []counted {
	at, found := len(texts), false
	if sorted {
		at, found = slices.BinarySearchFunc(texts, text, func(c counted, text string) int {
			if descending {
				return compareUnits(text, c.text)
			}
			return compareUnits(c.text, text)
		})
	} else if i := slices.IndexFunc(texts, func(c counted) bool { return c.text == text }); i >= 0 {
		at, found = i, true
	}
	switch {
	case found && !gone:
		texts[at].n++
	case found:
		if texts[at].n--; texts[at].n == 0 {
			return slices.Delete(texts, at, at+1)
		}
	case !gone:
		return slices.Insert(texts, at, counted{strings.Clone(text), 1})
	}
	return texts
}

// join puts the joined texts into f.text.
func (f *concat) join(texts []counted, separator string, distinct bool) {
	f.text = f.text[:0]
	for i, c := range texts {
		times := c.n
		if distinct {
			times = 1
		}
		for k := range times {
			if i > 0 || k > 0 {
				f.text = append(f.text, separator...)
			}
			f.text = append(f.text, c.text...)
		}
	}
}

// compareUnits orders texts by UTF-16 units, as Java does. It is the order of
// their bytes but for characters above U+FFFF, which are before U+E000.
func compareUnits(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			if (x > 0xffff) != (y > 0xffff) && min(x, y) >= 0xe000 {
				return int(y - x)
			}
			return int(x - y)
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

func (f *concat) Reset(g int32) { f.groups[g] = nil }

func (f *concat) Empty(g int32) bool { return len(f.groups[g]) == 0 }

func (f *concat) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Uint(uint64(len(f.groups)))
	for _, texts := range f.groups {
		e.Uint(uint64(len(texts)))
		for _, c := range texts {
			e.String(c.text)
			e.Int(c.n)
		}
	}
}

func (f *concat) Restore(d *state.Decoder) error {
	d.Version("str:groupConcat", 1)
	if err := restored(d, len(f.groups), d.Count(1)); err != nil {
		return err
	}
	for g := range f.groups {
		texts := make([]counted, d.Count(2))
		for i := range texts {
			texts[i] = counted{d.String(), d.Int()}
			if texts[i].n <= 0 {
				d.Fail(state.ErrCorrupt)
				return d.Err()
			}
		}
		f.groups[g] = texts
	}
	return d.Err()
}
