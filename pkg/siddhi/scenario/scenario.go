// Package scenario runs apps from files: an app, steps in virtual time, and what
// must come out. It is how users test their apps, how the engine is compared
// with Siddhi, and how bugs are reported.
//
// It imports the engine's façade (siddhi), and column and schema for its rows.
package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Scenario is one file.
type Scenario struct {
	Name   string                 `json:"name"`
	App    string                 `json:"app"`
	Steps  []Step                 `json:"steps"`
	Types  map[string][][2]string `json:"types"`
	Expect []Entry                `json:"expect"`
	// Siddhi is what Siddhi does instead, where the engine is different on purpose.
	Siddhi []Entry `json:"siddhi"`
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
	Idle        int64               `json:"idle"`      // ms
	Increment   int64               `json:"increment"` // ms
	Shutdown    bool                `json:"shutdown"`
}

// Entry is one call of a callback, or an error.
type Entry struct {
	At        *int64              `json:"at"`
	From      string              `json:"from"`
	Timestamp int64               `json:"timestamp"`
	Current   [][]json.RawMessage `json:"current"`
	Expired   [][]json.RawMessage `json:"expired"`
	Events    []Event             `json:"events"`
	Error     string              `json:"error"`
	Message   string              `json:"message"`
}

// Event is a row of a stream.
type Event struct {
	Timestamp int64             `json:"timestamp"`
	Data      []json.RawMessage `json:"data"`
	Expired   bool              `json:"expired"`
}

// Load reads a scenario from a JSON file.
func Load(path string) (*Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s Scenario
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &s, nil
}

// WantsError says whether the app must be refused.
func (s *Scenario) WantsError() bool {
	return len(s.Expect) == 1 && s.Expect[0].Error != "" && s.Expect[0].At == nil && s.Expect[0].From == ""
}
