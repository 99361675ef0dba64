package pattern

import "millrace/pkg/siddhi/column"

// Forget implements flow.Forgetter: the matches of the keys end, and without every
// they may start again.
func (o *Operator) Forget(keys []int32) {
	n := len(o.stages)
	for _, key := range keys {
		if int(key) >= len(o.begun) {
			continue
		}
		o.begun[key] = false
		lists := o.lists[int(key)*n : int(key)*n+n]
		for k := range lists {
			for lists[k].head != column.None {
				o.end(&lists[k], k, lists[k].head)
			}
			lists[k] = emptyList
		}
	}
	o.store.free()
}
