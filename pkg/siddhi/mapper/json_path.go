package mapper

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// node is a member of a JSON document that leads to attributes.
type node struct {
	children map[string]*node
	attrs    []int // attributes that this member is the value of
}

// parsePath takes a path of member names: $.a.b, a.b, or $ for the document.
func parsePath(path string) ([]string, error) {
	rest := strings.TrimPrefix(path, "$")
	rest = strings.TrimPrefix(rest, ".")
	if rest == "" {
		return nil, nil
	}
	names := strings.Split(rest, ".")
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, "[]*?()@") {
			return nil, fmt.Errorf("path %q: only names of members are supported, as in $.order.price", path)
		}
	}
	return names, nil
}

// newTree makes the tree of the paths of all attributes. Without mappings each
// attribute is a member of its own name.
func newTree(attrs schema.Attributes, mappings []string) (*node, error) {
	root := &node{}
	for i, a := range attrs {
		path := []string{a.Name}
		if mappings != nil {
			if _, ok := property(mappings[i]); ok {
				continue
			}
			var err error
			if path, err = parsePath(mappings[i]); err != nil {
				return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
			}
			if len(path) == 0 {
				return nil, fmt.Errorf("attribute %s: path %q names no member", a.Name, mappings[i])
			}
		}
		root.add(path, i)
	}
	if err := root.check(attrs); err != nil {
		return nil, err
	}
	return root, nil
}

func (n *node) add(path []string, attr int) {
	for _, name := range path {
		if n.children == nil {
			n.children = map[string]*node{}
		}
		next := n.children[name]
		if next == nil {
			next = &node{}
			n.children[name] = next
		}
		n = next
	}
	n.attrs = append(n.attrs, attr)
}

func (n *node) check(attrs schema.Attributes) error {
	if len(n.attrs) > 0 && len(n.children) > 0 {
		return fmt.Errorf("attribute %s: its path leads to an object of which other attributes are parts", attrs[n.attrs[0]].Name)
	}
	for _, child := range n.children {
		if err := child.check(attrs); err != nil {
			return err
		}
	}
	return nil
}
