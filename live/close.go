package live

import (
	"context"
	"time"

	"netstat"
	"netstat/act"
	"netstat/fact"
	"netstat/internal/message"
	"netstat/internal/terminal"
	"netstat/view"
)

// question is a question about a row, with the keys y and n.
type question struct {
	text string
	row  *Row
}

// AskToClose asks whether to close the socket of the selected row, or says why it cannot
// be closed. own are the user's own ssh sessions.
func (m *Model) AskToClose(own act.Sessions) {
	row := m.selected()
	if row == nil {
		return
	}
	zh := m.config.Chinese
	no := func(t message.Text, args ...string) { m.say(t.In(zh, args...), true) }
	switch {
	case m.config.Fixed:
		no(message.SnapshotGone, "K")
		return
	case row.Record.Row == nil:
		no(message.CloseKeyGroup)
		return
	case row.Record.Change == fact.ChangeClosed:
		m.Closed(row, act.Gone)
		return
	}
	s := &row.Record.Row.Socket
	q := ""
	switch {
	case own.Have(s):
		no(message.CloseKeySession)
		return
	case s.Table.Protocol == netstat.TCP && s.State == netstat.Listen:
		q = message.CloseKeyListening.In(zh)
	case s.Table.Protocol == netstat.TCP:
		q = message.CloseKey.In(zh)
	case s.Table.Protocol == netstat.UDP || s.Table.Protocol == netstat.UDPLite:
		q = message.CloseKeyUDP.In(zh)
	default:
		m.Closed(row, act.NotSupported)
		return
	}
	m.question = &question{text: q + string(act.AppendSocket(nil, &row.Record)), row: row}
}

// keyQuestion takes the answer to a question. Only y agrees.
func (m *Model) keyQuestion(k terminal.Key) Action {
	q := m.question
	switch {
	case k.Code == terminal.Char && (k.Rune == 'y' || k.Rune == 'Y'):
		m.question = nil
		m.say(message.CloseKeyBusy.In(m.config.Chinese), false)
		return Action{Kind: Close, Row: q.row}
	case k.Code == terminal.Escape, k.Code == terminal.Enter, k.Code == terminal.Char:
		m.question = nil
		m.say(message.NothingDone.In(m.config.Chinese), false)
	}
	return Action{}
}

// Closed says what happened to the socket of a row.
func (m *Model) Closed(row *Row, o act.Outcome) {
	m.Say(o.In(m.config.Chinese)+": "+string(act.AppendSocket(nil, &row.Record)), o != act.Closed)
}

// CloseSocket closes the socket of a row that a round has shown, and no other: it reads
// the socket again, and its identity must be the same.
func (d *Reader) CloseSocket(ctx context.Context, at time.Time, row *Row) act.Outcome {
	d.problems, d.failed = nil, false
	if err := d.report.Begin(ctx, at); err != nil {
		return act.FailedBy(err)
	}
	defer d.report.End()
	request, places := d.report.Request()
	request.Sort, request.Limit, request.Group, request.Meter = nil, 0, nil, nil
	request.Facts = fact.Needs{Socket: act.CloseFacts}
	outcome := act.Gone
	places = only(&request, places, []Row{*row})
	for i := range places {
		for rec, err := range view.RecordsOf(ctx, places[i:i+1], &request) {
			switch {
			case err != nil:
				if outcome == act.Gone {
					outcome = act.FailedBy(err)
				}
			case view.Identity(&rec) == row.ID && rec.Row.Socket.Cookie == row.Record.Row.Socket.Cookie:
				return act.CloseSocket(places[i].Source, &rec.Row.Socket)
			}
		}
	}
	return outcome
}
