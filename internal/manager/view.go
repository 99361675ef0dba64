package manager

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/scheduler"
)

// view is what the group has decided, from the database, with what only the
// leader knows where this manager is the leader.
type view struct {
	desired.State
	reasons map[string]string        // of parts that are not active
	reports map[string]api.AppReport // the workers' latest, by part
	workers map[string]knownWorker
	ready   func(knownWorker) bool
}

func (m *Manager) view(r *http.Request) (*view, error) {
	state, err := m.opts.Desired.Load(r.Context())
	if err != nil {
		return nil, err
	}
	v := &view{State: state, reasons: map[string]string{}, reports: map[string]api.AppReport{}, workers: map[string]knownWorker{}}
	t := m.current()
	if t == nil {
		return v, nil
	}
	now := time.Now()
	v.ready = func(w knownWorker) bool { return t.workers.ready(&w, now) }
	for _, w := range t.workers.list(now) {
		v.workers[w.id] = w
		if w.dead {
			continue
		}
		for _, report := range w.beat.Apps {
			if newest, twice := v.reports[report.App]; !twice || newest.Older(report.Fence) {
				v.reports[report.App] = report
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.state.Parts() {
		v.reasons[p.Name] = p.Reason
	}
	return v, nil
}

func (v *view) app(name string) (desired.App, error) {
	for _, a := range v.Apps {
		if a.Name == name {
			return a, nil
		}
	}
	return desired.App{}, noApp(name)
}

// parts returns the placements of an app, ordered by name.
func (v *view) parts(app string) []desired.Placement {
	var all []desired.Placement
	for _, p := range v.Placements {
		if p.App == app {
			all = append(all, p)
		}
	}
	return all
}

func (v *view) summary(a desired.App) managerapi.AppSummary {
	s := managerapi.AppSummary{
		AppName: a.Name, Status: "inactive", IsStatEnabled: "OFF", State: a.State, Reason: a.Reason,
		Generation: int64(a.Generation), Age: max(0, time.Since(a.CreatedAt).Milliseconds()),
	}
	for _, p := range v.parts(a.Name) {
		s.Parts++
		if p.State == string(scheduler.Active) {
			s.ActiveParts++
		}
	}
	if isActive(a) {
		s.Status = "active"
	}
	return s
}

func isActive(a desired.App) bool { return a.State == string(scheduler.AppActive) }

// listApps handles GET /siddhi-apps: names, of active or other apps if asked for.
func (m *Manager) listApps(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	want := r.URL.Query().Get("isActive")
	names := []string{}
	for _, a := range v.Apps {
		if want == "" || want == strconv.FormatBool(isActive(a)) {
			names = append(names, a.Name)
		}
	}
	api.WriteJSON(w, http.StatusOK, names)
	return nil
}

// appStatistics handles GET /siddhi-apps/statistics.
func (m *Manager) appStatistics(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	all := []managerapi.AppSummary{}
	for _, a := range v.Apps {
		all = append(all, v.summary(a))
	}
	api.WriteJSON(w, http.StatusOK, all)
	return nil
}

// appText handles GET /siddhi-apps/{name}.
func (m *Manager) appText(w http.ResponseWriter, r *http.Request) error {
	a, err := m.find(r)
	if err == nil {
		api.WriteJSON(w, http.StatusOK, api.AppContent{Content: a.Text})
	}
	return err
}

// appSource handles GET /managers/siddhi-apps-execution/{name}: the same as plain text.
func (m *Manager) appSource(w http.ResponseWriter, r *http.Request) error {
	a, err := m.find(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = fmt.Fprint(w, a.Text)
	return err
}

func (m *Manager) find(r *http.Request) (desired.App, error) {
	name := r.PathValue("name")
	a, found, err := m.opts.Desired.App(r.Context(), name)
	if err == nil && !found {
		err = noApp(name)
	}
	return a, err
}

// appStatus handles GET /siddhi-apps/{name}/status.
func (m *Manager) appStatus(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	a, err := v.app(r.PathValue("name"))
	if err != nil {
		return err
	}
	s := managerapi.AppStatus{AppSummary: v.summary(a), PartialApps: []managerapi.PartStatus{}}
	for _, p := range v.parts(a.Name) {
		part := managerapi.PartStatus{
			Name: p.PartialApp, Group: groupOf(p.PartialApp), Worker: p.Worker, State: p.State,
			Reason: v.reasons[p.PartialApp], Generation: int64(p.Generation),
		}
		if report, ok := v.reports[p.PartialApp]; ok {
			part.Report = &report
		}
		s.PartialApps = append(s.PartialApps, part)
	}
	api.WriteJSON(w, http.StatusOK, s)
	return nil
}

// groupOf is the group of a part: its name without the number at the end.
func groupOf(part string) string {
	if i := strings.LastIndexByte(part, '-'); i > 0 {
		return part[:i]
	}
	return part
}
