package handler

import (
	"errors"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/function/javaregex"
	"millrace/pkg/siddhi/schema"
)

func tokenizing() *builder {
	text := []schema.Type{schema.String}
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Namespace: "str", Name: "tokenize",
			Overloads: [][]extension.Param{{{Name: "input.string", Types: text}, {Name: "regex", Types: text, Constant: true},
				{Name: "distinct", Types: []schema.Type{schema.Bool}, Constant: true, Default: false}}},
			Adds: func([]extension.Arg) (schema.Attributes, error) {
				return schema.Attributes{{Name: "token", Type: schema.String}}, nil
			},
			Validate: func(args []extension.Arg) error {
				_, err := javaregex.Compile(args[1].Text)
				return err
			},
			Fails:   extension.Always,
			Summary: "Gives an event for each part of a text between matches of a pattern, with the part as token; distinct leaves out repeated parts.",
			Example: "from Lines#str:tokenize(text, ' ') select token, count() as n group by token insert into Words;",
		},
		build: func(f *check.StreamFunction, o Options) (flow.Operator, error) {
			text, err := expr.Compile(f.Args[0], o.Env)
			if err != nil {
				return nil, err
			}
			pattern, err := javaregex.Compile(f.Args[1].(*check.Const).Text)
			if err != nil {
				return nil, err
			}
			return &tokenize{text: text, pattern: pattern, distinct: f.Args[2].(*check.Const).Bool, expander: newExpander(f, o)}, nil
		},
	}
}

var errTokenNull = errors.New("#str:tokenize() needs a text, it is null")

// tokenize is #str:tokenize(). Each token is a chunk of its own.
type tokenize struct {
	text     *expr.Program
	pattern  *javaregex.Pattern
	distinct bool
	parts    []string
	expander
}

// Process implements flow.Operator.
func (t *tokenize) Process(b *column.Batch, emit flow.Emit) error {
	texts, err := t.text.Eval(b)
	if err != nil {
		return err
	}
	return t.expand(b, false, emit, func(row int) error {
		if texts.IsNull(row) {
			return errTokenNull
		}
		t.parts = t.pattern.Split(t.parts[:0], texts.String(row))
		for i, part := range t.parts {
			if t.distinct && slices.Contains(t.parts[:i], part) {
				continue
			}
			t.rows = append(t.rows, int32(row))
			t.added[0].AppendString(part)
		}
		return nil
	})
}
