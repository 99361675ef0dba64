package operator

import "millrace/pkg/siddhi/column"

// members has, for each partition key, the list of its groups: doubly linked
// through arrays, so that a million keys are a million numbers.
type members struct {
	head       []int32 // by key
	next, prev []int32 // by group; prev is unlinked when the group is in no list
}

const unlinked int32 = -2

func (m *members) first(key int32) int32 {
	if int(key) >= len(m.head) {
		return column.None
	}
	return m.head[key]
}

// add puts a group on its key's list unless it is there.
func (m *members) add(key, id int32) {
	for len(m.next) <= int(id) {
		m.next, m.prev = append(m.next, column.None), append(m.prev, unlinked)
	}
	if m.prev[id] != unlinked {
		return
	}
	for len(m.head) <= int(key) {
		m.head = append(m.head, column.None)
	}
	old := m.head[key]
	m.next[id], m.prev[id] = old, column.None
	if old != column.None {
		m.prev[old] = id
	}
	m.head[key] = id
}

func (m *members) remove(key, id int32) {
	next, prev := m.next[id], m.prev[id]
	if prev == column.None {
		m.head[key] = next
	} else {
		m.next[prev] = next
	}
	if next != column.None {
		m.prev[next] = prev
	}
	m.prev[id] = unlinked
}
