// Package window has the windows: operators that keep rows and say which of
// them have left. Each is keyed from the start: its state is arrays indexed by
// partition key id, its rows lie in one slab for all keys.
//
// In: batches of current rows, outside of partitions (Key nil, everything is key
// 0) or inside. A chunk whose rows have several keys is one chunk for each run
// of equal keys, as Siddhi cuts it.
//
// Out: the same columns, of which only Options.Need are filled; rows of kind
// Current, Expired and Reset in the order in which Siddhi emits them. A Reset
// row is a copy of the first row of the batch that it opens (or, where the rows
// passed already, closes).
//
// It imports aggregate, ast, check, column, cron, expr, extension, flow, javatext, schema and state.
package window

import (
	"errors"
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Options say what a window is to do for its query. Clock and Scheduler are required.
type Options struct {
	// Need has the positions of the attributes that something behind the window
	// reads, ascending; nil means all. The window keeps and emits only these.
	Need []int
	// Expired asks for expired rows. A window that slides is asked when the
	// query's output has them or an aggregate must take rows back; one that
	// works in batches only when the query's output has them. A sliding window
	// that is not asked passes its input on as it is and keeps nothing.
	Expired bool
	// Typed has the attributes that are computed with behind a window whose expired
	// rows are not asked for: see late.
	Typed []int
	// Search has the window keep the rows that a search in it finds, also if no
	// expired ones are asked for. The operator is a Searchable then.
	Search bool
	// Joined is set in a join, also if nothing is looked up in the window.
	Joined    bool
	Clock     flow.Clock
	Wall      flow.Clock // the clock on the wall, for windows that follow it; nil: Clock
	Scheduler flow.Scheduler
	// Selected has the attributes that the query selects as they are, in its order
	// and with -1 for what it computes: frequent and its like tell rows apart by
	// them (TellsBySelected). nil stands for those in Need.
	Selected []int
	// Place says where a key of a partition lies in a HashMap with so many buckets; nil outside
	// of partitions.
	Place func(key int32, buckets uint32) uint32
	// Lost says, where it is set, whether what the timer due then releases is lost, since a
	// handler behind the window fails on the timer's row: as in Siddhi that of a session, or
	// of a timeBatch that passes rows at once, goes with what it releases.
	Lost func(due int64) bool
	// Env is for the expressions among a window's arguments, and in their texts.
	Env expr.Env

	window *check.Window
}

// piles says whether a lengthBatch or timeBatch window keeps all that it has ever
// released. As in Siddhi, what a search sees is only cleared where it expires.
func (o *Options) piles() bool { return o.Search && !o.Expired }

// New makes the operator for w over rows with the attributes in. The result is
// a flow.Stateful if it keeps state, and a flow.Timed if it waits for timers.
func New(w *check.Window, in schema.Attributes, opts Options) (flow.Operator, error) {
	if opts.Clock == nil || opts.Scheduler == nil {
		return nil, errors.New("a window needs a clock and a scheduler")
	}
	k := kindOf(w.Fn)
	if k == nil {
		return nil, fmt.Errorf("window %s is not built in", w.Fn.FullName())
	}
	args, err := readArguments(w, in)
	if err != nil {
		return nil, err
	}
	if k.passes && !opts.Expired && !opts.Search {
		if k.timed(len(w.Args)) {
			return pass{}, nil
		}
		return passing(opts, func(opts Options) (flow.Operator, error) { return New(w, in, opts) }), nil
	}
	if opts.Need == nil {
		opts.Need = make([]int, len(in))
		for i := range in {
			opts.Need[i] = i
		}
	} else {
		opts.Need = slices.Clone(opts.Need)
	}
	opts.window = w
	return k.make(args, in, opts)
}
