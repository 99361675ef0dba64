package clock

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestCalendarIsGregorys compares with Go's calendar from 1583 on.
func TestCalendarIsGregorys(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	first, last := time.Date(1583, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(4000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for range 20000 {
		millis := first + rnd.Int64N(last-first)
		want, c := time.UnixMilli(millis).UTC(), of(millis)
		if int(c.year) != want.Year() || int(c.month) != int(want.Month()) || int(c.day) != want.Day() || int(c.hour) != want.Hour() ||
			int(c.minute) != want.Minute() || int(c.second) != want.Second() || int(c.weekday()) != int(want.Weekday()) || int(c.dayOfYear()) != want.YearDay() {
			t.Fatalf("%d is %+v, want %s", millis, c, want)
		}
		if c.millis() != millis {
			t.Fatalf("%+v is %d, want %d", c, c.millis(), millis)
		}
		if n := rnd.Int64N(100) - 50; want.Day() <= 28 && want.Year() > 1590 {
			if got, want := c.addMonths(n).millis(), want.AddDate(0, int(n), 0).UnixMilli(); got != want {
				t.Fatalf("%+v and %d months is %d, want %d", c, n, got, want)
			}
		}
	}
}

func TestCalendarIsJuliusBefore1582(t *testing.T) {
	for _, c := range []struct {
		y, m, d int64
		days    int64
	}{
		{1582, 10, 15, cutover}, {1582, 10, 4, cutover - 1}, {1500, 2, 29, -171596}, {1, 1, 1, -719164}, {0, 12, 31, -719165},
	} {
		if got := daysSince(c.y, c.m, c.d); got != c.days {
			t.Errorf("%d-%d-%d is day %d, want %d", c.y, c.m, c.d, got, c.days)
		}
		if y, m, d := date(c.days); y != c.y || m != c.m || d != c.d {
			t.Errorf("day %d is %d-%d-%d, want %d-%d-%d", c.days, y, m, d, c.y, c.m, c.d)
		}
	}
}

// TestReadsWhatItWrites holds for formats that say all of a time.
func TestReadsWhatItWrites(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	rome, err := newZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	kathmandu, err := newZone("GMT+05:45")
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range []string{
		"yyyy-MM-dd HH:mm:ss.SSS", "yyyyMMddHHmmssSSS", "EEE, d MMM yyyy HH:mm:ss.SSS", "MMMM d, yyyy h:mm:ss.SSS a", "G yyyy D KK mm ss SSS a",
		"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "d/M/yyyy H''m''s''S ZZ", "yyyy-MM-dd HH:mm:ss.SSSXXX", "yyyy-MM-dd HH:mm:ss.SSSXX",
	} {
		f, err := newFormat(layout)
		if err != nil {
			t.Fatal(err)
		}
		for range 500 {
			millis := rnd.Int64N(4e12) - 1e12
			for _, z := range []*zone{utc, rome, kathmandu} {
				text := string(f.print(nil, millis, z))
				got, err := f.parse(text, z)
				if err != nil {
					t.Fatalf("%s: %v", layout, err)
				}
				if again := string(f.print(nil, got, z)); again != text || z != rome && got != millis {
					t.Fatalf("%s: %d is written %q, which is read as %d", layout, millis, text, got)
				}
			}
		}
	}
}

func TestFaultyFormats(t *testing.T) {
	for layout, want := range map[string]string{
		"": "empty", "yyyy 'open": "quote", "b": `no field "b"`, "XXXX": "no field", "Y": "no field", "yyyy u": "no field",
	} {
		if _, err := newFormat(layout); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", layout, err, want)
		}
	}
	if _, err := readFormat("yyyy w"); err == nil {
		t.Error("a date is read by its week")
	}
}

func TestZones(t *testing.T) {
	winter := time.Date(2015, 1, 5, 0, 0, 0, 0, time.UTC).UnixMilli()
	summer := time.Date(2015, 7, 5, 0, 0, 0, 0, time.UTC).UnixMilli()
	for _, c := range []struct {
		name           string
		winter, summer int64 // offset in minutes
		short          string
	}{
		{"UTC", 0, 0, "UTC"}, {"GMT", 0, 0, "UTC"}, {"Asia/Tokyo", 540, 540, "JST"}, {"America/New_York", -300, -240, "EST"},
		{"GMT+05:30", 330, 330, "GMT+05:30"}, {"-8", -480, -480, "GMT-08:00"}, {"PST", -480, -420, "PST"},
	} {
		z, err := newZone(c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if offset, short := z.at(winter); offset != c.winter*60000 || short != c.short {
			t.Errorf("%s in winter: %d minutes, %s", c.name, offset/60000, short)
		}
		if offset, _ := z.at(summer); offset != c.summer*60000 {
			t.Errorf("%s in summer: %d minutes", c.name, offset/60000)
		}
	}
	for _, name := range []string{"Mars/Olympus", "", "Local", "GMT+99:00", "+5:3"} {
		if _, err := newZone(name); err == nil {
			t.Errorf("%q is taken for a time zone", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd HH:mm", "2014-11-11 13:23")
	f.Add("EEE G D zzz 'x'", "Mon AD 5 EST x")
	f.Fuzz(func(t *testing.T, layout, text string) {
		d, err := readFormat(layout)
		if err != nil {
			return
		}
		if millis, err := d.parse(text, utc); err == nil {
			d.print(nil, millis, utc)
		}
	})
}
