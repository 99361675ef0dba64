package window

import (
	"errors"
	"fmt"
	"strings"

	"millrace/pkg/siddhi/cron"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// otherWindows are those that are neither over a number of events nor over a time alone.
func otherWindows() []*extension.Declaration {
	number := []schema.Type{schema.Int, schema.Long}
	count := extension.Param{Name: "window.length", Types: []schema.Type{schema.Int}, Constant: true}
	span := extension.Param{Name: "window.time", Types: number, Constant: true}
	back := extension.Param{Name: "window.delay", Types: number, Constant: true}
	times := extension.Param{Name: "cron.expression", Types: []schema.Type{schema.String}, Constant: true}
	gap := extension.Param{Name: "session.gap", Types: []schema.Type{schema.Long}, Constant: true}
	key := extension.Param{Name: "session.key", Types: []schema.Type{schema.String}, Attribute: true}
	latency := extension.Param{Name: "allowed.latency", Types: []schema.Type{schema.Long}, Constant: true}
	values := []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double}
	by := extension.Param{Name: "attribute", Types: values, Attribute: true}
	order := extension.Param{Name: "order", Types: []schema.Type{schema.String}, Constant: true}
	rest := extension.Param{Name: "attribute or order", Types: values, Repeat: true}

	return []*extension.Declaration{
		declareAny("timeLength", "Keeps the last window.length events, none for longer than window.time milliseconds.",
			"from Quotes#window.timeLength(5 sec, 10) select symbol, avg(price) as price insert into Averages;",
			warns(negative(0, "window.time", staysNone), negative(1, "window.length", staysNone)), []extension.Param{span, count}),
		declare("batch", "Makes a batch of what was sent together, or with window.length of every so many events of it.",
			"from Quotes#window.batch() select symbol, avg(price) as price insert into Averages;",
			atLeast(0, 0, "window.length"), []extension.Param{}, []extension.Param{count}),
		declare("cron", "Collects events and releases them together whenever the cron expression fires; those released before expire then.",
			"from Quotes#window.cron('0 0 * * * ?') select symbol, avg(price) as price insert into Hourly;",
			validateCron, []extension.Param{times}),
		declareAny("delay", "Holds each event back for window.delay milliseconds.",
			"from Quotes#window.delay(5 sec) select symbol, price insert into Late;",
			warns(negative(0, "window.delay", "no event is held back")), []extension.Param{back}),
		noted(declare("session", "Keeps the events of each session.key until none has come for session.gap milliseconds; with allowed.latency a session waits so much longer for late ones.",
			"from Clicks#window.session(5 min, user) select user, count() as clicks group by user insert all events into Sessions;",
			validateSession, []extension.Param{gap}, []extension.Param{gap, key}, []extension.Param{gap, key, latency}),
			warns(negative(0, "session.gap", "a session ends with its first event"), negative(2, "allowed.latency", "there is none"))),
		noted(declare("sort", "Keeps the window.length events that come first when sorted by the attributes, each 'asc' or 'desc'; the last one leaves.",
			"from Quotes#window.sort(10, price, 'desc') select symbol, price insert all events into Highest;",
			validateSort, []extension.Param{count, by}, []extension.Param{count, by, order}, []extension.Param{count, by, order, rest}),
			warns(negative(0, "window.length", staysNone))),
	}
}

func validateCron(args []extension.Arg) error {
	_, err := cron.Parse(args[0].Text)
	return err
}

func validateSession(args []extension.Arg) error {
	if len(args) > 2 && args[2].Int > args[0].Int {
		return fmt.Errorf("allowed.latency is %d, it must not be greater than session.gap, which is %d", args[2].Int, args[0].Int)
	}
	return nil
}

// validateSort refuses what is not a list of attributes, each with or without an order behind it.
func validateSort(args []extension.Arg) error {
	attribute := false
	for _, a := range args[1:] {
		if !a.Constant {
			if attribute && a.Type == schema.String { // Siddhi takes it for the order
				return errors.New("an attribute before one of type string needs its order, 'asc' or 'desc'")
			}
			attribute = true
			continue
		}
		if a.Type != schema.String || !strings.EqualFold(a.Text, "asc") && !strings.EqualFold(a.Text, "desc") {
			return fmt.Errorf("an order is 'asc' or 'desc', not %s", shown(a))
		}
		if !attribute {
			return fmt.Errorf("the order '%s' has no attribute before it", a.Text)
		}
		attribute = false
	}
	return nil
}

func shown(a extension.Arg) string {
	if a.Type == schema.String {
		return "'" + a.Text + "'"
	}
	return "a constant of type " + a.Type.String()
}
