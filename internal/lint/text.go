package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// checkDocComments wants a comment on every exported name of pkg. A method that
// an interface asks for is documented there, once, and not at each type.
func checkDocComments(t *Tree) []Violation {
	promised := t.interfaceMethods()
	var out []Violation
	for _, f := range t.Files {
		if f.Test() || !under(f.Dir(), "pkg") {
			continue
		}
		for _, d := range f.AST.Decls {
			for _, name := range undocumented(d) {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && promised[name.Name] {
					continue
				}
				out = append(out, Violation{f.Path, t.line(name), name.Name + " has no doc comment"})
			}
		}
	}
	return out
}

// interfaceMethods are the names of all methods in interfaces of pkg, and of
// those of the standard library that every reader knows.
func (t *Tree) interfaceMethods() map[string]bool {
	names := map[string]bool{"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true, "GoString": true}
	for _, f := range t.Files {
		if f.Test() || !under(f.Dir(), "pkg") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					for _, name := range m.Names {
						names[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return names
}

// undocumented returns the exported names of a declaration that have neither a
// comment of their own nor one over their group.
func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || d.Doc != nil && d.Tok != token.TYPE {
			return nil
		}
		var out []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Doc == nil && d.Doc == nil && s.Name.IsExported() {
					out = append(out, s.Name)
				}
			case *ast.ValueSpec:
				if s.Doc == nil && s.Comment == nil {
					out = append(out, slices.DeleteFunc(slices.Clone(s.Names), func(n *ast.Ident) bool { return !n.IsExported() })...)
				}
			}
		}
		return out
	}
	return nil
}

// receiver is the name of the type that a method belongs to.
func receiver(fn *ast.FuncDecl) string {
	e := fn.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func checkPackageComments(t *Tree) []Violation {
	comments, first := make(map[string]string), make(map[string]*File)
	for _, f := range t.Files {
		if f.Test() {
			continue
		}
		if first[f.Dir()] == nil {
			first[f.Dir()] = f
		}
		if f.AST.Doc != nil {
			comments[f.Dir()] = f.AST.Doc.Text()
		}
	}
	var out []Violation
	for dir, f := range first {
		want := "Package " + f.AST.Name.Name + " "
		if f.AST.Name.Name == "main" {
			want = "Command " + path.Base(dir) + " "
		}
		if !strings.HasPrefix(comments[dir], want) {
			out = append(out, Violation{dir, 0, fmt.Sprintf("no package comment that starts with %q", want)})
		}
	}
	return out
}

// word is a pattern that may not stand in any text file, or only in some.
type word struct {
	pattern *regexp.Regexp
	what    string
	only    string // extension of the files it applies to; "" is all
}

// The words are put together from pieces, so that this file may hold them.
var words = []word{
	{regexp.MustCompile(`(^|[^a-zA-Z0-9_.])/(wo` + `rk|fa` + `rm|tmp/te` + `am)/`), "a path of one machine", ""},
	{regexp.MustCompile(`(^|[^a-zA-Z0-9_.])/(ho` + `me/[a-z]|Us` + `ers/[A-Za-z]|ro` + `ot/)`), "a path of one machine", ""},
	{regexp.MustCompile(strings.Join([]string{
		`pro` + `xy\.golang\.org`, `su` + `m\.golang\.org`, `repo1?\.ma` + `ven`, `regis` + `try\.npmjs`, `pypi\.` + `org`,
		`files\.python` + `hosted`, `crates\.` + `io`, `deb\.deb` + `ian`, `regis` + `try-1\.docker`, `gh` + `cr\.io`,
	}, "|")), "the address of a package registry", ""},
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`), "a note to oneself: open an issue", ".go"},
	{regexp.MustCompile(`^\s*//\s*[-=*#]{4,}`), "a ruler: split the file instead", ".go"},
}

func checkWords(t *Tree) []Violation {
	var out []Violation
	for p, text := range t.Texts {
		for i, line := range strings.Split(text, "\n") {
			for _, w := range words {
				if (w.only == "" || path.Ext(p) == w.only) && w.pattern.MatchString(line) {
					out = append(out, Violation{p, i + 1, w.what + ": " + strings.TrimSpace(w.pattern.FindString(line))})
				}
			}
		}
	}
	return out
}
