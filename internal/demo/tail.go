package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

// tail reads the lines that are added to a file, which need not exist yet. The
// file may lose an unfinished last line: a sink that starts again cuts it off.
type tail struct {
	path   string
	offset int64 // behind the last whole line that was read
	buf    []byte
}

const (
	tailChunk = 256 << 10
	// toTheEnd as a limit has read go on until it finds no more.
	toTheEnd = math.MaxInt64
)

// read hands the whole lines behind those of the call before, without their line
// ends, to each, whose error ends the reading. It stops at the end of the file, or when it
// has read limit bytes. The bytes of a line are valid only during the call.
func (t *tail) read(limit int64, each func(line []byte) error) error {
	f, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if t.buf == nil {
		t.buf = make([]byte, tailChunk)
	}
	for start := t.offset; t.offset-start < limit; {
		n, err := f.ReadAt(t.buf, t.offset)
		if err != nil && err != io.EOF {
			return fmt.Errorf("read %s: %w", t.path, err)
		}
		used, lineErr := t.lines(t.buf[:n], each)
		t.offset += int64(used)
		switch {
		case lineErr != nil:
			return fmt.Errorf("%s, byte %d: %w", t.path, t.offset, lineErr)
		case err == io.EOF:
			return nil
		case used == 0: // one line fills the buffer
			t.buf = make([]byte, 2*len(t.buf))
		}
	}
	return nil
}

// lines returns how many bytes of text are whole lines that each has taken.
func (t *tail) lines(text []byte, each func(line []byte) error) (used int, err error) {
	for {
		i := bytes.IndexByte(text[used:], '\n')
		if i < 0 {
			return used, nil
		}
		if err := each(text[used : used+i]); err != nil {
			return used, err
		}
		used += i + 1
	}
}
