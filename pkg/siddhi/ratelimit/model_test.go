package ratelimit_test

import (
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
)

// model does what a limiter does, row by row with plain lists.
type model struct {
	rate    *check.Rate
	grouped bool
	windows bool
	keys    [3]modelKey
	out     []string
}

type modelKey struct {
	kept  []row          // in order
	count map[string]int // by unit
	since int            // rows since the last release
	last  map[string]int64
}

func (m *model) unit(x row) string {
	if m.grouped {
		return x.group
	}
	return ""
}

func (m *model) put(at int64, rows []row) {
	var text []string
	for _, x := range rows {
		sign := "+"
		if x.kind == column.Expired {
			sign = "-"
		}
		text = append(text, fmt.Sprintf("%s%d%s%d", sign, x.key, x.group, x.value))
	}
	if len(text) > 0 {
		m.out = append(m.out, fmt.Sprintf("%d: %s", at, strings.Join(text, " ")))
	}
}

func (m *model) run(steps []step) []string {
	for i := range m.keys {
		m.keys[i] = modelKey{count: map[string]int{}, last: map[string]int64{}}
	}
	tick := int64(1000) + m.rate.Time
	ticks := func(to int64) {
		for ; m.rate.Time > 0 && tick <= to; tick += m.rate.Time {
			for k := range m.keys {
				m.tick(&m.keys[k], tick)
			}
		}
	}
	for _, s := range steps {
		ticks(s.at)
		var passed []row
		for i, x := range s.rows {
			passed = append(passed, m.take(&m.keys[x.key], x, i == 0, s.at)...)
		}
		m.put(s.at, passed)
	}
	ticks(steps[len(steps)-1].at + 3000)
	return m.out
}

// take returns what leaves because of a row.
func (m *model) take(k *modelKey, x row, first bool, now int64) []row {
	n, unit := int(m.rate.Events), m.unit(x)
	switch {
	case m.rate.Kind == ast.RateSnapshot:
		m.change(k, x)
		return nil
	case m.rate.Kind == ast.RateFirst && m.rate.Time > 0:
		at, seen := k.last[unit]
		if (m.grouped || first) && (!seen || at+m.rate.Time <= now) {
			k.last[unit] = now
			return []row{x}
		}
		return nil
	case m.rate.Kind == ast.RateFirst:
		c := k.count[unit]
		k.count[unit]++
		if c > 0 && c == n-1 {
			k.count[unit] = 0
		}
		if c == 0 {
			return []row{x}
		}
		return nil
	case m.rate.Kind == ast.RateLast:
		m.remember(k, x)
	default:
		k.kept = append(k.kept, x)
	}
	if k.since++; m.rate.Time == 0 && k.since == n {
		k.since = 0
		released := k.kept
		k.kept = nil
		return released
	}
	return nil
}

// remember replaces the row of a unit where it stands.
func (m *model) remember(k *modelKey, x row) {
	i := slices.IndexFunc(k.kept, func(y row) bool { return m.unit(y) == m.unit(x) })
	if i < 0 {
		k.kept = append(k.kept, x)
		return
	}
	k.kept[i] = x
}

// change is what a row does to a snapshot.
func (m *model) change(k *modelKey, x row) {
	switch {
	case !m.windows && x.kind == column.Current:
		m.remember(k, x)
	case !m.windows:
	case x.kind == column.Current:
		k.kept = append(k.kept, x)
	default:
		i := slices.IndexFunc(k.kept, func(y row) bool { return y.group == x.group && y.value == x.value })
		k.kept = slices.Delete(k.kept, i, i+1)
	}
}

func (m *model) tick(k *modelKey, at int64) {
	m.put(at, k.kept)
	if m.rate.Kind != ast.RateSnapshot {
		k.kept = nil
	}
}
