package memory_test

import (
	"sync"
	"testing"
	"time"

	"millrace/pkg/coordination"
	"millrace/pkg/coordination/memory"
	"millrace/pkg/coordination/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		var mu sync.Mutex
		now := time.Unix(1_700_000_000, 0)
		store := memory.New(func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		})
		return storetest.Harness{
			Stores: []coordination.Store{store, store},
			Pass: func(d time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				now = now.Add(d)
			},
		}
	})
}
