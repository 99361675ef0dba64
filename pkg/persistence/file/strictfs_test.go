package file_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"millrace/pkg/persistence/file"
)

// strictFS is a file system in memory that keeps over a crash no more than it
// promised: content that was synced, under names whose directory was synced. Of
// what was not, any part may be there: it tears.
type strictFS struct {
	mu   sync.Mutex
	root *node
	rng  *rand.Rand

	calls  int
	failAt int // the call that fails and after which all do; 0 is none
}

var errCrashed = errors.New("crashed")

// node is a directory or a file. Names of one file share it.
type node struct {
	dir            bool
	data, synced   []byte
	names, durable map[string]*node
}

func newStrictFS(seed uint64) *strictFS {
	return &strictFS{
		root: newDir(), rng: rand.New(rand.NewPCG(seed, 2)),
	}
}

func newDir() *node {
	return &node{dir: true, names: make(map[string]*node), durable: make(map[string]*node)}
}

// call counts a call that changes something; false means that it must fail.
func (s *strictFS) call() bool {
	s.calls++
	return s.failAt == 0 || s.calls < s.failAt
}

func (s *strictFS) lookup(path string) *node {
	n := s.root
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" {
			continue
		}
		if n == nil || !n.dir {
			return nil
		}
		n = n.names[part]
	}
	return n
}

func (s *strictFS) Mkdir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.call() {
		return errCrashed
	}
	parent := s.lookup(filepath.Dir(dir))
	if parent == nil {
		return fs.ErrNotExist
	}
	if parent.names[filepath.Base(dir)] == nil {
		parent.names[filepath.Base(dir)] = newDir()
	}
	return nil
}

func (s *strictFS) Exists(dir string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookup(dir) != nil, nil
}

func (s *strictFS) Create(name string) (file.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.call() {
		return nil, errCrashed
	}
	parent := s.lookup(filepath.Dir(name))
	if parent == nil {
		return nil, fs.ErrNotExist
	}
	if parent.names[filepath.Base(name)] != nil {
		return nil, fs.ErrExist
	}
	n := &node{}
	parent.names[filepath.Base(name)] = n
	return &strictFile{s, n}, nil
}

func (s *strictFS) ReadFile(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.lookup(name)
	if n == nil || n.dir {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(n.data), nil
}

func (s *strictFS) ReadDir(dir string) ([]file.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.lookup(dir)
	if n == nil {
		return nil, nil
	}
	var infos []file.Info
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		child := n.names[name]
		infos = append(infos, file.Info{Name: name, Dir: child.dir, SizeBytes: int64(len(child.data))})
	}
	return infos, nil
}

func (s *strictFS) Rename(oldName, newName string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.call() {
		return errCrashed
	}
	parent := s.lookup(filepath.Dir(oldName))
	n := parent.names[filepath.Base(oldName)]
	if n == nil {
		return fs.ErrNotExist
	}
	delete(parent.names, filepath.Base(oldName))
	s.lookup(filepath.Dir(newName)).names[filepath.Base(newName)] = n
	return nil
}

func (s *strictFS) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.call() {
		return errCrashed
	}
	if parent := s.lookup(filepath.Dir(name)); parent != nil {
		delete(parent.names, filepath.Base(name))
	}
	return nil
}

func (s *strictFS) SyncDir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.call() {
		return errCrashed
	}
	n := s.lookup(dir)
	if n == nil {
		return fs.ErrNotExist
	}
	n.durable = maps.Clone(n.names)
	return nil
}

func (s *strictFS) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// strictFile is a file that is being written.
type strictFile struct {
	fs *strictFS
	n  *node
}

func (f *strictFile) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if !f.fs.call() {
		half := len(p) / 2
		f.n.data = append(f.n.data, p[:half]...)
		return half, errCrashed
	}
	f.n.data = append(f.n.data, p...)
	return len(p), nil
}

func (f *strictFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if !f.fs.call() {
		return errCrashed
	}
	f.n.synced = bytes.Clone(f.n.data)
	return nil
}

func (f *strictFile) Close() error { return nil }

// crash loses what is not durable, or keeps it, as a real file system may: each
// change of a directory by the toss of a coin, each file up to some length.
func (s *strictFS) crash() {
	s.failAt = 0
	s.crashDir(s.root)
}

func (s *strictFS) crashDir(n *node) {
	all := maps.Clone(n.durable)
	maps.Copy(all, n.names)
	kept := make(map[string]*node)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, is := n.durable[name], n.names[name]
		if was != is && s.rng.IntN(2) == 0 {
			is = was
		}
		if is != nil {
			kept[name] = is
		}
	}
	n.names, n.durable = kept, maps.Clone(kept)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		child := kept[name]
		if child.dir {
			s.crashDir(child)
			continue
		}
		if !bytes.Equal(child.data, child.synced) && s.rng.IntN(2) == 0 {
			child.data = bytes.Clone(child.data[:s.rng.IntN(len(child.data)+1)])
		}
		child.synced = bytes.Clone(child.data)
	}
}
