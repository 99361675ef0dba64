package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Load reads the configuration of a node of that role from a file, with the
// overrides of the process's environment. An empty path stands for an empty file.
// The error has all that is wrong.
func Load(role Role, path string) (*Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
	}
	return Parse(role, text, filepath.Base(path), os.Environ())
}

// Parse reads the text of a deployment.yaml; name is for messages, environ as os.Environ gives it.
func Parse(role Role, text []byte, name string, environ []string) (*Config, error) {
	t, err := parse(text, name)
	if err != nil {
		return nil, err
	}
	env := map[string]string{}
	for _, pair := range environ {
		k, val, _ := strings.Cut(pair, "=")
		env[k] = val
	}
	v := &values{tree: t, lookup: func(name string) (string, bool) { val, ok := env[name]; return val, ok }}
	v.warnings = t.override(environ)
	v.unknown()
	c := v.config(role)
	c.Warnings = v.warnings
	if len(v.errors) > 0 {
		return nil, errors.Join(v.errors...)
	}
	return c, nil
}

// defaultPort is where nodes listen, as in WSO2 SP.
var defaultPort = map[Role]int{Manager: 9190, Worker: 9090}

// EmbeddedDataSource is the data source that a node uses when it is given none:
// an SQLite file in its data directory.
const EmbeddedDataSource = "MILLRACE_EMBEDDED_DB"

func (v *values) config(role Role) *Config {
	c := &Config{Role: role, DataDirectory: v.text("millrace.dataDirectory", "millrace-data")}
	v.addresses(c)
	c.ID = v.text("wso2.carbon.id", defaultID(role, c.Listen.Port))
	v.dataSources(c)
	v.cluster(c)
	v.deployment(c)
	v.persistence(c)
	v.aggregationZone(c)
	return c
}

func (v *values) aggregationZone(c *Config) {
	const key = "siddhi.properties.aggTimeZone"
	c.AggregationZone = v.text(key, "")
	if _, err := time.LoadLocation(c.AggregationZone); err != nil || c.AggregationZone == "Local" {
		v.fail(key, "a time zone such as Europe/Rome")
	}
}

// defaultID is the same at each start of a node on a machine.
func defaultID(role Role, port int) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	return fmt.Sprintf("%s-%s-%d", role, host, port)
}

const listeners = "wso2.transport.http.listenerConfigurations"

// addresses finds where the node listens and what it tells others. WSO2 SP's
// nodes talk over https; ours over the http listener.
func (v *values) addresses(c *Config) {
	host, port, securePort := "", 0, 0
	for i := range v.count(listeners) {
		at := listeners + "[" + strconv.Itoa(i) + "]."
		switch scheme := strings.ToLower(v.text(at+"scheme", "http")); {
		case scheme == "https":
			securePort = v.port(at+"port", 0)
			v.warn("%s: the listener is https, which is not supported yet: the node listens on http only", listeners)
		case scheme != "http":
			v.fail(at+"scheme", "http")
		case port == 0:
			host, port = v.text(at+"host", "0.0.0.0"), v.port(at+"port", defaultPort[c.Role])
		}
		_ = v.text(at+"id", "")
	}
	published := Address{v.text("deployment.config.httpsInterface.host", ""), v.port("deployment.config.httpsInterface.port", 0)}
	if published.Port != 0 && published.Port == securePort && port != 0 {
		v.warn("deployment.config.httpsInterface.port is that of the https listener; the node tells others its http port, %d", port)
		published.Port = 0
	}
	if port == 0 {
		port = published.Port
	}
	if port == 0 {
		port = defaultPort[c.Role]
	}
	if host == "" && published.Host != "" {
		host = "0.0.0.0"
	}
	if host == "" {
		host = "127.0.0.1"
	}
	c.Listen = Address{host, port}
	c.Publish = published
	if c.Publish.Port == 0 {
		c.Publish.Port = port
	}
	if c.Publish.Host == "" {
		c.Publish.Host = reachable(host)
	}
}

