package ast

import "strings"

// Annotation is @name(elements and nested annotations).
type Annotation struct {
	Span
	Name        string // without @; "app:name" for @app:name
	Elements    []*AnnotationElement
	Annotations Annotations // nested ones
}

// AnnotationElement is key='value', or a positional 'value' when Key is "".
type AnnotationElement struct {
	Span
	Key   string // parts joined as written: "a.b", "a-b", "a:b"
	Value string
}

// Annotations is a list of annotations; its lookups ignore case, as Siddhi's do.
type Annotations []*Annotation

// Find returns the first annotation of that name, or nil.
func (as Annotations) Find(name string) *Annotation {
	for _, a := range as {
		if strings.EqualFold(a.Name, name) {
			return a
		}
	}
	return nil
}

// All returns every annotation of that name in text order.
func (as Annotations) All(name string) []*Annotation {
	var found []*Annotation
	for _, a := range as {
		if strings.EqualFold(a.Name, name) {
			found = append(found, a)
		}
	}
	return found
}

// Without returns a new list that lacks the annotations of that name.
func (as Annotations) Without(name string) Annotations {
	var kept Annotations
	for _, a := range as {
		if !strings.EqualFold(a.Name, name) {
			kept = append(kept, a)
		}
	}
	return kept
}

// Element returns the element with that key (any case), or nil.
func (a *Annotation) Element(key string) *AnnotationElement {
	for _, e := range a.Elements {
		if e.Key != "" && strings.EqualFold(e.Key, key) {
			return e
		}
	}
	return nil
}

// Get returns the value of that key (any case) and whether the key is there.
func (a *Annotation) Get(key string) (string, bool) {
	if e := a.Element(key); e != nil {
		return e.Value, true
	}
	return "", false
}

// First returns the value of that key or, without such a key, the first positional value; "" if there is neither.
func (a *Annotation) First(key string) string {
	if v, ok := a.Get(key); ok {
		return v
	}
	for _, e := range a.Elements {
		if e.Key == "" {
			return e.Value
		}
	}
	return ""
}

// Positional returns the values without a key, in text order.
func (a *Annotation) Positional() []string {
	var values []string
	for _, e := range a.Elements {
		if e.Key == "" {
			values = append(values, e.Value)
		}
	}
	return values
}

// Set replaces the value of key (any case), or appends it.
func (a *Annotation) Set(key, value string) {
	if e := a.Element(key); e != nil {
		e.Value = value
		return
	}
	a.Elements = append(a.Elements, &AnnotationElement{Key: key, Value: value})
}
