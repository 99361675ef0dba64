package cron_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/pkg/siddhi/cron"
)

// Each line of the file has an expression, a time and the six fire times after
// it as Quartz 2.3.2 gives them, or the word error.
func TestAsQuartz(t *testing.T) {
	data, err := os.ReadFile("testdata/quartz.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		text, rest, _ := strings.Cut(line, "\t")
		start, want, _ := strings.Cut(rest, "\t")
		at, err := strconv.ParseInt(start, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := fireTimes(text, at); got != want {
			t.Errorf("%s after %d:\ngot  %s\nwant %s", text, at, got, want)
		}
	}
}

func fireTimes(text string, at int64) string {
	e, err := cron.Parse(text)
	if err != nil {
		return "error"
	}
	var times []string
	for range 6 {
		next, ok := e.Next(at)
		if !ok {
			times = append(times, "none")
			break
		}
		times = append(times, fmt.Sprint(next))
		at = next
	}
	return strings.Join(times, "\t")
}

// The second in which something starts counts, even if it has begun.
func TestFirst(t *testing.T) {
	e, err := cron.Parse("*/2 * * * * ?")
	if err != nil {
		t.Fatal(err)
	}
	for start, want := range map[int64]int64{1000: 2000, 1999: 2000, 2000: 2000, 2999: 2000, 3000: 4000} {
		if got, ok := e.First(start); !ok || got != want {
			t.Errorf("start at %d: %d %v, want %d", start, got, ok, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "it has 0 fields",
		"* * * * *":                "it has 5 fields",
		"* * * * * *":              "exactly one of day of month (*) and day of week (*) must be '?'",
		"* * * ? * ?":              "exactly one of day of month",
		"60 * * * * ?":             "second '60' must be a number from 0 to 59",
		"* * * * FOO ?":            "month 'FOO' must be a number from 1 to 12 or a name from JAN to DEC",
		"*/0 * * * * ?":            "second '*/0': a number from 1 to 59 must follow '/'",
		"/ * * * * ?":              "second '/': a number from 1 to 59 must follow '/'",
		"* * * ? * MON#6":          "a number from 1 to 5 must follow '#'",
		"* * * L-31 * ?":           "a month has no day 31 before its last",
		"* * * 1,L * ?":            "day of month 'L' must be a number from 1 to 31",
		"* * * 1 * ? 2030-2020":    "year '2030-2020': the range ends before it begins",
		"* * * 1 * ? 1969":         "year '1969' must be a number from 1970 to 2225",
		"* * * 15W,20W * ?":        "day of month '15W' must be",
		"* * * 99999999999999 * ?": "day of month '99999999999999' must be",
	} {
		if _, err := cron.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// What is found by trying every second agrees with Next.
func TestNextIsTheFirst(t *testing.T) {
	if _, err := cron.Parse("7/13 */25 5-23/9 ? 2 TUE#2,3L"); err == nil {
		t.Fatal("a list with # and L is not Quartz's")
	}
	e, err := cron.Parse("7/13 */25 5-23/9 ? 2 TUE#2")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC)
	var want []int64
	for at := time.Date(2026, 2, 9, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(time.Second) {
		h, m, s := at.Clock()
		if at.Day() == 10 && s >= 7 && (s-7)%13 == 0 && m%25 == 0 && h >= 5 && (h-5)%9 == 0 { // the second Tuesday
			want = append(want, at.UnixMilli())
		}
	}
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for i, w := range want {
		next, ok := e.Next(at)
		if !ok || next != w {
			t.Fatalf("fire %d of %d: %d, want %d", i, len(want), next, w)
		}
		at = next
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"*/5 * * * * ?", "0 15 10 L-3W * ?", "0 0 22-2 ? NOV-FEB FRI-MON 2025/2", "0 0 0 ? * FRI#5"} {
		f.Add(s, int64(1_700_000_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, at int64) {
		e, err := cron.Parse(text)
		if err != nil {
			return
		}
		at %= 1 << 43
		if next, ok := e.Next(at); ok && (next <= at || next%1000 != 0) {
			t.Errorf("%q after %d: %d", text, at, next)
		}
	})
}
