package live

import (
	"io"

	"netstat/fact"
	"netstat/render"
	"netstat/schema"
)

// WriteRows writes the rows of a round as NDJSON with its columns, and who has written it
// about which host. It leaves closed rows out.
func WriteRows(w io.Writer, program string, host schema.Host, r *Round) error {
	format, err := render.ParseFormat("ndjson")
	if err != nil {
		return err
	}
	out, err := render.New(format, w, render.Head{View: fact.Sockets, Program: program, Host: host}, r.Columns, render.Options{})
	if err != nil {
		return err
	}
	if err := out.Begin(r.At); err != nil {
		return err
	}
	for i := range r.Rows {
		if rec := &r.Rows[i].Record; rec.Change != fact.ChangeClosed {
			if err := out.Record(rec); err != nil {
				return err
			}
		}
	}
	return out.End()
}
