package window

import (
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

func conditionKinds() []kind {
	return []kind{
		{name: "expression", sliding: true, stamps: true, timed: never, make: newExpression},
		{name: "expressionBatch", groups: true, sliding: true, marks: true, stamps: true, timed: always, make: newExpressionBatch},
	}
}

// conditionDeclarations returns the windows that hold rows as long as a condition is true.
func conditionDeclarations() []*extension.Declaration {
	text := extension.Param{Name: "expression", Types: []schema.Type{schema.String}, Condition: true}
	include := extension.Param{Name: "include.triggering.event", Types: []schema.Type{schema.Bool}}
	stream := extension.Param{Name: "stream.current.event", Types: []schema.Type{schema.Bool}, Constant: true}
	return []*extension.Declaration{
		{
			Kind: extension.Window, Name: "expression", Overloads: [][]extension.Param{{text}},
			Summary: "Keeps events as long as the condition in the text holds for them; the oldest go first. It can name an event's attributes, those of the first and the last event held, and aggregate over what is held.",
			Example: "from Quotes#window.expression('sum(volume) < 1000 and eventTimestamp(last) - eventTimestamp(first) < 3000') select symbol, sum(price) as total insert into Out;",
		},
		{
			Kind: extension.Window, Name: "expressionBatch",
			Overloads: [][]extension.Param{{text}, {text, include}, {text, include, stream}},
			Summary:   "Collects events as long as the condition in the text holds for them, and releases them together; with include.triggering.event the one for which it does not is among them, with stream.current.event they pass at once and expire together.",
			Example:   "from Quotes#window.expressionBatch('first.symbol == last.symbol') select symbol, sum(price) as total insert into Out;",
		},
	}
}
