// Package file has the source that reads lines of a file and the sink that
// appends to one.
//
// It imports stream, mapper and mapper/option.
package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

const (
	pollRecords = 1024    // most records that a Poll returns
	pollBytes   = 1 << 20 // a Poll ends when it has so much
	maxRecord   = 16 << 20
)

// The modes: what a record is.
const (
	modeLine = "line"      // a line
	modeCSV  = "csv"       // a line, or several when a quote spans them
	modeFull = "text.full" // the whole file
)

// source reads a file from its start, or from behind the line that a position
// gives: Offset is the number of lines read, so it is also the number, from 1,
// of the last line of the record that has it.
type source struct {
	env      stream.Env
	path     string
	mode     string
	header   bool
	tailing  bool
	interval time.Duration

	mu   sync.Mutex
	open *reading // nil when closed
}

// Source makes a source. Options: path or file.uri; mode (line, csv, text.full);
// header (the first line names columns); tailing (wait for more at the end;
// default true, but false for .gz and text.full); poll.interval.
func Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='file')", opts)
	s := &source{env: env, path: filePath(r)}
	s.mode = r.OneOf("mode", modeLine, modeCSV, modeFull)
	s.header = r.Bool("header", false)
	whole := strings.HasSuffix(s.path, ".gz") || s.mode == modeFull
	s.tailing = r.Bool("tailing", !whole)
	s.interval = r.Duration("poll.interval", 100*time.Millisecond)
	if s.tailing && whole {
		r.Fail("option tailing is true; a compressed file, or one that is read as a whole, cannot be waited on for more")
	}
	if s.header && s.mode == modeFull {
		r.Fail("option header is true; with mode text.full the mapper reads the header itself")
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	return s, nil
}

// filePath returns the path that the options path or file.uri name.
func filePath(r *option.Reader) string {
	path, uri := r.Text("path", ""), r.Text("file.uri", "")
	if uri != "" {
		if path != "" {
			r.Fail("options path and file.uri are both given")
		}
		path = uri
		if rest, ok := strings.CutPrefix(uri, "file:"); ok {
			path = "/" + strings.TrimLeft(rest, "/")
		}
	}
	if path == "" {
		r.Fail("option path is missing")
	}
	return filepath.Clean(path)
}

// reading is one Open of a source.
type reading struct {
	*source
	file    *os.File
	in      *bufio.Reader
	lines   int64 // read so far
	size    int64 // bytes of the file read so far, when tailing
	headers []stream.Header
	partial []byte // start of a record whose end is not there yet
	inQuote bool   // partial ends within a quote
	skip    int64  // lines that an earlier run has read
	ended   bool
	buf     []byte // values of recs
	recs    []stream.Record
	done    chan struct{}
	busy    sync.Mutex // held by Poll; Close waits for it before it closes the file
}

// Open implements stream.Source.
func (s *source) Open(_ context.Context, from []stream.Position) error {
	f, err := os.Open(s.path)
	if err != nil {
		if s.tailing && errors.Is(err, fs.ErrNotExist) { // it may come
			return fmt.Errorf("%w: %w", stream.ErrNotConnected, err)
		}
		return err
	}
	r := &reading{source: s, file: f, done: make(chan struct{})}
	if err := r.start(); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", s.path, err)
	}
	for _, p := range from {
		if p.Partition == s.path {
			r.skip = p.Offset
		}
	}
	s.mu.Lock()
	s.open = r
	s.mu.Unlock()
	return nil
}

func (r *reading) start() error {
	raw := bufio.NewReaderSize(r.file, 64<<10)
	r.in = raw
	if start, _ := raw.Peek(2); bytes.Equal(start, []byte{0x1f, 0x8b}) {
		if r.tailing {
			return errors.New("the file is compressed: give tailing='false'")
		}
		z, err := gzip.NewReader(raw)
		if err != nil {
			return err
		}
		r.in = bufio.NewReaderSize(z, 64<<10)
	}
	return nil
}

// Ends implements stream.Finite.
func (s *source) Ends() bool { return !s.tailing }

