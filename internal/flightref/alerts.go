package flightref

// Alert says that an aircraft left late three times running. Flights are in
// file order; the last one raised the alert.
type Alert struct {
	Tailnum string
	Flights [3]Flight
}

// The next flight of an aircraft is the next row of the file that has its tail
// number and a departure delay: a cancelled flight neither breaks a run nor
// counts in it. A flight without a tail number belongs to no aircraft.

// OverlappingAlerts returns an alert for every flight that is late and whose
// two predecessors of the same aircraft were late too: a run of n late flights
// gives n-2 alerts. Late means more than lateMinutes. Alerts are in the order
// of the flights that raised them.
func OverlappingAlerts(flights []Flight, lateMinutes int) []Alert {
	return alerts(flights, lateMinutes, func(run []Flight) []Flight { return run[1:] })
}

// DisjointAlerts is like OverlappingAlerts, but a flight belongs to at most
// one alert: after each, counting starts again, so a run of n late flights
// gives n/3 alerts, rounded down.
func DisjointAlerts(flights []Flight, lateMinutes int) []Alert {
	return alerts(flights, lateMinutes, func([]Flight) []Flight { return nil })
}

// alerts keeps the current run of late flights of each aircraft; after decides
// what is left of a run that has just raised an alert.
func alerts(flights []Flight, lateMinutes int, after func(run []Flight) []Flight) []Alert {
	var out []Alert
	runs := make(map[string][]Flight)
	for i := range flights {
		f := flights[i]
		if !f.Departed || f.Tailnum == "" {
			continue
		}
		if !f.Late(lateMinutes) {
			delete(runs, f.Tailnum)
			continue
		}
		run := append(runs[f.Tailnum], f)
		if len(run) == 3 {
			out = append(out, Alert{f.Tailnum, [3]Flight(run)})
			run = after(run)
		}
		runs[f.Tailnum] = run
	}
	return out
}
