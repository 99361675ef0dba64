package cron

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// field says what a part of an expression may hold.
type field struct {
	name     string
	min, max int
	names    []string // of min, min+1, ...
	cycle    int      // a range may run over the end and goes on this much lower; 0: it may not
}

var (
	second     = field{name: "second", min: 0, max: 59, cycle: 60}
	minute     = field{name: "minute", min: 0, max: 59, cycle: 60}
	hour       = field{name: "hour", min: 0, max: 23, cycle: 24}
	dayOfMonth = field{name: "day of month", min: 1, max: 31, cycle: 31}
	month      = field{name: "month", min: 1, max: 12, cycle: 12,
		names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	dayOfWeek = field{name: "day of week", min: 1, max: 7, cycle: 7,
		names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	year = field{name: "year", min: firstYear, max: lastYear}
)

// Parse reads a Quartz cron expression.
func Parse(text string) (*Expression, error) {
	e, err := parse(strings.Fields(strings.ToUpper(text)))
	if err != nil {
		return nil, fmt.Errorf("cron expression '%s': %w", text, err)
	}
	return e, nil
}

func parse(parts []string) (*Expression, error) {
	if len(parts) < 6 || len(parts) > 7 {
		return nil, fmt.Errorf("it has %d fields; write second, minute, hour, day of month, month, day of week and, if wanted, year", len(parts))
	}
	if len(parts) == 6 {
		parts = append(parts, "*")
	}
	if (parts[3] == "?") == (parts[5] == "?") {
		return nil, fmt.Errorf("exactly one of day of month (%s) and day of week (%s) must be '?'", parts[3], parts[5])
	}
	e := &Expression{}
	for _, p := range []struct {
		field field
		text  string
		set   *uint64
	}{
		{second, parts[0], &e.second}, {minute, parts[1], &e.minute}, {hour, parts[2], &e.hour}, {month, parts[4], &e.month},
	} {
		if err := p.field.list(p.text, func(n int) { *p.set |= 1 << n }); err != nil {
			return nil, err
		}
	}
	if err := year.list(parts[6], func(n int) { n -= firstYear; e.year[n/64] |= 1 << (n % 64) }); err != nil {
		return nil, err
	}
	if parts[5] == "?" {
		return e, e.parseDayOfMonth(parts[3])
	}
	return e, e.parseDayOfWeek(parts[5])
}

var (
	lastDay    = regexp.MustCompile(`^L(?:-([0-9]{1,2}))?(W)?$`)
	nearestDay = regexp.MustCompile(`^([0-9]{1,2})W$`)
	oneWeekday = regexp.MustCompile(`^([0-9]|[A-Z]{3})(?:#([0-9]+)|(L))$`)
)

func (e *Expression) parseDayOfMonth(text string) error {
	if m := lastDay.FindStringSubmatch(text); m != nil {
		e.lastOfMonth, e.weekday = true, m[2] != ""
		if m[1] != "" {
			e.offset, _ = strconv.Atoi(m[1])
		}
		if e.offset > 30 {
			return fmt.Errorf("%s %s: a month has no day %d before its last", dayOfMonth.name, text, e.offset)
		}
		return nil
	}
	if m := nearestDay.FindStringSubmatch(text); m != nil {
		e.weekday, text = true, m[1]
	}
	return dayOfMonth.list(text, func(n int) { e.dayOfMonth |= 1 << n })
}

func (e *Expression) parseDayOfWeek(text string) error {
	if text == "L" { // the last day of a week, not of a month
		text = "SAT"
	}
	if m := oneWeekday.FindStringSubmatch(text); m != nil {
		e.lastOfWeek = m[3] != ""
		if m[2] != "" {
			n, err := strconv.Atoi(m[2])
			if err != nil || n < 1 || n > 5 {
				return fmt.Errorf("%s %s: a number from 1 to 5 must follow '#'", dayOfWeek.name, text)
			}
			e.nth = n
		}
		text = m[1]
	}
	return dayOfWeek.list(text, func(n int) { e.dayOfWeek |= 1 << n })
}

// list reads ranges with commas between them and adds their members.
func (f field) list(text string, add func(n int)) error {
	for _, item := range strings.Split(text, ",") {
		if err := f.item(item, add); err != nil {
			return err
		}
	}
	return nil
}

// item reads `*`, `n`, `n-m`, each with an optional `/step`, and `/step`.
func (f field) item(text string, add func(n int)) error {
	span, by, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(by); err != nil || step < 1 || step > f.max {
			return fmt.Errorf("%s '%s': a number from 1 to %d must follow '/'", f.name, text, f.max)
		}
	}
	from, to := f.min, f.max
	if span != "*" && !(span == "" && stepped) {
		low, high, ranged := strings.Cut(span, "-")
		var err error
		if from, err = f.value(low); err != nil {
			return err
		}
		switch {
		case ranged:
			if to, err = f.value(high); err != nil {
				return err
			}
		case !stepped:
			to = from
		}
	}
	if to < from {
		if f.cycle == 0 {
			return fmt.Errorf("%s '%s': the range ends before it begins", f.name, text)
		}
		to += f.cycle
	}
	for n := from; n <= to; n += step {
		if n > f.max {
			add(n - f.cycle)
		} else {
			add(n)
		}
	}
	return nil
}

func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if text == name {
			return f.min + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max {
		also := ""
		if f.names != nil {
			also = fmt.Sprintf(" or a name from %s to %s", f.names[0], f.names[len(f.names)-1])
		}
		return 0, fmt.Errorf("%s '%s' must be a number from %d to %d%s", f.name, text, f.min, f.max, also)
	}
	return n, nil
}
