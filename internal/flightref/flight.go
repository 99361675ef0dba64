package flightref

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// missing is how the data set writes a value that is not known.
const missing = "NA"

// Flight is one row of flights.csv, reduced to what the answers need.
type Flight struct {
	Line             int       // line in the file, the header being line 1
	Year, Month, Day int       // scheduled day, New York time
	Hour             time.Time // scheduled hour, UTC (column time_hour)
	Minute           int       // scheduled minute within Hour
	Departed         bool      // false when dep_delay is NA: cancelled
	DelayMinutes     int       // dep_delay; meaningful only if Departed
	Carrier, Number  string
	Tailnum          string // "" when NA
	Origin, Dest     string
	DistanceMiles    int
	TimeHour         string // time_hour as written in the file
}

// Scheduled is the event time that every flight has: its scheduled minute.
func (f *Flight) Scheduled() time.Time { return f.Hour.Add(time.Duration(f.Minute) * time.Minute) }

// Route is origin and destination as one key, "EWR-IAH".
func (f *Flight) Route() string { return f.Origin + "-" + f.Dest }

// Late reports whether the flight left more than minutes late.
func (f *Flight) Late(minutes int) bool { return f.Departed && f.DelayMinutes > minutes }

// BadRow is a row that could not be read. It costs no other row.
type BadRow struct {
	Line int
	Err  error
}

// Error says which line is wrong and why.
func (b BadRow) Error() string { return fmt.Sprintf("line %d: %v", b.Line, b.Err) }

// LoadFlights reads the CSV file at path; one that ends in .gz is unpacked.
func LoadFlights(path string) ([]Flight, []BadRow, error) {
	var flights []Flight
	var bad []BadRow
	err := withFile(path, func(r io.Reader) (err error) {
		flights, bad, err = ReadFlights(r)
		return err
	})
	return flights, bad, err
}

// ReadFlights reads flights in file order. Columns are found by the names in
// the header. A malformed row is set aside in the second result; the error is
// for a header that lacks a column, or a reader that fails.
func ReadFlights(r io.Reader) ([]Flight, []BadRow, error) {
	var flights []Flight
	bad, err := readTable(r, flightColumns, func(line int, row fields) error {
		f, err := parseFlight(row)
		if err != nil {
			return err
		}
		f.Line = line
		flights = append(flights, f)
		return nil
	})
	return flights, bad, err
}

var flightColumns = []string{"year", "month", "day", "dep_delay", "carrier", "flight", "tailnum",
	"origin", "dest", "distance", "minute", "time_hour"}

func parseFlight(row fields) (f Flight, err error) {
	ints := []struct {
		column string
		into   *int
	}{
		{"year", &f.Year}, {"month", &f.Month}, {"day", &f.Day},
		{"minute", &f.Minute}, {"distance", &f.DistanceMiles},
	}
	for _, i := range ints {
		if *i.into, err = row.int(i.column); err != nil {
			return f, err
		}
	}
	if row.get("dep_delay") != missing {
		f.Departed = true
		if f.DelayMinutes, err = row.int("dep_delay"); err != nil {
			return f, err
		}
	}
	f.TimeHour = row.get("time_hour")
	if f.Hour, err = time.Parse(time.RFC3339, f.TimeHour); err != nil {
		return f, fmt.Errorf("time_hour: %w", err)
	}
	f.Hour = f.Hour.UTC()
	f.Carrier, f.Number = row.get("carrier"), row.get("flight")
	f.Origin, f.Dest = row.get("origin"), row.get("dest")
	if tail := row.get("tailnum"); tail != missing {
		f.Tailnum = tail
	}
	return f, nil
}

// Departed returns the flights that left: those with a departure delay.
func Departed(flights []Flight) []Flight {
	var out []Flight
	for _, f := range flights {
		if f.Departed {
			out = append(out, f)
		}
	}
	return out
}

// SortByMonth puts the months in calendar order and leaves the order within a
// month alone. The file of the whole year starts 1, 10, 11, 12, 2.
func SortByMonth(flights []Flight) {
	sort.SliceStable(flights, func(i, j int) bool {
		a, b := &flights[i], &flights[j]
		return a.Year*12+a.Month < b.Year*12+b.Month
	})
}

// Plane is one row of planes.csv.
type Plane struct {
	Tailnum, Type, Manufacturer, Model string
	Seats                              int
}

// LoadPlanes reads the CSV file at path into a map by tail number.
func LoadPlanes(path string) (map[string]Plane, error) {
	planes := make(map[string]Plane)
	err := withFile(path, func(r io.Reader) error {
		columns := []string{"tailnum", "type", "manufacturer", "model", "seats"}
		bad, err := readTable(r, columns, func(_ int, row fields) error {
			seats, err := row.int("seats")
			if err != nil {
				return err
			}
			p := Plane{row.get("tailnum"), row.get("type"), row.get("manufacturer"), row.get("model"), seats}
			planes[p.Tailnum] = p
			return nil
		})
		if err == nil && len(bad) > 0 {
			return bad[0]
		}
		return err
	})
	return planes, err
}

// withFile opens path, unpacks it if it ends in .gz, and hands it to read.
func withFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		zr, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		r = zr
	}
	if err := read(r); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

// fields is one row with the position of each column name.
type fields struct {
	at     map[string]int
	values []string
}

func (f fields) get(column string) string { return f.values[f.at[column]] }

func (f fields) int(column string) (int, error) {
	n, err := strconv.Atoi(f.get(column))
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a whole number", column, f.get(column))
	}
	return n, nil
}

// readTable calls each for every row. What each refuses, and a row with the
// wrong number of fields, is returned as a BadRow.
func readTable(r io.Reader, columns []string, each func(line int, row fields) error) ([]BadRow, error) {
	cr := csv.NewReader(r)
	cr.ReuseRecord = true
	header, err := cr.Read()
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	at := make(map[string]int, len(header))
	for i, name := range header {
		at[name] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok {
			return nil, fmt.Errorf("header: no column %q", c)
		}
	}
	var bad []BadRow
	for {
		values, err := cr.Read()
		if err == io.EOF {
			return bad, nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			bad = append(bad, BadRow{parse.StartLine, parse.Err})
			continue
		}
		if err != nil {
			return bad, err
		}
		line, _ := cr.FieldPos(0)
		if err := each(line, fields{at, values}); err != nil {
			bad = append(bad, BadRow{line, err})
		}
	}
}
