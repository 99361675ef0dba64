package worker

import (
	"net/http"

	"millrace/internal/api"
)

// postQuery answers an on-demand query of an app, or of a part, that runs here.
func (w *Worker) postQuery(rw http.ResponseWriter, r *http.Request) error {
	var q api.Query
	if err := api.ReadJSON(r, &q); err != nil {
		return err
	}
	if err := q.Check(); err != nil {
		return err
	}
	a := w.apps.get(q.AppName)
	if a == nil {
		return notFound(q.AppName)
	}
	rows, err := a.query(q.Query)
	if err != nil {
		return api.QueryFailed(q.AppName, err)
	}
	api.WriteJSON(rw, http.StatusOK, api.NewRecords(rows, q.Details))
	return nil
}
