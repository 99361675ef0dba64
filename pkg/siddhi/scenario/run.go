package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// ErrUnsupported means that a scenario has a step that cannot be run yet.
var ErrUnsupported = errors.New("not supported yet")

// Options say how a scenario is run. What comes out must not depend on them.
type Options struct {
	// Batch joins sends to one stream at one time into physical batches of at
	// least so many rows, where time does not matter to the app. 0 and 1: none.
	Batch int
	// RestoreEach throws the app away after each send and restores a new one
	// from its snapshot.
	RestoreEach bool
}

// Row is one output row as text values.
type Row struct {
	Timestamp int64
	Values    []string
	Expired   bool
}

// Output is one chunk that a callback saw.
type Output struct {
	From string // "query:NAME", "stream:NAME", or "runtime" for an error
	Rows []Row
}

// Run runs the steps and returns what the callbacks of the sources named in
// Types saw, in order. The error is the app's, if it is refused.
func (s *Scenario) Run(opts Options) ([]Output, error) {
	r := &run{s: s, opts: opts, revisions: map[string][]byte{}}
	if err := r.compile(); err != nil {
		return nil, err
	}
	defer func() { r.app.Close() }()
	if len(s.Steps) == 0 {
		return nil, nil
	}
	if err := r.app.Start(); err != nil {
		return nil, err
	}
	for i := range s.Steps {
		if err := r.step(i); err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
	}
	return r.out, nil
}

type run struct {
	s         *Scenario
	opts      Options
	checked   *check.App
	app       *siddhi.App
	now       int64
	out       []Output
	revisions map[string][]byte
	last      string
	pending   *column.Batch // single sends not yet sent on
	to        string
}

func (r *run) compile() error {
	checked, err := siddhi.Check(r.s.App)
	if err != nil {
		return err
	}
	o := siddhi.Options{Time: siddhi.Virtual, Start: r.now}
	if len(r.s.Steps) > 0 && r.now == 0 {
		o.Start = r.s.Steps[0].At
	}
	o.OnError = func(*siddhi.ProcessingError) { r.out = append(r.out, failure()) }
	app, err := siddhi.Compile(r.s.App, o)
	if err != nil {
		return err
	}
	r.checked, r.app = checked, app
	for from := range r.s.Types {
		if err := r.watch(from); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) watch(from string) error {
	record := func(b *column.Batch) { r.record(from, b) }
	if name, ok := strings.CutPrefix(from, "query:"); ok {
		return r.app.OnQuery(name, record)
	}
	if name, ok := strings.CutPrefix(from, "stream:"); ok {
		return r.app.OnStream(name, record)
	}
	return fmt.Errorf("callbacks on %s: %w", from, ErrUnsupported)
}

// record keeps each chunk of b.
func (r *run) record(from string, b *column.Batch) {
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		o := Output{From: from}
		for row := lo; row < hi; row++ {
			if b.KindOf(row) == column.Reset {
				continue
			}
			x := Row{Timestamp: b.Time[row], Expired: b.KindOf(row) == column.Expired}
			for i := range b.Cols {
				x.Values = append(x.Values, Text(b.Cols[i], row))
			}
			o.Rows = append(o.Rows, x)
		}
		if len(o.Rows) > 0 {
			r.out = append(r.out, o)
		}
	}
}

