// Package memory keeps snapshot revisions and the managers' desired state inside
// the process: for tests, and for a node whose state may be lost with it.
//
// It imports pkg/persistence and its subpackage desired.
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"millrace/pkg/persistence"
)

// Snapshots is a persistence.Store in memory.
type Snapshots struct {
	mu   sync.Mutex
	apps map[string]*app
}

type app struct {
	head    persistence.Head
	entries map[int64][]byte
}

// NewSnapshots returns an empty store.
func NewSnapshots() *Snapshots { return &Snapshots{apps: make(map[string]*app)} }

// Put implements persistence.Store.
func (s *Snapshots) Put(ctx context.Context, e persistence.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[e.App]
	if a == nil {
		a = &app{entries: make(map[int64][]byte)}
		s.apps[e.App] = a
	}
	if e.Writer.Before(a.head.Writer) {
		return &persistence.StaleWriterError{App: e.App, Writer: e.Writer, Newest: a.head.Writer}
	}
	if e.Millis <= a.head.Millis {
		return persistence.ErrNotAfter
	}
	a.entries[e.Millis] = bytes.Clone(e.Data)
	a.head = persistence.Head{Writer: e.Writer, Millis: e.Millis}
	return nil
}

// Get implements persistence.Store.
func (s *Snapshots) Get(ctx context.Context, name string, millis int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.apps[name]; a != nil {
		if data, ok := a.entries[millis]; ok {
			return bytes.Clone(data), nil
		}
	}
	return nil, persistence.ErrNoRevision
}

// List implements persistence.Store.
func (s *Snapshots) List(ctx context.Context, name string) ([]persistence.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[name]
	if a == nil {
		return nil, nil
	}
	var infos []persistence.Info
	for _, millis := range slices.Backward(slices.Sorted(maps.Keys(a.entries))) {
		infos = append(infos, persistence.Info{
			Revision: persistence.NewRevision(millis, name), SizeBytes: int64(len(a.entries[millis])),
		})
	}
	return infos, nil
}

// Apps implements persistence.Store.
func (s *Snapshots) Apps(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, a := range s.apps {
		if len(a.entries) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Head implements persistence.Store.
func (s *Snapshots) Head(ctx context.Context, name string) (persistence.Head, error) {
	if err := ctx.Err(); err != nil {
		return persistence.Head{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.apps[name]; a != nil {
		return a.head, nil
	}
	return persistence.Head{}, nil
}

// Delete implements persistence.Store.
func (s *Snapshots) Delete(ctx context.Context, name string, millis ...int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.apps[name]; a != nil {
		for _, m := range millis {
			delete(a.entries, m)
		}
	}
	return nil
}

// Forget implements persistence.Store.
func (s *Snapshots) Forget(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, name)
	return nil
}
