package check

import (
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// aggregator is a call of an aggregator in a select clause and the column of its result.
type aggregator struct {
	call   *ast.Call
	column *Column
	faulty bool
	apart  bool // no other call shares the result
}

// isAggregator reports whether a call means an aggregator; functions of the same name come first.
func (c *checker) isAggregator(e *ast.Call) bool {
	return c.reg.Find(extension.Function, e.Namespace, e.Name) == nil &&
		c.reg.Find(extension.Aggregator, e.Namespace, e.Name) != nil
}

func (s *scope) call(e *ast.Call) Expr {
	if s.c.isAggregator(e) {
		return s.aggregate(e)
	}
	if s.held != nil {
		if at := s.timestamp(e); at != nil {
			return at
		}
	}
	fn := s.c.reg.Find(extension.Function, e.Namespace, e.Name)
	if id, ok := s.timedEvent(e); ok && fn != nil {
		return s.timeOf(e, fn, id)
	}
	if s.stamp != nil && e.FullName() == "eventTimestamp" && len(e.Args) == 0 && !e.Star {
		return s.stamped(e)
	}
	if fn == nil {
		s.c.noFunction(e)
		return wrong(e)
	}
	args, ok := s.arguments(e, fn)
	if !ok {
		return wrong(e)
	}
	t, ok := s.result(e, fn, args)
	if !ok {
		return wrong(e)
	}
	return &Call{Span: e.Span, Fn: fn, Args: args, T: t}
}

// aggregate returns the column that has the result of an aggregator.
func (s *scope) aggregate(e *ast.Call) Expr {
	if s.held != nil && !s.nested {
		return s.gather(e)
	}
	if a := s.shared(e); a != nil {
		if a.faulty {
			return wrong(e)
		}
		column := *a.column
		column.Span = e.Span
		return &column
	}
	hint := "aggregate in a select clause and use its result in a later query"
	if s.place == aggregationSelect {
		hint = "select " + e.FullName() + "() by itself, and compute with it where the aggregation is read"
	}
	s.c.fail(e, "the aggregator "+e.FullName()+"() cannot be used in "+s.place, hint)
	return wrong(e)
}

// shared returns what has the result of a call: that call itself, or an equal one.
func (s *scope) shared(e *ast.Call) *aggregator {
	var equal *aggregator
	for _, a := range s.aggregates {
		if a.call == e {
			return a
		}
		if equal == nil && !a.apart && ast.Equal(a.call, e) {
			equal = a
		}
	}
	return equal
}

// arguments resolves those of a call and matches them with the declaration's overloads.
func (s *scope) arguments(e *ast.Call, fn *extension.Declaration) ([]Expr, bool) {
	args, faulty := s.operands(e)
	if faulty {
		return nil, false
	}
	described := Describe(args)
	overload := match(fn.Overloads, described)
	if overload == nil {
		s.c.fail(e, fn.FullName()+"() does not take "+typeList(described), "it takes "+overloads(fn))
		return nil, false
	}
	args = defaults(e, overload, args)
	described = Describe(args)
	for i, a := range args {
		p := param(overload, i)
		if _, attribute := a.(*Column); p.Attribute && !attribute {
			s.c.fail(a, "'"+p.Name+"' of "+fn.FullName()+"() must be an attribute of the input", "")
			return nil, false
		}
		if p.Constant && !described[i].Constant {
			s.c.fail(a, "'"+p.Name+"' of "+fn.FullName()+"() must be a constant", "")
			return nil, false
		}
	}
	if fn.Validate != nil {
		if err := fn.Validate(described); err != nil {
			s.c.fail(e, of(fn, err), "")
			return nil, false
		}
	}
	if fn.Warn != nil {
		if msg, hint := fn.Warn(described); msg != "" {
			s.c.warn(e, fn.FullName()+"(): "+msg, hint)
		}
	}
	return args, true
}

// operands resolves the arguments of a call; f(*) has all input attributes.
func (s *scope) operands(e *ast.Call) (args []Expr, faulty bool) {
	if e.Star {
		for i := range s.origins {
			o := &s.origins[i]
			for a := range o.attrs {
				args = append(args, o.at(a, e.Span))
				faulty = faulty || o.attrs[a].Type == schema.Invalid
			}
		}
		return args, faulty
	}
	for _, a := range e.Args {
		x := s.expr(a)
		faulty = faulty || x.Type() == schema.Invalid
		args = append(args, x)
	}
	return args, faulty
}

func (s *scope) result(e *ast.Call, fn *extension.Declaration, args []Expr) (schema.Type, bool) {
	t, err := fn.Result(Describe(args))
	if err != nil {
		s.c.fail(e, of(fn, err), "")
		return schema.Invalid, false
	}
	return t, true
}

// of is a declaration's own message with its name before it, unless it begins with that.
func of(fn *extension.Declaration, err error) string {
	if strings.HasPrefix(err.Error(), fn.Name) {
		return err.Error()
	}
	return fn.FullName() + "(): " + err.Error()
}

// Describe tells a declaration of the arguments of a call.
func Describe(args []Expr) []extension.Arg {
	described := make([]extension.Arg, len(args))
	for i, a := range args {
		described[i].Type = a.Type()
		switch a := a.(type) {
		case *Const:
			described[i].Constant, described[i].Text, described[i].Int, described[i].Real = true, a.Text, a.Int, a.Float
		case *Column:
			described[i].Name = a.Name
		}
	}
	return described
}

// match returns the overload that fits the number and types of the arguments;
// of several, one whose demands for constants and attributes are met, too.
func match(all [][]extension.Param, args []extension.Arg) []extension.Param {
	var byType []extension.Param
	for _, overload := range all {
		types, constants := fits(overload, args)
		if types && constants {
			return notNil(overload)
		}
		if types && byType == nil {
			byType = notNil(overload)
		}
	}
	return byType
}

func notNil(overload []extension.Param) []extension.Param {
	if overload == nil {
		return []extension.Param{}
	}
	return overload
}

func fits(overload []extension.Param, args []extension.Arg) (types, constants bool) {
	repeats := len(overload) > 0 && overload[len(overload)-1].Repeat
	if len(args) > len(overload) && !repeats || len(args) < len(overload) && overload[len(args)].Default == nil {
		return false, false
	}
	constants = true
	for i, a := range args {
		p := param(overload, i)
		if !accepts(p, a.Type) {
			return false, false
		}
		if p.Constant && !a.Constant || p.Attribute && a.Constant {
			constants = false
		}
	}
	return true, constants
}

// param is the parameter that argument i goes to; the last one may repeat.
func param(overload []extension.Param, i int) extension.Param {
	return overload[min(i, len(overload)-1)]
}

func accepts(p extension.Param, t schema.Type) bool {
	for _, accepted := range p.Types {
		if accepted == t {
			return true
		}
	}
	return false
}

// overloads lists what a declaration can be called with: "(int length) or (int length, bool stream)".
func overloads(fn *extension.Declaration) string {
	var all []string
	for _, overload := range fn.Overloads {
		params := make([]string, len(overload))
		for i, p := range overload {
			types := make([]string, len(p.Types))
			for j, t := range p.Types {
				types[j] = t.String()
			}
			params[i] = strings.Join(types, "|") + " " + p.Name
			if p.Repeat {
				params[i] += "..."
			}
			if p.Default != nil {
				params[i] = "[" + params[i] + "]"
			}
		}
		all = append(all, "("+strings.Join(params, ", ")+")")
	}
	return strings.Join(all, " or ")
}

func typeList(args []extension.Arg) string {
	if len(args) == 0 {
		return "an empty list of arguments"
	}
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type.String()
	}
	return "(" + strings.Join(types, ", ") + ")"
}

