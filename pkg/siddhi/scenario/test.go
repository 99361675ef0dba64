package scenario

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// T is what Test needs of a *testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Test runs the scenario of a file, or all those below a folder, and reports
// every difference to t.
func Test(t T, path string) {
	t.Helper()
	files, err := Files(path)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, file := range files {
		s, err := Load(file)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		differences, err := s.Check(Options{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, d := range differences {
			t.Errorf("%s: %s", file, d)
		}
	}
}

// ErrNoFiles means that a folder has no scenarios.
var ErrNoFiles = errors.New("no scenarios: no files that end in .json, .yaml or .yml")

// Files returns path if it is a file, else the JSON and YAML files below it, in
// the order of their names.
func Files(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (file == path || filepath.Ext(file) == ".json" || IsYAML(file)) {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = &fs.PathError{Op: "test", Path: path, Err: ErrNoFiles}
	}
	return files, err
}
