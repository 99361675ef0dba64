package collection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// List is a list as a value of type object. Functions never change one: those
// that add or remove return another.
type List = []any

// lists has the functions of namespace list, named as in siddhi-execution-list.
func lists() []*function.Function {
	list, given := function.Param("list", function.Objects), function.Param("given.list", function.Objects)
	value, index := function.Param("value", function.Any), function.Param("index", function.Ints)
	return []*function.Function{
		listFunction("create", schema.Object, "Returns a list of its arguments.", "list:create(symbol, price)", createList,
			nil, []extension.Param{{Name: "value", Types: function.Any, Repeat: true}}),
		listFunction("isList", schema.Bool, "Says whether the value is a list.", "list:isList(payload)", isList,
			[]extension.Param{function.Param("arg", function.Any)}),
		listFunction("size", schema.Int, "Returns how many values the list has.", "list:size(all)", listSize, []extension.Param{list}),
		listFunction("isEmpty", schema.Bool, "Says whether the list has no values.", "list:isEmpty(all)", listIsEmpty, []extension.Param{list}),
		listFunction("clone", schema.Object, "Returns the list.", "list:clone(all)", cloneList, []extension.Param{list}),
		listFunction("clear", schema.Object, "Returns an empty list.", "list:clear(all)", clearList, []extension.Param{list}),
		listFunction("get", schema.Object, "Returns the value at an index, from 0; null outside of the list.", "list:get(all, 0)", listGet,
			[]extension.Param{list, index}),
		listFunction("contains", schema.Bool, "Says whether the list has a value.", "list:contains(all, symbol)", listContains, []extension.Param{list, value}),
		listFunction("containsAll", schema.Bool, "Says whether the list has all values of another.", "list:containsAll(all, some)", listContainsAll,
			[]extension.Param{list, given}),
		listFunction("containsAny", schema.Bool, "Says whether the list has a value of another.", "list:containsAny(all, some)", listContainsAny,
			[]extension.Param{list, given}),
		listFunction("indexOf", schema.Int, "Returns the first index of a value, or -1.", "list:indexOf(all, symbol)", listIndexOf, []extension.Param{list, value}),
		listFunction("lastIndexOf", schema.Int, "Returns the last index of a value, or -1.", "list:lastIndexOf(all, symbol)", listLastIndexOf,
			[]extension.Param{list, value}),
		listFunction("add", schema.Object, "Returns the list with one more value, at an index or at the end.", "list:add(all, symbol)", listAdd,
			[]extension.Param{list, value}, []extension.Param{list, value, index}),
		listFunction("addAll", schema.Object, "Returns the list with the values of another behind; distinct takes only those it has not.",
			"list:addAll(all, more)", listAddAll, []extension.Param{function.Param("to.list", function.Objects), function.Param("from.list", function.Objects),
				{Name: "is.distinct", Types: []schema.Type{schema.Bool}, Default: false}}),
		listFunction("remove", schema.Object, "Returns the list without the first one of a value.", "list:remove(all, symbol)", listRemove,
			[]extension.Param{list, value}),
		listFunction("removeAll", schema.Object, "Returns the list without the values of another.", "list:removeAll(all, some)", listRemoveAll,
			[]extension.Param{list, given}),
		listFunction("removeByIndex", schema.Object, "Returns the list without the value at an index.", "list:removeByIndex(all, 0)", listRemoveByIndex,
			[]extension.Param{list, index}),
		listFunction("retainAll", schema.Object, "Returns the list with only the values that another has.", "list:retainAll(all, some)", listRetainAll,
			[]extension.Param{list, given}),
		listFunction("setValue", schema.Object, "Returns the list with another value at an index.", "list:setValue(all, 0, symbol)", listSetValue,
			[]extension.Param{list, index, value}),
		sortFunction(list),
	}
}

func listFunction(name string, returns schema.Type, summary, example string, kernel function.Kernel, overloads ...[]extension.Param) *function.Function {
	return collectionFunction("list", name, returns, summary, example, kernel, overloads)
}

// collectionFunction declares a function of lists or maps. What is no list or
// map is an error of the event.
func collectionFunction(namespace, name string, returns schema.Type, summary, example string, kernel function.Kernel, overloads [][]extension.Param) *function.Function {
	return &function.Function{
		Declaration: extension.Declaration{
			Namespace: namespace, Name: name, Overloads: overloads, Returns: function.Always(returns), Fails: extension.Always,
			Summary: summary, Example: "from S select " + example + " as r insert into Out;",
		},
		New: func(*function.Call) (function.Kernel, error) { return kernel, nil },
	}
}

// listOf returns the list of a row.
func listOf(c *column.Column, row int) (List, error) {
	if l, ok := c.Obj[row].(List); ok {
		return l, nil
	}
	return nil, fmt.Errorf("a list is needed, not %s", kindOf(c.Obj[row]))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case List:
		return "a list"
	case Map:
		return "a map"
	}
	return fmt.Sprintf("a value of type %T", v)
}

var errNullIndex = errors.New("the index is null")

// indexOf returns a row's index.
func indexOf(c *column.Column, row int) (int, error) {
	if c.IsNull(row) {
		return 0, errNullIndex
	}
	return int(c.I32[row]), nil
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

func createList(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l := make(List, 0, len(args))
		for _, c := range args {
			l = append(l, c.Any(i))
		}
		if len(args) == 1 && l[0] == nil { // as in Siddhi
			l = List{}
		}
		out.Obj[i] = l
	}
	return nil
}

func isList(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		_, out.Bool[i] = args[0].Any(i).(List)
	}
	return nil
}