// noFunction reports a call of something that is neither a function nor an aggregator.
func (c *checker) noFunction(e *ast.Call) {
	exist := append(fullNames(c.reg.All(extension.Function)), fullNames(c.reg.All(extension.Aggregator))...)
	if d, ok := c.others[e.Name].(*ast.FunctionDef); ok && e.Namespace == "" && d != nil {
		return // its definition is refused already
	}
	c.unknown(e, "there is no function or aggregator "+e.FullName()+"()", "", e.FullName(), exist)
}

func fullNames(all []*extension.Declaration) []string {
	list := make([]string, len(all))
	for i, d := range all {
		list[i] = d.FullName()
	}
	return list
}

// window resolves a window over the attributes of its stream.
func (c *checker) window(w *ast.WindowHandler, s *scope) *Window {
	fn := c.reg.Find(extension.Window, w.Call.Namespace, w.Call.Name)
	if fn == nil {
		exist := fullNames(c.reg.All(extension.Window))
		c.unknown(w, "there is no window "+w.Call.FullName()+"()", "there are "+strings.Join(exist, ", "), w.Call.FullName(), exist)
		return nil
	}
	args, ok := s.at("a window's arguments").arguments(w.Call, fn)
	if !ok {
		return nil
	}
	window := &Window{Span: w.Span, Fn: fn, Args: args}
	if !c.text(window, w.Call, match(fn.Overloads, Describe(args)), s) {
		return nil
	}
	return window
}
