package ast

import "reflect"

var (
	spanType     = reflect.TypeFor[Span]()
	nextType     = reflect.TypeFor[*Next]()
	commentsType = reflect.TypeFor[[]*Comment]()
	timeParts    = reflect.TypeFor[[]TimePart]()
)

// Equal reports whether two trees say the same, wherever in a text they stand. A nested chain of states equals the
// flat one, a nil list an empty one; comments and the spelling of time literals do not count.
func Equal(a, b Node) bool {
	return equal(reflect.ValueOf(a), reflect.ValueOf(b))
}

func equal(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case spanType, commentsType, timeParts: // how the text looks, not what it says
		return true
	}
	switch a.Kind() {
	case reflect.Interface:
		return equal(a.Elem(), b.Elem())
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		if a.Type() == nextType {
			return equalChains(a.Interface().(*Next), b.Interface().(*Next))
		}
		return equal(a.Elem(), b.Elem())
	case reflect.Slice:
		return equalSlices(a, b)
	case reflect.Struct:
		return equalStructs(a, b)
	}
	return a.Equal(b)
}

func equalStructs(a, b reflect.Value) bool {
	for i := range a.NumField() {
		if !equal(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func equalSlices(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !equal(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}

func equalChains(a, b *Next) bool {
	return equal(reflect.ValueOf(Chain(a)), reflect.ValueOf(Chain(b)))
}

// Chain returns the states of a chain with the chains inside it opened up; any other state alone.
func Chain(s State) []State {
	next, ok := s.(*Next)
	if !ok {
		return []State{s}
	}
	var flat []State
	for _, s := range next.States {
		flat = append(flat, Chain(s)...)
	}
	return flat
}

// Clone returns a deep copy of a tree, positions included.
func Clone[T Node](n T) T {
	v := reflect.ValueOf(&n).Elem()
	return clone(v).Interface().(T)
}

func clone(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		c := reflect.New(v.Type()).Elem()
		c.Set(clone(v.Elem()))
		return c
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		c := reflect.New(v.Type().Elem())
		c.Elem().Set(clone(v.Elem()))
		return c
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(clone(v.Index(i)))
		}
		return c
	case reflect.Struct:
		return cloneStruct(v)
	}
	return v
}

func cloneStruct(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	for i := range v.NumField() {
		switch v.Field(i).Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Struct:
			c.Field(i).Set(clone(v.Field(i)))
		}
	}
	return c
}

// isNil reports whether n is nil or a nil pointer in an interface, as optional clauses are when handed on as a Node.
func isNil(n Node) bool {
	if n == nil {
		return true
	}
	v := reflect.ValueOf(n)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
