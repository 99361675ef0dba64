package localcluster

import "syscall"

// childAttributes keeps a child out of the terminal's signals, which are for this
// process to pass on, and has it die when this process does.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