// Poll implements stream.Source.
func (s *source) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	r := s.open
	s.mu.Unlock()
	if r == nil {
		return nil, fmt.Errorf("read %s: %w: the source is closed", s.path, stream.ErrNotConnected)
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.done:
			return nil, fmt.Errorf("read %s: %w: the source is closed", s.path, stream.ErrNotConnected)
		default:
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
		if len(r.recs) > 0 {
			return r.recs, nil
		}
		if r.ended {
			return nil, stream.ErrEndOfStream
		}
		if r.skip > r.lines && !r.atEnd() {
			continue // still on the way to the position
		}
		select {
		case <-ctx.Done():
		case <-r.done:
		case <-time.After(s.interval):
		}
	}
}

// atEnd says whether nothing is left to read now.
func (r *reading) atEnd() bool {
	_, err := r.in.Peek(1)
	return err != nil
}

// fill reads records until there are enough, or nothing more is there.
func (r *reading) fill() error {
	clear(r.recs)
	r.recs, r.buf = r.recs[:0], r.buf[:0]
	for n := 0; len(r.recs) < pollRecords && len(r.buf) < pollBytes && n < 1<<16; n++ {
		text, err := r.in.ReadSlice('\n')
		r.size += int64(len(text))
		switch {
		case err == nil:
			r.lines++
			if err := r.line(text); err != nil {
				return err
			}
		case errors.Is(err, bufio.ErrBufferFull):
			if err := r.keep(text); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			if err := r.keep(text); err != nil {
				return err
			}
			return r.end()
		default:
			return fmt.Errorf("%s:%d: %w", r.path, r.lines+1, err)
		}
	}
	return nil
}

func (r *reading) keep(text []byte) error {
	if len(r.partial)+len(text) > maxRecord {
		return fmt.Errorf("%s:%d: a record is longer than %d bytes; is a line end or a closing quote missing?", r.path, r.lines+1, maxRecord)
	}
	r.partial = append(r.partial, text...)
	r.inQuote = r.inQuote != oddQuotes(text)
	return nil
}

// line takes a whole line, with its end.
func (r *reading) line(text []byte) error {
	if len(r.partial) == 0 && (r.mode == modeLine || r.mode == modeCSV && !oddQuotes(text)) {
		r.add(text)
		return nil
	}
	if err := r.keep(text); err != nil {
		return err
	}
	if r.mode == modeFull || r.mode == modeCSV && r.inQuote {
		return nil
	}
	r.add(r.partial)
	r.partial, r.inQuote = r.partial[:0], false
	return nil
}

func oddQuotes(text []byte) bool { return bytes.Count(text, []byte{'"'})%2 != 0 }

// add makes a record of text, unless it is the header, empty, or has been read
// by an earlier run.
func (r *reading) add(text []byte) {
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\r'})
	if r.header && r.headers == nil {
		r.headers = []stream.Header{{Name: mapper.HeaderLine, Value: string(text)}}
		return
	}
	if len(text) == 0 || r.lines <= r.skip {
		return
	}
	start := len(r.buf)
	r.buf = append(r.buf, text...)
	r.recs = append(r.recs, stream.Record{
		Value: r.buf[start:len(r.buf):len(r.buf)], Headers: r.headers,
		Position: stream.Position{Partition: r.path, Offset: r.lines},
	})
}

// end is called where the file ends now.
func (r *reading) end() error {
	if r.tailing {
		return r.checkTail()
	}
	r.ended = true
	if len(r.partial) > 0 {
		if r.partial[len(r.partial)-1] != '\n' {
			r.lines++
		}
		r.add(r.partial)
		r.partial = nil
	}
	if r.skip > r.lines {
		r.env.Logf("file %s has %d lines, the snapshot had read %d: it is not the same file any more", r.path, r.lines, r.skip)
	}
	return nil
}

// checkTail refuses to go on in a file that is another one than before.
func (r *reading) checkTail() error {
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	now, err := os.Stat(r.path)
	if err == nil && os.SameFile(info, now) && info.Size() >= r.size {
		return nil
	}
	return fmt.Errorf("%s:%d: the file has been replaced or cut short; files that are rotated cannot be followed, since positions in them would mean nothing", r.path, r.lines)
}

// Ack implements stream.Source: a file needs none.
func (s *source) Ack(context.Context, []stream.Position) error { return nil }

// Close implements stream.Source.
func (s *source) Close() error {
	s.mu.Lock()
	r := s.open
	s.open = nil
	s.mu.Unlock()
	if r == nil {
		return nil
	}
	close(r.done)
	r.busy.Lock()
	defer r.busy.Unlock()
	return r.file.Close()
}
