package window

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
)

// TestSenseless holds that numbers that make no sense are taken and warned of, and others not.
func TestSenseless(t *testing.T) {
	for call, says := range map[string]string{
		"length(-1)":                                 "window.length is -1",
		"lengthBatch(-5)":                            "never full",
		"time(-1)":                                   "window.time is -1",
		"timeLength(-1, 2)":                          "window.time is -1",
		"timeLength(1, -2)":                          "window.length is -2",
		"externalTime(ts, -7)":                       "window.time is -7",
		"externalTimeBatch(ts, 0)":                   "every event is an error",
		"externalTimeBatch(ts, 1 sec, 0, -1)":        "timeout is -1",
		"session(-1L)":                               "session.gap is -1",
		"session(5L, sym, -1L)":                      "allowed.latency is -1",
		"sort(-1, v)":                                "window.length is -1",
		"delay(-1)":                                  "window.delay is -1",
		"frequent(-1)":                               "event.count is -1",
		"lossyFrequent(1.5, 0.1)":                    "support.threshold is 1.5",
		"lossyFrequent(0.5, -0.1)":                   "error.bound is -0.1",
		"length(0)":                                  "",
		"session(5L, sym, 0L)":                       "",
		"externalTimeBatch(ts, 1 sec, 0, 500, true)": "",
		"lossyFrequent(0.0, 1.0)":                    "",
	} {
		w, err := resolve(call, events)
		if err != nil {
			t.Errorf("%s: %v", call, err)
			continue
		}
		if w.Fn.Warn == nil {
			t.Errorf("%s: nothing warns", call)
			continue
		}
		msg, hint := w.Fn.Warn(check.Describe(w.Args))
		if !strings.Contains(msg, says) || (says == "") != (msg == "") || (msg == "") != (hint == "") {
			t.Errorf("%s: it warns %q, %q, want %q", call, msg, hint, says)
		}
		s := &sim{}
		if _, err := New(w, events, Options{Clock: s, Scheduler: s}); err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
}
