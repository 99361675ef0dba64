package collection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// List is a list as a value of type object. Functions never change one: those
// that add or remove return another.
type List = state.List

// lists has the functions of namespace list, named as in siddhi-execution-list.
func lists() []*function.Function {
	list, given := function.Param("list", function.Objects), function.Param("given.list", function.Objects)
	value, index := function.Param("value", function.Any), function.Param("index", function.Ints)
	return []*function.Function{
		listFunction("create", objects(createList), "Returns a list of its arguments.", "list:create(symbol, price)",
			nil, []extension.Param{{Name: "value", Types: function.Any, Repeat: true}}),
		listFunction("isList", bools(isList), "Says whether the value is a list.", "list:isList(payload)",
			[]extension.Param{function.Param("arg", function.Any)}),
		listFunction("size", ints(listSize), "Returns how many values the list has.", "list:size(all)", []extension.Param{list}),
		listFunction("isEmpty", bools(listIsEmpty), "Says whether the list has no values.", "list:isEmpty(all)", []extension.Param{list}),
		listFunction("clone", objects(cloneList), "Returns the list.", "list:clone(all)", []extension.Param{list}),
		listFunction("clear", objects(clearList), "Returns an empty list.", "list:clear(all)", []extension.Param{list}),
		listFunction("get", objects(listGet), "Returns the value at an index, from 0; null outside of the list.", "list:get(all, 0)",
			[]extension.Param{list, index}),
		listFunction("contains", bools(listContains), "Says whether the list has a value.", "list:contains(all, symbol)", []extension.Param{list, value}),
		listFunction("containsAll", bools(listContainsAll), "Says whether the list has all values of another.", "list:containsAll(all, some)",
			[]extension.Param{list, given}),
		listFunction("containsAny", bools(listContainsAny), "Says whether the list has a value of another.", "list:containsAny(all, some)",
			[]extension.Param{list, given}),
		listFunction("indexOf", ints(listIndexOf), "Returns the first index of a value, or -1.", "list:indexOf(all, symbol)", []extension.Param{list, value}),
		listFunction("lastIndexOf", ints(listLastIndexOf), "Returns the last index of a value, or -1.", "list:lastIndexOf(all, symbol)",
			[]extension.Param{list, value}),
		listFunction("add", objects(listAdd), "Returns the list with one more value, at an index or at the end.", "list:add(all, symbol)",
			[]extension.Param{list, value}, []extension.Param{list, value, index}),
		listFunction("addAll", objects(listAddAll), "Returns the list with the values of another behind; distinct takes only those it has not.",
			"list:addAll(all, more)", []extension.Param{function.Param("to.list", function.Objects), function.Param("from.list", function.Objects),
				{Name: "is.distinct", Types: []schema.Type{schema.Bool}, Default: false}}),
		listFunction("remove", objects(listRemove), "Returns the list without the first one of a value.", "list:remove(all, symbol)",
			[]extension.Param{list, value}),
		listFunction("removeAll", objects(listRemoveAll), "Returns the list without the values of another.", "list:removeAll(all, some)",
			[]extension.Param{list, given}),
		listFunction("removeByIndex", objects(listRemoveByIndex), "Returns the list without the value at an index.", "list:removeByIndex(all, 0)",
			[]extension.Param{list, index}),
		listFunction("retainAll", objects(listRetainAll), "Returns the list with only the values that another has.", "list:retainAll(all, some)",
			[]extension.Param{list, given}),
		listFunction("setValue", objects(listSetValue), "Returns the list with another value at an index.", "list:setValue(all, 0, symbol)",
			[]extension.Param{list, index, value}),
		sortFunction(list),
	}
}

func listFunction(name string, returns results, summary, example string, overloads ...[]extension.Param) *function.Function {
	return collectionFunction("list", name, returns, summary, example, overloads)
}

// collectionFunction declares a function of lists or maps. What is no list or
// map is an error of the event.
func collectionFunction(namespace, name string, returns results, summary, example string, overloads [][]extension.Param) *function.Function {
	return &function.Function{
		Declaration: extension.Declaration{
			Namespace: namespace, Name: name, Overloads: overloads, Returns: extension.Gives(returns.of), Fails: extension.Always,
			Summary: summary, Example: "from S select " + example + " as r insert into Out;",
		},
		New: returns.kernel,
	}
}

// same says whether two values are equal, lists and maps by what they hold.
func same(a, b any) bool {
	switch x := a.(type) {
	case List:
		y, ok := b.(List)
		return ok && slices.EqualFunc(x, y, same)
	case Map:
		y, ok := b.(Map)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !same(v, w) {
				return false
			}
		}
		return true
	case nil, string, bool, int32, int64, float32, float64:
		return a == b
	}
	return false
}

func has(l List, v any) bool { return find(l, v) >= 0 }

func find(l List, v any) int {
	return slices.IndexFunc(l, func(x any) bool { return same(x, v) })
}

func createList(r *row) any {
	l := make(List, 0, len(r.args))
	for i := range r.args {
		l = append(l, r.value(i))
	}
	if len(l) == 1 && l[0] == nil { // as in Siddhi
		l = List{}
	}
	return l
}

func isList(r *row) bool {
	_, ok := r.value(0).(List)
	return ok
}

