//go:build unix

package file

import (
	"os"
	"syscall"
)

// lock makes f this process's own until it is closed, or the process ends.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
