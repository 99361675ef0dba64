package database_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"millrace/internal/database"
)

func TestParse(t *testing.T) {
	f := func(url string, dialect database.Dialect, name string, dsnHas ...string) {
		t.Helper()
		target, err := database.Parse(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			return
		}
		if target.Dialect != dialect || target.Name() != name {
			t.Errorf("%s: is %v %q, want %v %q", url, target.Dialect, target.Name(), dialect, name)
		}
		for _, part := range dsnHas {
			if !strings.Contains(target.DSN, part) {
				t.Errorf("%s: DSN %q lacks %q", url, target.DSN, part)
			}
		}
		if strings.Contains(target.Name(), "secret") {
			t.Errorf("%s: the name %q holds the password", url, target.Name())
		}
	}
	f("jdbc:mysql://db.example:3307/SP_MGT_DB?useSSL=false", database.MySQL, "MySQL db.example:3307/SP_MGT_DB", "tcp(db.example:3307)/SP_MGT_DB")
	f("jdbc:mysql://db.example/sp?user=u&password=secret&connectTimeout=2000", database.MySQL, "MySQL db.example:3306/sp", "u:secret@tcp(", "timeout=2s")
	f("jdbc:mysql://u:secret@db.example/sp", database.MySQL, "MySQL db.example:3306/sp", "u:secret@tcp(")
	f("jdbc:mysql://h/sp?useSSL=true", database.MySQL, "MySQL h:3306/sp", "tls=skip-verify")
	f("jdbc:mysql://h/sp?useSSL=true&verifyServerCertificate=true", database.MySQL, "MySQL h:3306/sp", "tls=true")
	f("jdbc:mariadb://h/sp?sslMode=verify-full", database.MySQL, "MySQL h:3306/sp", "tls=true")
	f("u:secret@tcp(h:3306)/sp", database.MySQL, "MySQL h:3306/sp", "u:secret@tcp(h:3306)/sp")
	f("jdbc:postgresql://h:5433/sp?user=u&password=se%26cret&ssl=true", database.PostgreSQL, "PostgreSQL h:5433/sp", "u:se&cret@h:5433/sp", "sslmode=verify-full")
	f("jdbc:postgresql:sp", database.PostgreSQL, "PostgreSQL localhost/sp", "@localhost/sp"[1:])
	f("jdbc:postgresql://a:1,b:2/sp?targetServerType=primary&currentSchema=x", database.PostgreSQL, "PostgreSQL a:1,b:2/sp", "target_session_attrs=primary", "search_path=x")
	f("postgres://u:secret@h/sp?sslmode=disable", database.PostgreSQL, "PostgreSQL h/sp", "sslmode=disable")
	f("host=h dbname=sp password=secret", database.PostgreSQL, "PostgreSQL h/sp")
	f("jdbc:sqlite:/var/lib/millrace.db", database.SQLite, "SQLite /var/lib/millrace.db")
	f("sqlite:///var/lib/millrace.db", database.SQLite, "SQLite /var/lib/millrace.db")
	abs, err := filepath.Abs("millrace.db")
	if err != nil {
		t.Fatal(err)
	}
	f("jdbc:sqlite:millrace.db", database.SQLite, "SQLite "+abs)
}

func TestParseRefuses(t *testing.T) {
	f := func(url, want string) {
		t.Helper()
		_, err := database.Parse(url)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
	}
	f("jdbc:h2:./db", "no driver for jdbc:h2")
	f("jdbc:oracle:thin:@h:1521/x", "no driver for jdbc:oracle")
	f("jdbc:sqlite::memory:", "needs a file")
	f("jdbc:mysql://a,b/sp", "more than one MySQL host")
	f("jdbc:mysql://a/sp?connectTimeout=soon", "connectTimeout")
	f("jdbc:mysql://a/sp?sslMode=maybe", "sslMode")
	f("my database", "no known form")
}

func TestParseNamesWhatItIgnores(t *testing.T) {
	target, err := database.Parse("jdbc:mysql://h/sp?useUnicode=true&cachePrepStmts=true&tinyInt1isBit=false")
	if want := []string{"cachePrepStmts", "tinyInt1isBit"}; err != nil || !slices.Equal(target.Ignored, want) {
		t.Errorf("ignored %v, want %v (%v)", target.Ignored, want, err)
	}
}
