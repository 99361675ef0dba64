package clock

import (
	"testing"
	"time"
)

// What is not Siddhi's here cannot be recorded: its answers change with the
// year, or are the same in UTC. The expected times are Go's.

func TestYearsOfTwoDigits(t *testing.T) {
	f, err := readFormat("yy-MM-dd")
	if err != nil {
		t.Fatal(err)
	}
	for text, year := range map[string]int{"00-05-06": 2000, "45-05-06": 2045, "46-05-06": 1946, "99-05-06": 1999} {
		got, err := f.parse(text, utc)
		if want := time.Date(year, 5, 6, 0, 0, 0, 0, time.UTC).UnixMilli(); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d, of %d", text, got, err, want, year)
		}
	}
}

// The zone of the process does not count.
func TestDatesWithoutAZone(t *testing.T) {
	local := time.Local
	time.Local = time.FixedZone("far away", 13*3600)
	defer func() { time.Local = local }()
	f, err := newFormat("yyyy-MM-dd HH:mm")
	if err != nil {
		t.Fatal(err)
	}
	const text = "2021-07-08 09:10"
	got, err := f.parse(text, utc)
	if want := time.Date(2021, 7, 8, 9, 10, 0, 0, time.UTC).UnixMilli(); err != nil || got != want {
		t.Errorf("%s is %d, %v; want %d", text, got, err, want)
	}
	if again := string(f.print(nil, got, utc)); again != text {
		t.Errorf("%d is written %q, want %q", got, again, text)
	}
}
