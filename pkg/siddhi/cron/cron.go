// Package cron understands Quartz cron expressions, as triggers and the cron
// window of Siddhi use them: second, minute, hour, day of month, month, day of
// week and, if wanted, year. Times are in UTC, so that every worker agrees.
//
// It imports none of our packages.
package cron

import (
	"math/bits"
	"time"
)

const (
	firstYear = 1970
	lastYear  = 2225
)

// Expression is a parsed cron expression. It never changes.
type Expression struct {
	second, minute, hour uint64 // bit n: at n
	month                uint64 // from 1
	year                 [(lastYear - firstYear + 1) / 64]uint64

	// One of the two fields for days is '?': its set is empty.
	dayOfMonth, dayOfWeek uint64 // from 1; weeks begin on Sunday

	lastOfMonth bool // L: the last day of the month, less offset days
	offset      int
	weekday     bool // W: the weekday that is nearest to the day, in the same month
	nth         int  // #: the n-th such day of the week in the month; 0: every
	lastOfWeek  bool // xL: the last such day of the week in the month
}

// Next returns the first time later than after at which e fires, both in ms
// since the Unix epoch, and false if there is none. Fire times are whole
// seconds; the second in which after lies does not count.
func (e *Expression) Next(after int64) (int64, bool) {
	from := time.UnixMilli(after).UTC().Truncate(time.Second).Add(time.Second)
	y, m, d := from.Date()
	at, ok := e.timeOfDay(from.Hour(), from.Minute(), from.Second())
	for ; y <= lastYear; y, m, d = y+1, time.January, 1 {
		if y < firstYear || !e.inYear(y) {
			ok = false
			continue
		}
		for ; m <= time.December; m, d = m+1, 1 {
			if e.month>>m&1 == 0 {
				ok = false
				continue
			}
			days := e.days(y, m)
			if !ok { // not any more on day d
				at, _ = e.timeOfDay(0, 0, 0)
				if y == from.Year() && m == from.Month() && d == from.Day() {
					d++
				}
			} else if days>>d&1 == 0 {
				at, _ = e.timeOfDay(0, 0, 0)
			}
			if days = days >> d << d; days != 0 {
				day := bits.TrailingZeros64(days)
				return time.Date(y, m, day, 0, 0, 0, 0, time.UTC).UnixMilli() + at, true
			}
			ok = false
		}
	}
	return 0, false
}

// First returns the first time at which what starts at start fires: the second
// in which it starts counts, although it may have begun.
func (e *Expression) First(start int64) (int64, bool) { return e.Next(start - 1000) }

func (e *Expression) inYear(y int) bool {
	n := y - firstYear
	return e.year[n/64]>>(n%64)&1 != 0
}

// timeOfDay returns the first time of a day, in ms, that is not before h:m:s.
func (e *Expression) timeOfDay(h, m, s int) (ms int64, ok bool) {
	second, over := atLeast(e.second, s)
	if over {
		m++
	}
	minute, over := atLeast(e.minute, m)
	if minute != m || over {
		second, _ = atLeast(e.second, 0)
	}
	if over {
		h++
	}
	hour, over := atLeast(e.hour, h)
	if over {
		return 0, false
	}
	if hour != h {
		minute, _ = atLeast(e.minute, 0)
		second, _ = atLeast(e.second, 0)
	}
	return int64(hour*3600+minute*60+second) * 1000, true
}

// atLeast returns the first member of set from n on, or, over its end, its first.
func atLeast(set uint64, n int) (member int, over bool) {
	if rest := set >> n << n; rest != 0 {
		return bits.TrailingZeros64(rest), false
	}
	return bits.TrailingZeros64(set), true
}

// days returns the days of a month on which e fires, as a set.
func (e *Expression) days(y int, m time.Month) uint64 {
	length := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	first := int(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Weekday()) // 0 is Sunday
	if e.dayOfWeek != 0 {
		return e.daysOfWeek(first, length)
	}
	days := e.dayOfMonth
	if e.lastOfMonth {
		if e.offset >= length {
			return 0
		}
		days = 1 << (length - e.offset)
	}
	days &= 1<<(length+1) - 1
	if !e.weekday || days == 0 {
		return days
	}
	day := bits.TrailingZeros64(days)
	switch (first + day - 1) % 7 {
	case 6: // Saturday
		if day--; day == 0 {
			day = 3
		}
	case 0: // Sunday
		if day++; day > length {
			day -= 3
		}
	}
	return 1 << day
}

func (e *Expression) daysOfWeek(first, length int) uint64 {
	var days uint64
	for day := 1; day <= length; day++ {
		if e.dayOfWeek>>((first+day-1)%7+1)&1 == 0 {
			continue
		}
		if e.nth != 0 && (day-1)/7+1 != e.nth || e.lastOfWeek && day+7 <= length {
			continue
		}
		days |= 1 << day
	}
	return days
}
