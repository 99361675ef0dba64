package mapper

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

var trade = schema.Attributes{
	{Name: "symbol", Type: schema.String}, {Name: "price", Type: schema.Float}, {Name: "volume", Type: schema.Long},
}

func records(values ...string) []stream.Record {
	var recs []stream.Record
	for _, v := range values {
		recs = append(recs, stream.Record{Value: []byte(v)})
	}
	return recs
}

// rows renders the rows of b, chunks in brackets when there are marks.
func rows(b *column.Buffer) string {
	var s strings.Builder
	for ch := range b.Chunks() {
		lo, hi := b.Chunk(ch)
		var events []string
		for r := lo; r < hi; r++ {
			var values []string
			for c := range b.Cols {
				values = append(values, fmt.Sprint(b.Cols[c].Any(r)))
			}
			events = append(events, strings.Join(values, ","))
		}
		if ch > 0 {
			s.WriteByte(' ')
		}
		if b.Ends != nil {
			fmt.Fprintf(&s, "[%s]", strings.Join(events, " "))
		} else {
			s.WriteString(strings.Join(events, " "))
		}
	}
	return s.String()
}

func reasons(bad []BadRecord) string {
	var all []string
	for i := range bad {
		all = append(all, fmt.Sprintf("%d: %v", bad[i].Record, &bad[i]))
	}
	return strings.Join(all, "; ")
}

type decodeCase struct {
	name    string
	attrs   schema.Attributes
	config  Config
	records []stream.Record
	rows    string
	bad     string // contained in the reasons, "" for none
}

func runDecode(t *testing.T, cases []decodeCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.attrs == nil {
				c.attrs = trade
			}
			d, err := NewDecoder(c.attrs, c.config)
			if err != nil {
				t.Fatal(err)
			}
			b := column.NewBuffer(c.attrs)
			for range 2 { // a decoder keeps nothing between calls
				b.Reset()
				got := reasons(d.Decode(b, c.records))
				if rows(b) != c.rows {
					t.Errorf("rows are %s\nwant     %s", rows(b), c.rows)
				}
				if !strings.Contains(got, c.bad) || (got == "") != (c.bad == "") {
					t.Errorf("bad records are %s\nwant %s", got, c.bad)
				}
				for i := range b.N {
					if b.Time[i] != NoTime {
						t.Errorf("row %d has time %d", i, b.Time[i])
					}
				}
			}
		})
	}
}

