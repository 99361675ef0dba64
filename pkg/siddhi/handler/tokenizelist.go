package handler

import (
	"fmt"
	"maps"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

func tokenizingLists() *builder {
	object := []schema.Type{schema.Object}
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Namespace: "list", Name: "tokenize",
			Overloads: [][]extension.Param{{{Name: "list", Types: object, Repeat: true}}},
			Adds: func([]extension.Arg) (schema.Attributes, error) {
				return schema.Attributes{{Name: "index", Type: schema.Int}, {Name: "value", Type: schema.Object}}, nil
			},
			Fails:   extension.Always,
			Summary: "Gives an event for each value of a list with its index; of several lists for each index, with the list of their values there.",
			Example: "from Orders#list:tokenize(items) select index, value insert into Items;",
		},
		build: func(f *check.StreamFunction, o Options) (flow.Operator, error) {
			args, err := programs(f, o.Env)
			return &tokenizeLists{args: args, lists: make([][]any, len(args)), expander: newExpander(f, o)}, err
		},
	}
}

// tokenizeLists is #list:tokenize().
type tokenizeLists struct {
	args  []*expr.Program
	cols  []*column.Column
	lists [][]any // of the row at hand
	expander
}

// Process implements flow.Operator.
func (t *tokenizeLists) Process(b *column.Batch, emit flow.Emit) error {
	var err error
	if t.cols, err = evaluate(t.args, b, t.cols[:0]); err != nil {
		return err
	}
	return t.expand(b, true, emit, func(row int) error {
		longest := 0
		for i, c := range t.cols {
			list, ok := c.Obj[row].([]any)
			if !ok {
				return fmt.Errorf("#list:tokenize() needs a list, argument %d is %T", i+1, c.Obj[row])
			}
			t.lists[i] = list
			longest = max(longest, len(list))
		}
		for index := range longest {
			t.rows = append(t.rows, int32(row))
			t.added[0].AppendInt(int32(index))
			t.added[1].AppendObject(t.at(index))
		}
		return nil
	})
}

// at is the value of the row's only list at an index, or the list of the lists' values there.
func (t *tokenizeLists) at(index int) any {
	if len(t.lists) == 1 {
		return t.lists[0][index]
	}
	values := make([]any, len(t.lists))
	for i, list := range t.lists {
		if index < len(list) {
			values[i] = list[index]
		}
	}
	return values
}

func tokenizingMaps() *builder {
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Namespace: "map", Name: "tokenize",
			Overloads: [][]extension.Param{{{Name: "map", Types: []schema.Type{schema.Object}, Repeat: true}}},
			Adds: func([]extension.Arg) (schema.Attributes, error) {
				return schema.Attributes{{Name: "key", Type: schema.Object}, {Name: "value", Type: schema.Object}}, nil
			},
			Fails:   extension.Always,
			Summary: "Gives an event for each pair of a map, in the order of the keys; of several maps for each key, with the list of their values, null where one lacks it.",
			Example: "from Readings#map:tokenize(values) select key, value insert into Values;",
		},
		build: func(f *check.StreamFunction, o Options) (flow.Operator, error) {
			args, err := programs(f, o.Env)
			return &tokenizeMaps{args: args, maps: make([]map[string]any, len(args)), expander: newExpander(f, o)}, err
		},
	}
}

// tokenizeMaps is #map:tokenize().
type tokenizeMaps struct {
	args []*expr.Program
	cols []*column.Column
	maps []map[string]any // of the row at hand
	expander
}

// Process implements flow.Operator.
func (t *tokenizeMaps) Process(b *column.Batch, emit flow.Emit) error {
	var err error
	if t.cols, err = evaluate(t.args, b, t.cols[:0]); err != nil {
		return err
	}
	return t.expand(b, true, emit, func(row int) error {
		for i, c := range t.cols {
			m, ok := c.Obj[row].(map[string]any)
			if !ok {
				return fmt.Errorf("#map:tokenize() needs a map, argument %d is %T", i+1, c.Obj[row])
			}
			t.maps[i] = m
		}
		for _, key := range javatext.Keys(t.together()) {
			t.rows = append(t.rows, int32(row))
			t.added[0].AppendObject(key)
			t.added[1].AppendObject(t.at(key))
		}
		return nil
	})
}

// together returns a map with the keys of all maps of the row.
func (t *tokenizeMaps) together() map[string]any {
	if len(t.maps) == 1 {
		return t.maps[0]
	}
	all := map[string]any{}
	for _, m := range t.maps {
		maps.Copy(all, m)
	}
	return all
}

// at is the value that the row's only map has for a key, or the list of the maps' values.
func (t *tokenizeMaps) at(key string) any {
	if len(t.maps) == 1 {
		return t.maps[0][key]
	}
	values := make([]any, len(t.maps))
	for i, m := range t.maps {
		values[i] = m[key]
	}
	return values
}

// evaluate appends the columns of programs to cols.
func evaluate(all []*expr.Program, b *column.Batch, cols []*column.Column) ([]*column.Column, error) {
	for _, p := range all {
		c, err := p.Eval(b)
		if err != nil {
			return cols, err
		}
		cols = append(cols, c)
	}
	return cols, nil
}
