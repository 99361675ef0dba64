package worker

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"millrace/internal/api"
)

// metrics shows the reports of all apps to Prometheus.
type metrics struct{ apps *apps }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("millrace_"+name, help, labels, nil)
}

// family is one metric of a source or sink.
type family struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*api.EdgeReport) int64
}

func families(edge string) []family {
	f := func(kind prometheus.ValueType, name, help string, of func(*api.EdgeReport) int64) family {
		return family{describe(edge+"_"+name, help, "app", "stream", "type", "index"), kind, of}
	}
	counter, gauge := prometheus.CounterValue, prometheus.GaugeValue
	all := []family{
		f(counter, "rows_total", "Rows of the "+edge+".", func(e *api.EdgeReport) int64 { return e.Rows }),
		f(counter, "bytes_total", "Bytes of the "+edge+"'s records.", func(e *api.EdgeReport) int64 { return e.Bytes }),
		f(counter, "bad_total", "What was left out because it could not be decoded, encoded or written.", func(e *api.EdgeReport) int64 { return e.Bad }),
	}
	if edge == "sink" {
		return append(all,
			f(counter, "dropped_rows_total", "Rows given up while the sink was not connected.", func(e *api.EdgeReport) int64 { return e.Dropped }),
			f(gauge, "waiting_rows", "Rows in the sink's buffer.", func(e *api.EdgeReport) int64 { return e.Waiting }),
			f(gauge, "writing_rows", "Rows that have left the sink's buffer and are on their way.", func(e *api.EdgeReport) int64 { return e.Writing }))
	}
	return append(all,
		f(counter, "repeated_rows_total", "Rows left out because they had been seen.", func(e *api.EdgeReport) int64 { return e.Repeated }),
		f(counter, "missing_rows_total", "Rows that a producer sent and that never came.", func(e *api.EdgeReport) int64 { return e.Missing }))
}

// Describe implements prometheus.Collector. It names nothing: labels depend on the apps.
func (m metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m metrics) Collect(ch chan<- prometheus.Metric) {
	up := describe("app_up", "Whether the app runs: 1, or 0 when it has failed.", "app", "status")
	bad := describe("app_errors_total", "Rows that the app could not process.", "app")
	reports := m.apps.reports()
	for i := range reports {
		r := &reports[i]
		running := 0.0
		if active(*r) {
			running = 1
		}
		ch <- prometheus.MustNewConstMetric(up, prometheus.GaugeValue, running, r.App, string(r.Status))
		ch <- prometheus.MustNewConstMetric(bad, prometheus.CounterValue, float64(r.Errors), r.App)
		collect(ch, families("source"), r.App, r.Sources)
		collect(ch, families("sink"), r.App, r.Sinks)
	}
	m.collectStatistics(ch)
}

// collectStatistics shows what apps with @app:statistics count.
func (m metrics) collectStatistics(ch chan<- prometheus.Metric) {
	stream := describe("stream_rows_total", "Rows of the stream.", "app", "stream")
	query := describe("query_rows_total", "Rows that the query was given.", "app", "query")
	busy := describe("query_busy_seconds_total", "Time that the query took, with what is downstream of it.", "app", "query")
	table := describe("table_rows", "Rows of the table in memory.", "app", "table")
	for app, s := range m.apps.statistics() {
		for _, x := range s.Streams {
			ch <- prometheus.MustNewConstMetric(stream, prometheus.CounterValue, float64(x.Rows), app, x.Stream)
		}
		for _, x := range s.Queries {
			ch <- prometheus.MustNewConstMetric(query, prometheus.CounterValue, float64(x.Rows), app, x.Query)
			ch <- prometheus.MustNewConstMetric(busy, prometheus.CounterValue, x.Busy.Seconds(), app, x.Query)
		}
		for _, x := range s.Tables {
			ch <- prometheus.MustNewConstMetric(table, prometheus.GaugeValue, float64(x.Rows), app, x.Table)
		}
	}
}

func collect(ch chan<- prometheus.Metric, all []family, app string, edges []api.EdgeReport) {
	for i := range edges {
		e := &edges[i]
		for _, f := range all {
			// The index tells apart two sources of one type on one stream.
			ch <- prometheus.MustNewConstMetric(f.desc, f.kind, float64(f.of(e)), app, e.Stream, e.Type, strconv.Itoa(i))
		}
	}
}
