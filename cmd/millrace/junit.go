package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The elements of a JUnit report that build servers read.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
)

func writeJUnit(file string, all []testResult) error {
	suite := junitSuite{Name: "millrace test", Tests: len(all)}
	total := 0.0
	for i := range all {
		r := &all[i]
		total += r.Millis
		tc := junitCase{Name: r.Name, Class: filepath.ToSlash(filepath.Dir(r.File)), Time: seconds(r.Millis)}
		switch {
		case r.Skipped != "":
			suite.Skipped++
			tc.Skipped = &junitMessage{Message: r.Skipped}
		case r.Error != "":
			suite.Errors++
			first, _, _ := strings.Cut(r.Error, "\n")
			tc.Error = &junitMessage{first, r.Error}
		case !r.OK:
			suite.Failures++
			tc.Failure = &junitMessage{fmt.Sprintf("%d sources differ", len(r.text)), strings.Join(r.text, "\n\n")}
		}
		suite.Cases = append(suite.Cases, tc)
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append([]byte(xml.Header), append(text, '\n')...), 0o644)
}

func seconds(millis float64) string { return fmt.Sprintf("%.6f", millis/1000) }
