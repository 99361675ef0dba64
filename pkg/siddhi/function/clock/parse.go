package clock

import (
	"fmt"
	"strings"
)

// reading is what was read of a text so far. Fields that were not read are those
// of 1 January 1970, 0:00.
type reading struct {
	civil
	half      int64 // of the day: 12 for PM, which counts with an hour of 12
	twelve    bool  // hour counts from noon and midnight
	weekday   int64 // -1: not read
	hasDay    bool
	dayOfYear int64 // 0: not read
	bc        bool
	offset    int64 // of a zone in the text
	zoned     bool
}

// parse reads a time at the start of text; what follows it does not matter.
// Fields may be out of range: the 30th of February is the 2nd of March. A zone in
// the text goes before z.
func (f *format) parse(text string, z *zone) (int64, error) {
	r := reading{civil: civil{year: 1970, month: 1, day: 1}, weekday: -1}
	rest := text
	for i := range f.fields {
		n := f.fields[i].read(&r, rest)
		if n < 0 {
			return 0, fmt.Errorf("%q is no date of this format", text)
		}
		rest = rest[n:]
	}
	r.settle()
	local := r.millis()
	if r.zoned {
		return local - r.offset, nil
	}
	return z.utc(local), nil
}

// settle makes one date and time of what may have been read in several ways.
func (r *reading) settle() {
	if r.bc {
		r.year = 1 - r.year
	}
	if r.twelve {
		r.hour += r.half
	}
	switch {
	case r.dayOfYear != 0:
		r.month, r.day = 1, r.dayOfYear
	case !r.hasDay && r.weekday >= 0: // the first one of the month
		months := r.year*12 + r.month - 1
		first := civil{year: floorDiv(months, 12), month: floorMod(months, 12) + 1, day: 1}
		r.day = 1 + floorMod(r.weekday-first.weekday(), 7)
	}
}

// read reads a field at the start of text and returns how many bytes it takes, or -1.
func (f *field) read(r *reading, text string) int {
	switch f.letter {
	case 0:
		if !strings.HasPrefix(text, f.text) {
			return -1
		}
		return len(f.text)
	case 'G':
		return r.readEra(text)
	case 'a':
		for i, word := range []string{"AM", "PM"} {
			if len(text) >= 2 && strings.EqualFold(text[:2], word) {
				r.half = int64(12 * i)
				return 2
			}
		}
		return -1
	case 'E':
		i, n := readName(text, weekdays[:])
		r.weekday = i
		return n
	case 'z', 'Z', 'X':
		offset, n := readZone(text, f.letter)
		r.offset, r.zoned = offset, true
		return n
	case 'M':
		if f.width >= 3 {
			i, n := readName(text, months[:])
			r.month = i + 1
			return n
		}
	}
	return f.readNumber(r, text)
}

func (r *reading) readEra(text string) int {
	if strings.HasPrefix(text, "BC") {
		r.bc = true
		return 2
	}
	if strings.HasPrefix(text, "AD") {
		return 2
	}
	return -1
}

// readName reads the full or short name of a month or day, the longest that fits.
func readName(text string, names []string) (index int64, size int) {
	for i, name := range names {
		if strings.HasPrefix(text, name) {
			return int64(i), len(name)
		}
	}
	for i, name := range names {
		if strings.HasPrefix(text, shortName(name)) {
			return int64(i), 3
		}
	}
	return 0, -1
}

// lastShortYear is the last year that two digits can mean; the first one is 99
// years before. In Java the span moves with the current year: then a replay some years later
// would read other dates.
const lastShortYear = 2045

// maxDigits bounds the digits of a field, so that they fit.
const maxDigits = 9

func (f *field) readNumber(r *reading, text string) int {
	n, size := int64(0), 0
	for size < len(text) && text[size] >= '0' && text[size] <= '9' && (!f.fixed || size < f.width) {
		n = 10*n + int64(text[size]-'0')
		if size++; size > maxDigits {
			return -1
		}
	}
	if size == 0 || f.fixed && size < f.width {
		return -1
	}
	switch f.letter {
	case 'y':
		if f.width <= 2 && n < 100 {
			if n += 2000; n > lastShortYear {
				n -= 100
			}
		}
		r.year = n
	case 'M':
		r.month = n
	case 'd':
		r.day, r.hasDay, r.dayOfYear = n, true, 0
	case 'D':
		r.dayOfYear = n
	case 'H':
		r.hour, r.twelve = n%24, false
	case 'k':
		r.hour, r.twelve = n, false
	case 'h':
		r.hour, r.twelve = n%12, true
	case 'K':
		r.hour, r.twelve = n, true
	case 'm':
		r.minute = n
	case 's':
		r.second = n
	case 'S':
		r.milli = n
	}
	return size
}

// readable refuses formats with fields that can be written only.
func (f *format) readable() error {
	for _, x := range f.fields {
		if x.letter == 'w' || x.letter == 'W' || x.letter == 'F' {
			return fmt.Errorf("dates cannot be read by the number of a week, field %c", x.letter)
		}
	}
	return nil
}
