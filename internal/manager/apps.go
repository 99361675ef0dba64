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

// removalLimit is how long a deployment waits for the end of a removed app of that name.
const removalLimit = 20 * time.Second

// deploy takes an app; replace says that it may exist. created says that it did not.
func (t *term) deploy(ctx context.Context, text string, split *topology.Topology, replace bool) (row desired.App, created bool, err error) {
	limited, cancel := context.WithTimeout(ctx, removalLimit)
	defer cancel()
	for {
		row, created, removing, err := t.tryDeploy(ctx, text, split, replace)
		if removing == nil {
			return row, created, err
		}
		select {
		case <-removing:
		case <-t.ctx.Done():
			return row, false, t.ctx.Err()
		case <-limited.Done():
			return row, false, api.NewProblem(http.StatusConflict, api.TypeConflict,
				"the app %s that was undeployed is not gone yet; try again when millrace apps does not show it any more", split.App)
		}
	}
}

// tryDeploy deploys, unless an app of that name is being removed: then it returns
// what is closed when some app is gone.
func (t *term) tryDeploy(ctx context.Context, text string, split *topology.Topology, replace bool) (row desired.App, created bool, removing <-chan struct{}, err error) {
	t.write.Lock()
	defer t.write.Unlock()
	before, others, gone := t.lookAround(split.App)
	switch {
	case before != nil && before.removed():
		return row, false, gone, nil
	case before != nil && !replace:
		return row, false, nil, api.NewProblem(http.StatusConflict, api.TypeConflict,
			"there is an app %s already; PUT replaces it (millrace deploy --update)", split.App)
	}
	for _, other := range others {
		if err := topology.Conflict(other, split); err != nil {
			return row, false, nil, api.NewProblem(http.StatusConflict, api.TypeConflict, "%v", err)
		}
	}
	row = desired.App{Name: split.App, Text: text, Generation: 1, State: string(scheduler.AppDeploying), CreatedAt: time.Now()}
	if before != nil {
		if before.row.Text == text && before.topology != nil {
			return before.row, false, nil, nil // the same again changes nothing
		}
		if before.topology != nil {
			if what := rewired(before.topology, split); what != "" {
				return row, false, nil, api.NewProblem(http.StatusConflict, api.TypeConflict,
					"app %s cannot be updated to this text, because the state of what runs cannot be carried over: %s; undeploy it first, or deploy it under another name",
					split.App, what)
			}
		}
		row.Generation, row.CreatedAt = before.row.Generation+1, before.row.CreatedAt
	}
	if err := t.apply(ctx, desired.Changes{PutApps: []desired.App{row}}); err != nil {
		return row, false, nil, err
	}
	t.put(&liveApp{row, split})
	return row, before == nil, nil, nil
}

// put notes an app that is written, and has the scheduler look.
func (t *term) put(a *liveApp) {
	t.mu.Lock()
	t.apps[a.row.Name] = a
	t.mu.Unlock()
	t.notify()
}

// lookAround returns the app of that name, nil if there is none, the topologies of
// the others, and what is closed when a removed app is gone.
func (t *term) lookAround(name string) (app *liveApp, others []*topology.Topology, gone <-chan struct{}) {
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
	return app, others, t.gone
}

// undeploy removes an app. Its parts stop afterwards, then their state and the
// topics are deleted; its row stays until that is done.
func (t *term) undeploy(ctx context.Context, name string) error {
	t.write.Lock()
	defer t.write.Unlock()
	app, _, _ := t.lookAround(name)
	if app == nil {
		return noApp(name)
	}
	app.row.State, app.row.Reason = string(scheduler.AppUndeploying), ""
	if err := t.apply(ctx, desired.Changes{PutApps: []desired.App{app.row}}); err != nil {
		return err
	}
	t.put(app)
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
