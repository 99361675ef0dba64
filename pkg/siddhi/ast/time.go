package ast

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
	Millisecond: {"millisecond", 1},
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
