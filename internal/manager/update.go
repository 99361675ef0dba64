package manager

import (
	"fmt"
	"reflect"
	"strings"

	"millrace/pkg/scheduler/topology"
)

// rewired says which groups an update connects otherwise than before, or "". Such
// an app cannot replace the other: the snapshots and the topics have the places up
// to which everything was read, and they would mean something else.
func rewired(before, after *topology.Topology) string {
	type wiring struct {
		parallel int
		inputs   []topology.Input
		topics   []string
	}
	of := func(g topology.Group) wiring {
		w := wiring{g.Parallel, g.Inputs, nil}
		for _, o := range g.Outputs {
			w.topics = append(w.topics, o.Topics...)
		}
		return w
	}
	partitions := map[string]int{}
	for _, t := range before.Topics {
		partitions[t.Name] = t.Partitions
	}
	old := map[string]wiring{}
	for _, g := range before.Groups {
		old[g.Name] = of(g)
	}
	var changed []string
	for _, g := range after.Groups {
		if w, existed := old[g.Name]; existed && !reflect.DeepEqual(w, of(g)) {
			changed = append(changed, "group "+g.Name+" has other inputs, topics or another parallel")
		}
	}
	for _, t := range after.Topics {
		if n, existed := partitions[t.Name]; existed && n != t.Partitions {
			changed = append(changed, fmt.Sprintf("topic %s has %d partitions and would need %d", t.Name, n, t.Partitions))
		}
	}
	return strings.Join(changed, "; ")
}
