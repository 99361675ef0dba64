package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// appendJSON appends a JSON value as the column's type. As in Siddhi's input a
// string passes for any type: what computes with it fails.
func appendJSON(c *column.Column, raw json.RawMessage) error {
	text := strings.TrimSpace(string(raw))
	if text == "null" || text == "" {
		c.AppendNull()
		return nil
	}
	if text[0] == '"' && c.Type != schema.String && c.Type != schema.Object {
		var word string
		if err := json.Unmarshal(raw, &word); err != nil {
			return err
		}
		if !isNumber(word) {
			c.AppendStray(word)
			return nil
		}
		text = word
	}
	switch c.Type {
	case schema.String:
		c.AppendString(plain(raw, text))
	case schema.Int:
		v, err := whole(text)
		c.AppendInt(int32(v))
		return err
	case schema.Long:
		v, err := whole(text)
		c.AppendLong(v)
		return err
	case schema.Float:
		v, err := parseFloat(text, 32)
		c.AppendFloat(float32(v))
		return err
	case schema.Double:
		v, err := parseFloat(text, 64)
		c.AppendDouble(v)
		return err
	case schema.Bool:
		v, err := strconv.ParseBool(text)
		c.AppendBool(v)
		return err
	case schema.Object:
		v, err := object(raw)
		c.AppendObject(v)
		return err
	}
	return nil
}

// isNumber says whether a text stands for a number that JSON has not.
func isNumber(word string) bool { return word == "NaN" || word == "Infinity" || word == "-Infinity" }

// plain returns the text of a value for a string attribute.
func plain(raw json.RawMessage, text string) string {
	var v string
	if json.Unmarshal(raw, &v) == nil {
		return v
	}
	return text
}

// parseFloat reads a number; one that is too big is infinite.
func parseFloat(text string, bits int) (float64, error) {
	v, err := strconv.ParseFloat(text, bits)
	if err != nil && math.IsInf(v, 0) {
		return v, nil
	}
	return v, err
}

// whole reads an integer. A fraction is cut off and what is too big wraps, as in
// Java.
func whole(text string) (int64, error) {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return v, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err != nil || math.Abs(f) > 1e40 {
		return 0, fmt.Errorf("%s is no integer", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fmt.Errorf("%s is no integer", text)
	}
	v := new(big.Int).Quo(r.Num(), r.Denom())
	v.And(v, new(big.Int).SetUint64(math.MaxUint64))
	return int64(v.Uint64()), nil
}

// object reads a host value: whole numbers are int, or long when too big.
func object(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return host(v)
}

func host(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 32); err == nil {
			return int32(n), nil
		}
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			x, err := host(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = x
		}
		return v, nil
	case map[string]any:
		for k, x := range v {
			if len(v) == 1 && strings.HasPrefix(k, "$") {
				return tagged(k, x)
			}
			y, err := host(x)
			if err != nil {
				return nil, err
			}
			v[k] = y
		}
		return v, nil
	}
	return v, nil
}

// tagged reads what JSON cannot say: {"$long": 1}.
func tagged(tag string, v any) (any, error) {
	text := strings.Trim(fmt.Sprint(v), `"`)
	switch tag {
	case "$long":
		return whole(text)
	case "$int":
		n, err := whole(text)
		return int32(n), err
	case "$float":
		x, err := parseFloat(text, 32)
		return float32(x), err
	case "$double":
		return parseFloat(text, 64)
	case "$set":
		members, ok := v.([]any)
		if !ok {
			break
		}
		set := state.Set{}
		for _, m := range members {
			x, err := host(m)
			if err != nil {
				return nil, err
			}
			switch x.(type) {
			case nil, bool, string, int32, int64, float32, float64:
				set[x] = struct{}{}
			default:
				return nil, fmt.Errorf("a set with %T: %w", x, ErrUnsupported)
			}
		}
		return set, nil
	}
	return nil, fmt.Errorf("value %s: %w", tag, ErrUnsupported)
}

// Text renders a value of a column as it stands in a scenario's file. Equal
// values have equal texts.
func Text(c *column.Column, row int) string {
	if c.IsNull(row) {
		return strayText(c, row)
	}
	switch c.Type {
	case schema.Float:
		return floatText(float64(c.F32[row]), 32)
	case schema.Double:
		return floatText(c.F64[row], 64)
	case schema.String:
		return stringText(c.String(row))
	}
	return objectText(c.Any(row))
}

