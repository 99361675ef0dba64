package clock

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // an image may have no zone files
)

// zone is a time zone. Dates without one are in UTC.
type zone struct {
	location *time.Location
	fixed    string // the name of a zone given by its offset, else ""
}

var utc = &zone{location: time.UTC}

// newZone finds a zone by a name such as Europe/Rome, or by an offset such as
// GMT+05:30 or +05:30.
func newZone(name string) (*zone, error) {
	offset, isOffset := strings.CutPrefix(name, "GMT")
	if isOffset && offset == "" || name == "UTC" || name == "Z" {
		return utc, nil
	}
	if isOffset || strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		if millis, ok := parseOffset(offset); ok {
			sign := '+'
			if millis < 0 {
				sign = '-'
			}
			minutes := max(millis, -millis) / 60000
			shown := fmt.Sprintf("GMT%c%02d:%02d", sign, minutes/60, minutes%60)
			return &zone{time.FixedZone(shown, int(millis/1000)), shown}, nil
		}
	}
	if short, ok := shortZones[name]; ok {
		name = short
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, fmt.Errorf("there is no time zone %q; write one such as Europe/Rome or GMT+05:30", name)
	}
	return &zone{location: location}, nil
}

// shortZones has the three-letter names of Java that are no names of the zone database.
var shortZones = map[string]string{
	"PST": "America/Los_Angeles", "CST": "America/Chicago", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata", "ECT": "Europe/Paris",
	"AET": "Australia/Sydney", "BST": "Asia/Dhaka", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ART": "Africa/Cairo",
}

// parseOffset reads +5, +05, +0530 and +05:30.
func parseOffset(text string) (millis int64, ok bool) {
	if text == "" || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, minutes, colon := strings.Cut(text[1:], ":")
	if !colon && len(hours) > 2 {
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
	}
	if minutes == "" && !colon {
		minutes = "00"
	}
	h, err1 := strconv.ParseUint(hours, 10, 8)
	m, err2 := strconv.ParseUint(minutes, 10, 8)
	if err1 != nil || err2 != nil || h > 23 || m > 59 || len(minutes) != 2 {
		return 0, false
	}
	millis = int64(h*60+m) * 60000
	if text[0] == '-' {
		millis = -millis
	}
	return millis, true
}

// at returns the offset of the zone at a time, and its short name then.
func (z *zone) at(millis int64) (offset int64, name string) {
	if z == utc {
		return 0, "UTC"
	}
	name, seconds := time.UnixMilli(millis).In(z.location).Zone()
	if z.fixed != "" {
		name = z.fixed
	}
	return int64(seconds) * 1000, name
}

// utc returns the time at which clocks of the zone show local. In the hour that
// is left out in spring it is the one by the offset before.
func (z *zone) utc(local int64) int64 {
	if z == utc {
		return local
	}
	guess, _ := z.at(local)
	offset, _ := z.at(local - guess)
	if before, _ := z.at(local - offset); before == offset {
		return local - offset
	}
	return local - guess
}

// longZoneName is what zzzz shows: the name of the zone where it is known here.
func longZoneName(short string, offset int64) string {
	if short == "UTC" && offset == 0 {
		return "Coordinated Universal Time"
	}
	for _, z := range zoneNames {
		if z.short == short && z.hours*3600000 == offset {
			return z.long
		}
	}
	return short
}

// zoneNames are the abbreviations that are understood in texts.
var zoneNames = []struct {
	short string
	hours int64
	long  string
}{
	{"UTC", 0, "Coordinated Universal Time"}, {"GMT", 0, "Greenwich Mean Time"},
	{"EST", -5, "Eastern Standard Time"}, {"EDT", -4, "Eastern Daylight Time"},
	{"CST", -6, "Central Standard Time"}, {"CDT", -5, "Central Daylight Time"},
	{"MST", -7, "Mountain Standard Time"}, {"MDT", -6, "Mountain Daylight Time"},
	{"PST", -8, "Pacific Standard Time"}, {"PDT", -7, "Pacific Daylight Time"},
	{"CET", 1, "Central European Standard Time"}, {"CEST", 2, "Central European Summer Time"},
	{"EET", 2, "Eastern European Standard Time"}, {"EEST", 3, "Eastern European Summer Time"},
	{"WET", 0, "Western European Standard Time"}, {"WEST", 1, "Western European Summer Time"},
	{"JST", 9, "Japan Standard Time"}, {"IST", 2, "Israel Standard Time"},
}

// readZone reads a zone at the start of text: an offset, and under z also an
// abbreviation; it returns the offset and the bytes read, or -1.
func readZone(text string, letter byte) (offset int64, size int) {
	if letter == 'X' && strings.HasPrefix(text, "Z") {
		return 0, 1
	}
	prefix := 0
	if letter == 'z' && strings.HasPrefix(text, "GMT") {
		prefix = 3
	}
	for n := min(len(text)-prefix, 6); n >= 3; n-- {
		digits := text[prefix : prefix+n]
		if letter != 'X' && n == 3 {
			break
		}
		if millis, ok := parseOffset(digits); ok {
			return millis, prefix + n
		}
	}
	if letter != 'z' {
		return 0, -1
	}
	for n := min(len(text), 4); n >= 3; n-- {
		for _, z := range zoneNames {
			if z.short == text[:n] {
				return z.hours * 3600000, n
			}
		}
	}
	return 0, -1
}
