package demo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/parser"
)

const (
	appFile     = "flights.siddhi"
	januaryFile = "flights-2013-01.csv.gz"
	yearFile    = "flights.csv.gz"
	planesFile  = "planes.csv"

	// How many times faster than they happened the flights are replayed when a worker
	// is to be killed: a month in nine seconds, the year in half a minute, so that
	// there is a half-way.
	killSpeed     = 300_000
	killSpeedFull = 1_000_000
)

// input is what a run works on.
type input struct {
	app     string // the text of the app as it is in its file
	dir     string // of the data
	flights string // name of the file of flights in it
}

func (i input) flightsPath() string { return filepath.Join(i.dir, i.flights) }
func (i input) planesPath() string  { return filepath.Join(i.dir, planesFile) }

// findExample returns the directory of the flights example: the one given, or
// the first that there is from the working directory and from the program upwards.
func findExample(given string) (string, error) {
	if given != "" {
		return given, present(filepath.Join(given, appFile))
	}
	var starts []string
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for {
			example := filepath.Join(dir, "examples", "flights")
			if present(filepath.Join(example, appFile)) == nil {
				return example, nil
			}
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	return "", errors.New("there is no examples/flights here, nor above; run the demo in the repository, or say where the example is with --example")
}

func present(path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the demo needs a file that is not there: %w", err)
	}
	return nil
}

// findInput finds the app and the data. For the whole year it puts the months in
// order first, into a file in work.
func findInput(o Options, work string) (input, error) {
	o, err := o.absolute()
	if err != nil {
		return input{}, err
	}
	example, err := findExample(o.Example)
	if err != nil {
		return input{}, err
	}
	text, err := os.ReadFile(filepath.Join(example, appFile))
	if err != nil {
		return input{}, err
	}
	in := input{app: string(text), dir: example, flights: januaryFile}
	if !o.Full {
		if o.Data != "" {
			in.dir = o.Data
		}
		return in, errors.Join(present(in.flightsPath()), present(in.planesPath()))
	}
	from, err := findYear(o.Data, example)
	if err != nil {
		return input{}, err
	}
	in.dir, in.flights = filepath.Join(work, "data"), yearFile
	if err := os.MkdirAll(in.dir, 0o755); err != nil {
		return input{}, err
	}
	planes, err := os.ReadFile(filepath.Join(from, planesFile))
	if err != nil {
		return input{}, err
	}
	if err := os.WriteFile(in.planesPath(), planes, 0o644); err != nil {
		return input{}, err
	}
	return in, sortByMonth(in.flightsPath(), filepath.Join(from, yearFile))
}

// absolute makes the directories absolute: the nodes run in directories of their own.
func (o Options) absolute() (Options, error) {
	for _, dir := range []*string{&o.Data, &o.Example} {
		if *dir == "" {
			continue
		}
		var err error
		if *dir, err = filepath.Abs(*dir); err != nil {
			return o, err
		}
	}
	return o, nil
}

// findYear returns the directory that has the flights of the whole year: the one
// given, or shared/data/nycflights13 beside the repository.
func findYear(given, example string) (string, error) {
	if given != "" {
		return given, errors.Join(present(filepath.Join(given, yearFile)), present(filepath.Join(given, planesFile)))
	}
	dir := filepath.Join(example, "..", "..", "..", "shared", "data", "nycflights13")
	if present(filepath.Join(dir, yearFile)) != nil {
		return "", fmt.Errorf("--full needs the flights of the whole year, %s of nycflights13: say with --data in which directory it is", yearFile)
	}
	return dir, nil
}

// sortByMonth copies a file of flights with its months in calendar order, and
// the lines within a month as they were.
func sortByMonth(to, from string) (err error) {
	header, months, err := readMonths(from)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zw, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(zw)
	w.Write(header)
	for _, month := range months {
		w.Write(month)
	}
	return errors.Join(w.Flush(), zw.Close())
}

// readMonths returns the header line and the lines of each month, from January on.
func readMonths(path string) (header []byte, months [][]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReader(zr)
	if header, err = in.ReadBytes('\n'); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	column := slices.IndexFunc(bytes.Split(bytes.TrimSpace(header), []byte(",")), func(name []byte) bool { return string(name) == "month" })
	if column < 0 {
		return nil, nil, errors.New("header: no column month")
	}
	months = make([][]byte, 12)
	for number := 2; ; number++ {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			fields := bytes.SplitN(line, []byte(","), column+2)
			if len(fields) <= column {
				return nil, nil, fmt.Errorf("line %d has no month", number)
			}
			month, err := strconv.Atoi(string(fields[column]))
			if err != nil || month < 1 || month > 12 {
				return nil, nil, fmt.Errorf("line %d: month is %q", number, fields[column])
			}
			if line[len(line)-1] != '\n' {
				line = append(line, '\n')
			}
			months[month-1] = append(months[month-1], line...)
		}
		if err == io.EOF {
			return header, months, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// text returns the app with its variables filled in; with a speed, the replay of
// the flights goes so many times faster than they did.
func (i input) text(outDir string, speed int) (string, error) {
	values := map[string]string{"FLIGHTS_DIR": i.dir, "FLIGHTS_FILE": i.flights, "OUT_DIR": outDir}
	text, err := parser.Substitute(i.app, func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	if err != nil || speed == 0 {
		return text, err
	}
	app, err := parser.Parse(text)
	if err != nil {
		return "", err
	}
	for _, d := range app.Definitions {
		def, ok := d.(*ast.StreamDef)
		if !ok || def.Name != sourceStream {
			continue
		}
		if source := def.Annotations.Find("source"); source != nil {
			source.Set("replay.time", "time_hour")
			source.Set("replay.speed", strconv.Itoa(speed))
			return ast.Print(app), nil
		}
	}
	return "", fmt.Errorf("%s has no stream %s with a source", appFile, sourceStream)
}

// sourceStream is the stream that the file of flights comes in by.
const sourceStream = "FlightRows"
