package collection

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// Map is a map as a value of type object. Keys are kept as text, whatever their
// type. Functions never change a map: those that put or remove return another.
type Map = map[string]any

// mapping has the functions of namespace map, named as in siddhi-execution-map.
func mapping() []*function.Function {
	object := function.Param("map", function.Objects)
	key, value := function.Param("key", function.Any), function.Param("value", function.Any)
	from, to := function.Param("from.map", function.Objects), function.Param("to.map", function.Objects)
	return []*function.Function{
		createFunction(),
		mapFunction("isMap", schema.Bool, "Says whether the value is a map.", "map:isMap(payload)", isMap,
			[]extension.Param{function.Param("arg", function.Any)}),
		mapFunction("size", schema.Int, "Returns how many pairs the map has.", "map:size(m)", mapSize, []extension.Param{object}),
		mapFunction("isEmpty", schema.Bool, "Says whether the map has no pairs.", "map:isEmpty(m)", mapIsEmpty, []extension.Param{object}),
		mapFunction("clone", schema.Object, "Returns the map.", "map:clone(m)", cloneMap, []extension.Param{object}),
		mapFunction("clear", schema.Object, "Returns an empty map.", "map:clear(m)", clearMap, []extension.Param{object}),
		mapFunction("keys", schema.Object, "Returns the list of the map's keys.", "map:keys(m)", mapKeys, []extension.Param{object}),
		mapFunction("values", schema.Object, "Returns the list of the map's values, in the order of their keys.", "map:values(m)", mapValues,
			[]extension.Param{object}),
		mapFunction("get", schema.Object, "Returns the value of a key, or a default.", "map:get(m, 'price')", mapGet,
			[]extension.Param{object, key}, []extension.Param{object, key, function.Param("default.value", function.Any)}),
		mapFunction("containsKey", schema.Bool, "Says whether the map has a key.", "map:containsKey(m, 'price')", mapContainsKey,
			[]extension.Param{object, key}),
		mapFunction("containsValue", schema.Bool, "Says whether the map has a value.", "map:containsValue(m, 5)", mapContainsValue,
			[]extension.Param{object, value}),
		mapFunction("put", schema.Object, "Returns the map with one more pair.", "map:put(m, 'price', price)", mapPut, []extension.Param{object, key, value}),
		mapFunction("putIfAbsent", schema.Object, "Returns the map with one more pair unless it has the key.", "map:putIfAbsent(m, 'price', price)",
			mapPutIfAbsent, []extension.Param{object, key, value}),
		mapFunction("replace", schema.Object, "Returns the map with another value for a key that it has.", "map:replace(m, 'price', price)", mapReplace,
			[]extension.Param{object, key, value}),
		mapFunction("putAll", schema.Object, "Returns the first map with the pairs of the second.", "map:putAll(m, more)", mapPutAll, []extension.Param{to, from}),
		mapFunction("replaceAll", schema.Object, "Returns the first map with the values that the second has for its keys.", "map:replaceAll(m, more)",
			mapReplaceAll, []extension.Param{to, from}),
		mapFunction("remove", schema.Object, "Returns the map without a key.", "map:remove(m, 'price')", mapRemove, []extension.Param{object, key}),
		mapFunction("combineByKey", schema.Object, "Returns a map that has for each key the list of the maps' values.", "map:combineByKey(m, more)",
			mapCombine, []extension.Param{object, {Name: "map", Types: function.Objects, Repeat: true}}),
		mapFunction("toJSON", schema.String, "Writes the map as JSON.", "map:toJSON(m)", mapToJSON, []extension.Param{object}),
		mapFunction("toXML", schema.String, "Writes the map as XML elements, within a root element if it is named.", "map:toXML(m, 'item')", mapToXML,
			[]extension.Param{object}, []extension.Param{object, function.Param("root.element.name", function.Text)}),
		mapFunction("createFromJSON", schema.Object, "Reads a map from a JSON object.", "map:createFromJSON(text)", mapFromJSON,
			[]extension.Param{function.Param("json.string", function.Text)}),
	}
}

func mapFunction(name string, returns schema.Type, summary, example string, kernel function.Kernel, overloads ...[]extension.Param) *function.Function {
	return collectionFunction("map", name, returns, summary, example, kernel, overloads)
}

// mapOf returns the map of a row.
func mapOf(c *column.Column, row int) (Map, error) {
	if m, ok := c.Obj[row].(Map); ok {
		return m, nil
	}
	return nil, fmt.Errorf("a map is needed, not %s", kindOf(c.Obj[row]))
}

// keyOf returns a row's key as text; null is the key null.
func keyOf(c *column.Column, row int) string {
	if c.IsNull(row) {
		return "null"
	}
	return string(javatext.AppendValue(nil, c, row))
}

func keysOf(m Map) []string { return slices.Sorted(maps.Keys(m)) }

var errPairs = errors.New("map:create() takes pairs of a key and a value")

func createFunction() *function.Function {
	f := mapFunction("create", schema.Object, "Returns a map of keys and values, one after the other.", "map:create('symbol', symbol, 'price', price)",
		createMap, nil, []extension.Param{function.Param("key1", function.Any), {Name: "value1", Types: function.Any, Repeat: true}})
	f.Validate = func(args []extension.Arg) error {
		if len(args)%2 != 0 {
			return errPairs
		}
		return nil
	}
	return f
}

func createMap(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m := make(Map, len(args)/2)
		for a := 0; a+1 < len(args); a += 2 {
			m[keyOf(args[a], i)] = args[a+1].Any(i)
		}
		out.Obj[i] = m
	}
	return nil
}