// strayText renders null, or the value of another type that a row has. Of a number it
// makes no difference in which type it is.
func strayText(c *column.Column, row int) string {
	v, ok := c.Stray(row)
	if ok && (c.Type == schema.Float || c.Type == schema.Double) {
		switch v := v.(type) {
		case int32:
			return floatText(float64(v), 64)
		case int64:
			return floatText(float64(v), 64)
		}
	}
	return objectText(v)
}

// canonical renders an expected value of a type as Text does an actual one.
func canonical(t schema.Type, raw json.RawMessage) string {
	text := strings.TrimSpace(string(raw))
	if text == "null" || text == "" {
		return "null"
	}
	switch t {
	case schema.Float, schema.Double:
		bits := 64
		if t == schema.Float {
			bits = 32
		}
		if word := strings.Trim(text, `"`); word == text || isNumber(word) {
			if v, err := parseFloat(word, bits); err == nil {
				return floatText(v, bits)
			}
		}
	case schema.Int, schema.Long, schema.Bool:
		if text[0] != '"' {
			return text
		}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	return wantedText(v)
}

// wantedText renders what stands in a file for a value of type object.
func wantedText(v any) string {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			if x, err := v.Float64(); err == nil {
				return floatText(x, 64)
			}
		}
		return v.String()
	case []any:
		return list(v, wantedText)
	case map[string]any:
		if _, ok := v["$object"]; ok {
			return foreign
		}
		if set, ok := v["$set"].([]any); ok && len(v) == 1 {
			return setText(set, wantedText)
		}
		return mapText(v, wantedText)
	}
	return objectText(v)
}

// foreign stands for any object of the host program: those of Siddhi are Java's.
const foreign = `{"$object": "host"}`

// objectText renders a host value, and those of the other types that are left.
func objectText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return stringText(v)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case int64:
		return strconv.FormatInt(v, 10)
	case float32:
		return floatText(float64(v), 32)
	case float64:
		return floatText(v, 64)
	case []any:
		return list(v, objectText)
	case map[string]any:
		return mapText(v, objectText)
	}
	return otherText(reflect.ValueOf(v))
}

// otherText renders collections that extensions may use as values.
func otherText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = v.Index(i).Interface()
		}
		return list(all, objectText)
	case reflect.Map:
		if v.Type().Elem().Size() == 0 {
			var all []any
			for _, k := range v.MapKeys() {
				all = append(all, k.Interface())
			}
			return setText(all, objectText)
		}
		all := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			all[strings.Trim(objectText(it.Key().Interface()), `"`)] = it.Value().Interface()
		}
		return mapText(all, objectText)
	}
	return foreign
}

func list(all []any, text func(any) string) string {
	parts := make([]string, len(all))
	for i, x := range all {
		parts[i] = text(x)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func setText(all []any, text func(any) string) string {
	parts := make([]string, len(all))
	for i, x := range all {
		parts[i] = text(x)
	}
	slices.Sort(parts)
	return `{"$set": [` + strings.Join(parts, ", ") + "]}"
}

func mapText(m map[string]any, text func(any) string) string {
	parts := make([]string, 0, len(m))
	for k, x := range m {
		parts = append(parts, jsonString(k)+": "+text(x))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

// uuid is what UUID() gives: different each time.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func stringText(v string) string {
	if len(v) == 36 && uuid.MatchString(v) {
		return `"<uuid>"`
	}
	return jsonString(v)
}

func jsonString(v string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return strconv.Quote(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// floatText renders a number with the fewest digits that give it back, always
// with a fraction; what is not a number is a string.
func floatText(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return `"NaN"`
	case math.IsInf(v, 1):
		return `"Infinity"`
	case math.IsInf(v, -1):
		return `"-Infinity"`
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, bits), "e")
	if e, err := strconv.Atoi(exponent); err == nil && (e < -7 || e >= 21) {
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		return mantissa + "e" + strconv.Itoa(e)
	}
	text := strconv.FormatFloat(v, 'f', -1, bits)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
