//go:build unix

package localcluster

import "syscall"

const (
	suspendSignal = syscall.SIGSTOP
	resumeSignal  = syscall.SIGCONT
)
