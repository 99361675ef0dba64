package handler_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
)

// logged runs an app with one stream S (k string, n int) and returns what it logs.
func logged(t *testing.T, query string, level slog.Level) string {
	t.Helper()
	var out bytes.Buffer
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: noTime}))
	app, err := siddhi.Compile("@app:name('A') define stream S (k string, n int);\n@info(name='q') "+query,
		siddhi.Options{Time: siddhi.Virtual, Start: 1000, Logger: logger})
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
	if err := in.Send(1000, siddhi.String("x"), siddhi.Int(1)); err != nil {
		t.Fatal(err)
	}
	if err := in.Send(1001, siddhi.String("y"), siddhi.Object(nil)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		query string
		level slog.Level
		want  []string
	}{
		{"from S#log() select n insert into Out;", slog.LevelInfo, []string{
			`level=INFO msg=event app=A query=q timestamp=1000 expired=false data="[x, 1]"`,
			`level=INFO msg=event app=A query=q timestamp=1001 expired=false data="[y, null]"`}},
		{"from S#log('seen') select n insert into Out;", slog.LevelInfo, []string{
			`level=INFO msg=seen app=A query=q timestamp=1000 expired=false data="[x, 1]"`,
			`level=INFO msg=seen app=A query=q timestamp=1001 expired=false data="[y, null]"`}},
		{"from S#log('WARN', k, false) select n insert into Out;", slog.LevelInfo, []string{
			`level=WARN msg=x app=A query=q`, `level=WARN msg=y app=A query=q`}},
		{"from S#window.length(1)#log(k) select n insert all events into Out;", slog.LevelInfo, []string{
			`level=INFO msg=x app=A query=q timestamp=1000 expired=false data="[x, 1]"`,
			`level=INFO msg=x app=A query=q timestamp=1000 expired=true data="[x, 1]"`,
			`level=INFO msg=y app=A query=q timestamp=1001 expired=false data="[y, null]"`}},
		{"from S#log('DEBUG', k) select n insert into Out;", slog.LevelInfo, nil},
		{"from S#log('OFF', k) select n insert into Out;", slog.LevelDebug, nil},
	} {
		got := strings.Split(strings.TrimSpace(logged(t, c.query, c.level)), "\n")
		if len(got) == 1 && got[0] == "" {
			got = nil
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s\nlogged:\n%s\nwant:\n%s", c.query, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestLogPriority(t *testing.T) {
	_, err := siddhi.Check("define stream S (k string); from S#log('LOUD', k) select k insert into Out;")
	if err == nil || !strings.Contains(err.Error(), "TRACE, DEBUG, INFO") {
		t.Errorf("an unknown priority: %v", err)
	}
}
