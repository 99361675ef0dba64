package worker

import (
	"strings"
	"testing"

	"millrace/internal/api"
)

// Apps run with the properties of the node: an aggregation asks for its time zone.
func TestProperties(t *testing.T) {
	order := api.Order{Text: "@app:name('A') define stream S (v int); define aggregation G from S select sum(v) as s aggregate every hour;"}
	for zone, want := range map[string]string{"Europe/Rome": "", "Europe/Atlantis": "there is no time zone"} {
		cfg := &Config{Properties: map[string]string{"aggTimeZone": zone}}
		_, err := compile(cfg, "A", order)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", zone, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", zone, err, want)
		}
	}
}
