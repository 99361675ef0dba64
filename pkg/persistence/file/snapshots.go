// Package file keeps snapshot revisions in files, as WSO2 SP does:
// <location>/<app>/<epochMs>__<app>.
//
// A revision is written under another name, synced, and renamed when it is whole;
// then the directory is synced. A process that dies in between leaves a file that
// the next save removes. Beside the revisions lies HEAD, the newest writer and time
// of the app, and LOCK, which keeps processes apart. Names that do not fit into a
// file system are escaped and, when too long, shortened.
//
// It imports pkg/persistence only.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"millrace/pkg/persistence"
)

const (
	headName   = "HEAD"
	lockName   = "LOCK"
	tempPrefix = ".tmp-"
	separator  = "__"
)

// Snapshots is a persistence.Store in a directory.
type Snapshots struct {
	location string
	fs       FS

	mu   sync.Mutex
	apps map[string]*appDir
}

// appDir is the directory of one app. Its mutex keeps this process's calls apart,
// the kernel's lock those of others.
type appDir struct {
	mu   sync.Mutex
	made bool // its name is durable
}

// NewSnapshots returns a store in the directory location, which is made when it
// is first needed. fsys nil means the machine's file system.
func NewSnapshots(location string, fsys FS) (*Snapshots, error) {
	if location == "" {
		return nil, errors.New("snapshots in files: no location is set")
	}
	if fsys == nil {
		fsys = osFS{}
	}
	return &Snapshots{location: location, fs: fsys, apps: make(map[string]*appDir)}, nil
}

// headFile is the content of HEAD.
type headFile struct {
	App    string             `json:"app"`
	Writer persistence.Writer `json:"writer"`
	Millis int64              `json:"millis"`
}

// lock takes the app's directory for this call alone.
func (s *Snapshots) lock(app string) (dir string, unlock func(), err error) {
	s.mu.Lock()
	a := s.apps[app]
	if a == nil {
		a = new(appDir)
		s.apps[app] = a
	}
	s.mu.Unlock()

	a.mu.Lock()
	defer func() {
		if err != nil {
			a.mu.Unlock()
		}
	}()
	dir = s.dir(app)
	if !a.made {
		if err := s.makeDir(dir); err != nil {
			return "", nil, err
		}
		// Also when it was there: who made it may have died before this.
		if err := s.fs.SyncDir(s.location); err != nil {
			return "", nil, err
		}
		a.made = true
	}
	closer, err := s.fs.Lock(dir)
	if err != nil {
		return "", nil, err
	}
	return dir, func() {
		_ = closer.Close() // it was not written to
		a.mu.Unlock()
	}, nil
}

// makeDir makes a directory, and those above it that are missing, so that their
// names outlive a crash.
func (s *Snapshots) makeDir(dir string) error {
	there, err := s.fs.Exists(dir)
	if err != nil || there {
		return err
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return nil
	}
	if err := s.makeDir(parent); err != nil {
		return err
	}
	if err := s.fs.Mkdir(dir); err != nil {
		return err
	}
	return s.fs.SyncDir(parent)
}

// Put implements persistence.Store. HEAD is raised before the revision appears: a
// crash in between shuts out an old writer too early, never too late.
func (s *Snapshots) Put(ctx context.Context, e persistence.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, unlock, err := s.lock(e.App)
	if err != nil {
		return err
	}
	defer unlock()
	head, err := s.readHead(e.App)
	if err != nil {
		return err
	}
	if e.Writer.Before(head.Writer) {
		return &persistence.StaleWriterError{App: e.App, Writer: e.Writer, Newest: head.Writer}
	}
	if e.Millis <= head.Millis {
		return persistence.ErrNotAfter
	}
	if err := s.sweep(dir); err != nil {
		return err
	}
	raised, err := json.Marshal(headFile{App: e.App, Writer: e.Writer, Millis: e.Millis})
	if err != nil {
		return err
	}
	if err := s.writeWhole(dir, headName, raised); err != nil {
		return err
	}
	return s.writeWhole(dir, fileName(e.App, e.Millis), e.Data)
}

// writeWhole makes a file that is there with all of data or not at all.
func (s *Snapshots) writeWhole(dir, name string, data []byte) error {
	temp := filepath.Join(dir, tempPrefix+name)
	f, err := s.fs.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, s.fs.Remove(temp))
	}
	if err := s.fs.Rename(temp, filepath.Join(dir, name)); err != nil {
		return errors.Join(err, s.fs.Remove(temp))
	}
	return s.fs.SyncDir(dir)
}

