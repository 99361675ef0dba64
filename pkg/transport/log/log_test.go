package log

import (
	"bytes"
	"log/slog"
	"testing"

	"millrace/pkg/siddhi/stream"
)

func TestSink(t *testing.T) {
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{nil, "level=INFO msg=\"App : S : a\"\nlevel=INFO msg=\"App : S : b\"\n"},
		{stream.Options{"prefix": "P", "priority": "WARN"}, "level=WARN msg=\"P : a\"\nlevel=WARN msg=\"P : b\"\n"},
		{stream.Options{"priority": "off"}, ""},
	} {
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		s, err := Transport{logger}.Sink(stream.Env{App: "App", Stream: "S"}, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), []stream.Record{{Value: []byte("a")}, {Value: []byte("b")}}); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.want {
			t.Errorf("%v: logged %q, want %q", c.opts, out.String(), c.want)
		}
	}
	if _, err := (Transport{}).Sink(stream.Env{}, stream.Options{"priority": "loud"}); err == nil {
		t.Error("a priority that does not exist is accepted")
	}
}
