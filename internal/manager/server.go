package manager

import (
	"errors"
	"net/http"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/scheduler"
)

// handler returns the routes of the API.
func (m *Manager) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				m.fail(w, r, err)
			}
		})
	}
	const app = managerapi.AppsPath + "/{name}"
	handle("POST "+managerapi.AppsPath, m.postApp)
	handle("PUT "+managerapi.AppsPath, m.postApp)
	handle("GET "+managerapi.AppsPath, m.listApps)
	handle("GET "+managerapi.AppsPath+"/statistics", m.appStatistics)
	handle("POST "+managerapi.PlanPath, m.planApp)
	handle("GET "+app, m.appText)
	handle("GET "+app+"/status", m.appStatus)
	handle("DELETE "+app, m.deleteApp)

	handle("POST "+api.QueryPath, m.postQuery)

	handle("GET "+managerapi.WorkersPath, m.listWorkers)
	handle("GET /resourceClusterWorkers", m.countWorkers)
	handle("GET /resourceClusterWorkers/clusteredWorkerNodeDetails", m.workerNodes)
	handle("POST "+api.HeartbeatPath, m.heartbeat)

	handle("GET /managers", m.showManagers)
	handle("GET /managers/isActive", m.isActive)
	handle("GET /managers/siddhi-apps", m.placedParts)
	handle("GET /managers/siddhi-apps/{name}", m.placedParts)
	handle("GET /managers/siddhi-apps-execution/{name}", m.appSource)

	handle("GET /health", m.health)
	mux.Handle("GET /metrics", m.metrics.handler())
	handle("GET /openapi.json", openAPI)
	handle("/", func(_ http.ResponseWriter, r *http.Request) error {
		return api.NewProblem(http.StatusNotFound, api.TypeNotFound, "there is no %s %s; see /openapi.json", r.Method, r.URL.Path)
	})
	return mux
}

// fail answers with an error, and logs those that are not the caller's.
func (m *Manager) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := api.AsProblem(err)
	if errors.Is(err, scheduler.ErrFenced) {
		p = api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable, "this manager does not lead any more; try again: %v", err)
		w.Header().Set("Retry-After", "1")
	}
	if p.Status >= http.StatusInternalServerError {
		m.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	api.WriteProblem(w, p)
}

// leading returns the term of this manager. When it does not lead, the caller has
// been answered with where the leader is.
func (m *Manager) leading(w http.ResponseWriter, r *http.Request) (t *term, answered bool) {
	if t := m.current(); t != nil {
		return t, false
	}
	leader, ok := m.leader()
	if !ok {
		w.Header().Set("Retry-After", "1")
		m.fail(w, r, api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable, "no manager leads at the moment; try again"))
		return nil, true
	}
	http.Redirect(w, r, leader.Interface.URL()+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	return nil, true
}

// health handles GET /health: the process is alive.
func (m *Manager) health(w http.ResponseWriter, _ *http.Request) error {
	api.WriteJSON(w, http.StatusOK, api.Health{Status: "healthy"})
	return nil
}
