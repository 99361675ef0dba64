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
