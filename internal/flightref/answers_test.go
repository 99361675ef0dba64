package flightref

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const header = "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay," +
	"carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour\n"

// row writes a line of flights.csv that leaves at 05:minute New York time.
func row(day, minute int, delay, tail, origin, dest string) string {
	return fmt.Sprintf("2013,1,%d,NA,%d,%s,NA,700,NA,UA,%d,%s,%s,%s,NA,1400,5,%d,2013-01-%02dT10:00:00Z\n",
		day, 500+minute, delay, minute, tail, origin, dest, minute, day)
}

func read(t *testing.T, rows ...string) []Flight {
	t.Helper()
	flights, bad, err := ReadFlights(strings.NewReader(header + strings.Join(rows, "")))
	if err != nil || len(bad) > 0 {
		t.Fatalf("ReadFlights: %v, bad rows %v", err, bad)
	}
	return flights
}

func TestReadFlights(t *testing.T) {
	flights := read(t, row(1, 15, "2", "N1", "EWR", "IAH"), row(2, 30, "NA", "NA", "JFK", "MIA"))
	hour := time.Date(2013, 1, 1, 10, 0, 0, 0, time.UTC)
	want := []Flight{
		{Line: 2, Year: 2013, Month: 1, Day: 1, Hour: hour, Minute: 15, Departed: true, DelayMinutes: 2,
			Carrier: "UA", Number: "15", Tailnum: "N1", Origin: "EWR", Dest: "IAH", DistanceMiles: 1400,
			TimeHour: "2013-01-01T10:00:00Z"},
		{Line: 3, Year: 2013, Month: 1, Day: 2, Hour: hour.AddDate(0, 0, 1), Minute: 30,
			Carrier: "UA", Number: "30", Origin: "JFK", Dest: "MIA", DistanceMiles: 1400,
			TimeHour: "2013-01-02T10:00:00Z"},
	}
	if !reflect.DeepEqual(flights, want) {
		t.Errorf("got  %+v\nwant %+v", flights, want)
	}
	if got := flights[0].Scheduled(); !got.Equal(hour.Add(15 * time.Minute)) {
		t.Errorf("Scheduled = %v", got)
	}
}

