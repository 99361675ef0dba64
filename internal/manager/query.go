package manager

import (
	"net/http"
	"strings"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/parser"
)

// postQuery handles POST /stores/query: it asks the worker that has what the
// query is about. appName is that of an app, or of a part.
func (m *Manager) postQuery(w http.ResponseWriter, r *http.Request) error {
	t, done := m.leading(w, r)
	if done {
		return nil
	}
	var q api.Query
	if err := api.ReadJSON(r, &q); err != nil {
		return err
	}
	if err := q.Check(); err != nil {
		return err
	}
	tree, err := parser.ParseOnDemand(q.Query)
	if err != nil {
		return api.QueryFailed(q.AppName, err)
	}
	v, err := m.view(r)
	if err != nil {
		return err
	}
	part, err := t.holder(v, q.AppName, asked(tree))
	if err != nil {
		return err
	}
	worker, known := v.workers[part.Worker]
	if !known || worker.dead {
		return api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable, "the part %s runs nowhere at the moment; try again", part.PartialApp)
	}
	q.AppName = part.PartialApp
	records, err := t.orders.Query(r.Context(), worker.at, q)
	if err != nil {
		return err
	}
	api.WriteJSON(w, http.StatusOK, records)
	return nil
}

// asked returns the name of what a query reads or changes.
func asked(q *ast.OnDemandQuery) string {
	if q.From != nil {
		return q.From.Name
	}
	id, _ := ast.OutputTarget(q.Output)
	return id.Name
}

// holder returns the part of an app that has what is called name.
func (t *term) holder(v *view, app, name string) (desired.Placement, error) {
	var holders []desired.Placement
	for _, p := range v.Placements {
		if p.PartialApp == app {
			return p, nil
		}
	}
	live, _, _ := t.lookAround(app)
	if live == nil || live.removed() || live.topology == nil {
		return desired.Placement{}, noApp(app)
	}
	for _, p := range v.parts(app) {
		for _, part := range live.topology.PartialApps {
			if part.Name == p.PartialApp && keeps(part.Text, name) {
				holders = append(holders, p)
			}
		}
	}
	switch len(holders) {
	case 0:
		return desired.Placement{}, api.NewProblem(http.StatusBadRequest, api.TypeValidation,
			"app %s has no table, window or aggregation %s; see the app's text at %s/%s", app, name, managerapi.AppsPath, app)
	case 1:
		return holders[0], nil
	}
	names := make([]string, len(holders))
	for i, p := range holders {
		names[i] = p.PartialApp
	}
	return desired.Placement{}, api.NewProblem(http.StatusBadRequest, api.TypeValidation,
		"%s is in %d parts of app %s, each with rows of its own; ask one of them: %s", name, len(holders), app, strings.Join(names, ", "))
}

// keeps says whether a partial app defines a table, window or aggregation of that name; the
// tables that an aggregation makes count, too.
func keeps(text, name string) bool {
	app, err := parser.Parse(text)
	if err != nil {
		return false
	}
	for _, d := range app.Definitions {
		if a, ok := d.(*ast.AggregationDef); ok && check.IsLevelTable(name, a) {
			return true
		}
		if d.DefinedName() != name {
			continue
		}
		switch d.(type) {
		case *ast.TableDef, *ast.WindowDef, *ast.AggregationDef:
			return true
		}
	}
	return false
}
