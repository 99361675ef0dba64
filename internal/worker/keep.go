package worker

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"millrace/internal/api"
)

// extension is that of the files with the texts of apps.
const extension = ".siddhi"

// appFile is where the text of a user's app is kept; "" when it is not.
func (w *Worker) appFile(name string) string {
	if w.cfg.DataDir == "" {
		return ""
	}
	return filepath.Join(w.cfg.DataDir, "siddhi-apps", url.PathEscape(name)+extension)
}

// keepApp has the app be there after a restart of the worker.
func (w *Worker) keepApp(name, text string) error {
	path := w.appFile(name)
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("app %s runs, but is not kept for the worker's next start: %w", name, err)
	}
	next := path + ".new"
	err := os.WriteFile(next, []byte(text), 0o644)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return fmt.Errorf("app %s runs, but is not kept for the worker's next start: %w", name, err)
	}
	return nil
}

func (w *Worker) forgetApp(name string) error {
	path := w.appFile(name)
	if path == "" {
		return nil
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("app %s is stopped, but comes back at the worker's next start: %w", name, err)
	}
	return nil
}

// loadApps starts the apps that were kept. One that does not start costs no other.
func (w *Worker) loadApps(ctx context.Context) {
	if w.cfg.DataDir == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(w.cfg.DataDir, "siddhi-apps", "*"+extension))
	if err != nil {
		w.cfg.Logger.Error("the kept apps cannot be listed", "err", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		name, err2 := url.PathUnescape(strings.TrimSuffix(filepath.Base(f), extension))
		if err == nil && err2 == nil {
			_, _, err = w.apps.deploy(ctx, name, api.Order{Text: string(text)})
		}
		if err != nil {
			w.cfg.Logger.Error("a kept app does not start", "file", f, "err", err)
		}
	}
}
