package siddhi_test

import (
	"errors"
	"fmt"
	"testing"

	"millrace/pkg/siddhi"
)

// shop is an app with a table of three rows and a running clock.
func shop(t *testing.T) *siddhi.App {
	t.Helper()
	app, err := siddhi.Compile(`
		define stream Orders (item string, amount int);
		@primaryKey('item') define table Stock (item string, amount int);
		from Orders select item, amount insert into Stock;`, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	in, err := app.Input("Orders")
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range []string{"nut", "bolt", "gear"} {
		if err := in.Send(1, siddhi.String(item), siddhi.Int(int32(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	return app
}

func ask(t *testing.T, app *siddhi.App, query string) *siddhi.Rows {
	t.Helper()
	rows, err := app.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}

func TestQuery(t *testing.T) {
	app := shop(t)
	rows := ask(t, app, "from Stock select item, amount * 2 as twice order by amount desc limit 2")
	if got := rows.Attrs.String(); got != "item string, twice int" || rows.Changed || rows.Len() != 2 {
		t.Fatalf("got %d rows of (%s), changed %v", rows.Len(), got, rows.Changed)
	}
	if item, twice := rows.Value(0, 0), rows.Value(0, 1); item != "gear" || twice != int32(6) {
		t.Errorf("first row is %v, %v, want gear, 6", item, twice)
	}
	if rows := ask(t, app, "update Stock set Stock.amount = 9 on Stock.item == 'nut'"); !rows.Changed || rows.Len() != 0 {
		t.Errorf("an update gives %d rows, changed %v", rows.Len(), rows.Changed)
	}
	if v := ask(t, app, "from Stock on item == 'nut' select amount").Value(0, 0); v != int32(9) {
		t.Errorf("amount is %v after the update, want 9", v)
	}
}

// TestQueryAnswersAreTheCallers holds an answer to stay as it is while the app goes on.
func TestQueryAnswersAreTheCallers(t *testing.T) {
	app := shop(t)
	rows := ask(t, app, "from Stock on item == 'nut' select *")
	ask(t, app, "update Stock set Stock.amount = 9 on Stock.item == 'nut'")
	ask(t, app, "from Stock on item == 'bolt' select *")
	if rows.Value(0, 0) != "nut" || rows.Value(0, 1) != int32(1) {
		t.Errorf("the answer became %v, %v", rows.Value(0, 0), rows.Value(0, 1))
	}
}

// TestQueryKeepsNoState asks an aggregating query again and again, among more
// queries than the cache holds.
func TestQueryKeepsNoState(t *testing.T) {
	app := shop(t)
	for i := range 120 {
		if v := ask(t, app, "from Stock select sum(amount) as total").Value(0, 0); v != int64(6) {
			t.Fatalf("time %d: the sum is %v, want 6", i, v)
		}
		if n := ask(t, app, fmt.Sprintf("from Stock on amount != %d select item", i)).Len(); i > 3 && n != 3 {
			t.Fatalf("query %d finds %d rows, want 3", i, n)
		}
	}
}

func TestQueryOfAStoppedApp(t *testing.T) {
	app := shop(t)
	app.Close()
	if _, err := app.Query("from Stock select *"); err == nil || err.Error() != "query: app is not running" {
		t.Errorf("got %v", err)
	}
}

// TestQueryReportsDuplicates holds a refused row to be an error of the app, not of the query.
func TestQueryReportsDuplicates(t *testing.T) {
	var failed []error
	app, err := siddhi.Compile(`define stream S (a int); @primaryKey('a') define table T (a int); from S insert into T;`,
		siddhi.Options{Time: siddhi.Virtual, OnError: func(e *siddhi.ProcessingError) { failed = append(failed, e) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ask(t, app, "select 1 as a insert into T")
	ask(t, app, "select 1 as a insert into T")
	var e *siddhi.ProcessingError
	if len(failed) != 1 || !errors.As(failed[0], &e) || e.Query != "on demand" {
		t.Errorf("got %v", failed)
	}
}

func ExampleApp_query() {
	app, err := siddhi.Compile(`
		define stream Orders (item string, amount int);
		define table Stock (item string, amount int);
		from Orders insert into Stock;`, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close()
	if err := app.Start(); err != nil {
		fmt.Println(err)
		return
	}
	for _, query := range []string{
		"select 'nut' as item, 30 as amount insert into Stock",
		"select 'bolt' as item, 5 as amount insert into Stock",
		"from Stock on amount > 10 select item, amount",
	} {
		rows, err := app.Query(query)
		if err != nil {
			fmt.Println(err)
			return
		}
		for row := range rows.Len() {
			fmt.Println(rows.Value(row, 0), rows.Value(row, 1))
		}
	}
	// Output: nut 30
}

// TestQueryWhileEventsCome asks and changes a table while others send: every
// answer is of one instant, between two events.
func TestQueryWhileEventsCome(t *testing.T) {
	app, err := siddhi.Compile(`define stream S (a int, b int); define table T (a int, b int); from S insert into T;`, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	in, err := app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	const events = 2000
	sent := make(chan error, 1)
	go func() {
		for i := range int32(events) {
			if err := in.Send(int64(i), siddhi.Int(i), siddhi.Int(i)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for done := false; !done; {
		select {
		case err := <-sent:
			if err != nil {
				t.Fatal(err)
			}
			done = true
		default:
		}
		ask(t, app, "update T set T.a = T.a + 1, T.b = T.b + 1 on true")
		if rows := ask(t, app, "from T on a != b select a, b"); rows.Len() != 0 {
			t.Fatalf("%d rows were seen in the middle of a change", rows.Len())
		}
	}
	if n := ask(t, app, "from T select count() as n").Value(0, 0); n != int64(events) {
		t.Errorf("the table has %v rows, want %d", n, events)
	}
}
