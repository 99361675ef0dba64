package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"millrace/internal/localcluster"
)

// What workers must keep: one that is killed is given up after 250 ms × 6 and the
// margin of a second that managers add.
const (
	heartbeat = 250 * time.Millisecond
	retries   = 6
)

// Options says what to do. The zero value is the month that comes with the
// repository on three workers.
type Options struct {
	Kill    bool   // a worker, half-way through
	Full    bool   // the whole year instead of January
	Data    string // directory of the data; default the example's, or a place where the year usually is
	Example string // directory of the app; default examples/flights, looked for upwards
	Workers int    // default 3
	// Speed is how many times faster than they happened the flights are replayed;
	// 0 means as fast as it goes, but with Kill slow enough that there is a half-way.
	Speed int
	Keep  bool // the directory with configurations, logs and outputs
	JSON  bool // only the summary, as a line of JSON
	// Programs is where manager and worker are; default beside this program.
	Programs string
	// Live redraws the screen in place, for a terminal.
	Live bool
	// Limit bounds the run; default 5 min, with Full 15.
	Limit time.Duration
}

func (o *Options) complete() error {
	if o.Workers == 0 {
		o.Workers = 3
	}
	if o.Workers < 1 || o.Workers > 64 {
		return fmt.Errorf("--workers is %d; it must be from 1 to 64", o.Workers)
	}
	if o.Kill && o.Workers < 2 {
		return errors.New("--kill needs another worker for the parts to move to: use --workers 2 or more")
	}
	if o.Speed < 0 {
		return fmt.Errorf("--speed is %d; it must be a factor such as 100000, or 0 for as fast as it goes", o.Speed)
	}
	if o.Speed == 0 && o.Kill {
		o.Speed = killSpeed
		if o.Full {
			o.Speed = killSpeedFull
		}
	}
	if o.Limit == 0 {
		o.Limit = 5 * time.Minute
		if o.Full {
			o.Limit *= 3
		}
	}
	if o.Programs == "" {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the programs of the cluster: %w", err)
		}
		o.Programs = filepath.Dir(exe)
	}
	return nil
}

// ErrWrongAnswers means that what came out is not what had to; the summary says where.
var ErrWrongAnswers = errors.New("the answers are not those of the independent calculation")

// Run runs the demo and prints to out. Nothing of it is left running when it
// returns; its directory is removed if all went well, unless opts.Keep.
func Run(ctx context.Context, opts Options, out io.Writer) error {
	if err := opts.complete(); err != nil {
		return err
	}
	dir, err := makeDirectory()
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		if !opts.JSON {
			fmt.Fprintf(out, format, args...)
		}
	}
	say("everything of this run is in %s\n", dir)
	s, err := run(ctx, opts, dir, out, say)
	keep := opts.Keep || err != nil && !errors.Is(err, context.Canceled)
	if !keep {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	_, _ = os.Remove(dir), os.Remove(filepath.Dir(dir)) // only if they are empty
	if s == nil {
		return err
	}
	s.Kept = keep
	if opts.JSON {
		return errors.Join(json.NewEncoder(out).Encode(s), err)
	}
	say("%s", s.further())
	return err
}

// makeDirectory makes .millrace/demo-<n> in the working directory.
func makeDirectory() (string, error) {
	parent, err := filepath.Abs(".millrace")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		dir := filepath.Join(parent, fmt.Sprintf("demo-%d", n))
		err := os.Mkdir(dir, 0o755)
		if err == nil || !errors.Is(err, os.ErrExist) {
			return dir, err
		}
	}
}

// run does the work between making the directory and removing it.
func run(ctx context.Context, opts Options, dir string, out io.Writer, say func(string, ...any)) (s *summary, err error) {
	ctx, cancel := context.WithTimeout(ctx, opts.Limit)
	defer cancel()
	if opts.Full {
		say("putting the months of the year in order\n")
	}
	in, err := findInput(opts, dir)
	if err != nil {
		return nil, err
	}
	say("calculating from %s what must come out\n", in.flights)
	want, err := calculate(in.flightsPath(), in.planesPath())
	if err != nil {
		return nil, err
	}
	say("starting a manager and %d workers\n", opts.Workers)
	began := time.Now()
	c, err := localcluster.Start(ctx, localcluster.Options{
		Programs: opts.Programs, Directory: dir, Workers: opts.Workers, Heartbeat: heartbeat, Retries: retries,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	client, err := c.Client(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	say("ready after %v: the manager is at %s\n", time.Since(began).Round(10*time.Millisecond), c.Managers[0].URL)

	outDir := filepath.Join(dir, "out")
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return nil, err
	}
	if opts.Speed > 0 {
		say("replaying %.1f days a second\n", float64(opts.Speed)/(24*60*60))
	}
	w := &watcher{cluster: c, client: client, outputs: newOutputs(outDir), file: in.flightsPath(), total: int64(want.read), kill: opts.Kill, screen: newScreen(out, opts)}
	if err := w.deploy(ctx, in, outDir, opts.Speed); err != nil {
		return nil, err
	}
	if err := w.run(ctx); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("not done after %v: %s; the logs are in %s", opts.Limit, w.waitingFor, filepath.Join(dir, "*", "log.txt"))
		}
		return nil, err
	}
	s = summarise(w, verify(w.outputs, want), dir)
	say("%s", s.text())
	if !s.Answers.Equal {
		return s, ErrWrongAnswers
	}
	return s, nil
}
