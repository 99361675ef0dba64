package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// sink appends records to a file, each with a line end. What a crash left of a
// last line is cut off when the file is opened; the caller writes it again. One
// sink at a time may have a file: a second one waits until the first is closed.
type sink struct {
	env   stream.Env
	path  string
	fresh bool // begin with an empty file
	sync  bool
	ends  bool

	mu    sync.Mutex
	file  *os.File // nil when closed
	size  int64    // up to the last record that was written whole
	buf   []byte
	began bool
}

// Sink makes a sink. Options: path or file.uri; append (default true; false
// empties the file at the first Open); sync (default true: a Write returns when
// the disk has its records); add.line.separator (default true).
func Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='file')", opts)
	s := &sink{env: env, path: filePath(r)}
	s.fresh = !r.Bool("append", true)
	s.sync = r.Bool("sync", true)
	s.ends = r.Bool("add.line.separator", true)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return s, nil
}

// Open implements stream.Sink.
func (s *sink) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, statErr := os.Stat(s.path)
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		f.Close()
		return fmt.Errorf("%w: %s is written by another sink; two instances of a parallel group would overwrite each other: "+
			"send their stream to a group of its own (@dist without parallel) that writes the file", stream.ErrNotConnected, s.path)
	}
	if err := s.prepare(f, statErr != nil); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", s.path, err)
	}
	s.file, s.began = f, true
	return nil
}

// prepare finds where to write.
func (s *sink) prepare(f *os.File, created bool) error {
	if created && s.sync { // the name must survive a crash, too
		if err := syncDir(filepath.Dir(s.path)); err != nil {
			return err
		}
	}
	if s.fresh && !s.began {
		s.size = 0
		return f.Truncate(0)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	s.size = size
	if s.ends {
		if s.size, err = lastLineEnd(f, size); err != nil {
			return err
		}
	}
	if s.size < size {
		s.env.Logf("file %s: its last line was not written whole; its %d bytes are cut off", s.path, size-s.size)
		return f.Truncate(s.size)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// lastLineEnd returns the offset behind the last line end of the file.
func lastLineEnd(f *os.File, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for end := size; end > 0; {
		start := max(0, end-int64(len(buf)))
		part := buf[:end-start]
		if _, err := f.ReadAt(part, start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// Write implements stream.Sink. On an error the file is as before, if the disk
// lets it be.
func (s *sink) Write(_ context.Context, records []stream.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return fmt.Errorf("write %s: %w: the sink is closed", s.path, stream.ErrNotConnected)
	}
	if len(records) == 0 {
		return nil
	}
	s.buf = s.buf[:0]
	for i := range records {
		s.buf = append(s.buf, records[i].Value...)
		if s.ends {
			s.buf = append(s.buf, '\n')
		}
	}
	_, err := s.file.WriteAt(s.buf, s.size)
	if err == nil && s.sync {
		err = s.file.Sync()
	}
	if err != nil {
		// A full disk may have room later, and after a failed sync only a new
		// descriptor tells the truth: the caller opens again.
		return fmt.Errorf("%w: %w", stream.ErrNotConnected, errors.Join(err, s.file.Truncate(s.size)))
	}
	s.size += int64(len(s.buf))
	return nil
}

// Close implements stream.Sink.
func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file
	s.file = nil
	if f == nil {
		return nil
	}
	return f.Close()
}
