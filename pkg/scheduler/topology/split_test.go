package topology_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/window"
)

var rewrite = flag.Bool("rewrite", false, "accept what comes out")

// TestSplit runs each file of testdata: an app, then the topology and every
// partial app (or the errors) that must come out of it. Its sections:
//
//	app.siddhi  the app
//	options     lines such as "transport kafka"; default: nats
//	streams     definitions of inferred streams, only for apps that check refuses as yet
//	topology, error, partial <name>: what must come out
func TestSplit(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runStory(t, file) })
	}
}

func runStory(t *testing.T, file string) {
	story, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: story.Comment}
	given := map[string]string{}
	for _, f := range story.Files {
		switch f.Name {
		case "app.siddhi", "options", "streams":
			given[f.Name] = string(f.Data)
			out.Files = append(out.Files, f)
		}
	}
	text := given["app.siddhi"]
	app := parse(t, text)
	schemas, checked := schemasOf(t, app, text, given["streams"])
	opts := options(t, given["options"])
	split, err := splitStory(app, schemas, checked, opts)
	if err != nil {
		out.Files = append(out.Files, txtar.File{Name: "error", Data: []byte(err.Error() + "\n")})
	} else {
		out.Files = append(out.Files, txtar.File{Name: "topology", Data: []byte(split.String())})
		for _, p := range split.PartialApps {
			out.Files = append(out.Files, txtar.File{Name: "partial " + p.Name, Data: []byte(p.Text)})
			verify(t, p, checked != nil)
		}
		again, err := topology.Split(parse(t, text), schemas, opts)
		if err == nil {
			again.Notes = split.Notes // a checked app has more to say
		}
		if err != nil || again.String() != split.String() || fmt.Sprint(again.PartialApps) != fmt.Sprint(split.PartialApps) {
			t.Errorf("the same text gives another topology the second time: %v", err)
		}
	}
	got := txtar.Format(out)
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := txtar.Format(story); !bytes.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s\n(run with -rewrite to accept)", got, want)
	}
}

func splitStory(app *ast.App, schemas topology.Schemas, checked *check.App, opts topology.Options) (*topology.Topology, error) {
	if checked != nil {
		return topology.SplitChecked(checked, opts)
	}
	return topology.Split(app, schemas, opts)
}

// verify holds a partial app to what every app must be: readable, and resolvable if the whole was.
func verify(t *testing.T, p topology.PartialApp, accepted bool) {
	t.Helper()
	app, err := parser.Parse(p.Text)
	if err != nil {
		t.Errorf("partial app %s: %v\n%s", p.Name, err, p.Text)
		return
	}
	if app.Name() != p.Name {
		t.Errorf("partial app %s is called %s in its text", p.Name, app.Name())
	}
	if again := ast.Print(app); again != p.Text {
		t.Errorf("partial app %s is printed as\n%s\nand then as\n%s", p.Name, p.Text, again)
	}
	if !accepted {
		return
	}
	if _, err := check.Check(app, p.Text, registry(t)); err != nil {
		t.Errorf("partial app %s: %v\n%s", p.Name, err, p.Text)
	}
}

func parse(t *testing.T, text string) *ast.App {
	t.Helper()
	app, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func registry(t *testing.T) *extension.Registry {
	t.Helper()
	r, err := extension.NewRegistry(expr.Declarations(), aggregate.Declarations(), window.Declarations())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// schemasOf returns the attributes of the app's streams, and the checked app if check takes it.
func schemasOf(t *testing.T, app *ast.App, text, streams string) (topology.Schemas, *check.App) {
	t.Helper()
	schemas := topology.Schemas{}
	if streams == "" {
		checked, err := check.Check(app, text, registry(t))
		if err == nil {
			for _, s := range checked.Streams {
				schemas[s.Name] = s.Attrs
			}
			return schemas, checked
		}
		t.Logf("check refuses the app, and it has no section streams: %v", err)
	}
	defs := app.Streams()
	if streams != "" {
		defs = append(defs, parse(t, streams).Streams()...)
	}
	for _, d := range defs {
		var attrs schema.Attributes
		for _, a := range d.Attributes {
			attrs = append(attrs, schema.Attribute{Name: a.Name, Type: a.Type})
		}
		schemas[d.Name] = attrs
	}
	return schemas, nil
}

func options(t *testing.T, text string) topology.Options {
	t.Helper()
	opts := topology.Options{Transport: topology.NATS, VirtualPartitions: 4}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "transport":
			opts.Transport = topology.Transport(value)
		case "servers":
			opts.Servers = value
		case "virtual":
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			opts.VirtualPartitions = n
		default:
			t.Fatalf("unknown option %q", key)
		}
	}
	return opts
}

func TestSplitErrorsCanBeInspected(t *testing.T) {
	app := parse(t, "@app:name('A') define stream S (a int);\n@dist(parallel='x') from S select a insert into T;")
	_, err := topology.Split(app, nil, topology.Options{Transport: topology.Kafka})
	var e *topology.Error
	if !errors.As(err, &e) || e.App != "A" || e.Line != 2 || e.Column != 7 {
		t.Errorf("got %#v, want an error of app A at line 2, column 7", e)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	app := parse(t, "@app:name('A') define stream S (a int); from S select a insert into T;")
	for _, opts := range []topology.Options{{}, {Transport: "jms"}, {Transport: topology.NATS, VirtualPartitions: -1}} {
		if _, err := topology.Split(app, nil, opts); err == nil {
			t.Errorf("options %+v are accepted", opts)
		}
	}
}