// sweep removes what a save that died has left. The caller holds the lock.
func (s *Snapshots) sweep(dir string) error {
	infos, err := s.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if strings.HasPrefix(info.Name, tempPrefix) {
			if err := s.fs.Remove(filepath.Join(dir, info.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get implements persistence.Store.
func (s *Snapshots) Get(ctx context.Context, app string, millis int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := s.fs.ReadFile(filepath.Join(s.dir(app), fileName(app, millis)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, persistence.ErrNoRevision
	}
	return data, err
}

// List implements persistence.Store.
func (s *Snapshots) List(ctx context.Context, app string) ([]persistence.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	files, err := s.fs.ReadDir(s.dir(app))
	if err != nil {
		return nil, err
	}
	sizes := make(map[int64]int64)
	var times []int64
	for _, f := range files {
		if millis, ok := fileMillis(f.Name); ok {
			times = append(times, millis)
			sizes[millis] = f.SizeBytes
		}
	}
	slices.Sort(times)
	var infos []persistence.Info
	for _, millis := range slices.Backward(times) {
		infos = append(infos, persistence.Info{Revision: persistence.NewRevision(millis, app), SizeBytes: sizes[millis]})
	}
	return infos, nil
}

// Apps implements persistence.Store.
func (s *Snapshots) Apps(ctx context.Context) ([]string, error) {
	dirs, err := s.fs.ReadDir(s.location)
	if err != nil {
		return nil, err
	}
	var apps []string
	for _, d := range dirs {
		if !d.Dir {
			continue
		}
		// A shortened name is known only by HEAD, which exists before any revision.
		head, err := s.readHeadFile(filepath.Join(s.location, d.Name))
		if err != nil {
			return nil, err
		}
		if head.App == "" {
			continue
		}
		infos, err := s.List(ctx, head.App)
		if err != nil {
			return nil, err
		}
		if len(infos) > 0 {
			apps = append(apps, head.App)
		}
	}
	slices.Sort(apps)
	return apps, nil
}

// Head implements persistence.Store.
func (s *Snapshots) Head(ctx context.Context, app string) (persistence.Head, error) {
	if err := ctx.Err(); err != nil {
		return persistence.Head{}, err
	}
	return s.readHead(app)
}

func (s *Snapshots) readHead(app string) (persistence.Head, error) {
	h, err := s.readHeadFile(s.dir(app))
	return persistence.Head{Writer: h.Writer, Millis: h.Millis}, err
}

func (s *Snapshots) readHeadFile(dir string) (headFile, error) {
	data, err := s.fs.ReadFile(filepath.Join(dir, headName))
	if errors.Is(err, fs.ErrNotExist) {
		return headFile{}, nil
	}
	if err != nil {
		return headFile{}, err
	}
	var h headFile
	if err := json.Unmarshal(data, &h); err != nil {
		return headFile{}, fmt.Errorf("%s, which says who wrote last, is damaged; remove it if no other process writes there: %w",
			filepath.Join(dir, headName), err)
	}
	return h, nil
}

// Delete implements persistence.Store.
func (s *Snapshots) Delete(ctx context.Context, app string, millis ...int64) error {
	if err := ctx.Err(); err != nil || len(millis) == 0 {
		return err
	}
	dir, unlock, err := s.lock(app)
	if err != nil {
		return err
	}
	defer unlock()
	for _, m := range millis {
		if err := s.fs.Remove(filepath.Join(dir, fileName(app, m))); err != nil {
			return err
		}
	}
	return s.fs.SyncDir(dir)
}

// Forget implements persistence.Store. HEAD goes last, and the directory stays
// with its lock: another process may be waiting for it.
func (s *Snapshots) Forget(ctx context.Context, app string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, unlock, err := s.lock(app)
	if err != nil {
		return err
	}
	defer unlock()
	files, err := s.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name == headName || f.Name == lockName {
			continue
		}
		if err := s.fs.Remove(filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	if err := s.fs.SyncDir(dir); err != nil {
		return err
	}
	if err := s.fs.Remove(filepath.Join(dir, headName)); err != nil {
		return err
	}
	return s.fs.SyncDir(dir)
}

func (s *Snapshots) dir(app string) string { return filepath.Join(s.location, safeName(app)) }

func fileName(app string, millis int64) string {
	return strconv.FormatInt(millis, 10) + separator + safeName(app)
}

func fileMillis(name string) (int64, bool) {
	digits, _, found := strings.Cut(name, separator)
	millis, err := strconv.ParseInt(digits, 10, 64)
	return millis, found && err == nil && millis >= 0
}

// longestName leaves room for the time and the prefix in the 255 bytes that file
// systems allow.
const longestName = 200

// safeName is the app's name where that is a good file name, which those that
// Siddhi allows are. Other names become others, never those of another app.
func safeName(app string) string {
	name := url.PathEscape(app)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(app))
	return name[:longestName-33] + "~" + hex.EncodeToString(sum[:16])
}
