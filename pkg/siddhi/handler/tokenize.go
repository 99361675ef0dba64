package handler

import (
	"errors"

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
			t := &tokenize{text: text, pattern: pattern, distinct: f.Args[2].(*check.Const).Bool,
				out: column.NewBuffer(append(o.In[:len(o.In):len(o.In)], f.Adds...))}
			for _, i := range o.Need {
				if i < len(o.In) {
					t.need = append(t.need, i)
				}
			}
			if t.need == nil {
				t.need = []int{}
			}
			return t, nil
		},
	}
}

var errTokenNull = errors.New("#str:tokenize() needs a text, it is null")

// tokenize is #str:tokenize(). Each token is a chunk of its own.
type tokenize struct {
	text     *expr.Program
	pattern  *javaregex.Pattern
	distinct bool
	need     []int
	parts    []string
	rows     []int32
	out      *column.Buffer
}

// Process implements flow.Operator.
func (t *tokenize) Process(b *column.Batch, emit flow.Emit) error {
	texts, err := t.text.Eval(b)
	if err != nil {
		return err
	}
	tokens := t.out.Cols[len(t.out.Cols)-1]
	tokens.Reset()
	t.rows = t.rows[:0]
	for row := range int32(b.N) {
		if b.KindOf(int(row)) == column.Reset {
			t.rows = append(t.rows, row)
			tokens.AppendNull()
			continue
		}
		if texts.IsNull(int(row)) {
			return errTokenNull
		}
		t.parts = t.pattern.Split(t.parts[:0], texts.String(int(row)))
		for i, part := range t.parts {
			if t.distinct && repeated(t.parts[:i], part) {
				continue
			}
			t.rows = append(t.rows, row)
			tokens.AppendString(part)
		}
	}
	if len(t.rows) == 0 {
		return nil
	}
	t.out.Gather(b, t.rows, t.need)
	return emit(&t.out.Batch)
}

func repeated(before []string, part string) bool {
	for _, p := range before {
		if p == part {
			return true
		}
	}
	return false
}