func (r *run) step(i int) error {
	s := &r.s.Steps[i]
	if r.pending != nil && !r.joins(s) {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.now = s.At
	if r.pending == nil {
		if err := r.app.AdvanceTo(s.At); err != nil {
			return err
		}
	}
	switch {
	case s.Query != "" || s.Shutdown:
		return ErrUnsupported
	case s.Playback != nil:
		r.app.EnablePlayback(*s.Playback, check.Idle{Time: s.Idle, Increment: s.Increment})
		return nil
	case s.Persist:
		return r.persist(s)
	case s.Restore != "":
		return r.restore(s)
	case s.Send == "":
		if i == len(r.s.Steps)-1 {
			return r.flush()
		}
		return nil
	}
	if err := r.send(s); err != nil {
		return err
	}
	if i == len(r.s.Steps)-1 || r.opts.Batch <= 1 {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if r.opts.RestoreEach {
		if err := r.flush(); err != nil {
			return err
		}
		return r.again()
	}
	return nil
}

// joins says whether a step can be added to the pending batch.
func (r *run) joins(s *Step) bool {
	p := r.app.Plan()
	if p.UsesClock || p.Timed {
		return false
	}
	return s.Send == r.to && !s.Untimed && s.At == r.now && r.pending.N < r.opts.Batch && r.opts.Batch > 1
}

func (r *run) send(s *Step) error {
	in, err := r.app.Input(s.Send)
	if err != nil {
		return err
	}
	b := r.pending
	if b == nil {
		b = in.NewBatch()
	}
	for k, row := range s.Rows {
		at := s.At
		if s.Timestamp != nil {
			at = *s.Timestamp
		}
		if k < len(s.Timestamps) {
			at = s.Timestamps[k]
		}
		b.Time = append(b.Time, at)
		b.N++
		if len(row) != len(b.Cols) {
			return fmt.Errorf("row %d has %d values, stream %s has %d attributes", k, len(row), s.Send, len(b.Cols))
		}
		for i, v := range row {
			if err := appendJSON(b.Cols[i], v); err != nil {
				return fmt.Errorf("row %d, attribute %s: %w", k, in.Attrs()[i].Name, err)
			}
		}
	}
	if len(s.Rows) != 1 && b.Ends == nil {
		for end := 1; end <= b.N-len(s.Rows); end++ { // single sends so far
			b.Ends = append(b.Ends, int32(end))
		}
	}
	if len(s.Rows) != 1 || b.Ends != nil {
		b.Ends = append(b.Ends, int32(b.N))
	}
	if s.Untimed {
		r.pending = nil
		return in.SendNow(b)
	}
	r.pending, r.to = b, s.Send
	return nil
}

func (r *run) flush() error {
	if r.pending == nil {
		return nil
	}
	b := r.pending
	r.pending = nil
	in, err := r.app.Input(r.to)
	if err != nil {
		return err
	}
	return in.SendBatch(b)
}

func (r *run) persist(s *Step) error {
	snapshot, err := r.app.Snapshot(nil)
	if err != nil {
		return err
	}
	r.last = s.Label
	r.revisions[s.Label] = append([]byte(nil), snapshot...)
	r.revisions["last"] = r.revisions[s.Label]
	return nil
}

func (r *run) restore(s *Step) error {
	snapshot, ok := r.revisions[s.Restore]
	if !ok || s.InPlace {
		return fmt.Errorf("restore %s: %w", s.Restore, ErrUnsupported)
	}
	return r.replace(snapshot, s.BeforeStart)
}

// again replaces the app by a copy made from its snapshot.
func (r *run) again() error {
	snapshot, err := r.app.Snapshot(nil)
	if err != nil {
		return err
	}
	return r.replace(append([]byte(nil), snapshot...), true)
}

func (r *run) replace(snapshot []byte, beforeStart bool) error {
	r.app.Close()
	if err := r.compile(); err != nil {
		return err
	}
	if !beforeStart {
		if err := r.app.Start(); err != nil {
			return err
		}
	}
	if _, err := r.app.Restore(snapshot); err != nil {
		return err
	}
	if beforeStart {
		return r.app.Start()
	}
	return nil
}

// appendJSON appends a JSON value as the column's type.
func appendJSON(c *column.Column, raw json.RawMessage) error {
	text := strings.TrimSpace(string(raw))
	if text == "null" {
		c.AppendNull()
		return nil
	}
	if strings.HasPrefix(text, `"`) && c.Type != schema.String && c.Type != schema.Object {
		var word string
		if err := json.Unmarshal(raw, &word); err != nil {
			return err
		}
		text = word // "NaN", "Infinity"
	}
	switch c.Type {
	case schema.String:
		var v string
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		c.AppendString(v)
	case schema.Int:
		v, err := strconv.ParseInt(text, 10, 32)
		c.AppendInt(int32(v))
		return err
	case schema.Long:
		v, err := strconv.ParseInt(text, 10, 64)
		c.AppendLong(v)
		return err
	case schema.Float:
		v, err := strconv.ParseFloat(text, 32)
		c.AppendFloat(float32(v))
		return err
	case schema.Double:
		v, err := strconv.ParseFloat(text, 64)
		c.AppendDouble(v)
		return err
	case schema.Bool:
		v, err := strconv.ParseBool(text)
		c.AppendBool(v)
		return err
	case schema.Object:
		v, err := object(raw)
		c.AppendObject(v)
		return err
	}
	return nil
}

// object reads a host value: whole numbers are int, or long when too big.
func object(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return host(v)
}

func host(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 32); err == nil {
			return int32(n), nil
		}
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			x, err := host(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = x
		}
		return v, nil
	case map[string]any:
		if n, ok := v["$long"].(json.Number); ok {
			return n.Int64()
		}
		if n, ok := v["$float"].(json.Number); ok {
			x, err := strconv.ParseFloat(n.String(), 32)
			return float32(x), err
		}
		for k, x := range v {
			if strings.HasPrefix(k, "$") {
				return nil, fmt.Errorf("value %s: %w", k, ErrUnsupported)
			}
			y, err := host(x)
			if err != nil {
				return nil, err
			}
			v[k] = y
		}
		return v, nil
	}
	return v, nil
}

// Text renders a value so that equal values have equal texts.
func Text(c *column.Column, row int) string {
	if c.IsNull(row) {
		return "null"
	}
	switch c.Type {
	case schema.Float:
		return number(float64(c.F32[row]), 32)
	case schema.Double:
		return number(c.F64[row], 64)
	case schema.String:
		return strconv.Quote(c.String(row))
	}
	return objectText(c.Any(row))
}

// objectText renders a host value, and those of the other types that are left.
func objectText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case float32:
		return number(float64(v), 32)
	case float64:
		return number(v, 64)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = objectText(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func number(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}
