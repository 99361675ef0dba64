package connect_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/stream"
)

const withTable = `@app:name('Loaded')
@source(type='topic', topic='events', @map(type='json')) define stream In (k string);
@source(type='topic', topic='names', preload='true', @map(type='json')) define stream Names (k string, name string);
@sink(type='topic', topic='out', @map(type='json')) define stream Out (k string, name string);
@PrimaryKey('k') define table T (k string, name string);
from Names insert into T;
from In as i join T as t on i.k == t.k select i.k as k, t.name as name insert into Out;`

// TestPreload gives the events long before the names that they are joined with:
// none may be read until the names have ended.
func TestPreload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, names, out := newTopic("events", `{"event":{"k":"a"}}`, `{"event":{"k":"b"}}`), newTopic("names"), newTopic("out")
		r := start(t, newRunner(t, withTable, connect.Options{Transports: transports(in, names, out)}))
		time.Sleep(time.Hour)
		if n := r.runner.Status().RowsIn(); n != 0 {
			t.Fatalf("%d rows are read while the names are to come", n)
		}
		names.set(func() {
			for _, v := range []string{`{"event":{"k":"b","name":"Bea"}}`, `{"event":{"k":"a","name":"Ann"}}`} {
				names.records = append(names.records, stream.Record{Value: []byte(v)})
			}
		})
		time.Sleep(time.Hour)
		if n := r.runner.Status().RowsIn(); n != 2 {
			t.Fatalf("%d rows are read, not the two names: they have not ended", n)
		}
		names.set(func() { names.ended = true })
		time.Sleep(time.Hour)
		if got, want := strings.Join(out.values(), ""), `{"event":{"k":"a","name":"Ann"}}{"event":{"k":"b","name":"Bea"}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		r.stop()
	})
}

func TestPreloadOfWhatNeverEnds(t *testing.T) {
	text := strings.Replace(withTable, "topic='names'", "topic='endless'", 1)
	_, err := build(text, connect.Options{Transports: transports(newTopic("events"), newTopic("endless"), newTopic("out"))})
	if err == nil || !strings.Contains(err.Error(), "line 3, column 40: stream Names: preload is 'true', but this source never ends") {
		t.Errorf("got %v", err)
	}
}
