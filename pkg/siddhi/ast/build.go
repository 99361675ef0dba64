package ast

import "millrace/pkg/siddhi/schema"

// StringConst returns a string literal.
func StringConst(v string) *Const { return &Const{Type: schema.String, Text: v} }

// IntConst returns an int literal.
func IntConst(v int32) *Const { return &Const{Type: schema.Int, Int: int64(v)} }

// LongConst returns a long literal.
func LongConst(v int64) *Const { return &Const{Type: schema.Long, Int: v} }

// FloatConst returns a float literal.
func FloatConst(v float32) *Const { return &Const{Type: schema.Float, Float: float64(v)} }

// DoubleConst returns a double literal.
func DoubleConst(v float64) *Const { return &Const{Type: schema.Double, Float: v} }

// BoolConst returns true or false.
func BoolConst(v bool) *Const { return &Const{Type: schema.Bool, Bool: v} }

// TimeConst returns a time literal of that many milliseconds, which must be positive or zero.
func TimeConst(millis int64) *Const { return &Const{Type: schema.Long, Int: millis, Time: true} }

// Ref returns the attribute stream.name, or the bare name when stream is "".
func Ref(stream, name string) *Attr { return &Attr{Stream: stream, Name: name} }

// AndAll joins the conditions with and; it returns nil for none and leaves out nil ones.
func AndAll(conds ...Expr) Expr {
	var all Expr
	for _, c := range conds {
		switch {
		case c == nil:
		case all == nil:
			all = c
		default:
			all = &Binary{Op: And, L: all, R: c}
		}
	}
	return all
}

// NewAnnotation returns @name(key='value', ...); an empty key makes a positional value.
func NewAnnotation(name string, keysAndValues ...[2]string) *Annotation {
	a := &Annotation{Name: name}
	for _, kv := range keysAndValues {
		a.Elements = append(a.Elements, &AnnotationElement{Key: kv[0], Value: kv[1]})
	}
	return a
}
