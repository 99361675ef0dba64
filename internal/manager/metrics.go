package manager

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"millrace/pkg/scheduler"
)

// metrics are what GET /metrics shows, as Prometheus reads it.
type metrics struct {
	registry   *prometheus.Registry
	heartbeats prometheus.Counter
}

func newMetrics(m *Manager) *metrics {
	x := &metrics{
		registry: prometheus.NewRegistry(),
		heartbeats: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "millrace_manager_heartbeats_total", Help: "Heartbeats of workers that this manager has answered as leader.",
		}),
	}
	x.registry.MustRegister(x.heartbeats, &cluster{m,
		prometheus.NewDesc("millrace_manager_leader", "1 while this manager leads.", nil, nil),
		prometheus.NewDesc("millrace_manager_workers", "Workers by state, on the leader.", []string{"state"}, nil),
		prometheus.NewDesc("millrace_manager_apps", "Apps by state, on the leader.", []string{"state"}, nil),
		prometheus.NewDesc("millrace_manager_parts", "Partial apps by state, on the leader.", []string{"state"}, nil),
	})
	return x
}

func (x *metrics) handler() http.Handler {
	return promhttp.HandlerFor(x.registry, promhttp.HandlerOpts{})
}

// cluster counts what the leader knows at the time of a scrape.
type cluster struct {
	manager                      *Manager
	leader, workers, apps, parts *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *cluster) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.leader, c.workers, c.apps, c.parts} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *cluster) Collect(out chan<- prometheus.Metric) {
	t := c.manager.current()
	if t == nil {
		out <- prometheus.MustNewConstMetric(c.leader, prometheus.GaugeValue, 0)
		return
	}
	out <- prometheus.MustNewConstMetric(c.leader, prometheus.GaugeValue, 1)
	workers, apps, parts := map[string]int{}, map[string]int{}, map[string]int{}
	now := time.Now()
	for _, w := range t.workers.list(now) {
		switch {
		case w.dead:
			workers["lost"]++
		case t.workers.ready(&w, now):
			workers["alive"]++
		default:
			workers["silent"]++
		}
	}
	t.mu.Lock()
	for _, a := range t.apps {
		apps[a.row.State]++
	}
	for _, p := range t.state.Parts() {
		parts[string(p.Phase)]++
	}
	t.mu.Unlock()
	// States that nothing is in are 0, not missing: alerts need them.
	for _, phase := range []scheduler.Phase{scheduler.Waiting, scheduler.Deploying, scheduler.Active, scheduler.Failed, scheduler.Undeploying} {
		parts[string(phase)] += 0
	}
	for d, counts := range map[*prometheus.Desc]map[string]int{c.workers: workers, c.apps: apps, c.parts: parts} {
		for state, n := range counts {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), state)
		}
	}
}
