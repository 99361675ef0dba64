package aggregation

import (
	"fmt"
	"time"
	_ "time/tzdata" // an image may have no zone files

	"millrace/pkg/siddhi/ast"
)

// Zone returns the time zone of that name in which hours, days, months and years
// begin. As in Siddhi offsets are no names.
func Zone(name string) (*time.Location, error) {
	if name == "GMT" || name == "UTC" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("aggTimeZone: there is no time zone %q; write one such as Europe/Rome", name)
	}
	return zone, nil
}

// calendar cuts time into the buckets of one granularity.
type calendar struct {
	unit ast.TimeUnit
	zone *time.Location
	// lo and hi are the bucket that was looked up last; the next one is mostly the same.
	lo, hi int64
}

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// width is how long all buckets are; 0 where the calendar says it.
func (c *calendar) width() int64 {
	switch c.unit {
	case ast.Second:
		return second
	case ast.Minute:
		return minute
	}
	return 0
}

// start returns the beginning of the bucket of t, ms since the Unix epoch.
func (c *calendar) start(t int64) int64 {
	if w := c.width(); w > 0 {
		return t - t%w // as in Siddhi the two around 1970 are one
	}
	c.look(t)
	return c.lo
}

// next returns the beginning of the bucket behind that of t.
func (c *calendar) next(t int64) int64 {
	if w := c.width(); w > 0 {
		return t - t%w + w
	}
	c.look(t)
	return c.hi
}

// starts appends the beginnings of the buckets of times to dst.
func (c *calendar) starts(dst, times []int64) []int64 {
	if w := c.width(); w > 0 {
		for _, t := range times {
			dst = append(dst, t-t%w)
		}
		return dst
	}
	for _, t := range times {
		if t < c.lo || t >= c.hi {
			c.look(t)
		}
		dst = append(dst, c.lo)
	}
	return dst
}

// look has lo and hi be the bucket of t.
func (c *calendar) look(t int64) {
	if t >= c.lo && t < c.hi {
		return
	}
	at := time.UnixMilli(t).In(c.zone)
	y, m, d := at.Date()
	switch c.unit {
	case ast.Hour:
		h := at.Hour()
		c.lo, c.hi = c.instant(y, m, d, h), c.instant(y, m, d, h+1)
	case ast.Day:
		c.lo, c.hi = c.instant(y, m, d, 0), c.instant(y, m, d+1, 0)
	case ast.Month:
		c.lo, c.hi = c.instant(y, m, 1, 0), c.instant(y, m+1, 1, 0)
	default:
		c.lo, c.hi = c.instant(y, 1, 1, 0), c.instant(y+1, 1, 1, 0)
	}
}

// instant is when clocks of the zone show that hour. An hour that comes twice is
// the first one, one that is left out that behind the gap.
func (c *calendar) instant(y int, m time.Month, d, h int) int64 {
	local := time.Date(y, m, d, h, 0, 0, 0, time.UTC).UnixMilli()
	before, after := c.offset(local-day), c.offset(local+day)
	if before != after && c.offset(local-before) != before && c.offset(local-after) == after {
		return local - after
	}
	return local - before
}

// offset is what clocks of the zone are ahead of UTC, in ms.
func (c *calendar) offset(t int64) int64 {
	_, seconds := time.UnixMilli(t).In(c.zone).Zone()
	return int64(seconds) * second
}
