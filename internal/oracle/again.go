package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"millrace/pkg/siddhi/scenario"
)

// again records the scenarios below a folder anew and says which recordings have
// changed. Where we differ on purpose, that is what stands in "siddhi".
func (r *recorder) again(ctx context.Context, dir string, write bool) error {
	paths, err := scenario.Files(dir)
	if err != nil {
		return err
	}
	var files [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files = append(files, text)
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

// record is what a file says about Siddhi.
type record struct {
	what    []byte // what Siddhi gives, in a form that can be compared
	plain   []byte // "expect"
	differs bool   // it stands in "siddhi"
}

func recorded(text []byte) (record, error) {
	var file struct{ Expect, Siddhi any }
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		return record{}, err
	}
	plain, err := json.Marshal(file.Expect)
	if err != nil || file.Siddhi == nil {
		return record{plain, plain, false}, err
	}
	siddhi, err := json.Marshal(file.Siddhi)
	return record{siddhi, plain, true}, err
}
