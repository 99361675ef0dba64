package manager

import (
	"fmt"
	"net/http"
	"strconv"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/scheduler/topology"
)

// listWorkers handles GET /workers.
func (m *Manager) listWorkers(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	all := []managerapi.Worker{}
	for _, row := range v.Workers {
		all = append(all, v.worker(row))
	}
	api.WriteJSON(w, http.StatusOK, all)
	return nil
}

func (v *view) worker(row desired.Worker) managerapi.Worker {
	at, _ := api.ParseInterface(row.Address) // the managers have written it
	out := managerapi.Worker{ID: row.ID, Host: at.Host, Port: at.Port, IsReceiver: row.Receiver, Parts: []string{}}
	for _, p := range v.Placements {
		if p.Worker == row.ID {
			out.Parts = append(out.Parts, p.PartialApp)
		}
	}
	known, ok := v.workers[row.ID]
	if !ok {
		return out
	}
	switch {
	case known.dead:
		out.State = managerapi.WorkerLost
	case !known.reported:
		out.State = managerapi.WorkerUnknown
	case v.ready(known):
		out.State = managerapi.WorkerAlive
	default:
		out.State = managerapi.WorkerSilent
	}
	if known.reported {
		out.LastSeen, out.Metrics = known.seen, known.beat.WorkerMetrics
	}
	return out
}

// countWorkers handles GET /resourceClusterWorkers: how many there are, without receivers.
func (m *Manager) countWorkers(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	n := 0
	for _, row := range v.Workers {
		if !row.Receiver && !v.workers[row.ID].dead {
			n++
		}
	}
	api.WriteJSON(w, http.StatusOK, n)
	return nil
}

// workerNodes handles GET /resourceClusterWorkers/clusteredWorkerNodeDetails.
func (m *Manager) workerNodes(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	all := []managerapi.WorkerNode{}
	for _, row := range v.Workers {
		at, _ := api.ParseInterface(row.Address) // the managers have written it
		all = append(all, managerapi.WorkerNode{Host: at.Host, Port: strconv.Itoa(at.Port), ID: row.ID})
	}
	api.WriteJSON(w, http.StatusOK, all)
	return nil
}

// showManagers handles GET /managers.
func (m *Manager) showManagers(w http.ResponseWriter, _ *http.Request) error {
	s := m.node.State()
	out := managerapi.Managers{GroupID: m.opts.GroupID, NodeID: m.opts.ID, HAStatus: "Passive", Epoch: int64(s.Epoch), Members: []managerapi.Manager{}}
	if m.current() != nil {
		out.HAStatus = "Active"
	}
	for _, member := range s.Members {
		at, _ := addressOf(member.Properties)
		out.Members = append(out.Members, managerapi.Manager{
			ID: string(member.ID), URL: at.URL(), Leader: member.ID == s.Leader, HeartbeatAge: member.LastHeartbeat.Milliseconds(),
		})
	}
	api.WriteJSON(w, http.StatusOK, out)
	return nil
}

// isActive handles GET /managers/isActive: 200 on the leader, for load balancers.
func (m *Manager) isActive(w http.ResponseWriter, _ *http.Request) error {
	if m.current() == nil {
		return api.NewProblem(http.StatusNotFound, "error", "%s is not the active manager", m.opts.ID)
	}
	_, err := fmt.Fprintf(w, "%s is the active manager", m.opts.ID)
	return err
}

// placedParts handles GET /managers/siddhi-apps and /managers/siddhi-apps/{name}.
func (m *Manager) placedParts(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	apps, name := v.Apps, r.PathValue("name")
	if name != "" {
		a, err := v.app(name)
		if err != nil {
			return err
		}
		apps = []desired.App{a}
	}
	all := []managerapi.PlacedPart{}
	for _, a := range apps {
		split, err := m.split(a.Text)
		if err != nil {
			return fmt.Errorf("app %s: %w", a.Name, err)
		}
		for _, partial := range split.PartialApps {
			all = append(all, v.placedPart(a, partial, name != ""))
		}
	}
	api.WriteJSON(w, http.StatusOK, all)
	return nil
}

func (v *view) placedPart(a desired.App, partial topology.PartialApp, withStatus bool) managerapi.PlacedPart {
	out := managerapi.PlacedPart{ParentAppName: a.Name, GroupName: partial.Group, AppName: partial.Name, SiddhiApp: partial.Text}
	for _, p := range v.Placements {
		if p.PartialApp != partial.Name || p.Worker == "" {
			continue
		}
		out.ID, out.State = p.Worker, p.State
		for _, row := range v.Workers {
			if row.ID == p.Worker {
				at, _ := api.ParseInterface(row.Address) // the managers have written it
				out.Host, out.Port = at.Host, strconv.Itoa(at.Port)
			}
		}
		if known := v.workers[p.Worker]; known.reported {
			out.LastPingTimestamp, out.FailedPingAttempts = strconv.FormatInt(known.seen.UnixMilli(), 10), "0"
		}
	}
	if withStatus {
		out.AppStatus = "waiting"
		if isActive(a) {
			out.AppStatus = "Active"
		}
	}
	return out
}