func TestMalformedRowsCostNoOther(t *testing.T) {
	text := header +
		row(1, 1, "1", "N1", "EWR", "IAH") +
		"2013,1,1\n" +
		row(1, 2, "soon", "N1", "EWR", "IAH") +
		strings.Replace(row(1, 3, "3", "N1", "EWR", "IAH"), "T10:00:00Z", " ten", 1) +
		row(1, 4, "4", "N1", "EWR", "IAH")
	flights, bad, err := ReadFlights(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(flights) != 2 || flights[0].Minute != 1 || flights[1].Minute != 4 {
		t.Errorf("flights = %+v, want those of minutes 1 and 4", flights)
	}
	var got []string
	for _, b := range bad {
		got = append(got, b.Error())
	}
	want := []string{"line 3: wrong number of fields", `line 4: dep_delay: "soon" is not a whole number`, "line 5: time_hour"}
	if len(got) != len(want) {
		t.Fatalf("bad rows = %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("bad row %d = %q, want prefix %q", i, got[i], want[i])
		}
	}
	if _, _, err := ReadFlights(strings.NewReader("year,month\n2013,1\n")); err == nil || !strings.Contains(err.Error(), `"day"`) {
		t.Errorf("a header without day: err = %v, want one that names the column", err)
	}
}

func TestHourlyDelays(t *testing.T) {
	flights := read(t,
		row(1, 1, "10", "N1", "JFK", "MIA"),
		row(1, 2, "-4", "N2", "EWR", "IAH"),
		row(1, 3, "NA", "N3", "EWR", "IAH"),
		row(2, 1, "7", "N1", "JFK", "MIA"),
		row(1, 9, "5", "N4", "JFK", "BOS"), // a late row of the first day
	)
	var got []string
	for _, h := range HourlyDelays(flights) {
		got = append(got, fmt.Sprintf("%02d %s %d %.2f", h.Hour.Day(), h.Origin, h.Flights, h.Mean()))
	}
	want := []string{"01 EWR 1 -4.00", "01 JFK 2 7.50", "02 JFK 1 7.00"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("hourly = %q, want %q", got, want)
	}
	got = nil
	for _, h := range RunningHourlyDelays(flights) {
		got = append(got, fmt.Sprintf("%02d %s %d %d", h.Hour.Day(), h.Origin, h.Flights, h.TotalMinutes))
	}
	want = []string{"01 JFK 1 10", "01 EWR 1 -4", "02 JFK 1 7", "01 JFK 2 15"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("running = %q, want %q", got, want)
	}
}

func TestCounts(t *testing.T) {
	flights := read(t,
		row(1, 1, "1", "N1", "JFK", "MIA"),
		row(1, 2, "1", "N2", "EWR", "IAH"),
		row(1, 3, "NA", "NA", "EWR", "IAH"),
		row(1, 4, "1", "N9", "EWR", "BOS"),
	)
	planes := map[string]Plane{"N1": {Manufacturer: "BOEING"}, "N2": {Manufacturer: "AIRBUS"}}
	for _, tt := range []struct {
		name      string
		got, want []Count
	}{
		{"routes", RouteCounts(flights), []Count{{"EWR-IAH", 2}, {"EWR-BOS", 1}, {"JFK-MIA", 1}}},
		{"routes of departed", RouteCounts(Departed(flights)), []Count{{"EWR-BOS", 1}, {"EWR-IAH", 1}, {"JFK-MIA", 1}}},
		{"manufacturers", ManufacturerCounts(flights, planes), []Count{{"AIRBUS", 1}, {"BOEING", 1}}},
		{"both", RouteManufacturerCounts(flights, planes), []Count{{"EWR-IAH/AIRBUS", 1}, {"JFK-MIA/BOEING", 1}}},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestSlidingRouteCounts(t *testing.T) {
	flights := read(t,
		row(1, 0, "1", "N1", "JFK", "MIA"),
		row(1, 9, "1", "N1", "JFK", "MIA"),
		row(1, 9, "1", "N1", "EWR", "MIA"),  // another route, another window
		row(1, 10, "1", "N1", "JFK", "MIA"), // minute 0 is 10 minutes old: gone
		row(1, 2, "1", "N1", "JFK", "MIA"),  // late: stays behind those of 9 and 10
		row(1, 19, "1", "N1", "JFK", "MIA"), // 9 goes, 10 stays and so does 2 behind it
		row(1, 20, "1", "N1", "JFK", "MIA"), // 10 goes, then 2
	)
	var got []int
	for _, w := range SlidingRouteCounts(flights, 10*time.Minute) {
		got = append(got, w.Flights)
	}
	if want := []int{1, 2, 1, 2, 3, 3, 2}; !reflect.DeepEqual(got, want) {
		t.Errorf("window sizes = %v, want %v", got, want)
	}
}

func TestAlerts(t *testing.T) {
	flights := read(t,
		row(1, 1, "16", "N1", "JFK", "MIA"),
		row(1, 2, "90", "N2", "JFK", "MIA"),
		row(1, 3, "20", "N1", "MIA", "JFK"),
		row(1, 4, "NA", "N1", "JFK", "MIA"), // cancelled: the run goes on
		row(1, 5, "90", "NA", "JFK", "MIA"), // no aircraft
		row(1, 6, "30", "N1", "JFK", "MIA"), // N1 third
		row(1, 7, "90", "N2", "JFK", "MIA"),
		row(1, 8, "15", "N2", "JFK", "MIA"), // 15 is not more than 15: N2 starts again
		row(1, 9, "40", "N1", "JFK", "MIA"), // N1 fourth
		row(1, 10, "90", "N2", "JFK", "MIA"),
		row(1, 11, "50", "N1", "JFK", "MIA"), // N1 fifth
		row(1, 12, "60", "N1", "JFK", "MIA"), // N1 sixth
	)
	show := func(alerts []Alert) (out []string) {
		for _, a := range alerts {
			out = append(out, fmt.Sprint(a.Tailnum, " ", a.Flights[0].Minute, " ", a.Flights[1].Minute, " ", a.Flights[2].Minute))
		}
		return out
	}
	if got, want := show(OverlappingAlerts(flights, 15)), []string{"N1 1 3 6", "N1 3 6 9", "N1 6 9 11", "N1 9 11 12"}; !reflect.DeepEqual(got, want) {
		t.Errorf("overlapping = %q, want %q", got, want)
	}
	if got, want := show(DisjointAlerts(flights, 15)), []string{"N1 1 3 6", "N1 9 11 12"}; !reflect.DeepEqual(got, want) {
		t.Errorf("disjoint = %q, want %q", got, want)
	}
	if got := show(OverlappingAlerts(flights, 16)); len(got) != 3 || got[0] != "N1 3 6 9" {
		t.Errorf("with more than 16 minutes: %q, want the run to start at minute 3", got)
	}
}

func TestSortByMonth(t *testing.T) {
	flights := []Flight{{Year: 2013, Month: 10, Line: 2}, {Year: 2013, Month: 2, Line: 3}, {Year: 2013, Month: 10, Line: 4}}
	SortByMonth(flights)
	var lines []int
	for _, f := range flights {
		lines = append(lines, f.Line)
	}
	if want := []int{3, 2, 4}; !reflect.DeepEqual(lines, want) {
		t.Errorf("lines = %v, want %v", lines, want)
	}
}