func TestDecodeJSON(t *testing.T) {
	custom := Config{Type: "json", Options: stream.Options{"enclosing.element": "$.portfolio", "fail.on.missing.attribute": "false"},
		Attributes: []Entry{{"symbol", "company.symbol"}, {"price", "$.price"}, {"volume", "company.trades.volume"}}}
	lenient := Config{Type: "json", Options: stream.Options{"fail.on.missing.attribute": "false"}}
	strict := Config{Type: "json"}
	object := schema.Attributes{{Name: "o", Type: schema.Object}, {Name: "b", Type: schema.Bool}}
	runDecode(t, []decodeCase{
		{"bare and enveloped", nil, strict, records(`{"symbol":"WSO2","price":55.6,"volume":100}`, `{"event":{"volume":7,"price":1,"symbol":"IBM"}}`),
			"WSO2,55.6,100 IBM,1,7", ""},
		{"array is a chunk", nil, strict, records(`{"symbol":"A","price":1,"volume":1}`,
			`[{"event":{"symbol":"B","price":1,"volume":1}},{"symbol":"C","price":1,"volume":1}]`, `{"symbol":"D","price":1,"volume":1}`),
			"[A,1,1] [B,1,1 C,1,1] [D,1,1]", ""},
		{"lines", nil, strict, records("{\"symbol\":\"A\",\"price\":1,\"volume\":1}\n{\"symbol\":\"B\",\"price\":1,\"volume\":2}\n"), "A,1,1 B,1,2", ""},
		{"null, unknown and nested members", nil, strict, records(`{"x":{"symbol":[1,{"a":2}]},"symbol":null,"price":null,"volume":3,"y":[]}`), "<nil>,<nil>,3", ""},
		{"missing", nil, strict, records(`{"symbol":"A","price":1}`, `{"symbol":"B","price":2,"volume":2}`), "B,2,2", "0: attribute volume: is missing"},
		{"missing is null", nil, lenient, records(`{"symbol":"A","price":1}`), "A,1,<nil>", ""},
		{"one bad event in an array", nil, strict, records("[{\"symbol\":\"A\",\"price\":1,\"volume\":1},\n{\"symbol\":\"B\",\"price\":\"x\",\"volume\":1},\n{\"symbol\":\"C\",\"price\":1,\"volume\":1}]"),
			"[A,1,1 C,1,1]", `0: line 2: attribute price: "x" is no float`},
		{"an array cut short counts as none", nil, strict, records(`[{"symbol":"A","price":1,"volume":1},{"symbol":"B"`, `{"symbol":"C","price":1,"volume":1}`),
			"C,1,1", "0: the JSON ends too early"},
		{"no JSON", nil, strict, records(`symbol=A`, ``, `{"symbol":"C","price":1,"volume":1}}`), "C,1,1", "0: not JSON"},
		{"no object", nil, strict, records(`5`, `["a"]`), "", `0: an event must be an object, this is 5; 1: an event must be an object, this is the string "a"`},
		{"numbers as text, text as numbers", nil, strict, records(`{"symbol":7,"price":"1.5","volume":"20"}`), "7,1.5,20", ""},
		{"integers in other forms", nil, strict, records(`{"symbol":true,"price":1,"volume":2.0}`, `{"symbol":"","price":1,"volume":1e3}`), "true,1,2 ,1,1000", ""},
		{"integers that do not fit", nil, strict, records(`{"symbol":"","price":1,"volume":2.5}`, `{"symbol":"","price":1,"volume":9223372036854775808}`,
			`{"symbol":"","price":1e39,"volume":1}`), "", `0: attribute volume: "2.5" is no long; 1: attribute volume: "9223372036854775808" is out of the range of long; 2: attribute price: "1e39" is out of the range of float`},
		{"an object where a value must be", nil, strict, records(`{"symbol":{"a":1},"price":1,"volume":1}`), "", "0: attribute symbol: an object is no string"},
		{"paths", nil, custom, records(`{"x":1,"portfolio":[{"company":{"symbol":"A","trades":{"volume":5}},"price":2},{"price":3,"company":7}]}`), "[A,2,5 <nil>,3,<nil>]", ""},
		{"no enclosing element", nil, custom, records(`{"x":1}`, `[]`), "", `0: the enclosing element "portfolio" is missing; 1: no object with the enclosing element "portfolio", but an array`},
		{"objects", object, strict, records(`{"o":{"a":[1,2.5,"x",null,true]},"b":"TRUE"}`, `{"o":3,"b":false}`), "map[a:[1 2.5 x <nil> true]],true 3,false", ""},
		{"object too deep", object, strict, records(`{"o":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"b":true}`), "", "nested deeper than 32"},
		{"transport properties", nil, Config{Type: "json", Attributes: []Entry{{"symbol", "trp:Sym"}, {"price", "$.p"}, {"volume", "trp:volume"}}},
			[]stream.Record{{Value: []byte(`{"p":1}`), Headers: []stream.Header{{Name: "sym", Value: "A"}, {Name: "volume", Value: "9"}}}, {Value: []byte(`{"p":1}`)}},
			"A,1,9", "1: attribute symbol: is missing"},
	})
}

