package manager

import (
	"time"

	"millrace/pkg/scheduler"
)

// generations translates between the scheduler's numbers of a part's placements,
// which begin anew when a part that was removed comes back, and those that workers
// and stores see, which must never come back: they refuse what is older than what
// they have seen. The map has what is added, by part: nothing for parts that were
// found at take-over, the time in ms for those that are new since.
type generations map[string]int64

// ofWorker returns the number that workers and stores see.
func (g generations) ofWorker(part string, n scheduler.Generation) int64 {
	base, known := g[part]
	if !known {
		base = time.Now().UnixMilli()
		g[part] = base
	}
	return base + int64(n)
}

// ofScheduler is its inverse.
func (g generations) ofScheduler(part string, n int64) scheduler.Generation {
	return scheduler.Generation(n - g[part])
}
