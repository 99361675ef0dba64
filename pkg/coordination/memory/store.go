// Package memory keeps the rows of coordination inside the process: for a
// manager without a database, and for tests in virtual time.
//
// It imports pkg/coordination only.
package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"millrace/pkg/coordination"
)

// Store is a coordination.Store in memory. It is safe for concurrent use.
type Store struct {
	now func() time.Time

	mu     sync.Mutex
	groups map[string]*group
}

type group struct {
	lease     coordination.Lease
	renewedAt time.Time
	members   map[coordination.NodeID]*member
}

type member struct {
	row coordination.MemberRow
	at  time.Time
}

// New returns an empty store whose clock is now; nil means time.Now.
func New(now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{now: now, groups: make(map[string]*group)}
}

// group returns the rows of a group. The caller holds mu.
func (s *Store) group(name string) *group {
	g := s.groups[name]
	if g == nil {
		g = &group{members: make(map[coordination.NodeID]*member)}
		s.groups[name] = g
	}
	return g
}

// Heartbeat implements coordination.Store.
func (s *Store) Heartbeat(ctx context.Context, hb coordination.Heartbeat) (coordination.View, error) {
	if err := ctx.Err(); err != nil {
		return coordination.View{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, g := s.now(), s.group(hb.Group)
	view := coordination.View{Joined: g.join(hb, now)}
	if view.Joined && hb.Renew != 0 && g.lease.Epoch == hb.Renew && g.heldBy(hb.Identity) {
		g.lease.Renewals++
		g.renewedAt = now
		view.Renewed = true
	}
	if hb.Forget > 0 {
		maps.DeleteFunc(g.members, func(_ coordination.NodeID, m *member) bool { return now.Sub(m.at) > hb.Forget })
	}
	view.Lease = g.lease
	if g.lease.Epoch != 0 {
		view.Lease.Age = now.Sub(g.renewedAt)
	}
	for _, m := range g.members {
		row := m.row
		row.Age, row.Properties = now.Sub(m.at), maps.Clone(row.Properties)
		view.Members = append(view.Members, row)
	}
	slices.SortFunc(view.Members, func(a, b coordination.MemberRow) int { return cmp.Compare(a.Node, b.Node) })
	return view, nil
}

// join writes the node's row unless a fresh one of another process is there.
func (g *group) join(hb coordination.Heartbeat, now time.Time) bool {
	m := g.members[hb.Node]
	if m == nil {
		m = &member{row: coordination.MemberRow{Node: hb.Node}}
		g.members[hb.Node] = m
	} else if age := now.Sub(m.at); m.row.Incarnation != hb.Incarnation && age < hb.Expiry && -age <= hb.Expiry {
		return false
	}
	m.at = now
	m.row.Incarnation, m.row.Properties = hb.Incarnation, maps.Clone(hb.Properties)
	if m.row.Properties == nil {
		m.row.Properties = coordination.Properties{}
	}
	m.row.Heartbeats++
	return true
}

func (g *group) heldBy(id coordination.Identity) bool {
	return g.lease.Node == id.Node && g.lease.Incarnation == id.Incarnation
}

// Take implements coordination.Store.
func (s *Store) Take(ctx context.Context, c coordination.Claim) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, g := s.now(), s.group(c.Group)
	seen := c.Seen
	seen.Age = 0
	if g.lease != seen {
		return false, nil
	}
	age := now.Sub(g.renewedAt)
	if g.lease.Node != "" && !g.heldBy(c.Identity) && age < c.Expiry && age >= 0 {
		return false, nil
	}
	g.lease = coordination.Lease{Node: c.Node, Incarnation: c.Incarnation, Epoch: g.lease.Epoch + 1}
	g.renewedAt = now
	return true, nil
}

// Resign implements coordination.Store.
func (s *Store) Resign(ctx context.Context, id coordination.Identity, epoch coordination.Epoch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.group(id.Group); g.heldBy(id) && g.lease.Epoch == epoch {
		g.lease.Node, g.lease.Incarnation = "", ""
	}
	return nil
}

// Leave implements coordination.Store.
func (s *Store) Leave(ctx context.Context, id coordination.Identity) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(id.Group)
	if m := g.members[id.Node]; m != nil && m.row.Incarnation == id.Incarnation {
		delete(g.members, id.Node)
	}
	if g.heldBy(id) {
		g.lease.Node, g.lease.Incarnation = "", ""
	}
	return nil
}
