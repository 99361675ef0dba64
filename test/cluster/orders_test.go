package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/testcluster"
)

// orders is an app with a source, a group of two instances with state by key, and
// one writer; and the same calculation in Go. The input is appended while it runs.
type orders struct {
	t       testing.TB
	name    string
	in, out string
	next    int
	want    map[string]int // result lines; each must come once, and may come again after a restart
	totals  map[string][2]int
}

const accounts = 40

func newOrders(t testing.TB, name string) *orders {
	dir := t.TempDir()
	o := &orders{
		t: t, name: name, in: filepath.Join(dir, "orders.csv"), out: filepath.Join(dir, "results.csv"),
		want: map[string]int{}, totals: map[string][2]int{},
	}
	if err := os.WriteFile(o.in, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *orders) text() string {
	return fmt.Sprintf(`@app:name('%s')
@source(type='file', path='%s', poll.interval='20ms', @map(type='csv'))
define stream Orders (id long, account string, amount long);
define stream Accepted (id long, account string, amount long);
@sink(type='file', path='%s', @map(type='csv'))
define stream Results (id long, account string, total long, n long);

@dist(execGroup='clean')
from Orders[amount > 0L] select id, account, amount insert into Accepted;

@dist(execGroup='totals', parallel='2')
partition with (account of Accepted) begin
    from Accepted select id, account, sum(amount) as total, count() as n insert into Totals;
end;

@dist(execGroup='write')
from Totals select id, account, total, n insert into Results;
`, o.name, o.in, o.out)
}

// send appends n orders, every seventh of which the app refuses.
func (o *orders) send(n int) {
	o.t.Helper()
	f, err := os.OpenFile(o.in, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for range n {
		id := o.next
		o.next++
		account, amount := fmt.Sprintf("a%d", id*7919%accounts), id%100+1
		if id%7 == 0 {
			amount = -1
		}
		fmt.Fprintf(w, "%d,%s,%d\n", id, account, amount)
		if amount < 0 {
			continue
		}
		t := o.totals[account]
		t[0], t[1] = t[0]+amount, t[1]+1
		o.totals[account] = t
		o.want[fmt.Sprintf("%d,%s,%d,%d", id, account, t[0], t[1])] = 0
	}
	if err := w.Flush(); err != nil {
		o.t.Fatal(err)
	}
}

// results returns how often each line that has come so far came.
func (o *orders) results() (map[string]int, error) {
	text, err := os.ReadFile(o.out)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if i := strings.LastIndexByte(string(text), '\n'); i < len(text)-1 {
		text = text[:i+1] // a line is being written
	}
	got := map[string]int{}
	for line := range strings.Lines(string(text)) {
		got[strings.TrimSuffix(line, "\n")]++
	}
	return got, err
}

// awaitAll waits until every result has come, and checks that nothing else has.
// It returns how many lines came again.
func (o *orders) awaitAll(c *testcluster.Cluster) (again int) {
	o.t.Helper()
	var got map[string]int
	c.Eventually("all results of "+o.name+" have come", func(context.Context) (bool, error) {
		var err error
		if got, err = o.results(); err != nil {
			return false, err
		}
		missing, example := 0, ""
		for line := range o.want {
			if got[line] == 0 {
				missing, example = missing+1, line
			}
		}
		if missing == 0 {
			return true, nil
		}
		return false, fmt.Errorf("%d of %d are missing, such as %s", missing, len(o.want), example)
	})
	for line, n := range got {
		if _, right := o.want[line]; !right {
			o.t.Errorf("%s: the result %q is wrong", o.name, line)
		}
		again += n - 1
	}
	return again
}

// awaitSome waits until some results have come.
func (o *orders) awaitSome(c *testcluster.Cluster) {
	o.t.Helper()
	c.Eventually("some results of "+o.name+" have come", func(context.Context) (bool, error) {
		got, err := o.results()
		return len(got) > 0, err
	})
}
