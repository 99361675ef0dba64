package demo

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSortByMonth(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from.gz"), filepath.Join(dir, "to.gz")
	pack(t, from, "year,month,x\n2013,10,a\n2013,2,b\n2013,10,c\n2013,1,d\n2013,2,e")
	if err := sortByMonth(to, from); err != nil {
		t.Fatal(err)
	}
	if got, want := unpack(t, to), "year,month,x\n2013,1,d\n2013,2,b\n2013,2,e\n2013,10,a\n2013,10,c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for text, want := range map[string]string{
		"year,x\n2013,1\n":       "no column month",
		"year,month\n2013,13\n":  `line 2: month is "13`,
		"year,month\n2013\n":     "line 2 has no month",
		"":                       "header",
		"year,month\n2013,one\n": `line 2: month is "one`,
	} {
		pack(t, from, text)
		if err := sortByMonth(to, from); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func pack(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := gzip.NewWriter(f)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestText(t *testing.T) {
	in, err := findInput(Options{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := in.text("results", 0)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain, "${") || !strings.Contains(plain, "results/hourly.jsonl") || !strings.Contains(plain, in.flightsPath()) {
		t.Errorf("the variables are not filled in:\n%s", plain)
	}
	paced, err := in.text("results", 300000)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(paced, "replay.speed") != 1 || !strings.Contains(paced, "replay.speed='300000'") {
		t.Errorf("the replay has no speed:\n%s", paced)
	}
	if _, err := (input{app: "define stream X (a int); from X select a insert into Y;"}).text("", 1); err == nil {
		t.Error("an app without the stream of flights is accepted")
	}
}

func TestMissingData(t *testing.T) {
	empty := t.TempDir()
	for name, o := range map[string]Options{
		"January": {Data: empty}, "the year": {Full: true, Data: empty}, "the app": {Example: empty},
	} {
		if _, err := findInput(o, t.TempDir()); err == nil || !strings.Contains(err.Error(), empty) {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
		}
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"--workers is -1": {Workers: -1}, "--kill needs another": {Workers: 1, Kill: true}, "--speed is -5": {Speed: -5},
	} {
		if err := o.complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
