//go:build !linux

package demo

import "syscall"

// childAttributes has nothing where a child cannot be tied to its parent: children
// are stopped at the end of a run only.
func childAttributes() *syscall.SysProcAttr { return nil }
