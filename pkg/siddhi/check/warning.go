package check

import "millrace/pkg/siddhi/ast"

// warnings notes what a sound query does that few will want.
func (c *checker) warnings(q *Query) {
	j, ok := q.Input.(*JoinInput)
	if !ok {
		return
	}
	for _, side := range j.Sides() {
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
