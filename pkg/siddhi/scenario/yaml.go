package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

// yamlToJSON rewrites a YAML document as JSON. Numbers keep their digits, so
// that 1.0 stays a fraction.
func yamlToJSON(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	var b bytes.Buffer
	err := appendNode(&b, doc.Content[0], 0)
	return b.Bytes(), err
}

// maxDepth bounds nesting, and aliases that contain themselves.
const maxDepth = 100

func appendNode(b *bytes.Buffer, n *yaml.Node, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("line %d: nested more than %d deep", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return fmt.Errorf("line %d: aliases are not supported; write the value again", n.Line)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, x := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := appendNode(b, x, depth+1); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(jsonString(n.Content[i].Value))
			b.WriteByte(':')
			if err := appendNode(b, n.Content[i+1], depth+1); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	}
	text, err := scalar(n)
	b.WriteString(text)
	return err
}

// scalar renders a YAML scalar as JSON.
func scalar(n *yaml.Node) (string, error) {
	switch n.ShortTag() {
	case "!!null":
		return "null", nil
	case "!!bool":
		var v bool
		err := n.Decode(&v)
		return strconv.FormatBool(v), err
	case "!!int":
		if json.Valid([]byte(n.Value)) {
			return n.Value, nil
		}
		var v int64
		err := n.Decode(&v)
		return strconv.FormatInt(v, 10), err
	case "!!float":
		if json.Valid([]byte(n.Value)) {
			return n.Value, nil
		}
		var v float64
		err := n.Decode(&v)
		return floatText(v, 64), err
	}
	return jsonString(n.Value), nil
}