// reachable is the name under which others reach a node that listens on host.
func reachable(host string) string {
	if host != "0.0.0.0" && host != "::" {
		return host
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "127.0.0.1"
}

const sources = "wso2.datasources.dataSources"

func (v *values) dataSources(c *Config) {
	for i := range v.count(sources) {
		at := sources + "[" + strconv.Itoa(i) + "]."
		conf := at + "definition.configuration."
		d := DataSource{
			Name: v.text(at+"name", ""), URL: v.text(conf+"jdbcUrl", ""),
			Username: v.text(conf+"username", ""), Password: v.text(conf+"password", ""),
			MaxPoolSize: v.whole(conf+"maxPoolSize", 0, 1, 10000), IdleTimeout: v.millis(conf+"idleTimeout", 0, 1),
		}
		if d.Name == "" {
			v.fail(at+"name", "the name by which other keys refer to the data source")
			continue
		}
		if _, twice := c.DataSource(d.Name); twice {
			v.fail(at+"name", "a name that no other data source has")
			continue
		}
		c.DataSources = append(c.DataSources, d)
	}
	c.DataSources = append(c.DataSources, DataSource{
		Name: EmbeddedDataSource, URL: "jdbc:sqlite:" + filepath.Join(c.DataDirectory, "millrace.db"),
	})
}

// dataSource reads the name of a data source, and checks that there is one of
// that name with a URL.
func (v *values) dataSource(c *Config, key, otherwise string) string {
	name := v.text(key, otherwise)
	d, ok := c.DataSource(name)
	if name == otherwise && ok {
		return name
	}
	var names []string
	for _, d := range c.DataSources {
		names = append(names, d.Name)
	}
	switch {
	case !ok:
		v.fail(key, "the name of a data source of "+sources+" ("+strings.Join(names, ", ")+")"+didYouMean(name, names))
	case d.URL == "":
		v.fail(key, "the name of a data source that has a jdbcUrl")
	case strings.HasPrefix(d.URL, "jdbc:h2:"):
		v.warn("data source %s is the H2 database that WSO2 SP comes with; %s is used instead", name, EmbeddedDataSource)
		return EmbeddedDataSource
	}
	return name
}

const strategyClass = "org.wso2.carbon.cluster.coordinator.rdbms.RDBMSCoordinationStrategy"

func (v *values) cluster(c *Config) {
	const at = "cluster.config."
	c.Cluster = Cluster{
		Enabled:           v.flag(at+"enabled", false),
		GroupID:           v.text(at+"groupId", "sp"),
		HeartbeatInterval: v.millis(at+"strategyConfig.heartbeatInterval", 5*time.Second, 10),
		HeartbeatMaxRetry: v.whole(at+"strategyConfig.heartbeatMaxRetry", 3, 1, 1000),
	}
	c.Cluster.DataSource = v.dataSource(c, at+"strategyConfig.datasource", EmbeddedDataSource)
	if class := v.text(at+"coordinationStrategyClass", strategyClass); !strings.HasSuffix(class, "RDBMSCoordinationStrategy") {
		v.fail(at+"coordinationStrategyClass", strategyClass)
	}
}

func (v *values) deployment(c *Config) {
	const at = "deployment.config."
	d := &c.Deployment
	switch kind := strings.ToLower(v.text(at+"type", "distributed")); kind {
	case "distributed":
	case "ha":
		v.errors = append(v.errors, fmt.Errorf("%s: %stype is \"ha\": two-node HA is not supported yet; use distributed", v.tree.values[at+"type"].place, at))
	default:
		v.fail(at+"type", "distributed")
	}
	d.HeartbeatInterval = v.millis(at+"heartbeatInterval", 2*time.Second, 10)
	d.HeartbeatMaxRetry = v.whole(at+"heartbeatMaxRetry", 2, 1, 1000)
	d.MinResourceCount = v.whole(at+"minResourceCount", 1, 0, 100000)
	d.DataSource = v.dataSource(c, at+"datasource", c.Cluster.DataSource)
	d.BootstrapURLs = v.text(at+"bootstrapURLs", "")
	d.NATSServerURL = v.text(at+"natsServerUrl", "")
	v.transport(d)
	d.Broker = Address{v.text("millrace.broker.host", reachable(c.Listen.Host)), v.port("millrace.broker.port", 4222)}

	d.Receiver = v.flag(at+"isReceiverNode", false)
	d.LeaderRetryInterval = v.millis(at+"leaderRetryInterval", 10*time.Second, 1)
	const managers = at + "resourceManagers"
	for i := range v.count(managers) {
		m := managers + "[" + strconv.Itoa(i) + "]."
		d.ResourceManagers = append(d.ResourceManagers, Address{v.text(m+"host", "127.0.0.1"), v.port(m+"port", defaultPort[Manager])})
	}
	if c.Role == Worker && len(d.ResourceManagers) == 0 {
		d.ResourceManagers = []Address{{"127.0.0.1", defaultPort[Manager]}}
	}
}

// transport finds the message layer: by the creator's class of WSO2 SP, else by
// the servers that are given.
func (v *values) transport(d *Deployment) {
	const key = "deployment.config.appCreatorClass"
	class := v.text(key, "")
	name := strings.ToLower(class[strings.LastIndexByte(class, '.')+1:])
	switch {
	case class == "" && d.BootstrapURLs != "", name == "kafka", name == "kafkasiddhiappcreator", name == "spsiddhiappcreator":
		d.Transport = Kafka
	case class == "", name == "nats", name == "natssiddhiappcreator":
		d.Transport = NATS
	default:
		v.fail(key, "a class called KafkaSiddhiAppCreator or NatsSiddhiAppCreator (or kafka, nats)")
	}
	if d.Transport == Kafka && d.BootstrapURLs == "" {
		v.errors = append(v.errors, &Error{Key: "deployment.config.bootstrapURLs", Want: "the Kafka brokers, as host:port,host:port"})
	}
}

func (v *values) persistence(c *Config) {
	const at = "state.persistence."
	p := &c.Persistence
	p.Enabled = v.flag(at+"enabled", true)
	p.Interval = time.Duration(v.whole(at+"intervalInMin", 1, 0, 1e6)) * time.Minute
	p.Interval = v.millis(at+"intervalInMillis", p.Interval, 0)
	p.RevisionsToKeep = v.whole(at+"revisionsToKeep", 3, 1, 100000)
	class := v.text(at+"persistenceStore", "database")
	switch name := strings.ToLower(class[strings.LastIndexByte(class, '.')+1:]); name {
	case "database", "dbpersistencestore", "incrementaldbpersistencestore":
		p.Store = DatabaseStore
		p.DataSource = v.dataSource(c, at+"config.datasource", EmbeddedDataSource)
	case "file", "filesystempersistencestore", "incrementalfilesystempersistencestore":
		p.Store = FileStore
		p.Location = v.text(at+"config.location", filepath.Join(c.DataDirectory, "siddhi-app-persistence"))
		if c.Role == Worker && p.Enabled {
			v.warn("state.persistence: snapshots in files stay on this node; a part that moves to another one begins anew unless %s is a directory that all share", p.Location)
		}
	default:
		v.fail(at+"persistenceStore", "a class called DBPersistenceStore or FileSystemPersistenceStore (or database, file)")
	}
}
