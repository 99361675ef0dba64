package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Record returns the scenario's file, as JSON, with what came out in the place of
// what it expects. All its other keys stay.
func (s *Scenario) Record(res *Result) ([]byte, error) {
	keys, values, err := topLevel(s.raw)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("{\n")
	for _, k := range keys {
		if strings.EqualFold(k, "types") || strings.EqualFold(k, "expect") { // JSON takes keys in any case
			continue
		}
		fmt.Fprintf(&b, "  %s: ", jsonString(k))
		if err := layOut(&b, values[k]); err != nil {
			return nil, err
		}
		b.WriteString(",\n")
	}
	b.WriteString("  \"types\": {")
	for i, from := range slices.Sorted(maps.Keys(res.Types)) {
		if i > 0 {
			b.WriteByte(',')
		}
		var pairs []string
		for _, a := range res.Types[from] {
			pairs = append(pairs, "["+jsonString(a.Name)+", "+jsonString(a.Type.String())+"]")
		}
		fmt.Fprintf(&b, "\n    %s: [%s]", jsonString(from), strings.Join(pairs, ", "))
	}
	b.WriteString("\n  },\n  \"expect\": [")
	for i, e := range res.entries() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    " + e)
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes(), nil
}

// topLevel returns the keys of an object in their order, and their values.
func topLevel(raw []byte) ([]string, map[string]json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return nil, nil, err
		}
		if k, ok := key.(string); ok && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys, values, nil
}

// layOut writes a value, the elements of a list each on a line.
func layOut(b *bytes.Buffer, raw json.RawMessage) error {
	var elements []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &elements) != nil || len(elements) == 0 {
		return json.Compact(b, raw)
	}
	for i, e := range elements {
		b.WriteString([]string{"[\n    ", ",\n    "}[min(i, 1)])
		if err := json.Compact(b, e); err != nil {
			return err
		}
	}
	b.WriteString("\n  ]")
	return nil
}

// entries renders the calls as they stand in a file.
func (r *Result) entries() []string {
	if r.Refused != nil {
		return []string{fmt.Sprintf(`{"error": "SiddhiAppCreationException", "message": %s, "at": null}`, jsonString(r.Refused.Error()))}
	}
	var all []string
	for i := range r.Calls {
		all = append(all, r.Calls[i].entry())
	}
	return all
}

func (c *Call) entry() string {
	switch {
	case c.From == fromStep:
		return fmt.Sprintf(`{"error": "StepError", "message": %s, "at": %d, "step": %d}`, jsonString(c.Err.Error()), c.At, c.Step)
	case c.Err != nil:
		return fmt.Sprintf(`{"at": %d, "from": %s, "error": "ProcessingError", "message": %s}`, c.At, jsonString(c.From), jsonString(c.Err.Error()))
	case strings.HasPrefix(c.From, "query:"):
		var rows [2][]string
		for _, r := range c.Rows {
			k := 0
			if r.Expired {
				k = 1
			}
			rows[k] = append(rows[k], "["+strings.Join(r.Values, ", ")+"]")
		}
		return fmt.Sprintf(`{"at": %d, "from": %s, "timestamp": %d, "current": [%s], "expired": [%s]}`,
			c.At, jsonString(c.From), c.Timestamp, strings.Join(rows[0], ", "), strings.Join(rows[1], ", "))
	}
	events := "null"
	if !c.Null {
		var rows []string
		for _, r := range c.Rows {
			rows = append(rows, fmt.Sprintf(`{"timestamp": %d, "data": [%s], "expired": %s}`,
				r.Timestamp, strings.Join(r.Values, ", "), strconv.FormatBool(r.Expired)))
		}
		events = "[" + strings.Join(rows, ", ") + "]"
	}
	return fmt.Sprintf(`{"at": %d, "from": %s, "events": %s}`, c.At, jsonString(c.From), events)
}
