package scenario

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// maxLine bounds a scenario in a corpus.
const maxLine = 16 << 20

// WriteCorpus writes scenarios, each a JSON text, as one compressed file with a line
// for each of them.
func WriteCorpus(w io.Writer, texts iter.Seq[[]byte]) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	for text := range texts {
		var line bytes.Buffer
		if err := json.Compact(&line, text); err != nil {
			return err
		}
		line.WriteByte('\n')
		if _, err := zip.Write(line.Bytes()); err != nil {
			return err
		}
	}
	return zip.Close()
}

// ReadCorpus gives the scenarios of such a file one by one, or why it cannot.
func ReadCorpus(r io.Reader) iter.Seq2[*Scenario, error] {
	return func(yield func(*Scenario, error) bool) {
		zip, err := gzip.NewReader(r)
		if err != nil {
			yield(nil, err)
			return
		}
		lines := bufio.NewScanner(zip)
		lines.Buffer(nil, maxLine)
		for n := 1; lines.Scan(); n++ {
			s, err := Parse(bytes.Clone(lines.Bytes()), false)
			if err != nil {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			if !yield(s, err) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, err)
		}
	}
}