func isMap(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		_, out.Bool[i] = args[0].Any(i).(Map)
	}
	return nil
}

func mapSize(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		out.I32[i] = int32(len(m))
	}
	return nil
}

func mapIsEmpty(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		out.Bool[i] = len(m) == 0
	}
	return nil
}

func cloneMap(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		out.Obj[i] = m
	}
	return nil
}

func clearMap(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		if _, err := mapOf(args[0], i); err != nil {
			return err
		}
		out.Obj[i] = Map{}
	}
	return nil
}

func mapKeys(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		l := List{}
		for _, k := range keysOf(m) {
			l = append(l, k)
		}
		out.Obj[i] = l
	}
	return nil
}

func mapValues(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		l := List{}
		for _, k := range keysOf(m) {
			l = append(l, m[k])
		}
		out.Obj[i] = l
	}
	return nil
}

func mapGet(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		v, ok := m[keyOf(args[1], i)]
		if !ok && len(args) == 3 {
			v = args[2].Any(i)
		}
		if out.Obj[i] = v; v == nil {
			out.SetNull(i)
		}
	}
	return nil
}

func mapContainsKey(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		_, out.Bool[i] = m[keyOf(args[1], i)]
	}
	return nil
}

func mapContainsValue(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		want := args[1].Any(i)
		out.Bool[i] = false
		for _, v := range m {
			out.Bool[i] = out.Bool[i] || same(v, want)
		}
	}
	return nil
}

// put sets a row's pair in a copy of its map if allowed says so of whether it is there.
func put(args []*column.Column, out *column.Column, allowed func(there bool) bool) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		k := keyOf(args[1], i)
		if _, there := m[k]; allowed(there) {
			m = maps.Clone(m)
			m[k] = args[2].Any(i)
		}
		out.Obj[i] = m
	}
	return nil
}

func mapPut(args []*column.Column, out *column.Column) error {
	return put(args, out, func(bool) bool { return true })
}

func mapPutIfAbsent(args []*column.Column, out *column.Column) error {
	return put(args, out, func(there bool) bool { return !there })
}

func mapReplace(args []*column.Column, out *column.Column) error {
	return put(args, out, func(there bool) bool { return there })
}

// merge sets the pairs of a row's second map in a copy of its first.
func merge(args []*column.Column, out *column.Column, onlyKnown bool) error {
	for i := range out.Obj {
		to, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		from, err := mapOf(args[1], i)
		if err != nil {
			return err
		}
		all := maps.Clone(to)
		for k, v := range from {
			if _, known := to[k]; known || !onlyKnown {
				all[k] = v
			}
		}
		out.Obj[i] = all
	}
	return nil
}

func mapPutAll(args []*column.Column, out *column.Column) error { return merge(args, out, false) }

func mapReplaceAll(args []*column.Column, out *column.Column) error { return merge(args, out, true) }

func mapRemove(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		m = maps.Clone(m)
		delete(m, keyOf(args[1], i))
		out.Obj[i] = m
	}
	return nil
}

func mapCombine(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		all := Map{}
		for _, c := range args {
			m, err := mapOf(c, i)
			if err != nil {
				return err
			}
			for k, v := range m {
				l, _ := all[k].(List)
				all[k] = append(l, v)
			}
		}
		out.Obj[i] = all
	}
	return nil
}

func mapToJSON(args []*column.Column, out *column.Column) error {
	for i := range out.Str {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(m); err != nil {
			return fmt.Errorf("as JSON: %w", err)
		}
		out.SetString(i, strings.TrimSuffix(b.String(), "\n"))
	}
	return nil
}

func mapToXML(args []*column.Column, out *column.Column) error {
	var buf []byte
	for i := range out.Str {
		m, err := mapOf(args[0], i)
		if err != nil {
			return err
		}
		root := ""
		if len(args) == 2 && !args[1].IsNull(i) {
			root = args[1].String(i)
		}
		buf = appendElement(buf[:0], root, m)
		out.SetBytes(i, buf)
	}
	return nil
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// appendElement appends a value within an element of that name, or without one.
func appendElement(dst []byte, name string, v any) []byte {
	if name != "" {
		dst = append(append(append(dst, '<'), name...), '>')
	}
	if m, ok := v.(Map); ok {
		for _, k := range keysOf(m) {
			dst = appendElement(dst, k, m[k])
		}
	} else {
		dst = append(dst, escapes.Replace(string(javatext.AppendObject(nil, v)))...)
	}
	if name != "" {
		dst = append(append(append(dst, "</"...), name...), '>')
	}
	return dst
}

var errNullJSON = errors.New("the JSON text is null")

func mapFromJSON(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		if args[0].IsNull(i) {
			return errNullJSON
		}
		d := json.NewDecoder(strings.NewReader(args[0].String(i)))
		d.UseNumber()
		var m map[string]any
		if err := d.Decode(&m); err != nil || m == nil {
			return fmt.Errorf("%q is no JSON object", args[0].String(i))
		}
		out.Obj[i] = hosted(m)
	}
	return nil
}

// hosted gives numbers of JSON the types that values have: int where it fits,
// else long, else double.
func hosted(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, ok := javatext.ParseInteger(v.String(), 32); ok {
			return int32(n)
		}
		if n, ok := javatext.ParseInteger(v.String(), 64); ok {
			return n
		}
		f, _ := v.Float64() // what is too big is infinite
		return f
	case []any:
		for i := range v {
			v[i] = hosted(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = hosted(v[k])
		}
	}
	return v
}
