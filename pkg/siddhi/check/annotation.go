package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/suggest"
)

// annotations resolves those of the app.
func (c *checker) annotations() {
	as := c.app.Annotations
	c.known(as, "app:name", "app:description", "app:statistics", "app:enforceOrder", "app:playback", "app:dist")
	if a := c.only(as, "app:name", "the app"); a != nil {
		c.once(a, "", "name")
	}
	c.only(as, "app:enforceOrder", "the app")
	if a := as.Find("app:async"); a != nil {
		c.fail(a, "@app:async is not an annotation of apps", "write @async before the definition of a stream")
	}
	if a := c.only(as, "app:statistics", "the app"); a != nil {
		c.statistics(a)
	}
	if a := c.only(as, "app:playback", "the app"); a != nil {
		c.out.Playback = true
		c.idle(a)
	}
}

// statistics resolves @app:statistics, '...('true')' or '...(enable='true', ...)'.
// Its other elements choose where Java Siddhi reports to and are only kept.
func (c *checker) statistics(a *ast.Annotation) {
	c.out.Statistics = true
	for _, key := range []string{"enable", "include", "reporter", "interval"} {
		c.once(a, key)
	}
	if e := a.Element("interval"); e != nil {
		if _, err := strconv.ParseInt(e.Value, 10, 64); err != nil {
			c.fail(e, "'interval' of @app:statistics must be a number of seconds, got '"+e.Value+"'", "")
		}
	}
	for _, e := range a.Elements {
		if e.Key != "" && !strings.EqualFold(e.Key, "enable") {
			continue
		}
		switch strings.ToLower(e.Value) {
		case "true":
		case "false":
			c.out.Statistics = false
		default:
			c.out.Statistics = false
			c.warn(e, "@app:statistics is 'true' or 'false', got '"+e.Value+"', which is as good as 'false'", "write 'true' or 'false'")
		}
	}
}

// idle resolves how the clock of @app:playback moves on without events.
func (c *checker) idle(a *ast.Annotation) {
	given := 0
	for _, e := range a.Elements {
		var into *int64
		switch {
		case strings.EqualFold(e.Key, "idle.time"):
			into = &c.out.Idle.Time
		case strings.EqualFold(e.Key, "increment"):
			into = &c.out.Idle.Increment
		default:
			c.fail(e, "@app:playback does not know '"+cmp.Or(e.Key, e.Value)+"'", "it knows idle.time and increment")
			continue
		}
		given++
		millis, ok := ast.ParseTime(e.Value)
		if !ok {
			c.fail(e, "'"+e.Key+"' of @app:playback must be a time, got '"+e.Value+"'", "write "+e.Key+"='100 millisec'")
			continue
		}
		*into = millis
	}
	if given == 1 {
		c.fail(a, "@app:playback needs both idle.time and increment, or neither", "write @app:playback(idle.time='100 millisec', increment='2 sec')")
	}
}

// streamAnnotations checks those of a stream and says whether it has a fault
// stream. @async changes the thread that runs queries, never their result, and
// is therefore only checked.
func (c *checker) streamAnnotations(d *ast.StreamDef) (fault bool) {
	c.known(d.Annotations, "source", "sink", "async", "OnError")
	of := "stream " + d.Name
	if a := c.only(d.Annotations, "async", of); a != nil {
		for _, e := range a.Elements {
			if !slices.ContainsFunc([]string{"buffer.size", "workers", "batch.size.max"}, func(k string) bool { return strings.EqualFold(k, e.Key) }) {
				continue
			}
			n, err := strconv.Atoi(e.Value)
			switch says := "'" + e.Key + "' of @async must be a number greater than 0, got '" + e.Value + "'"; {
			case err == nil && n > 0:
			case err == nil && strings.EqualFold(e.Key, "buffer.size"): // accepted, as in Siddhi
				c.warn(e, says+"; here it means nothing", "remove it")
			default:
				c.fail(e, says, "")
			}
		}
	}
	c.warnTopics(d)
	a := c.only(d.Annotations, "OnError", of)
	if a == nil {
		return false
	}
	action, given := a.Get("action")
	switch strings.ToLower(action) {
	case "log":
	case "stream":
		return true
	case "store":
		c.unsupported(a, "@OnError(action='store') is", "use action='log' or action='stream'")
	default:
		if !given {
			c.fail(a, "@OnError has no action", "write @OnError(action='log')")
			break
		}
		c.fail(a.Element("action"), "@OnError has no action '"+action+"'", "use 'log' or 'stream'")
	}
	return false
}

// known warns of annotations that look like a slip of the pen. Others that
// nobody knows are kept for whoever put them there, as in Siddhi.
func (c *checker) known(as ast.Annotations, expected ...string) {
	for _, a := range as {
		exact := false
		for _, name := range expected {
			exact = exact || strings.EqualFold(name, a.Name)
		}
		if near, found := suggest.Closest(a.Name, expected); found && !exact {
			c.note(a, "annotation @"+a.Name+" is unknown here; as in Siddhi, it does nothing", "", "@"+near)
		}
	}
}

// info checks @info of a query or a partition.
func (c *checker) info(as ast.Annotations, of string) {
	if a := c.only(as, "info", "the "+of); a != nil {
		c.once(a, "name")
		c.warnInfo(a)
	}
}

// once reports a second element with one of the keys, which all mean the same; "" is that of a value without one.
func (c *checker) once(a *ast.Annotation, keys ...string) {
	found := false
	for _, e := range a.Elements {
		if !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, e.Key) }) {
			continue
		}
		if found {
			what := "a value"
			if e.Key != "" {
				what = "'" + e.Key + "'"
			}
			c.fail(e, "@"+a.Name+" gives "+what+" twice", "remove one")
		}
		found = true
	}
}

// elementOf is where an element of an annotation stands, or the annotation.
func elementOf(a *ast.Annotation, key string) ast.Node {
	if e := a.Element(key); e != nil {
		return e
	}
	return a
}
