package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/parser"
)

// flow says which parts there are and which subjects each reads.
type flow map[string][]string

// flowOf reads the flow out of the partial apps of a plan.
func flowOf(plan managerapi.Plan) (flow, error) {
	f := flow{}
	for _, part := range plan.PartialApps {
		app, err := parser.Parse(part.Text)
		if err != nil {
			return nil, fmt.Errorf("partial app %s: %w", part.Name, err)
		}
		f[part.Name] = nil
		for _, d := range app.Definitions {
			def, ok := d.(*ast.StreamDef)
			if !ok {
				continue
			}
			for _, source := range def.Annotations.All("source") {
				if kind, _ := source.Get("type"); !strings.EqualFold(kind, "nats") {
					continue
				}
				if _, shared := source.Get("queue.group.name"); shared {
					return nil, fmt.Errorf("partial app %s shares a subject with others: nobody but the broker knows how far it has been read", part.Name)
				}
				subject, _ := source.Get("destination")
				f[part.Name] = append(f[part.Name], subject)
			}
		}
	}
	return f, nil
}

// pending says what is still on its way, or "" when nothing is: every file has
// been read to its end, every topic too, and every row that came of it is written.
//
// The reports come first and the ends of the topics after them. A part whose
// report says that its files have ended and that nothing waits in its sinks had
// all its output in the topics then; a part that had read up to those ends has read all of
// it; and so on along the flow. Nothing that happens meanwhile makes it untrue.
func (f flow) pending(parts []managerapi.PartStatus, end func(subject string) (int64, error)) (string, error) {
	reports := make(map[string]*api.AppReport, len(parts))
	for i := range parts {
		reports[parts[i].Name] = parts[i].Report
		if why := unfinished(&parts[i]); why != "" {
			return why, nil
		}
	}
	for _, part := range f.parts() {
		report := reports[part]
		if report == nil {
			return part + " is not placed yet", nil
		}
		for _, subject := range f[part] {
			last, err := end(subject)
			if err != nil {
				return "", err
			}
			if position := position(report, subject); last > 0 && position <= last {
				return fmt.Sprintf("%s has read %s up to %d of %d", part, subject, max(position-1, 0), last), nil
			}
		}
	}
	return "", nil
}

// parts lists the parts by name.
func (f flow) parts() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unfinished says what a part itself still has to do, or "".
func unfinished(p *managerapi.PartStatus) string {
	r := p.Report
	if r == nil || r.Status != api.AppActive && r.Status != api.AppFinished {
		return fmt.Sprintf("%s is %s", p.Name, p.State)
	}
	for _, s := range r.Sources {
		if r.Status != api.AppFinished && strings.EqualFold(s.Type, "file") && s.State != string(connect.Finished) {
			return fmt.Sprintf("%s reads the file of %s", p.Name, s.Stream)
		}
	}
	for _, s := range r.Sinks {
		if n := s.Waiting + s.Writing; n > 0 {
			return fmt.Sprintf("%s has %d rows of %s to write", p.Name, n, s.Stream)
		}
	}
	return ""
}

// position is the number of the next record of a subject, 0 before the first.
func position(r *api.AppReport, subject string) int64 {
	for _, s := range r.Sources {
		if p, ok := s.Positions[subject]; ok {
			return p
		}
	}
	return 0
}

// topics asks the cluster's broker how long topics are.
type topics struct {
	connection *nats.Conn
	js         jetstream.JetStream
	streams    map[string]string // by subject
}

func openTopics(url string) (*topics, error) {
	c, err := nats.Connect(url, nats.Name("millrace demo"))
	if err != nil {
		return nil, fmt.Errorf("connect to the broker at %s: %w", url, err)
	}
	js, err := jetstream.New(c)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("use the broker at %s: %w", url, err)
	}
	return &topics{connection: c, js: js, streams: map[string]string{}}, nil
}

func (t *topics) close() { t.connection.Close() }

// end returns the number of the last record of a subject, 0 when there is none.
func (t *topics) end(ctx context.Context, subject string) (int64, error) {
	name, known := t.streams[subject]
	if !known {
		var err error
		name, err = t.js.StreamNameBySubject(ctx, subject)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return 0, nil
		}
		if err != nil {
			return 0, fmt.Errorf("find the topic of %s: %w", subject, err)
		}
		t.streams[subject] = name
	}
	s, err := t.js.Stream(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("ask for the end of %s: %w", subject, err)
	}
	return int64(s.CachedInfo().State.LastSeq), nil
}
