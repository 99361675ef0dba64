package maths

import (
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// parsing has the functions that read a number; text that is none is an error.
func parsing() []*function.Function {
	var all []*function.Function
	for name, p := range map[string]struct {
		t      schema.Type
		kernel function.Kernel
	}{
		"parseInt": {schema.Int, parseInts}, "parseLong": {schema.Long, parseLongs},
		"parseFloat": {schema.Float, parseFloats}, "parseDouble": {schema.Double, parseDoubles},
	} {
		d := declare(name, p.t, "Reads a number from text; text that is none is an error.", name+"(code)",
			[]extension.Param{function.Param("p1", function.Text)})
		d.Fails = extension.Always
		all = append(all, &function.Function{Declaration: d, Nulls: absorb,
			New: func(*function.Call) (function.Kernel, error) { return p.kernel, nil }})
	}
	return all
}

func noNumber(text, kind string) error { return fmt.Errorf("%q is no %s", text, kind) }

func parseInts(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		v, ok := javatext.ParseInteger(args[0].String(i), 32)
		if !ok {
			return noNumber(args[0].String(i), "int")
		}
		out.I32[i] = int32(v)
	}
	return nil
}

func parseLongs(args []*column.Column, out *column.Column) error {
	for i := range out.I64 {
		v, ok := javatext.ParseInteger(args[0].String(i), 64)
		if !ok {
			return noNumber(args[0].String(i), "long")
		}
		out.I64[i] = v
	}
	return nil
}

func parseFloats(args []*column.Column, out *column.Column) error {
	for i := range out.F32 {
		v, ok := javatext.ParseFloat(args[0].String(i), 32)
		if !ok {
			return noNumber(args[0].String(i), "float")
		}
		out.F32[i] = float32(v)
	}
	return nil
}

func parseDoubles(args []*column.Column, out *column.Column) error {
	for i := range out.F64 {
		v, ok := javatext.ParseFloat(args[0].String(i), 64)
		if !ok {
			return noNumber(args[0].String(i), "double")
		}
		out.F64[i] = v
	}
	return nil
}
