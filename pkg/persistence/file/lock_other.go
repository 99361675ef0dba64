//go:build !unix

package file

import (
	"errors"
	"io"
)

// Lock refuses: without a lock of the kernel, two processes could both believe
// to be an app's newest writer.
func (osFS) Lock(string) (io.Closer, error) {
	return nil, errors.New("file locks are not available on this system: keep snapshots in a database")
}
