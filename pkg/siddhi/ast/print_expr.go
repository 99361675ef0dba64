package ast

import (
	"strconv"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// exprText returns an expression as text, in parentheses if it binds less tightly than the place needs.
func exprText(e Expr, needs int) string {
	text, precedence := bareExpr(e)
	if precedence < needs {
		return "(" + text + ")"
	}
	return text
}

func bareExpr(e Expr) (text string, precedence int) {
	switch e := e.(type) {
	case *Const:
		return constText(e), PrecPrimary
	case *Attr:
		return attrText(e), PrecPrimary
	case *StreamRef:
		return streamText(e.ID) + indexText(e.Index), PrecPrimary
	case *Call:
		return callText(e), PrecPrimary
	case *IsNull:
		return exprText(e.X, PrecPrimary) + " is null", PrecPrimary
	case *Not:
		return "not " + exprText(e.X, PrecNot), PrecNot
	case *In:
		return exprText(e.X, PrecIn) + " in " + QuoteName(e.Table), PrecIn
	case *Binary:
		prec := e.Op.Precedence()
		return exprText(e.L, prec) + " " + e.Op.String() + " " + exprText(e.R, prec+1), prec
	}
	return "", PrecPrimary
}

func constText(c *Const) string {
	switch c.Type {
	case schema.String:
		return quoteString(c.Text)
	case schema.Int:
		return strconv.FormatInt(c.Int, 10)
	case schema.Long:
		if c.Time && c.Int >= 0 {
			return timeText(c)
		}
		return strconv.FormatInt(c.Int, 10) + "L"
	case schema.Float:
		return decimalText(c.Float, 32) + "f"
	case schema.Double:
		return decimalText(c.Float, 64)
	case schema.Bool:
		return strconv.FormatBool(c.Bool)
	}
	return ""
}

// decimalText writes a number such that it reads as one with a fraction.
func decimalText(v float64, bits int) string {
	text := strconv.FormatFloat(v, 'g', -1, bits)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func timeText(c *Const) string {
	parts := c.Parts
	sum := int64(0)
	for _, p := range parts {
		sum += p.Amount * p.Unit.Millis()
	}
	if sum != c.Int || len(parts) == 0 {
		parts = SplitTime(c.Int)
	}
	words := make([]string, 0, 2*len(parts))
	for _, p := range parts {
		unit := p.Unit.String()
		if p.Amount != 1 && p.Unit >= Hour {
			unit += "s"
		}
		words = append(words, strconv.FormatInt(p.Amount, 10), unit)
	}
	return strings.Join(words, " ")
}

// streamText writes a stream in an expression.
func streamText(id StreamID) string { return prefix(id) + QuoteName(id.Name) }

// sourceText writes a stream in an input or output. Only behind a prefix is a keyword easy to tell from a clause.
func sourceText(id StreamID) string {
	if id.Inner || id.Fault {
		return prefix(id) + quoteLabel(id.Name)
	}
	return quoteIdentifier(id.Name)
}

func prefix(id StreamID) string {
	switch {
	case id.Inner:
		return "#"
	case id.Fault:
		return "!"
	}
	return ""
}

func attrText(a *Attr) string {
	if a.Stream == "" {
		return QuoteName(a.Name)
	}
	text := streamText(StreamID{Name: a.Stream, Inner: a.Inner, Fault: a.Fault}) + indexText(a.Index)
	if a.Function != "" {
		text += "#" + QuoteName(a.Function) + indexText(a.FunctionIndex)
	}
	return text + "." + quoteLabel(a.Name)
}

func indexText(i *Index) string {
	switch {
	case i == nil:
		return ""
	case !i.Last:
		return "[" + strconv.Itoa(i.Offset) + "]"
	case i.Offset == 0:
		return "[last]"
	}
	return "[last-" + strconv.Itoa(i.Offset) + "]"
}

func callText(c *Call) string {
	name := QuoteName(c.Name)
	if c.Namespace != "" {
		name = QuoteName(c.Namespace) + ":" + name
	}
	if c.Star {
		return name + "(*)"
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = exprText(a, 0)
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}
