package randomapp

import "fmt"

// collection writes a value of a type that is made with lists and maps.
func (g *generator) collection(t valueType) string {
	value := func() string {
		return g.pick("v", "g", "v", "l", "k", "d", "3", "'a'", "true")
	}
	list := func() string {
		l := g.pick("list:create(v, g)", "list:create(v, g, 3)", "list:create('a', k)", "list:create(k)", "list:create(l, d, v)")
		switch g.IntN(6) {
		case 0:
			return fmt.Sprintf("list:add(%s, %s)", l, value())
		case 1:
			return fmt.Sprintf("list:addAll(%s, list:create(%s, %s))", l, value(), value())
		case 2:
			return fmt.Sprintf("list:remove(%s, %s)", l, g.pick("v", "g", "k", "3"))
		case 3:
			return fmt.Sprintf("list:%s(%s, list:create(%s, %s))", g.pick("removeAll", "retainAll"), l, value(), value())
		}
		return l
	}
	of := func() string {
		m := g.pick("map:create('a', v)", "map:create('a', v, 'b', k)", "map:create('c', d, 'b', l)", "map:create()")
		switch g.IntN(5) {
		case 0:
			return fmt.Sprintf("map:put(%s, %s, %s)", m, g.pick("'a'", "'d'"), value())
		case 1:
			return fmt.Sprintf("map:remove(%s, %s)", m, g.pick("'a'", "'z'"))
		case 2:
			return fmt.Sprintf("map:putAll(%s, map:create('b', %s))", m, value())
		}
		return m
	}
	switch t {
	case boolType:
		return g.pick(
			fmt.Sprintf("list:contains(%s, %s)", list(), value()), fmt.Sprintf("list:containsAll(%s, %s)", list(), list()),
			fmt.Sprintf("list:isEmpty(%s)", list()), fmt.Sprintf("list:isList(%s)", g.pick(list(), of(), "k")), fmt.Sprintf("map:isMap(%s)", g.pick(list(), of(), "k")))
	case intType:
		return g.pick(
			fmt.Sprintf("list:size(%s)", list()), fmt.Sprintf("list:indexOf(%s, %s)", list(), value()), fmt.Sprintf("list:lastIndexOf(%s, %s)", list(), value()))
	case stringType:
		return g.pick(
			fmt.Sprintf("map:toJSON(%s)", of()), fmt.Sprintf("convert(list:get(%s, %d), 'string')", list(), g.IntN(4)),
			fmt.Sprintf("convert(map:get(%s, '%s'), 'string')", of(), g.pick("a", "b", "z")), fmt.Sprintf("convert(%s, 'string')", list()))
	case longType:
		return fmt.Sprintf("convert(list:get(%s, 0), 'long')", list())
	}
	return fmt.Sprintf("convert(map:get(%s, 'c'), 'double')", of())
}

// daring says whether an argument may be null of which a function fails.
func (g *generator) daring() bool {
	return g.one(5) && !(g.opts.Tame && (g.windowed || g.joining || g.inside))
}
