package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is what the store needs of a file system. A file's content is durable after
// Sync, its name after SyncDir of the directory that holds it.
type FS interface {
	// Mkdir makes a directory in one that exists; if it is there that is no error.
	Mkdir(dir string) error
	Exists(dir string) (bool, error)
	// Create makes a new file; it fails if there is one.
	Create(name string) (File, error)
	ReadFile(name string) ([]byte, error)
	// ReadDir returns the names in dir and their sizes; none if dir does not exist.
	ReadDir(dir string) ([]Info, error)
	// Rename replaces what newName names.
	Rename(oldName, newName string) error
	// Remove removes a file, or an empty directory; what does not exist is no error.
	Remove(name string) error
	SyncDir(dir string) error
	// Lock keeps other processes out of dir until the result is closed.
	Lock(dir string) (io.Closer, error)
}

// File is a file that is being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Info is a name in a directory.
type Info struct {
	Name      string
	Dir       bool
	SizeBytes int64
}

// osFS is the machine's file system.
type osFS struct{}

func (osFS) Mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (osFS) Exists(dir string) (bool, error) {
	_, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (osFS) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (osFS) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

func (osFS) ReadDir(dir string) ([]Info, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	infos := make([]Info, 0, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, Info{Name: e.Name(), Dir: e.IsDir(), SizeBytes: info.Size()})
	}
	return infos, nil
}

func (osFS) Rename(oldName, newName string) error { return os.Rename(oldName, newName) }

func (osFS) Remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
