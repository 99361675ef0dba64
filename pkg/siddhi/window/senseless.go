package window

import (
	"errors"
	"fmt"
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
)

// Siddhi makes windows of numbers that make no sense, such as a length of -1.
// What becomes of them is as there; the checker warns.

// warns returns the Warn of a window: what the first of some checks says.
func warns(checks ...func([]extension.Arg) string) func([]extension.Arg) (msg, hint string) {
	return func(args []extension.Arg) (msg, hint string) {
		for _, says := range checks {
			if msg := says(args); msg != "" {
				return msg, "write a number that is not negative"
			}
		}
		return "", ""
	}
}

// negative warns of a constant below 0 as argument at, and says what the window does then.
func negative(at int, name, then string) func([]extension.Arg) string {
	return func(args []extension.Arg) string {
		if at >= len(args) || !args[at].Constant || args[at].Int >= 0 {
			return ""
		}
		return fmt.Sprintf("%s is %d: as in Siddhi, %s", name, args[at].Int, then)
	}
}

// What windows of senseless numbers do.
const (
	staysNone  = "no event stays in the window"
	neverFull  = "the window is never full, and no batch ever ends"
	passesNone = "no event passes"
)

// ofNoTime warns of batches of 0 ms.
func ofNoTime(args []extension.Arg) (msg, hint string) {
	if args[1].Constant && args[1].Int == 0 {
		return "window.time is 0: as in Siddhi, every event is an error, unless it is older than the first", "write how long a batch is"
	}
	return warns(negative(1, "window.time", "a batch ends with the first event that has a later timestamp"),
		negative(3, "timeout", "there is none"))(args)
}

// shares warns of arguments that are not between 0 and 1.
func shares(args []extension.Arg) (msg, hint string) {
	for i, name := range []string{"support.threshold", "error.bound"} {
		if a := args[i]; a.Constant && (a.Real < 0 || a.Real > 1) {
			return fmt.Sprintf("%s is %v: as in Siddhi, the window then passes all events, or none", name, a.Real), "write a share between 0 and 1"
		}
	}
	return "", ""
}

// full returns the length of a lengthBatch: one that is negative is never reached.
func full(n int64) int32 {
	if n < 0 {
		return math.MaxInt32
	}
	return int32(n)
}

var errNoEnd = errors.New("externalTimeBatch: batches of 0 ms have no end")

// withoutGrid is an externalTimeBatch of 0 ms. As in Siddhi the first batch of a key
// would end with its first event, and there is no end of the next: each event is
// an error, but for those that are older than the first, which are never released.
type withoutGrid struct{ *externalTimeBatch }

// Process implements flow.Operator.
func (w withoutGrid) Process(b *column.Batch, _ flow.Emit) error {
	for row, ts := range b.Cols[w.ts].I64[:b.N] {
		key := b.KeyOf(row)
		if int(key) >= len(w.state) {
			w.grow(key)
		}
		if k := &w.state[key]; !k.begun {
			k.begun, k.start = true, ts
		}
		if w.aligned || ts >= w.state[key].start {
			return errNoEnd
		}
	}
	return nil
}
