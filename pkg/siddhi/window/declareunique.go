package window

import (
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

func uniqueKinds() []kind {
	return []kind{
		{name: "unique:ever", sliding: true, stamps: true, passes: true, timed: never, make: newUniqueEver, disorder: true},
		{name: "unique:first", sliding: true, stamps: true, timed: never, make: newUniqueFirst, disorder: true},
		{name: "unique:length", sliding: true, stamps: true, passes: true, timed: never, make: newUniqueLength, disorder: true},
		{name: "unique:time", sliding: true, stamps: true, passes: true, timed: always, make: newUniqueTime, disorder: true},
		{name: "unique:lengthBatch", batches: true, stamps: true, timed: always, make: newUniqueLengthBatch, disorder: true},
		{name: "unique:firstLengthBatch", batches: true, stamps: true, timed: always, make: newUniqueFirstLengthBatch, disorder: true},
		{name: "unique:timeBatch", batches: true, stamps: true, timed: always, make: newUniqueTimeBatch, disorder: true},
		{name: "unique:firstTimeBatch", batches: true, stamps: true, timed: always, make: newUniqueFirstTimeBatch, disorder: true},
		{name: "unique:timeLengthBatch", batches: true, stamps: true, timed: always, make: newUniqueTimeLengthBatch, disorder: true},
		{name: "unique:externalTimeBatch", batches: true, timed: func(args int) bool { return args > 4 }, make: newUniqueExternal, disorder: true, refuses: noTimestamp(1, true)},
	}
}

// uniqueDeclarations returns the windows that keep one event for each key.
func uniqueDeclarations() []*extension.Declaration {
	number := []schema.Type{schema.Int, schema.Long}
	constant := func(name string, types ...schema.Type) extension.Param {
		return extension.Param{Name: name, Types: types, Constant: true}
	}
	key := extension.Param{Name: "unique.key", Types: []schema.Type{schema.Int, schema.Long, schema.Float, schema.Bool, schema.Double, schema.String}}
	keys := key
	keys.Repeat = true
	count := constant("window.length", schema.Int)
	span, start, timeout := constant("window.time", number...), constant("start.time", number...), constant("time.out", number...)
	replace := constant("replace.time.stamp.with.batch.end.time", schema.Bool)
	ts := extension.Param{Name: "time.stamp", Types: []schema.Type{schema.Long}, Attribute: true}

	d := func(name, summary, call string, validate func([]extension.Arg) error, overloads ...[]extension.Param) *extension.Declaration {
		return &extension.Declaration{
			Kind: extension.Window, Namespace: "unique", Name: name, Overloads: overloads, Validate: validate,
			Summary: summary, Example: "from Logins#window.unique:" + call + " select ip, count() as n insert all events into Out;",
		}
	}
	type params = []extension.Param
	return []*extension.Declaration{
		d("ever", "Keeps the latest event of each key; the one before it expires.", "ever(ip)", nil, params{keys}),
		d("first", "Passes the first event of each key, and leaves out all others.", "first(ip, port)", nil, params{keys}),
		d("length", "Keeps the latest event of each of the window.length keys seen last.", "length(ip, 10)",
			atLeast(1, 1, "window.length"), params{key, count}),
		d("time", "Keeps the latest event of each key for window.time milliseconds.", "time(ip, 1 min)",
			atLeast(1, 0, "window.time"), params{key, span}),
		d("lengthBatch", "Collects the latest events of window.length keys and releases them together.", "lengthBatch(ip, 10)",
			atLeast(1, 1, "window.length"), params{key, count}),
		d("firstLengthBatch", "Collects the first events of window.length keys and releases them together.", "firstLengthBatch(ip, 10)",
			atLeast(1, 1, "window.length"), params{key, count}),
		d("timeBatch", "Collects the latest event of each key for window.time milliseconds and releases them together; start.time aligns the batches.",
			"timeBatch(ip, 1 min)", atLeast(1, 1, "window.time"), params{key, span}, params{key, span, start}),
		d("firstTimeBatch", "Collects the first event of each key for window.time milliseconds and releases them together; start.time aligns the batches.",
			"firstTimeBatch(ip, 1 min)", atLeast(1, 1, "window.time"), params{key, span}, params{key, span, start}),
		d("timeLengthBatch", "Collects the latest event of each key for window.time milliseconds or until there are window.length keys, and releases them together; after window.length keys events are left out until the time is over.",
			"timeLengthBatch(ip, 1 min, 10)", validateUniqueTimeLength, params{key, span, count}, params{key, span, start, count}),
		d("externalTimeBatch", "Collects the latest event of each key by the events' own timestamps into batches of window.time milliseconds; a later event, or time.out without one, releases a batch.",
			"externalTimeBatch(ip, ts, 1 min, 0, 10 sec)", validateUniqueExternal, params{key, ts, span}, params{key, ts, span, start},
			params{key, ts, span, start, timeout}, params{key, ts, span, start, timeout, replace}),
	}
}

func validateUniqueTimeLength(args []extension.Arg) error {
	if err := atLeast(1, 1, "window.time")(args); err != nil {
		return err
	}
	return atLeast(len(args)-1, 1, "window.length")(args)
}

func validateUniqueExternal(args []extension.Arg) error {
	if err := atLeast(2, 1, "window.time")(args); err != nil {
		return err
	}
	return atLeast(4, 0, "time.out")(args)
}
