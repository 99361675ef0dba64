package parser

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/ast"
)

// maxErrors is how many mistakes one call reports; more help nobody.
const maxErrors = 20

// Error is one mistake in a text.
type Error struct {
	App        string   // the app's name, "" if unknown
	Line       int      // 1-based
	Column     int      // 1-based, in characters
	Offset     int      // 0-based, in bytes
	End        int      // offset just behind the mistake
	Msg        string   // what is wrong, with what would fit where that is known
	Found      string   // what stands there, as shown to the reader
	Expected   []string // what would fit: 'word' for words and symbols, else a description
	Suggestion string   // the word that was probably meant, or ""
	SourceLine string   // the line of the text, without its end
}

// Error returns the place, the mistake and the suggestion on one line.
func (e *Error) Error() string {
	text := "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.Msg
	if e.App != "" {
		text = "app " + e.App + ", " + text
	}
	if e.Suggestion != "" {
		text += "; did you mean '" + e.Suggestion + "'?"
	}
	return text
}

// Detail returns the error followed by its source line and a caret line that marks the place. Of a line that is too
// long to show, it has the part around the place.
func (e *Error) Detail() string {
	const before, shown = 80, 160
	line := []rune(e.SourceLine)
	at := min(e.Column-1, len(line))
	if len(line) > shown && at > before {
		cut := at - before
		line, at = line[cut:], before
	}
	line = line[:min(shown, len(line))]
	return e.Error() + ast.Mark(string(line), at, e.width(len(line)-at))
}

// width is how many characters the carets cover: the mistake as far as there is room, and at least one.
func (e *Error) width(room int) int {
	covered := e.SourceLine[min(e.lineOffset(), len(e.SourceLine)):]
	covered = covered[:max(0, min(e.End-e.Offset, len(covered)))]
	return max(1, min(utf8.RuneCountInString(covered), room))
}

// lineOffset is where the mistake starts in the source line, in bytes.
func (e *Error) lineOffset() int {
	column := 1
	for i := range e.SourceLine {
		if column == e.Column {
			return i
		}
		column++
	}
	return len(e.SourceLine)
}

// Errors are the mistakes of a text in text order.
type Errors = ast.Mistakes[*Error]

// alternatives joins what would fit into "a, b or c".
func alternatives(expected []string) string {
	const shown = 8
	if len(expected) > shown {
		return strings.Join(expected[:shown], ", ") + fmt.Sprintf(" or %d others", len(expected)-shown)
	}
	last := len(expected) - 1
	if last < 1 {
		return strings.Join(expected, "")
	}
	return strings.Join(expected[:last], ", ") + " or " + expected[last]
}
