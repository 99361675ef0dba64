package collection

import (
	"errors"
	"fmt"
	"maps"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
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
		mapFunction("isMap", bools(isMap), "Says whether the value is a map.", "map:isMap(payload)",
			[]extension.Param{function.Param("arg", function.Any)}),
		mapFunction("size", ints(mapSize), "Returns how many pairs the map has.", "map:size(m)", []extension.Param{object}),
		mapFunction("isEmpty", bools(mapIsEmpty), "Says whether the map has no pairs.", "map:isEmpty(m)", []extension.Param{object}),
		mapFunction("clone", objects(cloneMap), "Returns the map.", "map:clone(m)", []extension.Param{object}),
		mapFunction("clear", objects(clearMap), "Returns an empty map.", "map:clear(m)", []extension.Param{object}),
		mapFunction("keys", objects(mapKeys), "Returns the list of the map's keys.", "map:keys(m)", []extension.Param{object}),
		mapFunction("values", objects(mapValues), "Returns the list of the map's values, in the order of their keys.", "map:values(m)",
			[]extension.Param{object}),
		mapFunction("get", objects(mapGet), "Returns the value of a key, or a default.", "map:get(m, 'price')",
			[]extension.Param{object, key}, []extension.Param{object, key, function.Param("default.value", function.Any)}),
		mapFunction("containsKey", bools(mapContainsKey), "Says whether the map has a key.", "map:containsKey(m, 'price')",
			[]extension.Param{object, key}),
		mapFunction("containsValue", bools(mapContainsValue), "Says whether the map has a value.", "map:containsValue(m, 5)",
			[]extension.Param{object, value}),
		mapFunction("put", objects(mapPut), "Returns the map with one more pair.", "map:put(m, 'price', price)", []extension.Param{object, key, value}),
		mapFunction("putIfAbsent", objects(mapPutIfAbsent), "Returns the map with one more pair unless it has the key.", "map:putIfAbsent(m, 'price', price)",
			[]extension.Param{object, key, value}),
		mapFunction("replace", objects(mapReplace), "Returns the map with another value for a key that it has.", "map:replace(m, 'price', price)",
			[]extension.Param{object, key, value}),
		mapFunction("putAll", objects(mapPutAll), "Returns the first map with the pairs of the second.", "map:putAll(m, more)", []extension.Param{to, from}),
		mapFunction("replaceAll", objects(mapReplaceAll), "Returns the first map with the values that the second has for its keys.", "map:replaceAll(m, more)",
			[]extension.Param{to, from}),
		mapFunction("remove", objects(mapRemove), "Returns the map without a key.", "map:remove(m, 'price')", []extension.Param{object, key}),
		mapFunction("combineByKey", objects(mapCombine), "Returns a map that has for each key the list of the maps' values, null where one lacks it.", "map:combineByKey(m, more)",
			[]extension.Param{object, {Name: "map", Types: function.Objects, Repeat: true}}),
		mapFunction("toJSON", texts(mapToJSON), "Writes the map as JSON.", "map:toJSON(m)", []extension.Param{object}),
		mapFunction("toXML", texts(mapToXML), "Writes the map as XML elements, within a root element if it is named.", "map:toXML(m, 'item')",
			[]extension.Param{object}, []extension.Param{object, {Name: "root.element.name", Types: function.Text, Constant: true}}),
		mapFunction("createFromJSON", objects(mapFromJSON), "Reads a map from a JSON object.", "map:createFromJSON(text)",
			[]extension.Param{function.Param("json.string", function.Text)}),
		mapFunction("createFromXML", objects(mapFromXML), "Reads a map from the elements within the root element of an XML text.", "map:createFromXML(text)",
			[]extension.Param{function.Param("xml.string", function.Text)}),
	}
}

func mapFunction(name string, returns results, summary, example string, overloads ...[]extension.Param) *function.Function {
	return collectionFunction("map", name, returns, summary, example, overloads)
}

var errPairs = errors.New("map:create() takes pairs of a key and a value")

func createFunction() *function.Function {
	f := mapFunction("create", objects(createMap), "Returns a map of keys and values, one after the other.", "map:create('symbol', symbol, 'price', price)",
		nil, []extension.Param{function.Param("key1", function.Any), {Name: "value1", Types: function.Any, Repeat: true}})
	f.Validate = func(args []extension.Arg) error {
		if len(args)%2 != 0 {
			return errPairs
		}
		return nil
	}
	return f
}

