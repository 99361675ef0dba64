package parser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"millrace/pkg/siddhi/ast"
)

var rewrite = flag.Bool("rewrite", false, "write what the parser does now into testdata/golden")

// TestGolden compares, for each file, the tree and canonical text of its input, or the errors with their carets.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := section(t, story, "in")
			got := &txtar.Archive{Comment: story.Comment, Files: []txtar.File{{Name: "in", Data: []byte(in)}}}
			got.Files = append(got.Files, outcome(t, in)...)
			if *rewrite {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(txtar.Format(story)); want != string(txtar.Format(got)) {
				t.Errorf("want:\n%s\ngot:\n%s", want, txtar.Format(got))
			}
		})
	}
}

func section(t *testing.T, story *txtar.Archive, name string) string {
	t.Helper()
	for _, f := range story.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("there is no section %s", name)
	return ""
}

func outcome(t *testing.T, in string) []txtar.File {
	app, err := Parse(in)
	if err != nil {
		return []txtar.File{{Name: "errors", Data: []byte(err.Error() + "\n")}}
	}
	checkPrintedApp(t, app)
	return []txtar.File{
		{Name: "tree", Data: []byte(dumpApp(app))},
		{Name: "text", Data: []byte(ast.Print(app))},
	}
}

func dumpApp(app *ast.App) string {
	var b strings.Builder
	for _, a := range app.Annotations {
		b.WriteString(dump(a) + "\n")
	}
	for _, d := range app.Definitions {
		b.WriteString(dump(d) + "\n")
	}
	for _, e := range app.Elements {
		b.WriteString(dump(e) + "\n")
	}
	return b.String()
}

// dump writes a tree as (Kind Field=value ...), without positions and without fields that have their zero value.
func dump(n ast.Node) string { return dumpValue(reflect.ValueOf(n)) }

func dumpValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return dumpValue(v.Elem())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = dumpValue(v.Index(i))
		}
		return "[" + strings.Join(items, " ") + "]"
	case reflect.Struct:
		return dumpStruct(v)
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	}
	return fmt.Sprint(v.Interface())
}

func dumpStruct(v reflect.Value) string {
	parts := []string{v.Type().Name()}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type == reflect.TypeFor[ast.Span]() || v.Field(i).IsZero() {
			continue
		}
		parts = append(parts, field.Name+"="+dumpValue(v.Field(i)))
	}
	return "(" + strings.Join(parts, " ") + ")"
}
