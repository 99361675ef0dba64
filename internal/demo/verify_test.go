package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/flightref"
)

const flightHeader = "year,month,day,dep_delay,carrier,flight,tailnum,origin,dest,distance,minute,time_hour\n"

// smallAnswers are those for four flights, of which one never left.
func smallAnswers(t *testing.T) *answers {
	t.Helper()
	flights, bad, err := flightref.ReadFlights(strings.NewReader(flightHeader +
		"2013,1,1,20,UA,1,N1,EWR,IAH,1400,15,2013-01-01T10:00:00Z\n" +
		"2013,1,1,NA,UA,2,N1,EWR,IAH,1400,20,2013-01-01T10:00:00Z\n" +
		"2013,1,1,30,UA,3,N1,EWR,IAH,1400,25,2013-01-01T10:00:00Z\n" +
		"2013,1,1,41,UA,4,N1,EWR,IAH,1400,5,2013-01-01T11:00:00Z\n"))
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	a, err := answersOf(flights, 0, map[string]flightref.Plane{"N1": {Manufacturer: "BOEING"}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// smallFiles are what the app writes for smallAnswers.
var smallFiles = map[string]string{
	"hourly": `{"event":{"origin":"EWR","hour":"2013-01-01T10:00:00Z","mean":20.0,"flights":1}}
{"event":{"origin":"EWR","hour":"2013-01-01T10:00:00Z","mean":25.0,"flights":2}}
{"event":{"origin":"EWR","hour":"2013-01-01T11:00:00Z","mean":41.0,"flights":1}}
`,
	"routes": `{"event":{"ts":1357035900000,"route":"EWR-IAH","carrier":"UA","flight":3,"lastDay":2}}
{"event":{"ts":1357035300000,"route":"EWR-IAH","carrier":"UA","flight":1,"lastDay":1}}
{"event":{"ts":1357038300000,"route":"EWR-IAH","carrier":"UA","flight":4,"lastDay":3}}
`,
	"alerts": `{"event":{"tailnum":"N1","first":1357035300000,"second":1357035900000,"third":1357038300000,"delay1":20,"delay2":30,"delay3":41}}
`,
	"makers": `{"event":{"manufacturer":"BOEING","flights":1}}
{"event":{"manufacturer":"BOEING","flights":2}}
{"event":{"manufacturer":"BOEING","flights":3}}
`,
}

// readFiles reads outputs in which the text of one file is changed.
func readFiles(t *testing.T, name string, change func(string) string) *outputs {
	t.Helper()
	dir := t.TempDir()
	for file, text := range smallFiles {
		if file == name {
			text = change(text)
		}
		if err := os.WriteFile(filepath.Join(dir, file+".jsonl"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := newOutputs(dir)
	if err := o.read(toTheEnd); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestVerify(t *testing.T) {
	want := smallAnswers(t)
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	for _, tt := range []struct {
		name, file string
		change     func(string) string
		difference string // "": none
		repeats    int
	}{
		{"all is right", "", nil, "", 0},
		{"rows that come again", "routes", func(s string) string { return s + s }, "", 3},
		{"a row is missing", "alerts", func(string) string { return "" }, "alerts: missing: {Tailnum:N1", 0},
		{"a wrong mean", "hourly", replace("25.0", "25.5"), "hourly: got {Origin:EWR Hour:2013-01-01T10:00:00Z Mean:25.5", 0},
		{"a wrong window", "routes", replace(`"lastDay":3`, `"lastDay":2`), "routes: got {TS:1357038300000", 0},
		{"a row too many", "makers", func(s string) string {
			return s + `{"event":{"manufacturer":"BOEING","flights":4}}` + "\n"
		}, "makers: not wanted: {Manufacturer:BOEING Flights:4}", 0},
		{"a row that comes again otherwise", "hourly", func(s string) string {
			return s + strings.Replace(s[:strings.IndexByte(s, '\n')+1], "20.0", "21.0", 1)
		}, "came again as", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readFiles(t, tt.file, tt.change)
			v := verify(got, want)
			if v.Compared != 10 {
				t.Errorf("%d rows compared, want 10", v.Compared)
			}
			if (tt.difference == "") != v.Equal {
				t.Errorf("equal: %v, differences %q", v.Equal, v.First)
			}
			if tt.difference != "" && !strings.Contains(strings.Join(v.First, "\n"), tt.difference) {
				t.Errorf("differences %q, want one with %q", v.First, tt.difference)
			}
			if n := got.hourly.repeats + got.routes.repeats + got.alerts.repeats + got.makers.repeats; n != tt.repeats {
				t.Errorf("%d repeats, want %d", n, tt.repeats)
			}
		})
	}
	if v := verify(newOutputs(t.TempDir()), &answers{}); v.Equal {
		t.Error("nothing compared counts as equal")
	}
}

func TestOutputRefusesWhatIsNoEvent(t *testing.T) {
	for _, line := range []string{"{", "{}", `{"event":{"flights":"many"}}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "makers.jsonl"), []byte(line+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := newOutputs(dir).read(toTheEnd); err == nil || !strings.Contains(err.Error(), "makers.jsonl") {
			t.Errorf("%s: got %v, want an error that names the file", line, err)
		}
	}
}
