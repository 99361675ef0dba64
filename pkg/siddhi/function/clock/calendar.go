package clock

// civil is a date and time of day in some time zone, by Java's calendar: that of
// Gregory from 15 October 1582 on, that of Julius before. Years before 1 are BC:
// 0 is 1 BC.
type civil struct {
	year, month, day     int64 // month and day from 1; out of range they carry over
	hour, minute, second int64
	milli                int64
}

const (
	dayMillis = 24 * 60 * 60 * 1000
	// cutover is the first day of Gregory's calendar, in days since the Unix epoch.
	cutover = -141427
)

// daysSince returns the days from the Unix epoch to a date in which only the day may
// be out of range.
func daysSince(year, month, day int64) int64 {
	if year > 1582 || year == 1582 && (month > 10 || month == 10 && day >= 15) {
		return gregorian(year, month) + day - 1
	}
	return julian(year, month) + day - 1
}

// gregorian returns the day on which a month begins. The year is taken to begin
// with March, so that the day of a leap year comes last.
func gregorian(year, month int64) int64 {
	y, sinceMarch := marchYear(year, month)
	return 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + sinceMarch - 719468
}

func julian(year, month int64) int64 {
	y, sinceMarch := marchYear(year, month)
	return 365*y + floorDiv(y, 4) + sinceMarch - 719470
}

func marchYear(year, month int64) (y, sinceMarch int64) {
	if month > 2 {
		return year, (153*(month-3) + 2) / 5
	}
	return year - 1, (153*(month+9) + 2) / 5
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - b*floorDiv(a, b) }

// date returns the date of a day since the Unix epoch.
func date(days int64) (year, month, day int64) {
	begin := gregorian
	if days < cutover {
		begin = julian
	}
	year = 1970 + floorDiv(days*400, 146097) // at most some years off
	for begin(year, 1) > days {
		year--
	}
	for begin(year+1, 1) <= days {
		year++
	}
	month = 12
	for begin(year, month) > days {
		month--
	}
	return year, month, days - begin(year, month) + 1
}

// of takes local milliseconds since the Unix epoch apart.
func of(millis int64) civil {
	rest := floorMod(millis, dayMillis)
	c := civil{hour: rest / 3600000, minute: rest / 60000 % 60, second: rest / 1000 % 60, milli: rest % 1000}
	c.year, c.month, c.day = date(floorDiv(millis, dayMillis))
	return c
}

// millis is the reverse of of. Fields out of range carry over, as in a lenient
// calendar of Java.
func (c civil) millis() int64 {
	months := c.year*12 + c.month - 1
	days := daysSince(floorDiv(months, 12), floorMod(months, 12)+1, c.day)
	return days*dayMillis + c.hour*3600000 + c.minute*60000 + c.second*1000 + c.milli
}

// addMonths moves by whole months; a day that the month does not have becomes its last.
func (c civil) addMonths(n int64) civil {
	months := c.year*12 + c.month - 1 + n
	c.year, c.month = floorDiv(months, 12), floorMod(months, 12)+1
	c.day = min(c.day, monthLength(c.year, c.month))
	return c
}

func monthLength(year, month int64) int64 {
	next, nextMonth := year, month+1
	if nextMonth > 12 {
		next, nextMonth = year+1, 1
	}
	if year == 1582 && month == 10 {
		return 31
	}
	return daysSince(next, nextMonth, 1) - daysSince(year, month, 1)
}

// weekday returns 0 for Sunday to 6 for Saturday.
func (c civil) weekday() int64 { return floorMod(daysSince(c.year, c.month, c.day)+4, 7) }

func (c civil) dayOfYear() int64 {
	return daysSince(c.year, c.month, c.day) - daysSince(c.year, 1, 1) + 1
}

// weekOfYear counts weeks that begin on Sunday, the first one with 1 January in it.
func (c civil) weekOfYear() int64 {
	if last := daysSince(c.year+1, 1, 1); last-daysSince(c.year, c.month, c.day) <= floorMod(last+4, 7) {
		return 1 // the week of the next new year
	}
	return (c.dayOfYear()-1+floorMod(daysSince(c.year, 1, 1)+4, 7))/7 + 1
}

func (c civil) weekOfMonth() int64 {
	return (c.day-1+floorMod(daysSince(c.year, c.month, 1)+4, 7))/7 + 1
}

// unit is a part of a date that functions add to or read.
type unit uint8

const (
	otherUnit unit = iota
	yearUnit
	quarterUnit
	monthUnit
	weekUnit
	dayUnit
	hourUnit
	minuteUnit
	secondUnit
)

var unitNames = map[string]unit{
	"YEAR": yearUnit, "QUARTER": quarterUnit, "MONTH": monthUnit, "WEEK": weekUnit, "DAY": dayUnit,
	"HOUR": hourUnit, "MINUTE": minuteUnit, "SECOND": secondUnit,
}

// add moves a time by n units. As in Siddhi other units move nothing.
func (u unit) add(millis, n int64) int64 {
	switch u {
	case yearUnit:
		return of(millis).addMonths(12 * n).millis()
	case quarterUnit:
		return of(millis).addMonths(3 * n).millis()
	case monthUnit:
		return of(millis).addMonths(n).millis()
	case weekUnit:
		return millis + 7*n*dayMillis
	case dayUnit:
		return millis + n*dayMillis
	case hourUnit:
		return millis + n*3600000
	case minuteUnit:
		return millis + n*60000
	case secondUnit:
		return millis + n*1000
	}
	return millis
}

// read returns the unit's number in a time; that of other units is 0, as in Siddhi.
func (u unit) read(millis int64) int64 {
	c := of(millis)
	switch u {
	case yearUnit:
		if c.year < 1 {
			return 1 - c.year
		}
		return c.year
	case quarterUnit:
		return (c.month-1)/3 + 1
	case monthUnit:
		return c.month
	case weekUnit:
		return c.weekOfYear()
	case dayUnit:
		return c.day
	case hourUnit:
		return c.hour
	case minuteUnit:
		return c.minute
	case secondUnit:
		return c.second
	}
	return 0
}
