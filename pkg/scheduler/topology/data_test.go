package topology_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/check"
)

func split(t *testing.T, text string, opts topology.Options) *topology.Topology {
	t.Helper()
	checked, err := check.Check(parse(t, text), text, registry(t))
	if err != nil {
		t.Fatal(err)
	}
	out, err := topology.SplitChecked(checked, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const pay = `@app:name('Pay') define stream Raw (card string, amt double);
@dist(execGroup='in') from Raw[amt > 0.0] select * insert into Ok;
@dist(execGroup='sum', parallel='2') partition with (card of Ok) begin from Ok select card, sum(amt) as s insert into Sums; end;`

func TestTopologySurvivesJSON(t *testing.T) {
	for _, transport := range []topology.Transport{topology.NATS, topology.Kafka} {
		want := split(t, pay, topology.Options{Transport: transport, Servers: "h:1,h:2"})
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := &topology.Topology{}
		if err := json.Unmarshal(data, got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: came back as %+v, want %+v (%v)", transport, got, want, err)
		}
	}
}

// TestRescalingKeepsRouting: another parallelism changes who owns a partition,
// never how many there are; up to the number of virtual partitions.
func TestRescalingKeepsRouting(t *testing.T) {
	for parallel, want := range map[string]int{"2": 16, "5": 16, "16": 16, "17": 32, "40": 64} {
		out := split(t, strings.Replace(pay, "parallel='2'", "parallel='"+parallel+"'", 1), topology.Options{Transport: topology.Kafka})
		for _, topic := range out.Topics {
			if topic.Key != "" && topic.Partitions != want {
				t.Errorf("parallel %s: topic %s, want %d partitions", parallel, topic, want)
			}
		}
	}
}

// TestPartitionsAreSharedOut: every partition of a keyed topic has exactly one owner in each group.
func TestPartitionsAreSharedOut(t *testing.T) {
	for _, parallel := range []string{"2", "3", "7", "16"} {
		out := split(t, strings.Replace(pay, "parallel='2'", "parallel='"+parallel+"'", 1), topology.Options{Transport: topology.NATS})
		owners := map[string]int{}
		for _, p := range out.PartialApps {
			if p.Group != "Pay-sum" {
				continue
			}
			sources := parse(t, p.Text).Streams()[0].Annotations.All("source")
			if len(sources) == 0 {
				t.Errorf("parallel %s: %s owns nothing", parallel, p.Name)
			}
			for _, a := range sources {
				owners[a.First("destination")]++
			}
		}
		if len(owners) != 16 {
			t.Errorf("parallel %s: %d partitions have owners, want 16", parallel, len(owners))
		}
		for subject, n := range owners {
			if n != 1 {
				t.Errorf("parallel %s: %s has %d owners", parallel, subject, n)
			}
		}
	}
}

func TestConflict(t *testing.T) {
	app := func(name, group, stream string) *topology.Topology {
		return split(t, `@app:name('`+name+`') define stream `+stream+` (v int);
@sink(type='log') define stream Out (v int);
@dist(execGroup='`+group+`') from `+stream+` select v insert into Out;`, topology.Options{Transport: topology.NATS})
	}
	for _, tt := range []struct {
		a, b *topology.Topology
		want string
	}{
		{app("A", "g", "S"), app("B", "g", "S"), ""},
		{app("A", "b-c", "S"), app("A-b", "c", "T"), "A-b-c-1"},
		{app("A", "g", "S_T"), app("A_S", "h", "T"), "A_S_T"},
	} {
		err := topology.Conflict(tt.a, tt.b)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s and %s: got %v, want an error about %q", tt.a.App, tt.b.App, err, tt.want)
		}
	}
}
