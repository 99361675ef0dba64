package worker

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"millrace/internal/api"
)

// handler is a request's handler whose error is answered as a problem.
type handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP implements http.Handler.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		api.WriteProblem(w, err)
	}
}

func (w *Worker) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /siddhi-apps":              w.postApp,
		"PUT /siddhi-apps":               w.putApp,
		"GET /siddhi-apps":               w.getApps,
		"GET /siddhi-apps/statistics":    w.getStatistics,
		"GET /siddhi-apps/{name}":        w.getApp,
		"GET /siddhi-apps/{name}/status": w.getAppStatus,
		"DELETE /siddhi-apps/{name}":     w.deleteApp,
		"GET /statistics":                w.getWorkerStatistics,
		"POST " + api.QueryPath:          w.postQuery,
		"GET /health":                    w.getHealth,
		"GET /health/ready":              w.getReady,
		"GET /nodeDetails/runTime":       w.getRunTime,

		"GET " + api.OrderPath + "{$}":       w.getReports,
		"PUT " + api.OrderPath + "{name}":    w.putOrder,
		"DELETE " + api.OrderPath + "{name}": w.deleteOrder,

		"DELETE " + api.OrderPath + "{name}/state": w.deleteState,
	} {
		mux.Handle(pattern, h)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(metrics{w.apps}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return mux
}

// putOrder obeys a manager.
func (w *Worker) putOrder(rw http.ResponseWriter, r *http.Request) error {
	var o api.Order
	if err := api.ReadJSON(r, &o); err != nil {
		return err
	}
	report, _, err := w.apps.deploy(r.Context(), r.PathValue("name"), o)
	if err != nil {
		return err
	}
	api.WriteJSON(rw, http.StatusOK, report)
	return nil
}

func (w *Worker) deleteOrder(rw http.ResponseWriter, r *http.Request) error {
	return w.obey(rw, r, w.apps.undeploy)
}

func (w *Worker) deleteState(rw http.ResponseWriter, r *http.Request) error {
	return w.obey(rw, r, w.apps.forget)
}

// obey carries out an order whose fence is in the query.
func (w *Worker) obey(rw http.ResponseWriter, r *http.Request, order func(context.Context, string, api.Fence) error) error {
	var f api.Fence
	for name, to := range map[string]*int64{"epoch": &f.Epoch, "generation": &f.Generation} {
		var err error
		if *to, err = strconv.ParseInt(r.URL.Query().Get(name), 10, 64); err != nil {
			return api.NewProblem(http.StatusBadRequest, api.TypeBadRequest, "the query must have a number %s", name)
		}
	}
	if err := order(r.Context(), r.PathValue("name"), f); err != nil {
		return err
	}
	rw.WriteHeader(http.StatusNoContent)
	return nil
}

func (w *Worker) getReports(rw http.ResponseWriter, _ *http.Request) error {
	api.WriteJSON(rw, http.StatusOK, w.apps.reports())
	return nil
}

// free refuses what users may change only on a worker without managers.
func (w *Worker) free() error {
	if w.hb == nil {
		return nil
	}
	return api.NewProblem(http.StatusForbidden, api.TypeConflict, "this worker takes its apps from a manager: deploy there, for example at %s/siddhi-apps", w.cfg.Managers[0])
}

func (w *Worker) postApp(rw http.ResponseWriter, r *http.Request) error {
	return w.change(rw, r, false)
}

func (w *Worker) putApp(rw http.ResponseWriter, r *http.Request) error { return w.change(rw, r, true) }

// change deploys an app of a user.
func (w *Worker) change(rw http.ResponseWriter, r *http.Request, replace bool) error {
	text, err := api.ReadText(r)
	if err != nil {
		return err
	}
	if err := w.free(); err != nil {
		return err
	}
	a, err := compile(&w.cfg, "", api.Order{Text: text})
	if err != nil {
		return err
	}
	if !replace && w.apps.get(a.name) != nil {
		return api.NewProblem(http.StatusConflict, api.TypeConflict, "there is an app %s already; PUT replaces it", a.name)
	}
	report, created, err := w.apps.deploy(r.Context(), a.name, api.Order{Text: text})
	if err != nil {
		return err
	}
	if err := w.keepApp(report.App, text); err != nil {
		return err
	}
	status, what := http.StatusOK, "updated"
	if created {
		status, what = http.StatusCreated, "deployed"
	}
	rw.Header().Set("Location", api.AppsPath+"/"+report.App)
	api.WriteJSON(rw, status, api.Message{Type: "success", Message: "app " + report.App + " is " + what})
	return nil
}

func (w *Worker) deleteApp(rw http.ResponseWriter, r *http.Request) error {
	if err := w.free(); err != nil {
		return err
	}
	name := r.PathValue("name")
	if err := w.apps.undeploy(r.Context(), name, api.Fence{}); err != nil {
		return err
	}
	if err := w.forgetApp(name); err != nil {
		return err
	}
	if err := w.apps.forget(r.Context(), name, api.Fence{}); err != nil {
		return fmt.Errorf("app %s is stopped, but would go on where it was if it is deployed again: %w", name, err)
	}
	rw.WriteHeader(http.StatusOK)
	return nil
}

func (w *Worker) getApps(rw http.ResponseWriter, r *http.Request) error {
	want := r.URL.Query().Get("isActive")
	names := []string{}
	for _, rep := range w.apps.reports() {
		if want == "" || want == strconv.FormatBool(active(rep)) {
			names = append(names, rep.App)
		}
	}
	api.WriteJSON(rw, http.StatusOK, names)
	return nil
}

// active is what WSO2 SP calls so: the app has not failed and is not being stopped.
func active(r api.AppReport) bool {
	return r.Status != api.AppFailed && r.Status != api.AppStopping
}

func activity(r api.AppReport) string {
	if active(r) {
		return "active"
	}
	return "inactive"
}

func (w *Worker) named(r *http.Request) (*app, error) {
	name := r.PathValue("name")
	if a := w.apps.get(name); a != nil {
		return a, nil
	}
	return nil, notFound(name)
}

func (w *Worker) getApp(rw http.ResponseWriter, r *http.Request) error {
	a, err := w.named(r)
	if err != nil {
		return err
	}
	api.WriteJSON(rw, http.StatusOK, api.AppContent{Content: a.text})
	return nil
}

func (w *Worker) getAppStatus(rw http.ResponseWriter, r *http.Request) error {
	a, err := w.named(r)
	if err != nil {
		return err
	}
	report := a.report()
	api.WriteJSON(rw, http.StatusOK, api.AppStatus{Status: activity(report), Report: report})
	return nil
}

func (w *Worker) getStatistics(rw http.ResponseWriter, _ *http.Request) error {
	all := []api.AppStatistics{}
	for _, r := range w.apps.reports() {
		all = append(all, api.AppStatistics{
			AppName: r.App, Status: activity(r), Age: time.Since(time.UnixMilli(r.StartedAt)).Milliseconds(), IsStatEnabled: "BASIC",
		})
	}
	api.WriteJSON(rw, http.StatusOK, all)
	return nil
}

func (w *Worker) getWorkerStatistics(rw http.ResponseWriter, _ *http.Request) error {
	s := api.WorkerStatistics{RunningStatus: "Reachable", IsStatsEnabled: true, ClusterID: "Single Node Deployments", OSName: runtime.GOOS}
	if w.hb != nil {
		s.ClusterID = "Distributed Deployments"
		w.hb.mu.Lock()
		if m := w.hb.load.latest; m != nil {
			s.WorkerMetrics = *m
		}
		w.hb.mu.Unlock()
	}
	for _, a := range w.apps.list() {
		if at := a.runner.Status().Snapshot.At; !at.IsZero() {
			s.LastSnapshotTime = max(s.LastSnapshotTime, at.UnixMilli())
		}
	}
	api.WriteJSON(rw, http.StatusOK, s)
	return nil
}

func (w *Worker) getHealth(rw http.ResponseWriter, _ *http.Request) error {
	api.WriteJSON(rw, http.StatusOK, api.Health{Status: "healthy"})
	return nil
}

// getReady says whether the worker may run apps.
func (w *Worker) getReady(rw http.ResponseWriter, _ *http.Request) error {
	if w.hb != nil && !w.hb.lease.holds() {
		return api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable, "no manager has taken this worker in yet, or none has answered for too long")
	}
	api.WriteJSON(rw, http.StatusOK, api.Health{Status: "ready"})
	return nil
}

func (w *Worker) getRunTime(rw http.ResponseWriter, _ *http.Request) error {
	_, err := rw.Write([]byte("worker"))
	return err
}
