package coordination

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// simRows are the rows of one group, for the tests of this package: the package
// memory, which is the same for everybody else, imports this one.
type simRows struct {
	now       func() time.Time
	lease     Lease
	renewedAt time.Time
	members   map[NodeID]*simRow
}

type simRow struct {
	row MemberRow
	at  time.Time
}

func newSimRows(now func() time.Time) *simRows {
	return &simRows{now: now, members: make(map[NodeID]*simRow)}
}

func (s *simRows) heldBy(id Identity) bool {
	return s.lease.Node == id.Node && s.lease.Incarnation == id.Incarnation
}

func (s *simRows) Heartbeat(_ context.Context, hb Heartbeat) (View, error) {
	now, view := s.now(), View{Joined: true}
	m := s.members[hb.Node]
	if m == nil {
		m = &simRow{}
		s.members[hb.Node] = m
	} else if age := now.Sub(m.at); m.row.Incarnation != hb.Incarnation && age < hb.Expiry && -age <= hb.Expiry {
		view.Joined = false
	}
	if view.Joined {
		m.at = now
		m.row = MemberRow{Node: hb.Node, Incarnation: hb.Incarnation, Heartbeats: m.row.Heartbeats + 1, Properties: hb.Properties}
	}
	if view.Joined && hb.Renew != 0 && s.heldBy(hb.Identity) && s.lease.Epoch == hb.Renew {
		view.Renewed = true
		s.lease.Renewals++
		s.renewedAt = now
	}
	view.Lease = s.lease
	view.Lease.Age = now.Sub(s.renewedAt)
	if s.lease.Epoch == 0 {
		view.Lease.Age = 0
	}
	for _, m := range s.members {
		row := m.row
		row.Age = now.Sub(m.at)
		view.Members = append(view.Members, row)
	}
	slices.SortFunc(view.Members, func(a, b MemberRow) int { return cmp.Compare(a.Node, b.Node) })
	return view, nil
}

func (s *simRows) Take(_ context.Context, c Claim) (bool, error) {
	seen := c.Seen
	seen.Age = 0
	age := s.now().Sub(s.renewedAt)
	if s.lease != seen || (s.lease.Node != "" && !s.heldBy(c.Identity) && age < c.Expiry && age >= 0) {
		return false, nil
	}
	s.lease = Lease{Node: c.Node, Incarnation: c.Incarnation, Epoch: s.lease.Epoch + 1}
	s.renewedAt = s.now()
	return true, nil
}

func (s *simRows) Resign(_ context.Context, id Identity, epoch Epoch) error {
	if s.heldBy(id) && s.lease.Epoch == epoch {
		s.lease.Node, s.lease.Incarnation = "", ""
	}
	return nil
}

func (s *simRows) Leave(_ context.Context, id Identity) error {
	if m := s.members[id.Node]; m != nil && m.row.Incarnation == id.Incarnation {
		delete(s.members, id.Node)
	}
	if s.heldBy(id) {
		s.lease.Node, s.lease.Incarnation = "", ""
	}
	return nil
}
