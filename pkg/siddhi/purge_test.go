package siddhi_test

import (
	"strconv"
	"testing"

	"millrace/pkg/siddhi"
)

// TestPurgeLeavesNothing sends rows of ever new keys to a partition with @purge that
// has all sorts of state: what is kept must not grow with the keys that have been.
func TestPurgeLeavesNothing(t *testing.T) {
	const app = `define stream S (k string, v int, ts long); define stream T (k string, v int);
@purge(enable='true', interval='1 sec', idle.period='2 sec')
partition with (k of S, k of T) begin
from S#window.length(3) select k, v, sum(v) as t group by v insert all events into O1;
from S#window.time(1 min) select k, max(v) as m, distinctCount(v) as d having count() > 0 insert into O2;
from S#window.lengthBatch(2) select k, v, avg(v) as a group by v output last every 3 events insert into O3;
from S#window.externalTimeBatch(ts, 1 min) select k, v output snapshot every 1 min insert into O4;
from S#window.session(1 min, k)#unique:deduplicate(v, 1 min) select k, v, count() as c group by v output all every 1 min insert into O5;
from S#window.sort(2, v) join T#window.length(2) on S.v == T.v select S.k as k, count() as c insert into O6;
from every e1=S -> e2=T[v == e1.v] select e1.k as k insert into O7;
from S select k, v group by v output first every 3 events insert into O8;
end;`
	a, err := siddhi.Compile(app, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	s, err := a.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	now, key := int64(1000), 0
	run := func(keys int) (size int) {
		for range keys {
			key++
			now += 50
			if err := a.AdvanceTo(now); err != nil {
				t.Fatal(err)
			}
			for v := range int32(3) {
				if err := s.Send(now, siddhi.String("key "+strconv.Itoa(key)), siddhi.Int(v), siddhi.Long(now)); err != nil {
					t.Fatal(err)
				}
			}
		}
		snapshot, err := a.Snapshot(nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(snapshot)
	}
	first := run(200)
	if last := run(3000); last > first+first/2 {
		t.Errorf("a snapshot has grown from %d to %d bytes with the keys that have been", first, last)
	}
}
