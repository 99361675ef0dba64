package manager

import (
	"net/http"
	"time"

	"millrace/internal/api"
)

// heartbeat handles POST /resourceManager/heartbeat. It answers at once; what
// follows from it is for the scheduler.
func (m *Manager) heartbeat(w http.ResponseWriter, r *http.Request) error {
	var hb api.Heartbeat
	if err := api.ReadJSON(r, &hb); err != nil {
		return err
	}
	if hb.ID == "" || hb.Interface.Host == "" || hb.Interface.Port == 0 {
		return api.NewProblem(http.StatusBadRequest, api.TypeBadRequest, "a heartbeat needs id, httpsInterface.host and httpsInterface.port")
	}
	t := m.current()
	if t == nil {
		if leader, ok := m.leader(); ok {
			api.WriteJSON(w, http.StatusMovedPermanently, api.HeartbeatAnswer{Leader: &leader})
			return nil
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	m.metrics.heartbeats.Inc()
	state, changed := t.workers.heard(hb, time.Now())
	if state == api.WorkerRejected {
		m.log.Warn("refused a worker: another live one has its id", "worker", hb.ID, "at", hb.Interface.String())
	}
	if changed {
		t.notify()
	}
	api.WriteJSON(w, http.StatusOK, api.HeartbeatAnswer{
		Leader: &api.Leader{
			ID: m.opts.ID, Interface: m.opts.Publish, Epoch: int64(t.epoch),
			HeartbeatInterval: m.opts.WorkerTerms.HeartbeatInterval.Milliseconds(), HeartbeatMaxRetry: m.opts.WorkerTerms.HeartbeatMaxRetry,
		},
		ConnectedManagers: m.members(), JoinedState: state,
	})
	return nil
}

// members returns the addresses of the group's live managers.
func (m *Manager) members() []api.Interface {
	var all []api.Interface
	for _, member := range m.node.State().Members {
		if at, ok := addressOf(member.Properties); ok {
			all = append(all, at)
		}
	}
	return all
}
