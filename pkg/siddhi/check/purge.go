package check

import (
	"strings"
	"unicode"

	"millrace/pkg/siddhi/ast"
)

// Purge says when a partition forgets keys.
type Purge struct {
	Idle     int64 // ms without a row after which a key can go
	Interval int64 // ms between two times at which idle keys are looked for
}

// defaultInterval is how often idle keys are looked for where @purge does not say it, in ms.
const defaultInterval = 5 * 60 * 1000

// purge checks @purge of a partition; none may be nil. The result is nil where it is off.
func (c *checker) purge(a *ast.Annotation) *Purge {
	if a == nil {
		return nil
	}
	enable, given := a.Get("enable")
	if !given {
		c.fail(a, "@purge does not say whether it is on", "write @purge(enable='true', idle.period='1 hour')")
		return nil
	}
	on, ok := c.purgeOn(a, enable)
	if !ok {
		return nil
	}
	if _, given := a.Get("idle.period"); !given {
		c.fail(a, "@purge does not say how long a key must be idle", "write @purge(enable='"+enable+"', idle.period='1 hour')")
	}
	p := &Purge{Idle: c.purgeTime(a, "idle.period", 0), Interval: c.purgeTime(a, "interval", defaultInterval)}
	if !on {
		return nil
	}
	p.Interval = max(p.Interval, 1)
	return p
}

// purgeOn reads what enable of a @purge says.
func (c *checker) purgeOn(a *ast.Annotation, enable string) (on, ok bool) {
	on = strings.EqualFold(enable, "true")
	if !on && !strings.EqualFold(enable, "false") {
		c.fail(elementOf(a, "enable"), "enable of @purge must be 'true' or 'false', got '"+enable+"'", "")
		return false, false
	}
	return on, true
}

// purgeTime returns the time that an element of @purge gives.
func (c *checker) purgeTime(a *ast.Annotation, key string, none int64) int64 {
	value, given := a.Get(key)
	if !given {
		return none
	}
	millis, ok := parsePurgeTime(value)
	if !ok {
		c.fail(elementOf(a, key), key+" of @purge must be a time in seconds, minutes, hours, days, months or years, got '"+value+"'",
			"write "+key+"='1 hour'")
	}
	return millis
}

// parsePurgeTime reads a time as Siddhi does here: no space is needed in front of the
// unit, h is an hour, and neither milliseconds nor weeks are known.
func parsePurgeTime(text string) (millis int64, ok bool) {
	var words strings.Builder
	var last rune
	for _, r := range text {
		if unicode.IsLetter(r) && unicode.IsDigit(last) {
			words.WriteByte(' ')
		}
		words.WriteRune(r)
		last = r
	}
	list := strings.Fields(words.String())
	for i, w := range list {
		switch w = strings.ToLower(w); {
		case w == "h":
			list[i] = "hour"
		case strings.HasPrefix(w, "milli") || strings.HasPrefix(w, "week"):
			return 0, false
		}
	}
	return ast.ParseTime(strings.Join(list, " "))
}
