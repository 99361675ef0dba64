package check

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
)

// warnings notes what a sound query does that few will want.
func (c *checker) warnings(q *Query) {
	if w, ok := q.Output.(*TableWrite); ok {
		c.warnSet(q, w)
	}
	switch in := q.Input.(type) {
	case *SingleInput:
		c.warnGrid(q, in)
	case *JoinInput:
		c.joinWarnings(q, in)
	}
}

func (c *checker) joinWarnings(q *Query, j *JoinInput) {
	for _, side := range j.Sides() {
		if side.Input != nil {
			c.warnGrid(q, side.Input)
		}
		switch in := side.Input; {
		case in == nil || !j.Other(side).Triggers: // not a window that is looked into
		case in.Window != nil && q.Events() == ast.CurrentEvents:
			c.warnPile(in.Window, in.Window, "insert all events into")
		case in.Stream.Window != nil && in.Stream.Window.Events == ast.CurrentEvents:
			c.warnPile(q.AST.From, in.Stream.Window.Call, "output all events where the window is defined")
		}
	}
}

// warnPile warns of a window whose batches pile up.
func (c *checker) warnPile(at ast.Node, w *Window, instead string) {
	switch name := w.Fn.FullName(); name {
	case "lengthBatch", "timeBatch":
		c.warn(at, "as in Siddhi, this join finds all batches that "+name+"() has ever released, and they are kept for ever",
			"to join with the last one only, write "+instead)
	}
}

// warnGrid warns of a timeBatch window in a partition.
func (c *checker) warnGrid(q *Query, in *SingleInput) {
	if w := in.Window; q.Partition != nil && w != nil && w.Fn.FullName() == "timeBatch" {
		c.warn(w, "as in Siddhi, one timer serves all keys of the partition: timeBatch() releases the batches of the key that comes first, those of other keys wait",
			"to release those of all keys, use timeBatch() outside of the partition, with group by")
	}
}

// warnInfo warns of a @dist that stands inside of an @info, where nobody reads it.
func (c *checker) warnInfo(info *ast.Annotation) {
	if dist := info.Annotations.Find("dist"); dist != nil {
		c.warn(dist, "@dist inside of @info means nothing", "write it beside @info")
	}
}

// warnTopics warns of sources in memory that nobody can write to on purpose.
func (c *checker) warnTopics(d *ast.StreamDef) {
	for _, source := range d.Annotations.All("source") {
		kind, _ := source.Get("type")
		if topic, _ := source.Get("topic"); strings.EqualFold(kind, "inMemory") && topic == "" {
			c.warn(source, "without a topic, a source of type inMemory gets nothing, as in Siddhi", "write topic='...', as in the sink that it is to read")
		}
	}
}

// warnSet warns of a set clause that is not looked at: an update or insert by the
// whole primary key replaces the row.
func (c *checker) warnSet(q *Query, w *TableWrite) {
	if w.Kind != UpdateOrInsert || !w.HasSet || !w.byKey(len(q.Select.Out)) {
		return
	}
	for _, a := range w.Set {
		name := w.Table.Attrs[a.Column].Name
		if v, ok := a.Value.(*Column); !ok || v.Index >= len(q.Select.Out) || v.Name != name {
			c.warn(q.AST.Output, "as in Siddhi, an update or insert by the primary key puts the event in the place of the row: "+
				name+" becomes the "+name+" of the event, whatever set says",
				"compute "+name+" in the select clause, for instance by a join with the table")
			return
		}
	}
}

// byKey says whether the condition is equality of the whole primary key with
// values of the event, of width columns, and nothing else.
func (w *TableWrite) byKey(width int) bool {
	found := map[int]bool{}
	for _, e := range Conjuncts(w.On) {
		b, ok := e.(*Binary)
		if !ok || b.Op != ast.EQ {
			return false
		}
		key, value := b.L, b.R
		if col, ok := key.(*Column); !ok || col.Index < width {
			key, value = value, key
		}
		col, ok := key.(*Column)
		if !ok || col.Index < width || !slices.Contains(w.Table.PrimaryKey, col.Index-width) {
			return false
		}
		Walk(value, func(e Expr) {
			if c, isColumn := e.(*Column); isColumn && c.Index >= width {
				ok = false
			}
		})
		if !ok {
			return false
		}
		found[col.Index-width] = true
	}
	return len(found) > 0 && len(found) == len(w.Table.PrimaryKey)
}
