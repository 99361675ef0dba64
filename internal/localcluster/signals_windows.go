package localcluster

import "syscall"

// Windows has no such signals: sending them is an error.
const (
	suspendSignal = syscall.Signal(0x13)
	resumeSignal  = syscall.Signal(0x12)
)

func childAttributes() *syscall.SysProcAttr { return nil }
