package clock

import "millrace/pkg/siddhi/extension"

// readFormat makes a format that dates are read by.
func readFormat(text string) (*format, error) {
	f, err := newFormat(text)
	if err == nil {
		err = f.readable()
	}
	return f, err
}

// withFormats says of which arguments of d are formats: the one that is written, or
// -1, and those that are read. A faulty constant is warned of, as each row fails on
// it; one that dates can only be written in is refused where they are read.
func withFormats(d extension.Declaration, written int, read ...int) extension.Declaration {
	warnOf(&d, append([]int{written}, read...), newFormat, "write a date format such as 'yyyy-MM-dd HH:mm:ss'")
	d.Validate = func(args []extension.Arg) error {
		for _, at := range read {
			if text, ok := constantAt(args, at); ok {
				if f, err := newFormat(text); err == nil && f.readable() != nil {
					return f.readable()
				}
			}
		}
		return nil
	}
	return d
}

// withZones says of which arguments of d are time zones.
func withZones(d extension.Declaration, zones ...int) extension.Declaration {
	warnOf(&d, zones, newZone, "")
	return d
}

// warnOf adds a warning of constants that nothing can be made of.
func warnOf[T any](d *extension.Declaration, at []int, make func(text string) (T, error), hint string) {
	before := d.Warn
	d.Warn = func(args []extension.Arg) (string, string) {
		for _, i := range at {
			if text, ok := constantAt(args, i); ok {
				if _, err := make(text); err != nil {
					return "as in Siddhi, every event fails on this: " + err.Error(), hint
				}
			}
		}
		if before != nil {
			return before(args)
		}
		return "", ""
	}
}

// constantAt returns the text of a constant argument.
func constantAt(args []extension.Arg, at int) (string, bool) {
	if at < 0 || at >= len(args) || !args[at].Constant {
		return "", false
	}
	return args[at].Text, true
}
