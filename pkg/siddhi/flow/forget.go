package flow

// Forgetter is an operator that can drop what it keeps of keys of a partition.
type Forgetter interface {
	// Forget drops everything of the keys, which are ascending, and emits nothing.
	// Their ids may be given to others afterwards. It is called between two calls of
	// the operator; the timers of the keys are taken from its Scheduler.
	Forget(keys []int32)
}