func listSize(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		out.I32[i] = int32(len(l))
	}
	return nil
}

func listIsEmpty(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		out.Bool[i] = len(l) == 0
	}
	return nil
}

func cloneList(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		out.Obj[i] = l
	}
	return nil
}

func clearList(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		if _, err := listOf(args[0], i); err != nil {
			return err
		}
		out.Obj[i] = List{}
	}
	return nil
}

func listGet(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		at, err := indexOf(args[1], i)
		if err != nil {
			return err
		}
		if at < 0 || at >= len(l) || l[at] == nil {
			out.SetNull(i)
			continue
		}
		out.Obj[i] = l[at]
	}
	return nil
}

func listContains(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		out.Bool[i] = has(l, args[1].Any(i))
	}
	return nil
}

// twoLists returns the lists of a row's first two arguments.
func twoLists(args []*column.Column, row int) (a, b List, err error) {
	if a, err = listOf(args[0], row); err == nil {
		b, err = listOf(args[1], row)
	}
	return a, b, err
}

func listContainsAll(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		l, given, err := twoLists(args, i)
		if err != nil {
			return err
		}
		out.Bool[i] = !slices.ContainsFunc(given, func(v any) bool { return !has(l, v) })
	}
	return nil
}

func listContainsAny(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		l, given, err := twoLists(args, i)
		if err != nil {
			return err
		}
		out.Bool[i] = slices.ContainsFunc(given, func(v any) bool { return has(l, v) })
	}
	return nil
}

func listIndexOf(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		out.I32[i] = int32(find(l, args[1].Any(i)))
	}
	return nil
}

func listLastIndexOf(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		v := args[1].Any(i)
		out.I32[i] = -1
		for at, x := range slices.Backward(l) {
			if same(x, v) {
				out.I32[i] = int32(at)
				break
			}
		}
	}
	return nil
}

func outside(at int, l List) error {
	return fmt.Errorf("there is no index %d in a list of %d values", at, len(l))
}

func listAdd(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		at := len(l)
		if len(args) == 3 {
			if at, err = indexOf(args[2], i); err != nil {
				return err
			}
		}
		if at < 0 || at > len(l) {
			return outside(at, l)
		}
		out.Obj[i] = slices.Insert(slices.Clip(slices.Clone(l)), at, args[1].Any(i))
	}
	return nil
}

func listAddAll(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, more, err := twoLists(args, i)
		if err != nil {
			return err
		}
		all := slices.Clone(l)
		for _, v := range more {
			if !args[2].Bool[i] || !has(all, v) {
				all = append(all, v)
			}
		}
		out.Obj[i] = all
	}
	return nil
}

func listRemove(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		if at := find(l, args[1].Any(i)); at >= 0 {
			l = slices.Delete(slices.Clone(l), at, at+1)
		}
		out.Obj[i] = l
	}
	return nil
}

func listRemoveAll(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, given, err := twoLists(args, i)
		if err != nil {
			return err
		}
		out.Obj[i] = slices.DeleteFunc(slices.Clone(l), func(v any) bool { return has(given, v) })
	}
	return nil
}

func listRetainAll(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, given, err := twoLists(args, i)
		if err != nil {
			return err
		}
		out.Obj[i] = slices.DeleteFunc(slices.Clone(l), func(v any) bool { return !has(given, v) })
	}
	return nil
}

func listRemoveByIndex(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		at, err := indexOf(args[1], i)
		if err != nil {
			return err
		}
		if at < 0 || at >= len(l) {
			return outside(at, l)
		}
		out.Obj[i] = slices.Delete(slices.Clone(l), at, at+1)
	}
	return nil
}

func listSetValue(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		l, err := listOf(args[0], i)
		if err != nil {
			return err
		}
		at, err := indexOf(args[1], i)
		if err != nil {
			return err
		}
		if at < 0 || at >= len(l) {
			return outside(at, l)
		}
		l = slices.Clone(l)
		l[at] = args[2].Any(i)
		out.Obj[i] = l
	}
	return nil
}

var errOrder = errors.New("the order is one of ASC, DESC and REV")

// sortFunction is list:sort. As in Siddhi it turns the list around unless it is
// told an order.
func sortFunction(list extension.Param) *function.Function {
	f := listFunction("sort", schema.Object, "Returns the list in ascending (ASC) or descending (DESC) order, or turned around (REV).",
		"list:sort(all, 'ASC')", nil,
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
		return func(args []*column.Column, out *column.Column) error {
			for i := range out.Obj {
				l, err := listOf(args[0], i)
				if err != nil {
					return err
				}
				if l = slices.Clone(l); order == "REV" {
					slices.Reverse(l)
				} else if err := sortList(l, order == "DESC"); err != nil {
					return err
				}
				out.Obj[i] = l
			}
			return nil
		}, nil
	}
	return f
}

// sortList sorts values of one scalar type.
func sortList(l List, descending bool) error {
	var err error
	slices.SortStableFunc(l, func(a, b any) int {
		order, ok := compare(a, b)
		if !ok && err == nil {
			err = fmt.Errorf("%s and %s have no order", kindOf(a), kindOf(b))
		}
		if descending {
			return -order
		}
		return order
	})
	return err
}

func compare(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return cmp.Compare(x, y), ok
	case int32:
		y, ok := b.(int32)
		return cmp.Compare(x, y), ok
	case int64:
		y, ok := b.(int64)
		return cmp.Compare(x, y), ok
	case float32:
		y, ok := b.(float32)
		return cmp.Compare(x, y), ok
	case float64:
		y, ok := b.(float64)
		return cmp.Compare(x, y), ok
	}
	return 0, false
}
