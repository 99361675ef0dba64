package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"millrace/pkg/siddhi/scenario"
)

// again records the scenarios below a folder anew and says which recordings have
// changed. Where we differ on purpose, that is what stands in "siddhi". Those that
// say how they were computed are left alone: no Siddhi can be had that runs them.
func (r *recorder) again(ctx context.Context, dir string, write bool) error {
	all, err := scenario.Files(dir)
	if err != nil {
		return err
	}
	var paths []string
	var files [][]byte
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !computed(text) {
			paths, files = append(paths, path), append(files, text)
		}
	}
	recordings, err := r.record(ctx, files, "")
	if err != nil {
		return err
	}
	changed := 0
	for i, path := range paths {
		old, err := recorded(files[i])
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fresh, err := recorded(recordings[i])
		if err != nil {
			return fmt.Errorf("recording of %s: %w", path, err)
		}
		if bytes.Equal(old.what, fresh.plain) {
			continue
		}
		changed++
		fmt.Println("changed:", path)
		switch {
		case !write:
		case old.differs:
			fmt.Println("  it is a difference on purpose: change its \"siddhi\" by hand")
		default:
			if err := os.WriteFile(path, recordings[i], 0o644); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%d scenarios recorded, %d changed\n", len(paths), changed)
	if changed > 0 && !write {
		return fmt.Errorf("%d recordings have changed", changed)
	}
	return nil
}

// computed says whether a scenario's expectations are not Siddhi's own.
func computed(text []byte) bool {
	var file struct{ Computed string }
	return json.Unmarshal(text, &file) == nil && file.Computed != ""
}

// record is what a file says about Siddhi.
type record struct {
	what    []byte // what Siddhi gives, in a form that can be compared
	plain   []byte // "expect"
	differs bool   // it stands in "siddhi"
}

func recorded(text []byte) (record, error) {
	var file struct {
		Expect, Siddhi any
		OrderDependsOn string `json:"order_depends_on"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		return record{}, err
	}
	// Some differences are that Siddhi's order is accidental.
	unordered := file.OrderDependsOn != "" || file.Siddhi != nil
	plain, err := json.Marshal(normal(file.Expect, unordered))
	if err != nil || file.Siddhi == nil {
		return record{plain, plain, false}, err
	}
	siddhi, err := json.Marshal(normal(file.Siddhi, unordered))
	return record{siddhi, plain, true}, err
}

// normal spells numbers one way, and sorts lists where their order means nothing.
func normal(v any, unordered bool) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
	case map[string]any:
		for k, x := range v {
			v[k] = normal(x, unordered && k != "data")
		}
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			v[i] = normal(v[i], unordered)
			if text, err := json.Marshal(v[i]); err == nil {
				texts[i] = string(text)
			}
		}
		if unordered {
			slices.Sort(texts)
			return texts
		}
	}
	return v
}
