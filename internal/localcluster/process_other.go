//go:build unix && !linux

package localcluster

import "syscall"

// childAttributes keeps a child out of the terminal's signals, which are for this
// process to pass on.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
