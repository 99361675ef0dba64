package check

import "millrace/pkg/siddhi/ast"

// namedWindow resolves define window. What comes out of it has the window's
// name among the streams.
func (c *checker) namedWindow(d *ast.WindowDef) {
	attrs := c.attributes(d.Attributes, "window "+d.Name)
	c.known(d.Annotations)
	w := &NamedWindow{
		Name: d.Name, Def: d, Events: d.Output,
		In: &Stream{Name: d.Name, Attrs: attrs}, Out: &Stream{Name: d.Name, Attrs: attrs},
	}
	w.Out.Window = w
	sc := c.streamScope(w.Out, "the arguments of a window")
	w.Call = c.window(&ast.WindowHandler{Span: d.Window.Span, Call: d.Window}, sc)
	c.streams[d.Name] = w.Out
	c.out.Windows = append(c.out.Windows, w)
}

// searched refuses a search in a window in which, as in Siddhi, none can be made.
func (c *checker) searched(at ast.Node, w *NamedWindow) bool {
	if w.Call == nil || w.Call.Fn.FullName() != "cron" {
		return true
	}
	c.fail(at, "rows of "+w.Name+", a cron window, cannot be looked up", "insert what comes out of it into a window of another kind, or a table")
	return false
}
