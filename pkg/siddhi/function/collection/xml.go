package collection

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

var errNullXML = errors.New("the XML text is null")

// mapFromXML reads what stands within the root element: a pair for each element,
// which has a map if there are elements in it, else a bool, number or text. What
// comes behind the root element is not looked at, as in Siddhi.
func mapFromXML(r *row) any {
	if r.args[0].IsNull(r.at) {
		r.fail(errNullXML)
		return nil
	}
	d := &document{Decoder: xml.NewDecoder(strings.NewReader(r.args[0].String(r.at)))}
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is text already
	m, err := d.root()
	if err != nil {
		r.fail(fmt.Errorf("the text is no XML: %w", err))
	}
	return m
}

// maxDepth is how deep elements can lie in each other.
const maxDepth = 10_000

// document reads the maps of an XML text.
type document struct {
	*xml.Decoder
	spaces []string // namespaces that are declared where it is read
	depth  int
}

var (
	errBeforeRoot = errors.New("there is text before the first element")
	errDepth      = fmt.Errorf("elements lie in each other more than %d deep", maxDepth)
)

func (d *document) root() (Map, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, errBeforeRoot
			}
		case xml.StartElement:
			m, _, err := d.element(t)
			if m == nil {
				m = Map{}
			}
			return m, err
		}
	}
}

// element reads up to the end of an element, and returns the elements in it, or
// nil and its text if there are none.
func (d *document) element(start xml.StartElement) (Map, string, error) {
	outer := len(d.spaces)
	if err := d.enter(start); err != nil {
		return nil, "", err
	}
	defer func() { d.depth, d.spaces = d.depth-1, d.spaces[:outer] }()
	var m Map
	var text strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return nil, "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			return m, text.String(), nil
		case xml.StartElement:
			in, value, err := d.element(t)
			if err != nil {
				return nil, "", err
			}
			if m == nil {
				m = Map{}
			}
			if m[name(t.Name)] = any(in); in == nil {
				m[name(t.Name)] = plain(value)
			}
		}
	}
}

// enter takes note of the namespaces that an element declares. The decoder leaves
// a prefix that stands for none as it is.
func (d *document) enter(start xml.StartElement) error {
	if d.depth++; d.depth > maxDepth {
		return errDepth
	}
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			d.spaces = append(d.spaces, a.Value)
		}
	}
	if s := start.Name.Space; s != "" && !slices.Contains(d.spaces, s) {
		return fmt.Errorf("prefix %s of element %s is not declared", s, start.Name.Local)
	}
	return nil
}

// name is an element's name as Java writes it.
func name(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// plain returns the bool or number that a text is in Java, or the text itself.
func plain(text string) any {
	switch {
	case text == "true", text == "false":
		return text == "true"
	case !creatable(text):
		return text
	}
	return decimal(text)
}

// creatable is NumberUtils.isNumber of commons-lang.
func creatable(text string) bool {
	s := strings.TrimPrefix(text, "-")
	if s == text {
		s = strings.TrimPrefix(text, "+")
	}
	if len(s) > 1 && s[0] == '0' && !strings.Contains(s, ".") {
		if s[1] == 'x' || s[1] == 'X' {
			return len(s) > 2 && strings.Trim(s[2:], "0123456789abcdefABCDEF") == ""
		}
		if s[1] >= '0' && s[1] <= '9' {
			return strings.Trim(s, "01234567") == ""
		}
	}
	whole, fraction, exponent, suffix := numeral(s)
	switch {
	case len(whole)+len(strings.TrimPrefix(fraction, ".")) == 0:
		return false
	case suffix == "":
		return true
	case strings.EqualFold(suffix, "l"):
		return fraction == "" && exponent == ""
	}
	return len(suffix) == 1 && strings.Contains("dDfF", suffix)
}

// numeral takes a number without its sign apart: 12, .5 and E-3 of 12.5E-3, and what follows it.
func numeral(s string) (whole, fraction, exponent, rest string) {
	whole, rest = digits(s)
	if after, ok := strings.CutPrefix(rest, "."); ok {
		var d string
		d, rest = digits(after)
		fraction = "." + d
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		signed := strings.TrimLeft(rest[1:], "+-")
		if d, after := digits(signed); d != "" && len(rest)-1-len(signed) <= 1 {
			exponent, rest = rest[:len(rest)-len(after)], after
		}
	}
	return whole, fraction, exponent, rest
}

func digits(s string) (in, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(rest)], rest
}

// decimal is NumberFormat.parse of Java: it reads as far as it understands, not a
// plus, and an exponent only with a capital E. What is a whole number is a long.
func decimal(text string) any {
	if text[0] == '+' {
		return text
	}
	s := strings.TrimPrefix(text, "-")
	sign := text[:len(text)-len(s)]
	whole, fraction, exponent, _ := numeral(s)
	if strings.HasPrefix(exponent, "e") || strings.HasPrefix(exponent, "E+") {
		exponent = ""
	}
	f, _ := strconv.ParseFloat(sign+whole+fraction+exponent, 64) // what is too big is infinite
	// The digits in front of the point are to be those of a long, the others zeros.
	all := whole + strings.TrimPrefix(fraction, ".")
	significant := strings.TrimRight(all, "0")
	if significant == "" && sign == "" {
		return int64(0)
	}
	shift, _ := strconv.Atoi(strings.TrimPrefix(exponent, "E"))
	point := len(whole) + shift
	zeros := len(all) - len(strings.TrimLeft(all, "0"))
	if significant == "" || point < len(significant) || point-zeros > 19 {
		return f
	}
	n, err := strconv.ParseInt(sign+significant+strings.Repeat("0", point-len(significant)), 10, 64)
	if err != nil {
		return f
	}
	return n
}
