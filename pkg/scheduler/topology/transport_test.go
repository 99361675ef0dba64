package topology_test

import (
	"strings"
	"testing"

	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/kafka"
	"millrace/pkg/transport/nats"
)

// TestTransportsTakeWhatIsGenerated gives every generated annotation to the
// transport that it is for, which refuses options that it does not know.
func TestTransportsTakeWhatIsGenerated(t *testing.T) {
	text := `@app:name('Every') define stream Raw (k string, v int); define stream Side (v int);
@sink(type='log') define stream Out (k string, v int);
@sink(type='log') define stream Sums (k string, total long);
@dist(execGroup='in') from Raw[v > 0] select * insert into Ok;
@dist(execGroup='side', parallel='2') from Side select 'x' as k, v insert into Out;
@dist(execGroup='all') from Ok[v > 1] select * insert into Out;
@dist(execGroup='some', parallel='2') from Ok[v > 2] select * insert into Out;
@dist(execGroup='keyed', parallel='3') partition with (k of Ok) begin from Ok select k, sum(v) as total insert into Sums; end;`
	for transport, ends := range map[topology.Transport]struct {
		source stream.SourceFactory
		sink   stream.SinkFactory
	}{
		topology.NATS:  {nats.Transport{}.Source, nats.Transport{}.Sink},
		topology.Kafka: {kafka.Transport{}.Source, kafka.Transport{}.Sink},
	} {
		out := split(t, text, topology.Options{Transport: transport, Servers: "localhost:1"})
		seen := map[string]int{}
		for _, p := range out.PartialApps {
			for _, d := range parse(t, p.Text).Streams() {
				env := stream.Env{App: p.Name, Stream: d.Name, Logf: t.Logf}
				for _, a := range d.Annotations {
					for _, opts := range endsOf(a, string(transport)) {
						seen[a.Name]++
						var err error
						if a.Name == "source" {
							_, err = ends.source(env, opts)
						} else {
							_, err = ends.sink(env, opts)
						}
						if err != nil {
							t.Errorf("%s, %s: %v\n%s", p.Name, ast.Print(a), err, p.Text)
						}
					}
				}
			}
		}
		if seen["source"] < 7 || seen["sink"] < 17 {
			t.Errorf("%s: only %v were looked at", transport, seen)
		}
	}
}

// endsOf returns the options of an annotation of the transport; for a
// distributed sink, those of each destination over its own.
func endsOf(a *ast.Annotation, transport string) []stream.Options {
	if a.Name != "source" && a.Name != "sink" || a.First("type") != transport {
		return nil
	}
	common := optionsOf(a, stream.Options{})
	distribution := a.Annotations.Find("distribution")
	if distribution == nil {
		return []stream.Options{common}
	}
	var all []stream.Options
	for _, destination := range distribution.Annotations.All("destination") {
		all = append(all, optionsOf(destination, common))
	}
	return all
}

func optionsOf(a *ast.Annotation, over stream.Options) stream.Options {
	opts := stream.Options{}
	for k, v := range over {
		opts[k] = v
	}
	for _, e := range a.Elements {
		opts[strings.ToLower(e.Key)] = e.Value
	}
	return opts
}