func listSize(r *row) int { return len(r.list(0)) }

func listIsEmpty(r *row) bool { return len(r.list(0)) == 0 }

func cloneList(r *row) any { return r.list(0) }

func clearList(r *row) any {
	r.list(0)
	return List{}
}

func listGet(r *row) any {
	l, at := r.list(0), r.index(1)
	if at < 0 || at >= len(l) {
		return nil
	}
	return l[at]
}

func listContains(r *row) bool { return has(r.list(0), r.value(1)) }

func listContainsAll(r *row) bool {
	l, given := r.list(0), r.list(1)
	return !slices.ContainsFunc(given, func(v any) bool { return !has(l, v) })
}

func listContainsAny(r *row) bool {
	l, given := r.list(0), r.list(1)
	return slices.ContainsFunc(given, func(v any) bool { return has(l, v) })
}

func listIndexOf(r *row) int { return find(r.list(0), r.value(1)) }

func listLastIndexOf(r *row) int {
	l, v := r.list(0), r.value(1)
	for at, x := range slices.Backward(l) {
		if same(x, v) {
			return at
		}
	}
	return -1
}

// inside says whether an index of a list is below end, and fails if not.
func (r *row) inside(l List, at, end int) bool {
	if at >= 0 && at < end {
		return true
	}
	r.fail(fmt.Errorf("there is no index %d in a list of %d values", at, len(l)))
	return false
}

func listAdd(r *row) any {
	l := r.list(0)
	at := len(l)
	if len(r.args) == 3 {
		at = r.index(2)
	}
	if !r.inside(l, at, len(l)+1) {
		return nil
	}
	return slices.Insert(slices.Clip(slices.Clone(l)), at, r.value(1))
}

var errNullDistinct = errors.New("is.distinct is null")

func listAddAll(r *row) any {
	l, more, distinct := r.list(0), r.list(1), r.args[2].Bool[r.at]
	if r.args[2].IsNull(r.at) {
		r.fail(errNullDistinct)
	}
	all := slices.Clone(l)
	for _, v := range more {
		if !distinct || !has(all, v) {
			all = append(all, v)
		}
	}
	return all
}

func listRemove(r *row) any {
	l := r.list(0)
	if at := find(l, r.value(1)); at >= 0 {
		l = slices.Delete(slices.Clone(l), at, at+1)
	}
	return l
}

func listRemoveAll(r *row) any {
	l, given := r.list(0), r.list(1)
	return slices.DeleteFunc(slices.Clone(l), func(v any) bool { return has(given, v) })
}

func listRetainAll(r *row) any {
	l, given := r.list(0), r.list(1)
	return slices.DeleteFunc(slices.Clone(l), func(v any) bool { return !has(given, v) })
}

func listRemoveByIndex(r *row) any {
	l, at := r.list(0), r.index(1)
	if !r.inside(l, at, len(l)) {
		return nil
	}
	return slices.Delete(slices.Clone(l), at, at+1)
}

func listSetValue(r *row) any {
	l, at := r.list(0), r.index(1)
	if !r.inside(l, at, len(l)) {
		return nil
	}
	l = slices.Clone(l)
	l[at] = r.value(2)
	return l
}

var errOrder = errors.New("the order is one of ASC, DESC and REV")

// sortFunction is list:sort. As in Siddhi it turns the list around unless it is
// told an order.
func sortFunction(list extension.Param) *function.Function {
	f := listFunction("sort", objects(nil), "Returns the list in ascending (ASC) or descending (DESC) order, or turned around (REV).",
		"list:sort(all, 'ASC')",
		[]extension.Param{list, {Name: "order", Types: function.Text, Constant: true, Default: "REV"}})
	f.Validate = func(args []extension.Arg) error {
		switch strings.ToUpper(args[1].Text) {
		case "ASC", "DESC", "REV":
			return nil
		}
		return errOrder
	}
	f.New = func(c *function.Call) (function.Kernel, error) {
		order, _ := c.Args[1].Text()
		order = strings.ToUpper(order)
		return objects(func(r *row) any {
			l := slices.Clone(r.list(0))
			if order == "REV" {
				slices.Reverse(l)
			} else if err := sortList(l, order == "DESC"); err != nil {
				r.fail(err)
			}
			return l
		}).kernel(c)
	}
	return f
}

// sortList sorts values of one scalar type; descending is ascending turned around,
// which shows in texts that differ in case only.
func sortList(l List, descending bool) error {
	var err error
	slices.SortStableFunc(l, func(a, b any) int {
		order, ok := compare(a, b)
		if !ok && err == nil {
			err = fmt.Errorf("%s and %s have no order", kindOf(a), kindOf(b))
		}
		return order
	})
	if descending {
		slices.Reverse(l)
	}
	return err
}

func compare(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return javatext.CompareIgnoreCase(x, y), ok
	case int32:
		y, ok := b.(int32)
		return cmp.Compare(x, y), ok
	case int64:
		y, ok := b.(int64)
		return cmp.Compare(x, y), ok
	case float32:
		y, ok := b.(float32)
		return javatext.CompareFloats(x, y), ok
	case float64:
		y, ok := b.(float64)
		return javatext.CompareFloats(x, y), ok
	}
	return 0, false
}
