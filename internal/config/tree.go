package config

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// value is one scalar of a file, or of the environment.
type value struct {
	text  string
	place string // where it is from, for messages
}

// tree has the scalars of a file by flat key: wso2.carbon: {id: x} and
// "wso2.carbon.id: x" both give wso2.carbon.id.
type tree struct {
	values map[string]value
	order  []string       // keys as they stand in the file
	counts map[string]int // elements of each list
}

// parse reads a file's text. name is for messages.
func parse(text []byte, name string) (*tree, error) {
	t := &tree{values: map[string]value{}, counts: map[string]int{}}
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not YAML: %w", name, err)
		}
		if len(doc.Content) == 0 {
			continue
		}
		root := doc.Content[0]
		if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
			continue
		}
		if root.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("%s:%d: the file must be made of keys, such as wso2.carbon", name, root.Line)
		}
		if err := t.add("", root, name, 0); err != nil {
			return nil, err
		}
	}
}

// maxDepth bounds nesting; anchors that contain themselves end there.
const maxDepth = 20

func (t *tree) add(key string, n *yaml.Node, name string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s:%d: %s is nested too deeply", name, n.Line, key)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return t.add(key, n.Alias, name, depth+1)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := strings.TrimSpace(n.Content[i].Value)
			if key != "" {
				k = key + "." + k
			}
			if err := t.add(k, n.Content[i+1], name, depth+1); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for _, element := range n.Content {
			i := t.counts[key]
			t.counts[key]++
			if err := t.add(key+"["+strconv.Itoa(i)+"]", element, name, depth+1); err != nil {
				return err
			}
		}
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil // a key without a value is one that is not there
		}
		if before, twice := t.values[key]; twice {
			return fmt.Errorf("%s:%d: %s is written twice, first at %s", name, n.Line, key, before.place)
		}
		t.values[key] = value{n.Value, fmt.Sprintf("%s:%d", name, n.Line)}
		t.order = append(t.order, key)
	}
	return nil
}
