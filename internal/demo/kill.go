package demo

import (
	"slices"
	"strings"
	"time"

	"millrace/internal/managerapi"
	"millrace/pkg/scheduler"
)

// killing is a worker's death and what became of its parts.
type killing struct {
	Worker string        `json:"worker"`
	Read   int64         `json:"rowsRead"` // when it died
	Parts  []string      `json:"parts"`    // that it had
	Moved  []move        `json:"moved"`
	Back   time.Duration `json:"-"` // from its death until all parts ran again; 0 before
	BackMS int64         `json:"backAfterMillis"`

	at time.Time
}

// move is where a part runs now.
type move struct {
	Part   string `json:"part"`
	Worker string `json:"worker"`
}

// victim chooses the worker to kill: one that holds state worth losing.
func victim(parts []managerapi.PartStatus) string {
	for _, group := range []string{"-routes", "-late"} {
		for i := range parts {
			if p := &parts[i]; p.Worker != "" && running(p) && strings.HasSuffix(p.Group, group) {
				return p.Worker
			}
		}
	}
	return ""
}

func running(p *managerapi.PartStatus) bool {
	return p.State == string(scheduler.Active) && p.Report != nil
}

// newKilling notes what a worker has when it dies.
func newKilling(worker string, parts []managerapi.PartStatus, read int64, now time.Time) *killing {
	k := &killing{Worker: worker, Read: read, at: now}
	for _, p := range parts {
		if p.Worker == worker {
			k.Parts = append(k.Parts, p.Name)
		}
	}
	return k
}

// follow notes where the parts are by now, and when the last of them ran again.
func (k *killing) follow(parts []managerapi.PartStatus, now time.Time) {
	if k.Back > 0 {
		return
	}
	k.Moved = nil
	for i := range parts {
		p := &parts[i]
		if slices.Contains(k.Parts, p.Name) && p.Worker != k.Worker && running(p) {
			k.Moved = append(k.Moved, move{p.Name, p.Worker})
		}
	}
	if len(k.Moved) == len(k.Parts) {
		k.Back = now.Sub(k.at)
		k.BackMS = k.Back.Milliseconds()
	}
}
