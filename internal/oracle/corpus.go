package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
)

// writeCorpus writes the recordings of the apps that agree into one file, a line
// for each: tests replay them where there is no oracle.
func writeCorpus(file string, all []*finding) error {
	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.kind != "" || f.hung {
			continue
		}
		var line bytes.Buffer
		if err := json.Compact(&line, f.recording); err != nil {
			return err
		}
		line.WriteByte('\n')
		if _, err := zip.Write(line.Bytes()); err != nil {
			return err
		}
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}
