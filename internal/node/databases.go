package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"millrace/internal/config"
	"millrace/internal/database"
	"millrace/pkg/persistence"
	"millrace/pkg/persistence/file"
	"millrace/pkg/persistence/sql"
)

// openTimeout is how long a database may take to answer at the start.
const openTimeout = 30 * time.Second

// Databases opens the data sources of a configuration, each once.
type Databases struct {
	cfg  *config.Config
	log  *slog.Logger
	open map[string]*database.DB
}

// NewDatabases opens nothing yet.
func NewDatabases(cfg *config.Config, log *slog.Logger) *Databases {
	return &Databases{cfg: cfg, log: log, open: map[string]*database.DB{}}
}

// Open returns the database of a data source.
func (d *Databases) Open(ctx context.Context, name string) (*database.DB, error) {
	if db := d.open[name]; db != nil {
		return db, nil
	}
	source, ok := d.cfg.DataSource(name)
	if !ok {
		return nil, fmt.Errorf("there is no data source %s", name)
	}
	if target, err := database.Parse(source.URL); err == nil && len(target.Ignored) > 0 {
		d.log.Warn("parameters of the JDBC URL have no effect", "data source", name, "parameters", target.Ignored)
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	db, err := database.Open(ctx, database.Config{
		URL: source.URL, Username: source.Username, Password: source.Password,
		MaxPoolSize: source.MaxPoolSize, IdleTimeout: source.IdleTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("data source %s: %w", name, err)
	}
	d.open[name] = db
	return db, nil
}

// Close closes all databases.
func (d *Databases) Close() error {
	var all []error
	for _, db := range d.open {
		all = append(all, db.Close())
	}
	return errors.Join(all...)
}

// Revisions opens where the configuration keeps the state of apps; nil when it keeps none.
func (d *Databases) Revisions(ctx context.Context) (*persistence.Revisions, error) {
	p := d.cfg.Persistence
	if !p.Enabled {
		return nil, nil
	}
	store, err := d.snapshots(ctx, p)
	if err != nil {
		return nil, err
	}
	return persistence.New(store, persistence.Options{RevisionsToKeep: p.RevisionsToKeep})
}

func (d *Databases) snapshots(ctx context.Context, p config.Persistence) (persistence.Store, error) {
	if p.Store == config.FileStore {
		return file.NewSnapshots(p.Location, nil)
	}
	db, err := d.Open(ctx, p.DataSource)
	if err != nil {
		return nil, err
	}
	return sql.NewSnapshots(ctx, db)
}
