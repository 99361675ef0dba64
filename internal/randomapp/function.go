package randomapp

import "fmt"

// function writes a call of an extension's function that gives a value of a
// type. Some of its arguments can be null, of which most of these functions fail,
// but not where that shows at rows that leave a window, too.
func (g *generator) function(t valueType) string {
	if g.one(4) {
		return g.collection(t)
	}
	text := func() string {
		if g.daring() {
			return g.pick("k", "k", "str:trim(k)", "convert(v, 'string')")
		}
		return g.pick("coalesce(k, 'none')", "'a b,c'", "convert(default(g, 1), 'string')", "str:concat(coalesce(k, ''), '-', convert(v, 'string'))")
	}
	day := func() string {
		if g.daring() {
			return text()
		}
		return "'2020-02-28'"
	}
	number := func() string {
		if g.daring() {
			return g.pick("v", "g")
		}
		return g.pick("default(v, 3)", "default(g, 1)", "4")
	}
	real := func() string {
		if g.daring() {
			return g.pick("d", "convert(k, 'double')", "convert(v, 'double')")
		}
		return g.pick("default(d, 0.5)", "convert(default(v, 2), 'double')", "2.25")
	}
	switch t {
	case boolType:
		return g.pick(
			fmt.Sprintf("str:contains(%s, %s)", text(), g.pick("'a'", "'key'", "'-'")),
			fmt.Sprintf("str:equalsIgnoreCase(%s, 'B')", text()),
			fmt.Sprintf("regex:matches('%s', %s)", g.pick("[a-c]", ".*[0-9]+", "a.*", "(a|b).?"), text()),
			fmt.Sprintf("regex:find('%s', %s)", g.pick("key", "[0-9]", "^a"), text()),
			fmt.Sprintf("regex:lookingAt('%s', %s)", g.pick("[ab]", "a key", ".?"), text()),
			fmt.Sprintf("str:regexp(%s, '%s')", text(), g.pick("[a-c]", ".*", "a.*")),
			fmt.Sprintf("math:isNan(%s)", real()), fmt.Sprintf("math:isInfinite(%s)", real()),
			"instanceOfString(k)", "instanceOfInteger(v)", "instanceOfDouble(v)")
	case stringType:
		return g.pick(
			fmt.Sprintf("str:lower(%s)", text()), fmt.Sprintf("str:reverse(%s)", text()), fmt.Sprintf("str:trim(%s)", text()),
			fmt.Sprintf("str:substr(%s, 1)", text()), fmt.Sprintf("str:replaceAll(%s, '%s', '.')", text(), g.pick("a", "[abc]", " ")),
			fmt.Sprintf("str:charAt(%s, 0)", text()), fmt.Sprintf("str:replaceFirst(%s, '%s', 'z')", text(), g.pick("[a-c]", "key", "-")),
			fmt.Sprintf("str:split(%s, '%s', 0)", text(), g.pick(" ", "-", "b")), fmt.Sprintf("str:coalesce(%s, %s)", text(), text()),
			fmt.Sprintf("regex:group('(%s)', %s, 1)", g.pick("[a-c]", "key", "[0-9]+"), text()), fmt.Sprintf("math:bin(%s)", number()),
			fmt.Sprintf("time:date(%s, 'yyyy-MM-dd')", day()), fmt.Sprintf("time:dateAdd('2020-01-31', %s, 'month', 'yyyy-MM-dd')", number()),
			fmt.Sprintf("str:repeat(%s, %d)", text(), g.IntN(3)), fmt.Sprintf("str:hex(%s)", text()),
			fmt.Sprintf("ifThenElse(%s, %s, %s)", g.leaf(boolType), text(), text()),
			fmt.Sprintf("time:dateFormat(%s, '%s', 'yyyy-MM-dd')", g.pick("'2020-02-28'", "'1999-12-31'"), g.pick("dd/MM/yy", "yyyy MMM", "EEE d")))
	case intType:
		return g.pick(
			fmt.Sprintf("str:strcmp(%s, %s)", text(), text()), fmt.Sprintf("str:length(%s)", text()),
			fmt.Sprintf("math:round(%s)", "convert("+number()+", 'float')"),
			fmt.Sprintf("maximum(%s, %s)", number(), number()), fmt.Sprintf("minimum(%s, %s)", number(), number()),
			fmt.Sprintf("time:extract(%s, '%s')", g.pick("ts", "ts", "default(l, 7L)"), g.pick("year", "second", "hour")), fmt.Sprintf("math:signum(%s)", real()),
			fmt.Sprintf("math:getExponent(%s)", real()),
			fmt.Sprintf("time:extract('%s', '2021-03-04 05:06:07', 'yyyy-MM-dd HH:mm:ss')", g.pick("year", "month", "day", "hour")))
	case longType:
		return g.pick(
			fmt.Sprintf("math:round(%s)", real()),
			fmt.Sprintf("time:timestampInMilliseconds('%s', 'yyyy-MM-dd')", g.pick("2020-02-29", "1970-01-02")),
			fmt.Sprintf("time:dateDiff('2020-0%d-01', '2020-01-15', 'yyyy-MM-dd', 'yyyy-MM-dd')", 1+g.IntN(9)))
	}
	return g.pick(
		fmt.Sprintf("math:%s(%s)", g.pick("sqrt", "ceil", "floor", "abs", "cbrt", "ln", "toRadians"), real()),
		fmt.Sprintf("math:%s(%s, %s)", g.pick("min", "max", "power"), real(), real()),
		fmt.Sprintf("minimum(%s, %s)", real(), real()),
		fmt.Sprintf("math:parseDouble('%s')", g.pick("1.5", "-2", "1e3")))
}

// sure writes an expression as one that is not null where a failure of the
// function around it shows at rows that leave a window, too.
func (g *generator) sure(text, instead string) string {
	if g.opts.Tame && g.windowed {
		return fmt.Sprintf("coalesce(%s, %s)", text, instead)
	}
	return text
}

// aggregate writes an aggregator that gives a value of a type.
func (g *generator) aggregate(t valueType, s string) string {
	v, l, d := s+"v", s+"l", s+"d"
	switch t {
	case intType:
		all := []string{"min(" + v + ")", "max(" + v + ")", "minForever(" + v + ")", "maxForever(" + v + ")"}
		if !g.opts.Tame || !g.windowed && !g.takes { // rows that leave take values back that are there again
			all = append(all, "list:size(list:collect("+s+"k))", "list:size(list:collect("+v+", true))", "list:size(list:merge(list:create("+v+", "+s+"g)))")
		}
		return g.pick(all...)
	case longType:
		all := []string{"sum(" + v + ")", "count()", "sum(" + l + ")"}
		if !g.opts.Tame || !g.takes {
			all = append(all, "distinctCount("+s+"k)")
		}
		if !g.opts.Tame || !g.windowed && !g.takes { // values that leave a set twice, or are null
			all = append(all, "sizeOfSet(unionSet(createSet("+s+"g)))")
		}
		return g.pick(all...)
	}
	all := []string{"avg(" + v + ")", "sum(" + d + ")", "min(" + d + ")", "max(" + d + ")", "avg(" + l + ")"}
	if !g.opts.Tame || !g.restore && !g.windowed && !g.takes { // it cannot be persisted, and rounding leaves a rest
		all = append(all, "stdDev("+d+")")
	}
	return g.pick(all...)
}
