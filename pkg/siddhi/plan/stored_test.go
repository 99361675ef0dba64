package plan

import (
	"slices"
	"testing"
)

// The orders are those in which a Java 17 HashMap lists the texts.
func TestPlacesAreThoseOfAJavaHashMap(t *testing.T) {
	for _, want := range [][]string{
		{"7-Scheduler_abc_6", "9-Scheduler_abc_8", "5-Scheduler_abc_4"}, // the first two share a bucket
		{"5-Scheduler_q_4", "7-Scheduler_q_6"},
		{"3-Scheduler_q_2", "5-Scheduler_q_4"},
		{"4-Scheduler_q_3", "6-Scheduler_q_5"},
		{"q1", "q2"},
	} {
		came := slices.Clone(want)
		slices.Sort(came) // ids, and so turns, are ascending in each list
		turn := func(text string) place { return placeOf(text, slices.Index(came, text), len(came)) }
		got := slices.Clone(came)
		slices.SortFunc(got, func(a, b string) int { return turn(a).compare(turn(b)) })
		if !slices.Equal(got, want) {
			t.Errorf("%v; want %v", got, want)
		}
	}
}
