package handler

import (
	"context"
	"errors"
	"log/slog"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// levels has slog's level of each priority; OFF logs nothing.
var levels = map[string]slog.Level{
	"TRACE": slog.LevelDebug - 4, "DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo,
	"WARN": slog.LevelWarn, "ERROR": slog.LevelError, "FATAL": slog.LevelError + 4, "OFF": slog.LevelError + 8,
}

var errPriority = errors.New("the priority is one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL and OFF")

func logging() *builder {
	priority := extension.Param{Name: "priority", Types: []schema.Type{schema.String}, Constant: true}
	message := extension.Param{Name: "log.message", Types: []schema.Type{schema.String}}
	flag := extension.Param{Name: "is.event.logged", Types: []schema.Type{schema.Bool}, Constant: true}
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Name: "log", WholeRow: true,
			Overloads: [][]extension.Param{{}, {flag}, {message}, {message, flag}, {priority, message}, {priority, message, flag}},
			Validate: func(args []extension.Arg) error {
				if len(args) > 1 && args[1].Type == schema.String {
					if _, ok := levels[args[0].Text]; !ok {
						return errPriority
					}
				}
				return nil
			},
			Summary: "Writes each event to the app's log with a message, and lets it pass.",
			Example: "from S#log('INFO', 'seen', true) select symbol insert into Out;",
		},
		build: newLog,
	}
}

// logger is #log().
type logger struct {
	to      *slog.Logger
	level   slog.Level
	off     bool
	message *expr.Program // nil: none
	event   bool          // its values are logged, too
	text    []byte
}

func newLog(f *check.StreamFunction, o Options) (flow.Operator, error) {
	l := &logger{to: o.Logger, level: slog.LevelInfo, event: true}
	args := f.Args
	if n := len(args); n > 0 && args[n-1].Type() == schema.Bool {
		l.event = args[n-1].(*check.Const).Bool
		args = args[:n-1]
	}
	if len(args) == 2 {
		priority := args[0].(*check.Const).Text
		l.level, l.off = levels[priority], priority == "OFF"
		args = args[1:]
	}
	if len(args) == 1 {
		var err error
		if l.message, err = expr.Compile(args[0], o.Env); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Process implements flow.Operator.
func (l *logger) Process(b *column.Batch, emit flow.Emit) error {
	ctx := context.Background()
	if l.off || l.to == nil || !l.to.Enabled(ctx, l.level) {
		return emit(b)
	}
	var messages *column.Column
	if l.message != nil {
		var err error
		if messages, err = l.message.Eval(b); err != nil {
			return err
		}
	}
	for row := range b.N {
		if b.KindOf(row) == column.Reset {
			continue
		}
		message := "event"
		if messages != nil {
			message = "null"
			if !messages.IsNull(row) {
				message = messages.Str[row].Text(messages.Arena)
			}
		}
		if !l.event {
			l.to.LogAttrs(ctx, l.level, message)
			continue
		}
		l.to.LogAttrs(ctx, l.level, message, slog.Int64("timestamp", b.Time[row]),
			slog.Bool("expired", b.KindOf(row) == column.Expired), slog.String("data", l.data(b, row)))
	}
	return emit(b)
}

// data is a row's values in Java's notation of a list.
func (l *logger) data(b *column.Batch, row int) string {
	l.text = append(l.text[:0], '[')
	for i, c := range b.Cols {
		if i > 0 {
			l.text = append(l.text, ", "...)
		}
		switch {
		case c.Len() <= row:
			l.text = append(l.text, "null"...)
		case c.IsNull(row):
			l.text = javatext.AppendNull(l.text, c, row)
		default:
			l.text = javatext.AppendValue(l.text, c, row)
		}
	}
	return string(append(l.text, ']'))
}
