package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// Which apps can be restored after each send, and why others cannot.
func TestRestoreShows(t *testing.T) {
	const in = "define stream S (k string, v int); "
	for app, why := range map[string]string{
		"from S#window.length(2) select sum(v) as t insert into O;":                                                                      "",
		"from S#window.lengthBatch(2) select v insert into O;":                                                                           "",
		"from S#window.time(1 sec) select v insert into O;":                                                                              "overdue",
		"partition with (k of S) begin from S#window.length(2) select v insert into O; end;":                                             "",
		"partition with (k of S) begin from S#window.session(1 sec) select v insert into O; end;":                                        "keys",
		"from S#window.session(1 sec) select v insert into O;":                                                                           "",
		"from S#window.session(1 sec) select v output last every 1 sec insert into O;":                                                   "at one time",
		"from S#window.delay(1 sec) select v insert into O;":                                                                             "",
		"partition with (k of S) begin from S#window.delay(1 sec) select v insert into O; end;":                                          "keys",
		"partition with (k of S) begin from S select v output last every 1 sec insert into O; end;":                                      "keys",
		"@purge(enable='true', interval='1 sec', idle.period='1 sec') partition with (k of S) begin from S select v insert into O; end;": "@purge",
		"from S#window.lengthBatch(2) as a join S#window.length(2) as b on a.k == b.k select a.v insert into O;":                         "looked at",
		"define window W (k string, v int) lengthBatch(2); from S insert into W;":                                                        "looked at",
		"define trigger T at every 1 sec; from S select v insert into O;":                                                                "triggers",
	} {
		s := &scenario.Scenario{App: in + app, Steps: []scenario.Step{{At: 1000}}}
		_, err := s.Run(scenario.Options{RestoreEach: true})
		if why == "" && err != nil || why != "" && (!errors.Is(err, scenario.ErrUnsupported) || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: %v, want %q", app, err, why)
		}
	}
}
