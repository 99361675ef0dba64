package database

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// parsePostgreSQL reads //hosts/db?params. The native form keeps its parameters,
// those of JDBC are translated.
func parsePostgreSQL(body string, isJDBC bool) (Target, error) {
	if !isJDBC {
		u, err := url.Parse("postgres:" + body)
		if err != nil {
			return Target{}, fmt.Errorf("the data source's URL postgres:… is malformed")
		}
		return Target{Dialect: PostgreSQL, DSN: u.String(), name: "PostgreSQL " + u.Host + u.Path}, nil
	}
	hosts, name, params, err := splitURL(body)
	if err != nil {
		return Target{}, err
	}
	u := url.URL{Scheme: "postgres", Host: hosts, Path: "/" + name}
	if u.Path, err = url.PathUnescape(u.Path); err != nil {
		return Target{}, fmt.Errorf("the database name of the data source's URL is not properly escaped")
	}
	t := Target{Dialect: PostgreSQL, name: "PostgreSQL " + hosts + "/" + name}
	q := url.Values{}
	var user, password string
	for _, p := range params {
		switch p.key {
		case "user":
			user = p.value
		case "password":
			password = p.value
		case "ssl":
			// The JDBC driver checks the certificate when it is told to use TLS.
			if !q.Has("sslmode") && isTrue(p.value) {
				q.Set("sslmode", "verify-full")
			}
		case "sslmode", "sslrootcert", "sslcert", "sslkey":
			q.Set(p.key, p.value)
		case "currentSchema":
			q.Set("search_path", p.value)
		case "ApplicationName":
			q.Set("application_name", p.value)
		case "connectTimeout", "loginTimeout": // seconds in both worlds
			q.Set("connect_timeout", p.value)
		case "targetServerType":
			q.Set("target_session_attrs", sessionAttrs(p.value))
		case "prepareThreshold":
			if p.value == "0" {
				// What is set behind a pooler that cannot keep prepared statements.
				q.Set("default_query_exec_mode", "exec")
			}
		default:
			t.Ignored = append(t.Ignored, p.key)
		}
	}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	u.RawQuery = q.Encode()
	t.DSN = u.String()
	return t, nil
}

func sessionAttrs(serverType string) string {
	switch strings.ToLower(serverType) {
	case "primary", "master":
		return "primary"
	case "secondary", "slave":
		return "standby"
	default: // any, preferPrimary, preferSecondary: all that we can do is try
		return "any"
	}
}

func isTrue(v string) bool { return v == "" || strings.EqualFold(v, "true") || v == "1" }

// parseMySQLURL reads //host:port/db?params of MySQL Connector/J or MariaDB's.
func parseMySQLURL(body string) (Target, error) {
	hosts, name, params, err := splitURL(body)
	if err != nil {
		return Target{}, err
	}
	c := mysql.NewConfig()
	if user, host, ok := cutLast(hosts, "@"); ok {
		hosts = host
		c.User, c.Passwd, _ = strings.Cut(user, ":")
	}
	if strings.Contains(hosts, ",") {
		return Target{}, fmt.Errorf("the data source names more than one MySQL host (%s): give one, or a proxy before them", hosts)
	}
	c.Net, c.Addr, c.DBName = "tcp", withPort(hosts, "3306"), name
	t := Target{Dialect: MySQL, name: "MySQL " + c.Addr + "/" + name}
	tls := mysqlTLS{}
	for _, p := range params {
		switch p.key {
		case "user":
			c.User = p.value
		case "password":
			c.Passwd = p.value
		case "connectTimeout":
			c.Timeout, err = millis(p)
		case "socketTimeout":
			c.ReadTimeout, err = millis(p)
			c.WriteTimeout = c.ReadTimeout
		case "useSSL", "requireSSL", "verifyServerCertificate", "sslMode":
			tls.set(p)
		case "useUnicode", "characterEncoding", "serverTimezone", "autoReconnect", "allowPublicKeyRetrieval",
			"rewriteBatchedStatements", "zeroDateTimeBehavior", "useLegacyDatetimeCode", "useCompression", "noAccessToProcedureBodies":
			// Nothing here depends on them: text is UTF-8, times are numbers.
		default:
			t.Ignored = append(t.Ignored, p.key)
		}
		if err != nil {
			return Target{}, err
		}
	}
	if c.TLSConfig, err = tls.config(); err != nil {
		return Target{}, err
	}
	t.DSN = c.FormatDSN()
	return t, nil
}

// mysqlTLS gathers the parameters with which JDBC speaks about TLS.
type mysqlTLS struct {
	mode        string
	use, verify bool
}

func (m *mysqlTLS) set(p param) {
	switch p.key {
	case "sslMode":
		m.mode = p.value
	case "verifyServerCertificate":
		m.verify = isTrue(p.value)
	default:
		m.use = m.use || isTrue(p.value)
	}
}

// config returns the name of the driver's TLS setting.
func (m *mysqlTLS) config() (string, error) {
	mode := strings.ToLower(strings.ReplaceAll(m.mode, "-", "_"))
	switch {
	case mode == "" && m.use && m.verify, mode == "verify_identity", mode == "verify_full", mode == "verify_ca":
		return "true", nil
	case mode == "" && m.use, mode == "required", mode == "trust":
		return "skip-verify", nil
	case mode == "preferred":
		return "preferred", nil
	case mode == "", mode == "disabled", mode == "disable":
		return "", nil
	}
	return "", fmt.Errorf("sslMode %q of the data source's URL is not one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY", m.mode)
}

func millis(p param) (time.Duration, error) {
	n, err := strconv.ParseUint(p.value, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%s of the data source's URL must be milliseconds, not %q", p.key, p.value)
	}
	return time.Duration(n) * time.Millisecond, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
