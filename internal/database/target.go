package database

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Target is what the URL of a data source means.
type Target struct {
	Dialect Dialect
	Path    string // the file of an SQLite database
	DSN     string // what the driver of PostgreSQL or MySQL takes; holds the password
	// Ignored are the parameters of a JDBC URL that say nothing to our drivers,
	// in the order of the URL: worth a warning.
	Ignored []string

	name string
}

// Name describes the target for messages, without user and password.
func (t Target) Name() string { return t.name }

// sqliteDSN asks for write-ahead logging, a sync at each commit, and the write
// lock at the begin of a transaction: a transaction that reads before it writes
// could otherwise fail at its first write.
func (t Target) sqliteDSN(busy time.Duration) string {
	q := url.Values{"_txlock": {"immediate"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()))
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(t.Path), RawQuery: q.Encode()}
	return u.String()
}

// Parse reads the URL of a data source: a JDBC URL of SQLite, PostgreSQL, MySQL
// or MariaDB, or postgres://…, "host=… dbname=…", user:password@tcp(host:port)/db,
// sqlite:path, file:path.
func Parse(dataSource string) (Target, error) {
	rest, isJDBC := strings.CutPrefix(dataSource, "jdbc:")
	scheme, body, found := strings.Cut(rest, ":")
	switch scheme = strings.ToLower(scheme); {
	case found && (scheme == "sqlite" || scheme == "file"):
		return parseSQLite(body)
	case found && (scheme == "postgresql" || scheme == "postgres"):
		return parsePostgreSQL(body, isJDBC)
	case found && (scheme == "mysql" || scheme == "mariadb"):
		return parseMySQLURL(body)
	case isJDBC:
		return Target{}, fmt.Errorf("no driver for jdbc:%s: use jdbc:sqlite:FILE, jdbc:postgresql://HOST:PORT/DB, "+
			"jdbc:mysql://HOST:PORT/DB or jdbc:mariadb://HOST:PORT/DB", scheme)
	case strings.Contains(dataSource, "host=") || strings.Contains(dataSource, "dbname="):
		return Target{Dialect: PostgreSQL, DSN: dataSource, name: "PostgreSQL " + keyValueName(dataSource)}, nil
	case strings.Contains(dataSource, ")/") || strings.Contains(dataSource, "@/"):
		return parseMySQLDSN(dataSource)
	}
	return Target{}, fmt.Errorf("the data source's URL is of no known form: write a JDBC URL such as jdbc:sqlite:FILE or jdbc:postgresql://HOST:PORT/DB")
}

func parseSQLite(body string) (Target, error) {
	path, _, _ := strings.Cut(body, "?")
	if rest, ok := strings.CutPrefix(path, "///"); ok {
		path = "/" + rest
	} else if rest, ok := strings.CutPrefix(path, "//"); ok {
		path = rest
	}
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return Target{}, fmt.Errorf("an SQLite data source needs a file, such as jdbc:sqlite:millrace.db: " +
			"a database in memory is lost at a restart and no other process sees it")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return Target{}, fmt.Errorf("SQLite file %s: %w", path, err)
	}
	return Target{Dialect: SQLite, Path: abs, name: "SQLite " + abs}, nil
}

// splitURL cuts //host/database?query. It leaves the hosts alone: JDBC allows a
// list of them, net/url does not.
func splitURL(body string) (hosts, name string, params []param, err error) {
	rest, ok := strings.CutPrefix(body, "//")
	if !ok {
		// jdbc:postgresql:db means the local server.
		rest = "localhost/" + strings.TrimPrefix(body, "/")
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, name, _ = strings.Cut(rest, "/")
	if hosts == "" {
		hosts = "localhost"
	}
	params, err = splitParams(query)
	return hosts, name, params, err
}

// param is one parameter of a JDBC URL, in the order they are written.
type param struct{ key, value string }

func splitParams(query string) ([]param, error) {
	var params []param
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		key, value, _ := strings.Cut(part, "=")
		value, err := url.QueryUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("the value of parameter %s of the data source's URL is not properly escaped", key)
		}
		params = append(params, param{key, value})
	}
	return params, nil
}

// keyValueName finds host and database in "host=… dbname=…".
func keyValueName(dsn string) string {
	host, name := "localhost", ""
	for _, field := range strings.Fields(dsn) {
		if v, ok := strings.CutPrefix(field, "host="); ok {
			host = v
		} else if v, ok := strings.CutPrefix(field, "dbname="); ok {
			name = v
		}
	}
	return host + "/" + name
}

func parseMySQLDSN(dsn string) (Target, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return Target{}, fmt.Errorf("the data source looks like a MySQL DSN but is none: %w", err)
	}
	return Target{Dialect: MySQL, DSN: dsn, name: "MySQL " + c.Addr + "/" + c.DBName}, nil
}
