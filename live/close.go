package live

import (
	"context"
	"time"

	"netstat"
	"netstat/act"
	"netstat/fact"
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
	no := func(en, zh string) { m.say(m.text(en, zh), true) }
	switch {
	case m.config.Fixed:
		no("K needs a live host: a snapshot's sockets are gone", "K 需要实时主机: 快照中的套接字已不存在")
		return
	case row.Record.Row == nil:
		no("K closes one socket: it is not supported on a group", "K 一次关闭一个套接字: 不支持分组")
		return
	case row.Record.Change == fact.ChangeClosed:
		m.Closed(row, act.Gone)
		return
	}
	s := &row.Record.Row.Socket
	q := ""
	switch {
	case own.Have(s):
		no("K keeps the own ssh session: --close=yes,self closes it", "K 保留当前 ssh 会话: 可用 --close=yes,self 关闭")
		return
	case s.Table.Protocol == netstat.TCP && s.State == netstat.Listen:
		q = m.text("Close this LISTENING socket? y/n: ", "关闭这个监听套接字？y/n: ")
	case s.Table.Protocol == netstat.TCP:
		q = m.text("Close? y/n: ", "关闭？y/n: ")
	case s.Table.Protocol == netstat.UDP || s.Table.Protocol == netstat.UDPLite:
		q = m.text("Disconnect this UDP socket? Its process keeps the port. y/n: ", "断开这个 UDP 套接字？其进程仍占用端口。y/n: ")
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
		m.say(m.text("closing …", "关闭中 …"), false)
		return Action{Kind: Close, Row: q.row}
	case k.Code == terminal.Escape, k.Code == terminal.Enter, k.Code == terminal.Char:
		m.question = nil
		m.say(m.text("nothing was done", "未做任何操作"), false)
	}
	return Action{}
}

// Closed says what happened to the socket of a row.
func (m *Model) Closed(row *Row, o act.Outcome) {
	text := string(o)
	if m.config.Chinese {
		switch o {
		case act.Closed:
			text = "已关闭"
		case act.Gone:
			text = "已不存在"
		case act.Denied:
			text = "权限不足"
		case act.NotSupported:
			text = "不支持"
		case act.Disconnected:
			text = "未关闭，进程收到错误但仍占用端口"
		}
	}
	m.Say(text+": "+string(act.AppendSocket(nil, &row.Record)), o != act.Closed)
}

// CloseSocket closes the socket of a row that a round has shown, and no other: it reads
// the socket again, and its identity must be the same.
func (d *Reader) CloseSocket(ctx context.Context, at time.Time, row *Row) act.Outcome {
	d.problems, d.failed = nil, false
	if err := d.report.Begin(ctx, at); err != nil {
		return act.Outcome(err.Error())
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
					outcome = act.Outcome(err.Error())
				}
			case view.Identity(&rec) == row.ID && rec.Row.Socket.Cookie == row.Record.Row.Socket.Cookie:
				return act.CloseSocket(places[i].Source, &rec.Row.Socket)
			}
		}
	}
	return outcome
}
