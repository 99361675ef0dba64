// Package suggest finds the word that somebody meant when they wrote another one. It imports nothing of ours.
package suggest

import "strings"

// Closest returns the candidate that is nearest to word, ignoring case, if it is near enough to be a slip of the pen.
// Of equally near ones it returns the first.
func Closest(word string, candidates []string) (string, bool) {
	best, limit := "", slips(word)
	lower := strings.ToLower(word)
	for _, c := range candidates {
		if d := Distance(lower, strings.ToLower(c)); d <= limit && c != word {
			best, limit = c, d-1
		}
	}
	return best, best != ""
}

// slips is how many slips a word of that length may have and still be recognised.
func slips(word string) int {
	switch length := len([]rune(word)); {
	case length < 3:
		return 0
	case length < 5:
		return 1
	case length < 9:
		return 2
	}
	return 3
}

// Distance is the least number of insertions, deletions, replacements and swaps of neighbours that turn a into b.
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