func TestDecodeCSV(t *testing.T) {
	named := Config{Type: "csv", Options: stream.Options{"header": "true", "null.values": "NA,-"}}
	runDecode(t, []decodeCase{
		{"by order", nil, Config{Type: "csv"}, records("WSO2,55.6,100", "A,,\r\n\r\nB,2,3\n"), "WSO2,55.6,100 A,<nil>,<nil> B,2,3", ""},
		{"quotes", nil, Config{Type: "csv"}, records("\"a \"\"b\"\", c\n\",1,2\nx,3,4"), "a \"b\", c\n,1,2 x,3,4", ""},
		{"by name, with nulls", nil, named, records("volume,other,symbol,price\n1,x,A,NA\n-,y,B,2"), "A,<nil>,1 B,2,<nil>", ""},
		{"header from the source", nil, named, []stream.Record{
			{Value: []byte("A,1,2"), Headers: []stream.Header{{Name: HeaderLine, Value: "symbol,volume,price"}}},
			{Value: []byte(`"B",3,4`), Headers: []stream.Header{{Name: HeaderLine, Value: "symbol,volume,price"}}}}, "A,2,1 B,4,3", ""},
		{"by number and delimiter", nil, Config{Type: "csv", Options: stream.Options{"delimiter": `\t`}, Attributes: []Entry{{"", "2"}, {"", "0"}, {"", "1"}}},
			records("1.5\t7\tA\textra"), "A,1.5,7", ""},
		{"group is a chunk", nil, Config{Type: "csv", Options: stream.Options{"event.grouping.enabled": "true"}}, records("A,1,1\nB,2,2", "C,3,3"), "[A,1,1 B,2,2] [C,3,3]", ""},
		{"bad lines", nil, Config{Type: "csv"}, records("A,1,1\nB,x,2\nC,3\nD,4,4,4\nE,5,5"), "A,1,1 E,5,5",
			`0: line 2: attribute price: "x" is no float; 0: line 3: has 2 columns, the stream 3 attributes (symbol string, price float, volume long); 0: line 4: has 4 columns`},
		{"wrong quote", nil, Config{Type: "csv"}, records("A,1,1\n\"B\"x,1,1\nC,1,1", "D,1,1"), "A,1,1 D,1,1", "0: line 2: extraneous or missing"},
		{"not UTF-8", nil, Config{Type: "csv"}, records("\xff,1,1"), "", `0: attribute symbol: "\xff" is not UTF-8`},
		{"missing column", nil, named, records("symbol,price\nA,1"), "", "0: line 2: attribute volume: is missing"},
	})
}

func TestDecodeText(t *testing.T) {
	line := schema.Attributes{{Name: "line", Type: schema.String}}
	byRegex := Config{Type: "text", Options: stream.Options{"regex.a": `^(\w+): ([\d.]+)`, "regex.b": `vol=(\d*)`},
		Attributes: []Entry{{"symbol", "A[1]"}, {"price", "A[2]"}, {"volume", "B[1]"}}}
	runDecode(t, []decodeCase{
		{"whole", line, Config{Type: "text"}, records("a\nb\n", ""), "a\nb ", ""},
		{"lines", line, Config{Type: "text", Options: stream.Options{"event.grouping.enabled": "true"}}, records("a\r\n\nb"), "[a b]", ""},
		{"regex", nil, byRegex, records("WSO2: 55.6 vol=7", "nothing", "A: 1 vol="), "WSO2,55.6,7 A,1,<nil>", `1: attribute symbol: "nothing" does not match`},
	})
}

func TestConfigMistakes(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Type: "xml"}, `no mapper "xml"`},
		{Config{Type: "json", Options: stream.Options{"fail.on.mising": "x"}}, "unknown option fail.on.mising; there are enclosing.element, fail.on.missing.attribute"},
		{Config{Type: "json", Options: stream.Options{"fail.on.missing.attribute": "maybe"}}, "must be true or false"},
		{Config{Type: "json", Attributes: []Entry{{"symbol", "a"}}}, "@attributes has 1 entries, the stream 3 attributes"},
		{Config{Type: "json", Attributes: []Entry{{"symbol", "a"}, {"", "b"}, {"", "c"}}}, "mixes named and positional"},
		{Config{Type: "json", Attributes: []Entry{{"symbol", "a"}, {"symbol", "b"}, {"price", "c"}}}, "twice"},
		{Config{Type: "json", Attributes: []Entry{{"", "a[0]"}, {"", "b"}, {"", "c"}}}, "only names of members"},
		{Config{Type: "json", Attributes: []Entry{{"", "a"}, {"", "a.b"}, {"", "c"}}}, "its path leads to an object"},
		{Config{Type: "csv", Options: stream.Options{"delimiter": "ab"}}, "one character"},
		{Config{Type: "csv", Attributes: []Entry{{"", "a"}, {"", "1"}, {"", "2"}}}, "number of a column"},
		{Config{Type: "text"}, "must have one attribute"},
		{Config{Type: "text", Attributes: []Entry{{"", "A[1]"}, {"", "A[1]"}, {"", "A[1]"}}}, "needs option regex.A"},
		{Config{Type: "frame", Attributes: []Entry{{"", "a"}}}, "needs another mapper"},
		{Config{Type: "json", Payload: []Entry{{"", "a"}}}, "@payload belongs to a sink"},
	} {
		if _, err := NewDecoder(trade, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives %v, want %q", c.config, err, c.want)
		}
	}
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Type: "json", Payload: []Entry{{"", "{{nothing}}"}}}, "no attribute of"},
		{Config{Type: "csv", Payload: []Entry{{"symbol", "0"}, {"price", "0"}, {"volume", "1"}}}, "a column of its own"},
		{Config{Type: "frame", Options: stream.Options{"compress.above": "-1"}}, "number of bytes"},
		{Config{Type: "json", Attributes: []Entry{{"", "a"}}}, "@attributes belongs to a source"},
	} {
		if _, err := NewEncoder(trade, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives %v, want %q", c.config, err, c.want)
		}
	}
}

