package database

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// Dialect is a kind of database.
type Dialect uint8

// The databases that Millrace speaks to. MySQL stands for MariaDB too.
const (
	SQLite Dialect = iota + 1
	PostgreSQL
	MySQL
)

func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	default:
		return "Dialect(" + strconv.Itoa(int(d)) + ")"
	}
}

// nowMillis is the database's clock, in milliseconds since the Unix epoch. It is
// read when the statement runs, not when its transaction began.
func (d Dialect) nowMillis() string {
	switch d {
	case SQLite:
		return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
	case PostgreSQL:
		return "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint"
	default:
		// UTC on both sides: UNIX_TIMESTAMP goes through the session's time zone
		// and is ambiguous for one hour a year.
		return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"
	}
}

// words returns what the placeholders of Tx stand for.
func (d Dialect) words() *strings.Replacer {
	lock, ignore, nothing := "FOR UPDATE", "", "ON CONFLICT DO NOTHING"
	switch d {
	case SQLite:
		lock = "" // one writer at a time anyway
	case MySQL:
		ignore, nothing = "IGNORE", ""
	}
	return strings.NewReplacer("{now}", d.nowMillis(), "{for update}", lock, "{or ignore}", ignore, "{if absent}", nothing)
}

// rewrite turns a statement of ours into one of the dialect.
func (d Dialect) rewrite(query string) string {
	query = d.words().Replace(query)
	if d != PostgreSQL {
		return query
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(query); i++ {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// GroupLimit and NameLimit are the lengths, in characters, of the columns
// {group} and {name}: both together fit into one key of every database.
const (
	GroupLimit = 190
	NameLimit  = 500
)

// schema fills in the types of a CREATE TABLE statement.
func (d Dialect) schema(statement string) string {
	blob, text, options := "BLOB", "TEXT", ""
	switch d {
	case PostgreSQL:
		blob = "BYTEA"
	case MySQL:
		// utf8mb4_bin: names that differ in case are different names.
		blob, text, options = "LONGBLOB", "LONGTEXT", "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
	}
	return strings.NewReplacer(
		"{group}", "VARCHAR("+strconv.Itoa(GroupLimit)+")",
		"{name}", "VARCHAR("+strconv.Itoa(NameLimit)+")",
		"{blob}", blob, "{text}", text, "{options}", options,
	).Replace(statement)
}

// writeIsolation is the level of a transaction that writes. Rows are locked with
// {for update}, so READ COMMITTED is enough; the default of MySQL adds gap locks
// that only make deadlocks. SQLite has one level: one writer at a time.
func (d Dialect) writeIsolation() sql.IsolationLevel {
	if d == SQLite {
		return sql.LevelDefault
	}
	return sql.LevelReadCommitted
}

func (d Dialect) readIsolation() sql.IsolationLevel {
	if d == SQLite {
		return sql.LevelDefault
	}
	return sql.LevelRepeatableRead
}

// isConflict reports whether the database rolled the transaction back because of
// another one, so that running it again may succeed.
func isConflict(err error) bool {
	var pe *pgconn.PgError
	var me *mysql.MySQLError
	var se *sqlite.Error
	switch {
	case errors.As(err, &pe):
		return pe.Code == "40001" || pe.Code == "40P01"
	case errors.As(err, &me):
		return me.Number == 1213 || me.Number == 1205 || me.Number == 1020
	case errors.As(err, &se):
		primary := se.Code() & 0xff
		return primary == sqlitelib.SQLITE_BUSY || primary == sqlitelib.SQLITE_LOCKED
	}
	return false
}
