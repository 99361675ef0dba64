package javaregex

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestMatching has what Java 17 answers, by its documentation and recorded from it.
func TestMatching(t *testing.T) {
	for _, c := range []struct {
		pattern, text     string
		find, look, whole bool
	}{
		{`h$`, "oh\n", true, false, false},
		{`^b`, "a\nb", false, false, false},
		{`(?m)^b`, "a\nb", true, false, false},
		{`a.b`, "a\nb", false, false, false},
		{`a.b`, "a\u2028b", false, false, false},
		{`(?s)a.b`, "a\nb", true, true, true},
		{`(?<=h)e`, "hello", true, false, false},
		{`(a)\1`, "aa", true, true, true},
		{`(?<x>a)b\k<x>`, "aba", true, true, true},
		{`[a-z&&[^l]]+`, "hello", true, true, false},
		{`[a-c[x-z]]+`, "abxyz", true, true, true},
		{`[^\d\s]+`, "a1", true, true, false},
		{`a++b`, "aab", true, true, true},
		{`a++ab`, "aaab", false, false, false},
		{`\Qa.b\E`, "a.b", true, true, true},
		{`\Qa.b\E`, "axb", false, false, false},
		{`\p{L}+`, "Häl", true, true, true},
		{`\p{Lower}+`, "ä", false, false, false},
		{`\w+`, "é", false, false, false},
		{`(?i)HELLO`, "hello", true, true, true},
		{`(?i:h)ELLO`, "hELLO", true, true, true},
		{`(?x) a b # both`, "ab", true, true, true},
		{`\u0041\x42\0103`, "ABC", true, true, true},
		{`x{2,3}`, "xxxx", true, true, false},
		{`(x)?h`, "h", true, true, true},
		{`a|`, "b", true, true, false},
		{`[]a]`, "]", true, true, true},
		{`[a-]`, "-", true, true, true},
		{`\R`, "\r\n", true, true, true},
		{``, "", true, true, true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if find, look, whole := p.Contains(c.text), p.LookingAt(c.text), p.Matches(c.text); find != c.find || look != c.look || whole != c.whole {
			t.Errorf("%s in %q: found %v, at the start %v, whole %v", c.pattern, c.text, find, look, whole)
		}
	}
}

func TestFaultyPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"(h": "not closed", "h)": "without", "[a": "not closed", "*a": "nothing", "a**": "nothing", "a{2": "not closed", "a{x}": "repetitions",
		"a{3,2}": "repetitions", `\y`: "means nothing", `a\`: "behind the last", "[b-a]": "backwards", "(?<1>a)": "name", "(?<a>x)(?<a>y)": "two groups",
		`\p{Nope}`: "no such class", "(?z)": "no group", `\k<x>`: "earlier group", `\u12`: "too few", `\G`: "means nothing",
	} {
		if _, err := Compile(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct{ pattern, text, replacement, want string }{
		{"", "hello", "-", "-h-e-l-l-o-"}, {"l*", "hello", "-", "-h-e--o-"}, {"(h)(e)", "hello", "$2$1", "ehllo"}, {"x", "hello", "$9", "hello"},
		{"(?<n>l)", "hello", "<${n}>", "he<l><l>o"}, {"l", "hello", `\$`, "he$$o"}, {"(a)", "banana", "$10", "ba0na0na0"}, {"ä", "häh", "ö", "höh"},
		{"(?=l)", "hello", "_", "he_l_lo"},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Replace(nil, c.text, c.replacement, true)
		if err != nil || string(got) != c.want {
			t.Errorf("%s in %q by %s: %q, %v, want %q", c.pattern, c.text, c.replacement, got, err, c.want)
		}
	}
	p, err := Compile("l")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"$1", "$", "${x}", `\`, "$x"} {
		if _, err := p.Replace(nil, "hello", bad, true); err == nil {
			t.Errorf("the replacement %s is accepted", bad)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          []string
	}{
		{",", "a,b,,c,,", []string{"a", "b", "", "c"}}, {",", "", []string{""}}, {",", ",a", []string{"", "a"}}, {"", "abc", []string{"a", "b", "c"}},
		{",", ",", nil}, {"x*", "axb", []string{"a", "", "b"}}, {"(?<=,)", "a,b", []string{"a,", "b"}}, {"-", "abc", []string{"abc"}},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Split(nil, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q at %s: %q, want %q", c.text, c.pattern, got, c.want)
		}
	}
}

// TestMatchersAgree runs random patterns through both matchers.
func TestMatchersAgree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"a", "b", "c", ".", "[ab]", "[^a]", "(a)", "(b|c)", "(?:ab)", `\d`, `\w`, "^", "$", `\b`, "a*", "b+?", "c?", "a{1,2}", "|"}
	letters := []rune("abc1 äß\n")
	for range 3000 {
		pattern, text := "", ""
		for range 1 + rnd.IntN(5) {
			pattern += pieces[rnd.IntN(len(pieces))]
		}
		for range rnd.IntN(8) {
			text += string(letters[rnd.IntN(len(letters))])
		}
		fast, err := Compile(pattern)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		slow := *fast
		slow.search = nil
		for from := 0; from <= len(text); from++ {
			if from < len(text) && text[from]&0xc0 == 0x80 {
				continue
			}
			if a, b := slices.Clone(fast.Find(text, from)), slow.Find(text, from); !slices.Equal(a, b) && !unicodeBorder(pattern, text) {
				t.Errorf("%s in %q from %d: %v and %v", pattern, text, from, a, b)
			}
		}
		if fast.Matches(text) != slow.Matches(text) && !unicodeBorder(pattern, text) {
			t.Errorf("%s matches all of %q in one matcher only", pattern, text)
		}
	}
}

// unicodeBorder is where the matchers are known to differ: which letters make words for \b.
func unicodeBorder(pattern, text string) bool {
	return strings.Contains(pattern, `\b`) && strings.ContainsAny(text, "äß")
}

func FuzzCompile(f *testing.F) {
	f.Add(`(?<n>[a-z&&[^l]]++)\k<n>`, "hello")
	f.Add(`(?x)\Q[\E{2,}?`, "[[")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 30 || len(text) > 20 { // backtracking takes its time
			return
		}
		if p, err := Compile(pattern); err == nil {
			p.Find(text, 0)
			p.Matches(text)
		}
	})
}
