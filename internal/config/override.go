package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// prefix begins the names of environment variables that override keys: the key
// in capitals, with _ for what is no letter or digit, so cluster.config.groupId
// is MILLRACE_CLUSTER_CONFIG_GROUPID, and resourceManagers[0].host ends in
// RESOURCEMANAGERS_0_HOST. The prefix stands for that of our own keys:
// millrace.broker.port is MILLRACE_BROKER_PORT.
const prefix = "MILLRACE_"

// notKeys are variables with the prefix that are not about a node's configuration.
var notKeys = []string{"MILLRACE_MANAGER", "MILLRACE_DATABASE_PASSWORD"}

// variable is the name that overrides a key.
func variable(key string) string {
	key = strings.TrimPrefix(key, "millrace.")
	var b strings.Builder
	b.WriteString(prefix)
	last := byte('_')
	for i := range len(key) {
		c := key[i]
		switch {
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
		default:
			c = '_'
		}
		if c == '_' && last == '_' {
			continue
		}
		b.WriteByte(c)
		last = c
	}
	return strings.TrimSuffix(b.String(), "_")
}

// override puts the values of environment variables into the tree. It returns a
// warning for each variable with the prefix that is about no key.
func (t *tree) override(environ []string) (warnings []string) {
	slices.Sort(environ)
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || slices.Contains(notKeys, name) {
			continue
		}
		key := t.keyOf(name)
		if key == "" {
			warnings = append(warnings, fmt.Sprintf("environment variable %s is about no key%s", name, didYouMean(name, variables())))
			continue
		}
		if _, exists := t.values[key]; !exists {
			t.order = append(t.order, key)
		}
		t.values[key] = value{text, "environment variable " + name}
		t.grow(key)
	}
	return warnings
}

var number = regexp.MustCompile(`_(\d+)_`)

// keyOf finds the key that a variable is about; "" when there is none.
func (t *tree) keyOf(name string) string {
	list := number.ReplaceAllString(name, "_")
	for key := range known {
		if variable(key) != list {
			continue
		}
		at := number.FindStringSubmatch(name)
		if (at != nil) != strings.Contains(key, "[]") {
			continue
		}
		if at != nil {
			key = strings.Replace(key, "[]", "["+at[1]+"]", 1)
		}
		return key
	}
	return ""
}

// grow makes a list as long as an element's key needs.
func (t *tree) grow(key string) {
	at := index.FindStringIndex(key)
	if at == nil {
		return
	}
	var i int
	// The index is digits by its pattern; one too large for an int stays 0.
	_, _ = fmt.Sscanf(key[at[0]:at[1]], "[%d]", &i)
	t.counts[key[:at[0]]] = max(t.counts[key[:at[0]]], i+1)
}

func variables() []string {
	var all []string
	for key := range known {
		all = append(all, variable(key))
	}
	slices.Sort(all)
	return all
}

var placeholder = regexp.MustCompile(`\$\{(env|sys|file):([^},]*)(?:,([^}]*))?\}`)

// resolve replaces ${env:NAME}, ${env:NAME,otherwise} and ${file:PATH}. Java's
// system properties do not exist here: of ${sys:NAME,otherwise} the second is taken.
func resolve(text string, lookup func(string) (string, bool)) (string, error) {
	var failure error
	out := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		kind, name, otherwise := m[1], strings.TrimSpace(m[2]), m[3]
		hasOtherwise := strings.Contains(found, ",")
		switch kind {
		case "env":
			if v, ok := lookup(name); ok {
				return v
			}
		case "file":
			v, err := os.ReadFile(name)
			if err == nil {
				return strings.TrimRight(string(v), "\r\n")
			}
			if !hasOtherwise {
				failure = err
			}
			return otherwise
		}
		if !hasOtherwise && failure == nil {
			failure = fmt.Errorf("%s has no value: set it, or write ${%s:%s,otherwise}", name, kind, name)
		}
		return otherwise
	})
	return out, failure
}
