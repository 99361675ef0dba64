package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// recorder has scenarios recorded by the real Siddhi.
type recorder struct {
	command string
	work    string // folder
	runs    int    // so far; names their folders
}

// with runs f with a folder to work in.
func (r *recorder) with(f func() error) (err error) {
	if r.command == "" {
		return errNoOracle
	}
	if r.work, err = os.MkdirTemp("", "oracle"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	return f()
}

// record has all files recorded in one run, for the start is what takes long,
// and returns the recordings. If keep is not empty it is the folder for them.
func (r *recorder) record(ctx context.Context, files [][]byte, keep string) ([][]byte, error) {
	if len(files) == 0 {
		return nil, nil
	}
	r.runs++
	in := filepath.Join(r.work, fmt.Sprint("in", r.runs))
	out := filepath.Join(r.work, fmt.Sprint("out", r.runs))
	if keep != "" {
		out = keep
	}
	for _, dir := range []string{in, out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	name := func(i int) string { return fmt.Sprintf("%05d.json", i) }
	for i, text := range files {
		if err := os.WriteFile(filepath.Join(in, name(i)), text, 0o644); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, r.command, "record", "-o", out, in)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s record: %w", r.command, err)
	}
	recordings := make([][]byte, len(files))
	for i := range files {
		text, err := os.ReadFile(filepath.Join(out, name(i)))
		if err != nil {
			return nil, err
		}
		recordings[i] = text
	}
	if keep == "" {
		os.RemoveAll(out)
	}
	return recordings, os.RemoveAll(in)
}
