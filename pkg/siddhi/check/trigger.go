package check

import (
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/cron"
	"millrace/pkg/siddhi/schema"
)

// Trigger puts rows into a stream of its own when its time has come.
type Trigger struct {
	Def    *ast.TriggerDef
	Stream *Stream
	// One of the following is set.
	Start bool             // once, when the app starts
	Every int64            // ms
	Cron  *cron.Expression // in UTC
}

// triggered has the attributes of a trigger's stream.
var triggered = schema.Attributes{{Name: "triggered_time", Type: schema.Long}}

// trigger resolves a trigger, which defines a stream of its name.
func (c *checker) trigger(d *ast.TriggerDef) {
	t := &Trigger{Def: d, Stream: c.streams[d.Name]}
	if t.Stream == nil {
		t.Stream = &Stream{Name: d.Name, Attrs: triggered}
		c.streams[d.Name] = t.Stream
		c.out.Streams = append(c.out.Streams, t.Stream)
	}
	t.Stream.Trigger = true
	switch {
	case d.Every != nil:
		if t.Every = d.Every.Int; t.Every <= 0 {
			c.fail(d.Every, "a trigger cannot fire every 0 ms", "write a longer time, as in at every 1 sec")
		}
	case strings.EqualFold(strings.TrimSpace(d.At), "start"):
		t.Start = true
	default:
		e, err := cron.Parse(d.At)
		if err != nil {
			c.fail(start(d), err.Error(), "write at 'start', at every 5 min, or a cron expression such as '0 30 4 * * ?'")
		}
		t.Cron = e
	}
	c.known(d.Annotations)
	c.out.Triggers = append(c.out.Triggers, t)
}
