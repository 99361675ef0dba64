package main

import (
	"bytes"
	"os"

	"millrace/pkg/siddhi/scenario"
)

// writeCorpus writes the recordings of the apps that agree into one file: tests
// replay them where there is no oracle.
func writeCorpus(file string, all []*finding) error {
	var b bytes.Buffer
	err := scenario.WriteCorpus(&b, func(yield func([]byte) bool) {
		for _, f := range all {
			if f.kind == "" && !f.hung && !yield(f.recording) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}
