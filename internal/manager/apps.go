package manager

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/scheduler"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi"
)

// split checks an app as far as can be done without running it, and splits it.
// It has no effects.
func (m *Manager) split(text string) (*topology.Topology, error) {
	checked, err := siddhi.Check(text)
	if err != nil {
		return nil, err
	}
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		return nil, err
	}
	app.Close()
	if err := m.opts.Check(checked); err != nil {
		return nil, err
	}
	t, err := topology.SplitChecked(checked, m.opts.Topology)
	if err != nil {
		return nil, err
	}
	for i := range t.PartialApps {
		// The scheduler compares with what workers report.
		t.PartialApps[i].Hash = api.TextHash(t.PartialApps[i].Text)
	}
	return t, nil
}

// deploy takes an app; replace says that it may exist. created says that it did not.
func (t *term) deploy(ctx context.Context, text string, split *topology.Topology, replace bool) (row desired.App, created bool, err error) {
	t.write.Lock()
	defer t.write.Unlock()
	before, others := t.lookAround(split.App)
	if before != nil && !replace {
		return row, false, api.NewProblem(http.StatusConflict, api.TypeConflict,
			"there is an app %s already; PUT replaces it (millrace deploy --update)", split.App)
	}
	for _, other := range others {
		if err := topology.Conflict(other, split); err != nil {
			return row, false, api.NewProblem(http.StatusConflict, api.TypeConflict, "%v", err)
		}
	}
	row = desired.App{Name: split.App, Text: text, Generation: 1, State: string(scheduler.AppDeploying), CreatedAt: time.Now()}
	if before != nil {
		if before.row.Text == text && before.topology != nil {
			return before.row, false, nil // the same again changes nothing
		}
		if before.topology != nil {
			if what := rewired(before.topology, split); what != "" {
				return row, false, api.NewProblem(http.StatusConflict, api.TypeConflict,
					"app %s cannot be updated to this text, because the state of what runs cannot be carried over: %s; deploy it under another name", split.App, what)
			}
		}
		row.Generation, row.CreatedAt = before.row.Generation+1, before.row.CreatedAt
	}
	if err := t.apply(ctx, desired.Changes{PutApps: []desired.App{row}}); err != nil {
		return row, false, err
	}
	t.mu.Lock()
	t.apps[row.Name] = &liveApp{row, split}
	t.mu.Unlock()
	t.notify()
	return row, before == nil, nil
}

// lookAround returns the app of that name, nil if there is none, and the topologies of the others.
func (t *term) lookAround(name string) (app *liveApp, others []*topology.Topology) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.ordered() {
		switch {
		case a.row.Name == name:
			copied := *a
			app = &copied
		case a.topology != nil:
			others = append(others, a.topology)
		}
	}
	return app, others
}

// undeploy removes an app; its parts stop afterwards. Their snapshots and the
// topics stay, so the same app deployed again goes on where it was.
func (t *term) undeploy(ctx context.Context, name string) error {
	t.write.Lock()
	defer t.write.Unlock()
	if app, _ := t.lookAround(name); app == nil {
		return noApp(name)
	}
	if err := t.apply(ctx, desired.Changes{DeleteApps: []string{name}}); err != nil {
		return err
	}
	t.mu.Lock()
	delete(t.apps, name)
	t.mu.Unlock()
	t.notify()
	return nil
}

func noApp(name string) error {
	return api.NewProblem(http.StatusNotFound, api.TypeNotFound, "there is no app %s", name)
}

// postApp handles POST and PUT /siddhi-apps.
func (m *Manager) postApp(w http.ResponseWriter, r *http.Request) error {
	t, done := m.leading(w, r)
	if done {
		return nil
	}
	text, err := api.ReadText(r)
	if err != nil {
		return err
	}
	split, err := m.split(text)
	if err != nil {
		return managerapi.InvalidApp(err)
	}
	row, created, err := t.deploy(r.Context(), text, split, r.Method == http.MethodPut)
	if err != nil {
		return err
	}
	answer := managerapi.Deployed{
		Type: "success", Message: "app " + row.Name + " is updated", App: row.Name, Generation: int64(row.Generation), Notes: split.Notes,
	}
	status := http.StatusOK
	if created {
		status, answer.Message = http.StatusCreated, "app "+row.Name+" is deployed"
		w.Header().Set("Location", managerapi.AppsPath+"/"+row.Name)
	}
	api.WriteJSON(w, status, answer)
	return nil
}

// planApp handles POST /siddhi-apps/plan, on any manager.
func (m *Manager) planApp(w http.ResponseWriter, r *http.Request) error {
	text, err := api.ReadText(r)
	if err != nil {
		return err
	}
	split, err := m.split(text)
	if err != nil {
		return managerapi.InvalidApp(err)
	}
	api.WriteJSON(w, http.StatusOK, split)
	return nil
}

// deleteApp handles DELETE /siddhi-apps/{name}.
func (m *Manager) deleteApp(w http.ResponseWriter, r *http.Request) error {
	t, done := m.leading(w, r)
	if done {
		return nil
	}
	if err := t.undeploy(r.Context(), r.PathValue("name")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
