package check

import "millrace/pkg/siddhi/ast"

// warnings notes what a sound query does that few will want.
func (c *checker) warnings(q *Query) {
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
