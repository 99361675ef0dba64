package memory_test

import (
	"testing"

	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/persistence/memory"
	"millrace/pkg/persistence/storetest"
)

func TestSnapshots(t *testing.T) {
	storetest.Run(t, func(*testing.T) [2]persistence.Store {
		s := memory.NewSnapshots()
		return [2]persistence.Store{s, s}
	})
}

func TestDesired(t *testing.T) {
	storetest.RunDesired(t, func(*testing.T) func(string) desired.Store {
		groups := make(map[string]desired.Store)
		return func(group string) desired.Store {
			if groups[group] == nil {
				groups[group] = memory.NewDesired(group, nil)
			}
			return groups[group]
		}
	})
}
