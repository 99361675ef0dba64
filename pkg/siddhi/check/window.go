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
