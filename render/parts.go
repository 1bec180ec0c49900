package render

import (
	"io"
	"time"

	"netstat/fact"
)

// InTwo returns a Renderer that writes the records of the first part, which come first,
// to one renderer and the others to another, with an empty line in between. It omits a
// part without records. A report without any records is written by rest. Both renderers
// write to w.
func InTwo(w io.Writer, first func(*fact.Record) bool, part, rest Renderer) Renderer {
	return &twoReports{w: w, first: first, part: part, rest: rest}
}

type twoReports struct {
	w          io.Writer
	first      func(*fact.Record) bool
	part, rest Renderer
	at         time.Time
	now        Renderer // renderer of the current record, nil before the first
}

func (t *twoReports) Begin(at time.Time) error {
	t.at, t.now = at, nil
	return nil
}

func (t *twoReports) Record(rec *fact.Record) error {
	next := t.rest
	if t.now != t.rest && t.first(rec) {
		next = t.part
	}
	if t.now != next {
		if err := t.start(next); err != nil {
			return err
		}
	}
	return t.now.Record(rec)
}

// start ends the current renderer and begins the next one.
func (t *twoReports) start(next Renderer) error {
	if t.now != nil {
		if err := t.now.End(); err != nil {
			return err
		}
		if _, err := io.WriteString(t.w, "\n"); err != nil {
			return err
		}
	}
	t.now = next
	return next.Begin(t.at)
}

func (t *twoReports) Problem(err error) {
	if t.now != nil {
		t.now.Problem(err)
	}
}

func (t *twoReports) End() error {
	if t.now == nil {
		if err := t.start(t.rest); err != nil {
			return err
		}
	}
	return t.now.End()
}
