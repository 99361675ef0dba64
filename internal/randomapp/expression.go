package randomapp

import "fmt"

// valueType is the type of an expression.
type valueType int

const (
	intType valueType = iota
	longType
	floatType
	doubleType
	stringType
	boolType
)

// condition writes what filters ask.
func (g *generator) condition() string {
	if g.one(2) {
		return g.pick("v > 3", "k == 'a'", "not (k is null)", "v % 2 == 0 or g == 1", "d * 2 < v + 10", "l >= v and g != 2")
	}
	return g.expression(boolType, 2)
}

// expression writes an expression of a type over a stream's attributes, at most
// depth operators deep.
func (g *generator) expression(t valueType, depth int) string {
	if depth == 0 || g.one(4) {
		return g.leaf(t)
	}
	if g.one(4) && t != floatType {
		return g.function(t)
	}
	sub := func(t valueType) string { return g.expression(t, depth-1) }
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf("ifThenElse(%s, %s, %s)", sub(boolType), sub(t), sub(t))
	case 1:
		return fmt.Sprintf("coalesce(%s, %s)", sub(t), sub(t))
	}
	switch t {
	case boolType:
		return g.logic(sub)
	case stringType:
		return g.pick(
			fmt.Sprintf("convert(%s, 'string')", sub(intType)),
			fmt.Sprintf("str:upper(%s)", g.sure(sub(stringType), "'u'")),
			fmt.Sprintf("str:concat(%s, %s)", g.sure(sub(stringType), "'c'"), g.sure(sub(stringType), "'d'")),
			fmt.Sprintf("convert(%s, 'string')", sub(doubleType)),
			fmt.Sprintf("convert(%s, 'string')", sub(boolType)))
	case intType:
		return g.pick(
			fmt.Sprintf("(%s %s %s)", sub(t), g.pick("+", "-", "*", "/", "%"), sub(t)),
			fmt.Sprintf("convert(%s, 'int')", sub(doubleType)),
			fmt.Sprintf("convert(%s, 'int')", sub(longType)),
			fmt.Sprintf("default(%s, 7)", sub(t)),
			fmt.Sprintf("str:length(%s)", g.sure(sub(stringType), "''")))
	case longType:
		return g.pick(
			fmt.Sprintf("(%s %s %s)", sub(t), g.pick("+", "-", "*", "/", "%"), sub(intType)),
			fmt.Sprintf("convert(%s, 'long')", sub(doubleType)),
			fmt.Sprintf("convert(%s, 'long')", sub(stringType)))
	}
	return g.pick(
		fmt.Sprintf("(%s %s %s)", sub(doubleType), g.pick("+", "-", "*", "/", "%"), sub(g.number())),
		fmt.Sprintf("convert(%s, 'double')", sub(g.number())),
		fmt.Sprintf("math:abs(%s)", g.sure(sub(doubleType), "0.0")),
		fmt.Sprintf("convert(%s, 'double')", sub(stringType)))
}

func (g *generator) number() valueType {
	return []valueType{intType, longType, floatType, doubleType}[g.IntN(4)]
}

func (g *generator) logic(sub func(valueType) string) string {
	return g.pick(
		fmt.Sprintf("%s %s %s", sub(g.number()), g.pick("<", "<=", ">", ">=", "==", "!="), sub(g.number())),
		fmt.Sprintf("(%s %s %s)", sub(boolType), g.pick("and", "or"), sub(boolType)),
		fmt.Sprintf("not (%s)", sub(boolType)),
		fmt.Sprintf("%s %s %s", sub(stringType), g.pick("==", "!="), sub(stringType)),
		fmt.Sprintf("%s is null", g.pick("k", "g", "v", "l", "d")))
}

// leaf writes an attribute or a constant.
func (g *generator) leaf(t valueType) string {
	switch t {
	case intType:
		return g.pick("v", "v", "g", fmt.Sprint(g.IntN(12)-3))
	case longType:
		return g.pick("l", "l", "ts", fmt.Sprintf("%dL", g.IntN(30)-5))
	case floatType:
		return g.pick("1.5f", "0.1f", "-2f", "convert(v, 'float')")
	case stringType:
		return g.pick("k", "k", "'b'", "'7'", "''")
	case boolType:
		return g.pick("v > 3", "g == 1", "true", "false", "k is null")
	}
	return g.pick("d", "d", "0.5", "-3.0", "1e2")
}
