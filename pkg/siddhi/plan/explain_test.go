package plan_test

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/plan"
)

// Each app's explanation has the given lines, in this order.
func TestExplain(t *testing.T) {
	const streams = "define stream A (k string, v int); define stream B (k string, v int); "
	const tables = "@primaryKey('k') @index('v') define table T (k string, v int); define table U (k string, v int); "
	for _, c := range []struct{ name, app, want string }{
		{"steps", "@info(name='q') from A[v > 1]#window.length(2) select k, sum(v) as s group by k insert into O;",
			"query q|  from A|  filter|  group|  window length, rows pass it uncopied|  select|  insert into O|stream A: whole batches"},
		{"a window whose expired rows are seen", "from A#window.length(2) select sum(v) as s insert all events into O;", "  window length\n  select"},
		{"a filter behind the window", "from A#window.length(2)[v > 0] select sum(v) as s insert into O;", "  window length\n  filter"},
		{"an argument that changes", "from A#window.length(2) select max(eventTimestamp()) as s insert into O;", "  window length\n  select"},
		{"a window without rows", "from A#window.length(0) select sum(v) as s insert into O;", "  window length\n  select"},
		{"rows leave in another order", "from A#window.sort(2, v) select sum(v) as s insert into O;", "  window sort\n  select"},
		{"primary key", tables + "@info(name='q') from A join T on T.k == A.k select A.v as v insert into O;",
			"  join table T by primary key|stream A: whole batches"},
		{"index", tables + "@info(name='q') from A join T on T.v == A.v select A.v as v insert into O;",
			"  join table T by index on v|stream A: whole batches"},
		{"scan", tables + "@info(name='q') from A join U on U.v > A.v select A.v as v insert into O;",
			"  join table U by scan|stream A: whole batches"},
		{"two writers", "from A select k, v insert into M; from A select k, v insert into M; from M select k insert into O;",
			"stream A: chunk by chunk, since two queries insert into M|stream M: whole batches"},
		{"diamond into a pattern", "from A select k, v insert into M; @info(name='p') from every e1=A -> e2=M select e1.v as v insert into O;",
			"stream A: chunk by chunk, since query p is reached over two streams|stream M: whole batches"},
		{"table read by a window", tables + "from A insert into U; from A#window.unique:ever((U.k == A.k) in U) select count() as c insert into O;",
			"stream A: chunk by chunk, since table U is written and used by other steps"},
		{"text of a window from the event", "@info(name='q') from A#window.expression(k) select v insert into O;",
			"stream A: chunk by chunk, since query q can fail for a row"},
		{"condition of a window", "@info(name='q') from A#window.expression('sum(v) < 10') select v insert into O;",
			"stream A: whole batches"},
		{"loop", "@info(name='in') from A select k, v insert into L; @info(name='l') from L[v > 0] select k, v - 1 as v insert into L;",
			"stream A: chunk by chunk|stream L: chunk by chunk, since query l leads back to L"},
		{"table written and read", tables + "from A insert into U; from A join U on U.k == A.k select A.v as v insert into O;",
			"stream A: chunk by chunk, since table U is written and used by other steps"},
		{"table written twice", tables + "from A insert into U; from A select k, v update U on U.k == k;",
			"stream A: chunk by chunk, since table U is written and used by other steps"},
		{"table written by another stream", tables + "from B insert into U; from A join U on U.k == A.k select A.v as v insert into O;",
			"stream A: whole batches|stream B: whole batches"},
		{"keys and all keys", "partition with (k of A) begin @info(name='m') from A select k, v insert into M; from M select k insert into O; end;",
			"query m in partition partition_1|stream A: chunk by chunk, since partition partition_1 gets keys and sends rows to all of them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			compiled, err := siddhi.Compile(streams+c.app, siddhi.Options{Time: siddhi.Virtual})
			if err != nil {
				t.Fatal(err)
			}
			got := plan.Explain(compiled.Plan())
			rest := got
			for _, line := range strings.Split(c.want, "|") {
				i := strings.Index("\n"+rest, "\n"+line)
				if i < 0 {
					t.Fatalf("no line %q (in this order) in\n%s", line, got)
				}
				rest = rest[i:]
			}
		})
	}
}
