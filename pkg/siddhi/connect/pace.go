package connect

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// pacer takes the time of events from an attribute (replay.time) and, with a
// replay.speed, hands events on at the pace at which they happened, so many
// times faster.
type pacer struct {
	attr  int
	speed float64 // 0: as fast as possible

	began time.Time // when the first event was handed on
	first int64     // its time
	last  int64     // of the latest event, for one that has none
}

// newPacer returns nil when the source asks for neither.
func newPacer(attrs schema.Attributes, attribute, speed string) (*pacer, error) {
	if attribute == "" {
		if speed != "" {
			return nil, errNoReplay
		}
		return nil, nil
	}
	p := &pacer{attr: attrs.Index(attribute)}
	if p.attr < 0 {
		return nil, fmt.Errorf("option replay.time is '%s'; the stream has %s", attribute, attrs)
	}
	if t := attrs[p.attr].Type; t != schema.Long && t != schema.String {
		return nil, fmt.Errorf("option replay.time: %s is %s; it must be long (ms since 1970) or string (like 2013-01-01T05:00:00Z)", attribute, t)
	}
	if speed == "" || strings.EqualFold(speed, "max") {
		return p, nil
	}
	var err error
	if p.speed, err = strconv.ParseFloat(speed, 64); err != nil || p.speed <= 0 || p.speed > 1e12 {
		return nil, fmt.Errorf("option replay.speed is '%s'; it must be 'max' or a factor such as 1, 60 or 3600", speed)
	}
	return p, nil
}

// stepwise says that events must be handed on one record at a time.
func (p *pacer) stepwise() bool { return p != nil && p.speed > 0 }

// stamp gives the rows of b the time that the attribute says. A row without one
// has the time of the row before it; how many there were is returned.
func (p *pacer) stamp(b *column.Batch) (without int) {
	c := b.Cols[p.attr]
	for row := range b.N {
		t, ok := p.timeOf(c, row)
		if ok {
			p.last = t
		} else {
			without++
		}
		b.Time[row] = p.last
	}
	return without
}

func (p *pacer) timeOf(c *column.Column, row int) (int64, bool) {
	if c.IsNull(row) {
		return 0, false
	}
	if c.Type == schema.Long {
		return c.I64[row], true
	}
	text := c.String(row)
	for _, layout := range [...]string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// hold waits until a row with that time is due.
func (p *pacer) hold(ctx context.Context, eventTime int64) error {
	if p.began.IsZero() {
		p.began, p.first = now(), eventTime
	}
	ahead := time.Duration(float64(eventTime-p.first) / p.speed * float64(time.Millisecond))
	return wait(ctx, ahead-now().Sub(p.began))
}
