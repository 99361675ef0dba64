// Package scenario runs apps from files: an app, steps in virtual time, and what
// must come out. It is how users test their apps, how the engine is compared
// with Siddhi, and how bugs are reported. docs/testing.md has the format.
//
//	s, err := scenario.Load("bids.json")
//	...
//	differences, err := s.Check(scenario.Options{})
//
// or, in a test, scenario.Test(t, "testdata/scenarios").
//
// It imports the engine's façade (siddhi), check and plan for what an app's queries
// and streams are, and column and schema for its rows.
package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrBroken means that a file is not a scenario.
var ErrBroken = errors.New("broken scenario")

// Scenario is one file. Keys that it does not know are kept by Record and
// otherwise ignored.
type Scenario struct {
	Name  string `json:"name"`
	App   string `json:"app"`
	Steps []Step `json:"steps"`
	// Types has the sources that are watched and their attributes, as [name,
	// type]. What Expect names is watched too; without both, all there is.
	Types  map[string][][2]string `json:"types"`
	Expect []Entry                `json:"expect"`
	// Siddhi is what Siddhi does instead, where the engine is different on purpose.
	Siddhi []Entry `json:"siddhi"`
	// Config has the settings of the process that the app runs in.
	Config map[string]map[string]string `json:"config"`
	// OrderDependsOn says why rows of one call may come in any order.
	OrderDependsOn string `json:"order_depends_on"`

	raw []byte // the file as JSON, for Record
}

// Step is one thing that is done at a time.
type Step struct {
	At          int64               `json:"at"`
	Send        string              `json:"send"`
	Rows        [][]json.RawMessage `json:"rows"`
	Timestamp   *int64              `json:"timestamp"`
	Timestamps  []int64             `json:"timestamps"`
	Untimed     bool                `json:"untimed"`
	Query       string              `json:"query"`
	Label       string              `json:"label"`
	Persist     bool                `json:"persist"`
	Restore     string              `json:"restore"`
	BeforeStart bool                `json:"beforeStart"`
	InPlace     bool                `json:"inPlace"`
	Playback    *bool               `json:"playback"`
	Idle        int64               `json:"idle"`
	Increment   int64               `json:"increment"`
	Shutdown    bool                `json:"shutdown"`
}

// Entry is one call of a callback, or an error. What is not written is not
// compared, but for rows: no rows are none.
type Entry struct {
	At        *int64              `json:"at"`
	From      string              `json:"from"`
	Timestamp *int64              `json:"timestamp"`
	Current   [][]json.RawMessage `json:"current"`
	Expired   [][]json.RawMessage `json:"expired"`
	Events    []Event             `json:"events"`
	Error     string              `json:"error"`
	Message   string              `json:"message"`
	Step      *int                `json:"step"`
}

// Event is a row of a stream.
type Event struct {
	Timestamp *int64            `json:"timestamp"`
	Data      []json.RawMessage `json:"data"`
	Expired   bool              `json:"expired"`
}

// Load reads a scenario from a JSON or YAML file, by the file's ending. An error
// that is ErrBroken says that it is no scenario.
func Load(path string) (*Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Parse(text, IsYAML(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Name == "" {
		base := filepath.Base(path)
		s.Name = base[:len(base)-len(filepath.Ext(base))]
	}
	return s, nil
}

// IsYAML says whether the name of a file is one of a YAML file.
func IsYAML(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".yaml" || ext == ".yml"
}

// Parse reads a scenario.
func Parse(text []byte, yaml bool) (*Scenario, error) {
	if yaml {
		var err error
		if text, err = yamlToJSON(text); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	s := &Scenario{raw: text}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err := s.valid(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return s, nil
}

// valid checks what the types of the format cannot.
func (s *Scenario) valid() error {
	if s.App == "" {
		return errors.New(`it has no "app"`)
	}
	now := int64(0)
	for i := range s.Steps {
		st := &s.Steps[i]
		if i > 0 && st.At < now {
			return fmt.Errorf("step %d is at %d, before the step ahead of it at %d: the clock never goes back", i, st.At, now)
		}
		now = st.At
		switch {
		case st.Send != "" && len(st.Rows) == 0:
			return fmt.Errorf(`step %d sends nothing: it needs "rows"`, i)
		case st.Send == "" && len(st.Rows) > 0:
			return fmt.Errorf(`step %d has rows but no stream: name it in "send"`, i)
		case len(st.Timestamps) > 0 && len(st.Timestamps) != len(st.Rows):
			return fmt.Errorf("step %d has %d timestamps for %d rows", i, len(st.Timestamps), len(st.Rows))
		}
	}
	for i := range s.Expect {
		if e := &s.Expect[i]; e.From == "" && e.Error == "" {
			return fmt.Errorf(`expect %d says neither where it comes "from" nor which "error" it is`, i)
		}
	}
	return nil
}

// WantsError says whether the app must be refused.
func (s *Scenario) WantsError() bool {
	return len(s.Expect) == 1 && s.Expect[0].Error != "" && s.Expect[0].At == nil && s.Expect[0].From == ""
}

// Unanswered says that the recording engine gave no answer: it hung.
func (s *Scenario) Unanswered() bool {
	return s.WantsError() && s.Expect[0].Error == "OracleTimeout"
}
