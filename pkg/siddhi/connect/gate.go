package connect

import "context"

// gate lets sources pass one batch at a time and can be closed between batches.
// It is made of a channel rather than a lock, so that whoever waits can give up.
type gate struct{ slots chan struct{} }

func newGate(sources int) *gate { return &gate{make(chan struct{}, max(sources, 1))} }

// enter waits until the gate is open; leave must follow.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.slots }

// pause closes the gate and waits until no batch is under way; resume must
// follow if it returns nil. One goroutine at a time may call it.
func (g *gate) pause(ctx context.Context) error {
	for taken := range cap(g.slots) {
		if err := g.enter(ctx); err != nil {
			g.open(taken)
			return err
		}
	}
	return nil
}

func (g *gate) resume() { g.open(cap(g.slots)) }

func (g *gate) open(n int) {
	for range n {
		g.leave()
	}
}
