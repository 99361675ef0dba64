package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the path of our module; imports that start with it are ours.
const module = "millrace"

// Tree is the repository as the rules see it.
type Tree struct {
	fset *token.FileSet
	// Texts are all files that are not binary, by path with slashes.
	Texts map[string]string
	// Files are the Go files outside testdata, ordered by path.
	Files []*File
}

// File is one parsed Go file.
type File struct {
	Path  string // relative to the root, with slashes
	AST   *ast.File
	Lines int
}

// Dir is the folder of the file.
func (f *File) Dir() string { return path.Dir(f.Path) }

// Test reports whether only go test compiles the file.
func (f *File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Imports reports whether the file imports the package.
func (f *File) Imports(name string) bool {
	return slices.ContainsFunc(f.AST.Imports, func(s *ast.ImportSpec) bool { return importPath(s) == name })
}

func importPath(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		panic("BUG: the parser let an import path through that is no string: " + s.Path.Value)
	}
	return p
}

func (t *Tree) line(n ast.Node) int { return t.fset.Position(n.Pos()).Line }

func (t *Tree) lines(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.line(n) + 1
}

// under reports whether dir is root or below it.
func under(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

// ReadTree reads the files at root that git knows or would add. Without git it
// takes all files outside of hidden and build folders.
func ReadTree(root string) (*Tree, error) {
	paths, err := listFiles(root)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(paths))
	for _, p := range paths {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p)))
		if os.IsNotExist(err) {
			continue // removed, but not yet from the index
		}
		if err != nil {
			return nil, err
		}
		if !bytes.ContainsRune(text, 0) {
			texts[p] = string(text)
		}
	}
	return NewTree(texts)
}

// NewTree parses the Go files among texts.
func NewTree(texts map[string]string) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet(), Texts: texts}
	for p, text := range texts {
		if path.Ext(p) != ".go" || slices.Contains(strings.Split(p, "/"), "testdata") {
			continue
		}
		f, err := parser.ParseFile(t.fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse: %w", err)
		}
		t.Files = append(t.Files, &File{Path: p, AST: f, Lines: strings.Count(text, "\n")})
	}
	slices.SortFunc(t.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	return t, nil
}

func listFiles(root string) ([]string, error) {
	git := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if out, err := git.Output(); err == nil && len(out) > 0 {
		return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00"), nil
	}
	var paths []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == "bin" || name == "dist" || strings.HasPrefix(name, ".") && name != ".ci") {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, p)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	return paths, err
}