func createMap(r *row) any {
	m := make(Map, len(r.args)/2)
	for i := 0; i+1 < len(r.args); i += 2 {
		m[r.key(i)] = r.value(i + 1)
	}
	return m
}

func isMap(r *row) bool {
	_, ok := r.value(0).(Map)
	return ok
}

func mapSize(r *row) int { return len(r.mapping(0)) }

func mapIsEmpty(r *row) bool { return len(r.mapping(0)) == 0 }

func cloneMap(r *row) any { return r.mapping(0) }

func clearMap(r *row) any {
	r.mapping(0)
	return Map{}
}

func mapKeys(r *row) any {
	l := List{}
	for _, k := range javatext.Keys(r.mapping(0)) {
		l = append(l, k)
	}
	return l
}

func mapValues(r *row) any {
	l, m := List{}, r.mapping(0)
	for _, k := range javatext.Keys(m) {
		l = append(l, m[k])
	}
	return l
}

func mapGet(r *row) any {
	v, ok := r.mapping(0)[r.key(1)]
	if !ok && len(r.args) == 3 {
		return r.value(2)
	}
	return v
}

func mapContainsKey(r *row) bool {
	_, ok := r.mapping(0)[r.key(1)]
	return ok
}

func mapContainsValue(r *row) bool {
	m, want := r.mapping(0), r.value(1)
	for _, v := range m {
		if same(v, want) {
			return true
		}
	}
	return false
}

// put returns the map with a row's pair if allowed says so of whether its key is there.
func put(r *row, allowed func(there bool) bool) any {
	m, k := r.mapping(0), r.key(1)
	if _, there := m[k]; allowed(there) {
		m = maps.Clone(m)
		m[k] = r.value(2)
	}
	return m
}

func mapPut(r *row) any { return put(r, func(bool) bool { return true }) }

func mapPutIfAbsent(r *row) any { return put(r, func(there bool) bool { return !there }) }

func mapReplace(r *row) any { return put(r, func(there bool) bool { return there }) }

// merge returns the first map with the pairs of the second.
func merge(r *row, onlyKnown bool) any {
	to, from := r.mapping(0), r.mapping(1)
	all := maps.Clone(to)
	for k, v := range from {
		if _, known := to[k]; known || !onlyKnown {
			all[k] = v
		}
	}
	return all
}

func mapPutAll(r *row) any { return merge(r, false) }

func mapReplaceAll(r *row) any { return merge(r, true) }

func mapRemove(r *row) any {
	m := maps.Clone(r.mapping(0))
	delete(m, r.key(1))
	return m
}

func mapCombine(r *row) any {
	all := Map{}
	for i := range r.args {
		for k, v := range r.mapping(i) {
			if all[k] == nil {
				all[k] = make(List, len(r.args)) // a map that lacks the key has null
			}
			all[k].(List)[i] = v
		}
	}
	return all
}

func mapToJSON(r *row) []byte {
	text, err := appendJSON(nil, r.mapping(0))
	if err != nil {
		r.fail(fmt.Errorf("as JSON: %w", err))
	}
	return text
}

func mapToXML(r *row) []byte {
	root := ""
	if len(r.args) == 2 && !r.args[1].IsNull(r.at) {
		root = r.args[1].String(r.at)
	}
	return appendElement(nil, root, r.mapping(0))
}

// appendElement appends a value within an element of that name, or without one. As in Siddhi,
// texts are not escaped: they can hold elements.
func appendElement(dst []byte, name string, v any) []byte {
	if name != "" {
		dst = append(append(append(dst, '<'), name...), '>')
	}
	if m, ok := v.(Map); ok {
		for _, k := range javatext.Keys(m) {
			dst = appendElement(dst, k, m[k])
		}
	} else {
		dst = javatext.AppendObject(dst, v)
	}
	if name != "" {
		dst = append(append(append(dst, "</"...), name...), '>')
	}
	return dst
}

var errNullJSON = errors.New("the JSON text is null")

func mapFromJSON(r *row) any {
	if r.args[0].IsNull(r.at) {
		r.fail(errNullJSON)
		return nil
	}
	text := r.args[0].String(r.at)
	m, err := readObject(text)
	if err != nil {
		r.fail(fmt.Errorf("%q is no JSON object: %w", text, err))
	}
	return m
}
