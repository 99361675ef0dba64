package aggregation

import (
	"fmt"
	"strings"
	"time"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/javatext"
)

// A text that says a time has 19 characters, and behind a blank 6 more if it says
// how far its clock is ahead of GMT.
const (
	dateLen   = len("2006-01-02 15:04:05")
	offsetLen = len(" +01:00")
)

// parseTime reads yyyy-MM-dd HH:mm:ss, with an offset such as +05:30 behind it or in GMT.
func parseTime(text string) (int64, error) {
	t, ok := dated(javatext.Trim(text))
	if !ok {
		return 0, fmt.Errorf("'%s' is not a time; write yyyy-MM-dd HH:mm:ss, and behind it, unless that is GMT, an offset such as +05:30", text)
	}
	return t, nil
}

// dateTime writes a time as within has it.
func dateTime(t int64) string { return time.UnixMilli(t).UTC().Format(time.DateTime) }

func dated(text string) (int64, bool) {
	offset := int64(0)
	if len(text) == dateLen+offsetLen {
		at, err := time.Parse(" -07:00", text[dateLen:])
		if err != nil {
			return 0, false
		}
		_, seconds := at.Zone()
		offset, text = int64(seconds)*second, text[:dateLen]
	}
	if len(text) != dateLen {
		return 0, false
	}
	t, err := time.Parse(time.DateTime, text)
	return t.UnixMilli() - offset, err == nil
}

// patterns are the ends of the texts that stand for a time of some length, with
// what stands in their place in its first moment.
var patterns = []struct {
	stars, first string
	unit         ast.TimeUnit
}{
	{"-**-** **:**:**", "-01-01 00:00:00", ast.Year},
	{"-** **:**:**", "-01 00:00:00", ast.Month},
	{" **:**:**", " 00:00:00", ast.Day},
	{":**:**", ":00:00", ast.Hour},
	{":**", ":00", ast.Minute},
	{"", "", ast.Second},
}

// parsePattern reads the text of a single within: a time in which what is not to
// be looked at is starred.
func parsePattern(text string) (start, end int64, err error) {
	trimmed := javatext.Trim(text)
	date, offset := trimmed, ""
	if len(trimmed) == dateLen+offsetLen {
		date, offset = trimmed[:dateLen], trimmed[dateLen:]
	}
	for _, p := range patterns {
		head, ok := strings.CutSuffix(date, p.stars)
		if !ok {
			continue
		}
		if start, ok = dated(head + p.first + offset); !ok {
			break
		}
		// Months and years end by the clock that the text speaks of.
		ahead, _ := dated(head + p.first)
		c := calendar{unit: p.unit, zone: time.UTC}
		return start, c.next(ahead) - (ahead - start), nil
	}
	return 0, 0, fmt.Errorf("within: '%s' is not a time; write yyyy-MM-dd HH:mm:ss with ** for what does not count, "+
		"as in 2026-**-** **:**:**, and behind it, unless that is GMT, an offset such as +05:30", text)
}
