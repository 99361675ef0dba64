package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/localcluster"
	"millrace/internal/managerapi"
)

const (
	lookEvery = 100 * time.Millisecond // at the status and the outputs
	readBytes = 1 << 20                // of an output in each look, so that looks stay quick
	// patience is how long the manager may give no answer.
	patience = 10 * time.Second
)

// watcher follows an app on the cluster until it is through with its input.
type watcher struct {
	cluster *localcluster.Cluster
	client  *managerapi.Client
	outputs *outputs
	screen  *screen
	file    string // that is replayed
	total   int64  // its rows
	kill    bool   // a worker half-way

	app     string
	flow    flow
	topics  *topics
	began   time.Time // of the replay
	elapsed time.Duration

	status     managerapi.AppStatus
	workers    []managerapi.Worker
	rowsRead   int64
	killing    *killing
	killed     *localcluster.Node
	answered   time.Time // when the manager last gave an answer
	waitingFor string
}

// deploy gives the app to the cluster.
func (w *watcher) deploy(ctx context.Context, in input, outDir string, speed int) error {
	text, err := in.text(outDir, speed)
	if err != nil {
		return fmt.Errorf("%s: %w", appFile, err)
	}
	plan, err := w.client.Plan(ctx, text)
	if err != nil {
		return fmt.Errorf("plan %s: %w", appFile, err)
	}
	if w.flow, err = flowOf(plan); err != nil {
		return err
	}
	w.began = time.Now()
	deployed, err := w.client.Deploy(ctx, text)
	if err != nil {
		return fmt.Errorf("deploy %s: %w", appFile, err)
	}
	w.app = deployed.App
	return nil
}

// run looks at the cluster until nothing is on its way any more.
func (w *watcher) run(ctx context.Context) error {
	var err error
	if w.topics, err = openTopics(w.cluster.Broker()); err != nil {
		return err
	}
	defer w.topics.close()
	defer w.screen.end()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	w.answered = time.Now()
	for {
		done, err := w.look(ctx)
		if err != nil {
			return err
		}
		w.screen.show(w.view(), time.Now())
		if done {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look takes in what is new and says whether all is done.
func (w *watcher) look(ctx context.Context) (done bool, err error) {
	for _, n := range slices.Concat(w.cluster.Managers, w.cluster.Workers) {
		if n != w.killed && !n.Running() {
			return false, n.Failure()
		}
	}
	if err := w.ask(ctx); err != nil {
		return false, err
	}
	w.rowsRead = max(w.rowsRead, rowsRead(w.status.PartialApps, w.file))
	if w.kill && w.killing == nil && w.rowsRead >= w.total/2 {
		w.killWorker()
	}
	if w.killing != nil {
		w.killing.follow(w.status.PartialApps, time.Now())
	}
	if w.waitingFor, err = w.pending(ctx); err != nil {
		return false, err
	}
	limit := int64(readBytes)
	if w.waitingFor == "" {
		limit = toTheEnd // all that was written before the reports were made is in the files now
	}
	if err := w.outputs.read(limit); err != nil {
		return false, err
	}
	w.elapsed = time.Since(w.began)
	return w.waitingFor == "", nil
}

// ask gets the status of the app and the workers. A manager that gives no answer
// for a moment is asked again in the next round.
func (w *watcher) ask(ctx context.Context) error {
	status, err := w.client.Status(ctx, w.app)
	if err == nil {
		w.status = status
		w.workers, err = w.client.Workers(ctx)
	}
	if err == nil {
		w.answered = time.Now()
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if time.Since(w.answered) > patience {
		return fmt.Errorf("no status of the app for %v: %w", patience, err)
	}
	return nil
}

func (w *watcher) pending(ctx context.Context) (string, error) {
	switch {
	case w.kill && w.killing == nil:
		return fmt.Sprintf("%d of %d rows are read, no worker is killed yet", w.rowsRead, w.total), nil
	case w.killing != nil && w.killing.Back == 0:
		return fmt.Sprintf("%d of %d parts of %s run elsewhere", len(w.killing.Moved), len(w.killing.Parts), w.killing.Worker), nil
	case len(w.status.PartialApps) == 0:
		return "the app has no parts yet", nil
	}
	return w.flow.pending(w.status.PartialApps, func(subject string) (int64, error) { return w.topics.end(ctx, subject) })
}

func (w *watcher) killWorker() {
	id := victim(w.status.PartialApps)
	for _, n := range w.cluster.Workers {
		if n.ID != id {
			continue
		}
		w.killed = n
		n.Kill()
		w.killing = newKilling(id, w.status.PartialApps, w.rowsRead, time.Now())
	}
}

// rowsRead is how far a file has been read, without its header. It is a place in the
// file, so it goes on where it was when the part that reads moves.
func rowsRead(parts []managerapi.PartStatus, file string) (rows int64) {
	for i := range parts {
		if parts[i].Report == nil {
			continue
		}
		for _, s := range parts[i].Report.Sources {
			rows = max(rows, s.Positions[file]-1)
		}
	}
	return rows
}
