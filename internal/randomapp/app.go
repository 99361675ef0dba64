// Package randomapp makes random apps with random input, and makes those that
// show a difference smaller. One seed always gives one app.
//
// It imports the language (ast, parser) for the latter.
package randomapp

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// App is an app and what is done with it.
type App struct {
	Name  string `json:"name"`
	Text  string `json:"app"`
	Steps []Step `json:"steps"`
}

// Step is a step of a scenario, of the kinds that are made here.
type Step struct {
	At          int64               `json:"at"`
	Send        string              `json:"send,omitempty"`
	Rows        [][]json.RawMessage `json:"rows,omitempty"`
	Timestamp   *int64              `json:"timestamp,omitempty"`
	Timestamps  []int64             `json:"timestamps,omitempty"`
	Query       string              `json:"query,omitempty"`
	Label       string              `json:"label,omitempty"`
	Persist     bool                `json:"persist,omitempty"`
	Restore     string              `json:"restore,omitempty"`
	BeforeStart bool                `json:"beforeStart,omitempty"`
}

// File returns the app as a scenario's file, a line for each step.
func (a *App) File() ([]byte, error) {
	var b bytes.Buffer
	name, err := json.Marshal(a.Name)
	if err != nil {
		return nil, err
	}
	text, err := marshal(a.Text)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "{\n  \"name\": %s,\n  \"app\": %s,\n  \"steps\": [", name, text)
	for i := range a.Steps {
		step, err := marshal(a.Steps[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(step)
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes(), nil
}

// marshal is json.Marshal that leaves <, > and & readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Parse reads a scenario's file; keys that an App does not have are left out.
func Parse(file []byte) (*App, error) {
	a := &App{}
	if err := json.Unmarshal(file, a); err != nil {
		return nil, err
	}
	return a, nil
}