func TestEncode(t *testing.T) {
	b := column.NewBuffer(trade)
	b.UseEnds()
	add := func(symbol string, price float32, volume int64) {
		b.Cols[0].AppendString(symbol)
		b.Cols[1].AppendFloat(price)
		b.Cols[2].AppendLong(volume)
		b.Time, b.N = append(b.Time, 0), b.N+1
	}
	add("A", 55.6, 1)
	add("a \"b\",\n\x01é", 1e10, 2)
	add("", 0.0001, 3)
	b.Cols[0].AppendNull()
	b.Cols[1].AppendNull()
	b.Cols[2].AppendLong(4)
	b.Time, b.N = append(b.Time, 0), b.N+1
	b.Ends = append(b.Ends, 2, 4)
	group := stream.Options{"event.grouping.enabled": "true"}
	for _, c := range []struct {
		name   string
		config Config
		rows   []int32
		want   []string
	}{
		{"json", Config{Type: "json"}, nil, []string{
			`{"event":{"symbol":"A","price":55.6,"volume":1}}`, `{"event":{"symbol":"a \"b\",\n\u0001é","price":1.0E10,"volume":2}}`,
			`{"event":{"symbol":"","price":1.0E-4,"volume":3}}`, `{"event":{"symbol":null,"price":null,"volume":4}}`}},
		{"json grouped", Config{Type: "json", Options: stream.Options{"event.grouping.enabled": "true", "enclosing.element": "$.all.of"}}, []int32{0, 2, 3}, []string{
			`{"all":{"of":[{"event":{"symbol":"A","price":55.6,"volume":1}}]}}`,
			`{"all":{"of":[{"event":{"symbol":"","price":1.0E-4,"volume":3}},{"event":{"symbol":null,"price":null,"volume":4}}]}}`}},
		{"json payload", Config{Type: "json", Payload: []Entry{{"", `{"s":"{{symbol}}","v":{{volume}}}`}}}, []int32{1, 3}, []string{
			`{"s":"a \"b\",\n\u0001é","v":2}`, `{"s":"null","v":4}`}},
		{"text", Config{Type: "text"}, []int32{0}, []string{"symbol:\"A\",\nprice:55.6,\nvolume:1"}},
		{"text payload", Config{Type: "text", Options: group, Payload: []Entry{{"", "{{ symbol }} at {{price}}"}}}, []int32{0, 2, 3}, []string{"A at 55.6", " at 1.0E-4\nnull at null"}},
		{"csv", Config{Type: "csv", Options: stream.Options{"null.values": "NA"}}, nil, []string{"A,55.6,1", "\"a \"\"b\"\",\n\x01é\",1.0E10,2", ",1.0E-4,3", "NA,NA,4"}},
		{"csv order, header, group", Config{Type: "csv", Options: stream.Options{"header": "true", "event.grouping.enabled": "true", "delimiter": ";"},
			Payload: []Entry{{"symbol", "2"}, {"price", "0"}, {"volume", "1"}}}, []int32{2, 3}, []string{"price;volume;symbol\n1.0E-4;3;\n;4;"}},
	} {
		e, err := NewEncoder(trade, c.config)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			recs, err := e.Encode(nil, &b.Batch, c.rows)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range recs {
				got = append(got, string(r.Value))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
			}
		}
	}
}

func TestJavaNumbers(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{0, "0.0"}, {100, "100.0"}, {-1.5, "-1.5"}, {1e7, "1.0E7"}, {1.25e-7, "1.25E-7"}, {9999999, "9999999.0"}, {0.001, "0.001"}, {123456789.5, "1.234567895E8"}} {
		if got := string(javatext.AppendFloat(nil, c.v, 64)); got != c.want {
			t.Errorf("%v is %s, want %s", c.v, got, c.want)
		}
	}
}
