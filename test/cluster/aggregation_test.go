package cluster

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"millrace/internal/api"
	"millrace/internal/localcluster"
	"millrace/internal/testcluster"
)

// aggregated is the app of orders with an aggregation, which runs in the group that joins it.
func (o *orders) aggregated() string {
	return fmt.Sprintf(`@app:name('%s')
@source(type='file', path='%s', poll.interval='20ms', @map(type='csv'))
define stream Orders (id long, account string, amount long);
define stream Accepted (id long, account string, amount long);
define stream Ask (account string);
define aggregation Totals from Accepted
select account, sum(amount) as total, count() as n group by account aggregate every sec...year;

@dist(execGroup='clean')
from Orders[amount > 0L] select id, account, amount insert into Accepted;

@dist(execGroup='totals')
from Ask as q join Totals as t on t.account == q.account within 0L, 9999999999999L per 'years'
select t.account, t.total insert into Answers;
`, o.name, o.in)
}

// awaitTotals asks the manager until the aggregation has all orders that were sent.
func (o *orders) awaitTotals(c *testcluster.Cluster) {
	o.t.Helper()
	c.Eventually("the aggregation of "+o.name+" has every order once", func(ctx context.Context) (bool, error) {
		client, err := c.Client(ctx)
		if err != nil {
			return false, err
		}
		answer, err := client.Query(ctx, api.Query{AppName: o.name,
			Query: "from Totals within 0L, 9999999999999L per 'years' select account, sum(total) as total, sum(n) as n group by account"})
		if err != nil {
			return false, err
		}
		for _, r := range answer.Records {
			account := fmt.Sprint(r[0])
			if want := o.totals[account]; fmt.Sprintf("%v %v", r[1], r[2]) != fmt.Sprintf("%d %d", want[0], want[1]) {
				return false, fmt.Errorf("of account %s there are %v in %v orders, want %v", account, r[1], r[2], want)
			}
		}
		return len(answer.Records) == len(o.totals), nil
	})
}

// An aggregation is asked through the manager, and loses and doubles nothing when
// the worker that has it dies.
func TestAggregationMoves(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{})
	o := newOrders(t, "Aggregated")
	c.Deploy(o.aggregated())
	workers := c.AwaitActive(o.name)
	o.send(some)
	o.awaitTotals(c)
	var victim *localcluster.Node
	for part, worker := range workers {
		if strings.HasPrefix(part, o.name+"-totals-") {
			victim = c.Worker(worker)
		}
	}
	o.send(some)
	victim.Kill()
	o.send(some)
	awaitMoved(c, o, victim)
	o.send(some)
	o.awaitTotals(c)
}
