package ast

import (
	"math"
	"strconv"
	"strings"
)

// TimeUnit is a unit of time literals and of aggregation granularities.
type TimeUnit uint8

// The units, from small to large.
const (
	Millisecond TimeUnit = iota
	Second
	Minute
	Hour
	Day
	Week
	Month
	Year
)

var timeUnits = [...]struct {
	name   string
	millis int64
}{
	Millisecond: {"millisec", 1},
	Second:      {"sec", 1000},
	Minute:      {"min", 60 * 1000},
	Hour:        {"hour", 3600 * 1000},
	Day:         {"day", 24 * 3600 * 1000},
	Week:        {"week", 7 * 24 * 3600 * 1000},
	Month:       {"month", 30 * 24 * 3600 * 1000},
	Year:        {"year", 365 * 24 * 3600 * 1000},
}

// Millis returns the unit's fixed length: a month is 30 days, a year 365.
func (u TimeUnit) Millis() int64 { return timeUnits[u].millis }

// String returns the unit as the printer writes it.
func (u TimeUnit) String() string { return timeUnits[u].name }

// UnitOf returns the unit that a word of SiddhiQL names, in any case.
func UnitOf(word string) (TimeUnit, bool) {
	switch strings.ToLower(word) {
	case "year", "years":
		return Year, true
	case "month", "months":
		return Month, true
	case "week", "weeks":
		return Week, true
	case "day", "days":
		return Day, true
	case "hour", "hours":
		return Hour, true
	case "min", "minute", "minutes":
		return Minute, true
	case "sec", "second", "seconds":
		return Second, true
	case "millisec", "millisecond", "milliseconds":
		return Millisecond, true
	}
	return 0, false
}

// ParseTime returns the milliseconds of a time literal in an annotation, such
// as "1 min 30 sec". Its units go from large to small, each once.
func ParseTime(text string) (millis int64, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 || len(words)%2 != 0 {
		return 0, false
	}
	last := Year + 1
	for i := 0; i < len(words); i += 2 {
		amount, err := strconv.ParseUint(words[i], 10, 63)
		unit, known := UnitOf(words[i+1])
		if err != nil || !known || unit >= last || int64(amount) > (math.MaxInt64-millis)/unit.Millis() {
			return 0, false
		}
		last = unit
		millis += int64(amount) * unit.Millis()
	}
	return millis, true
}

// TimePart is one amount of a time literal, as 30 sec in 1 min 30 sec.
type TimePart struct {
	Amount int64
	Unit   TimeUnit
}

// SplitTime spells a time of that many milliseconds in days, hours, minutes, seconds and milliseconds.
func SplitTime(millis int64) []TimePart {
	var parts []TimePart
	for _, unit := range []TimeUnit{Day, Hour, Minute, Second, Millisecond} {
		if amount := millis / unit.Millis(); amount > 0 {
			parts = append(parts, TimePart{Amount: amount, Unit: unit})
			millis %= unit.Millis()
		}
	}
	if parts == nil {
		parts = []TimePart{{Amount: 0, Unit: Second}}
	}
	return parts
}
