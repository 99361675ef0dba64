package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrNoLeader means that a manager does not know a leader now.
var ErrNoLeader = errors.New("the manager knows no leader at the moment")

// NotLeaderError is the answer of a manager that does not lead but knows who does.
type NotLeaderError struct{ Leader Leader }

func (e *NotLeaderError) Error() string {
	return fmt.Sprintf("the leader is %s at %s", e.Leader.ID, e.Leader.Interface)
}

// SendHeartbeat sends a heartbeat to the manager at a URL such as
// http://host:9190. Errors: ErrNoLeader, *NotLeaderError, *Problem, or that the
// manager does not answer. client must not follow redirects.
func SendHeartbeat(ctx context.Context, client *http.Client, manager string, hb Heartbeat) (HeartbeatAnswer, error) {
	var answer HeartbeatAnswer
	body, err := json.Marshal(hb)
	if err != nil {
		return answer, fmt.Errorf("encode the heartbeat: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, manager+HeartbeatPath, bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusMovedPermanently:
	case http.StatusNoContent:
		return answer, ErrNoLeader
	default:
		return answer, readProblem(resp)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(&answer); err != nil {
		return answer, fmt.Errorf("the answer of %s to a heartbeat is not what it should be: %w", manager, err)
	}
	if answer.Leader == nil {
		return answer, ErrNoLeader
	}
	if resp.StatusCode == http.StatusMovedPermanently {
		return answer, &NotLeaderError{Leader: *answer.Leader}
	}
	return answer, nil
}

// NewHeartbeatClient makes a client for SendHeartbeat.
func NewHeartbeatClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
