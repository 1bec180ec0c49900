package watch

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"netstat"
	"netstat/act"
	"netstat/fact"
	"netstat/live"
)

// closable is a made-up host that closes sockets.
type closable struct {
	madeUp
	err    error
	closed []uint64 // cookies
}

func (c *closable) CloseSocket(s *netstat.Socket) error {
	c.closed = append(c.closed, s.Cookie)
	return c.err
}

// TestCloseKey drives the key K over each type of row: what it asks, and what it refuses
// without a question.
func TestCloseKey(t *testing.T) {
	m := moments()
	rows := m[1]
	rows[netstat.UDP4Table] = []netstat.Socket{{Table: netstat.UDP4Table, Local: addr("127.0.0.1:53"), Remote: addr("0.0.0.0:0"), Inode: 9, Cookie: 9}}
	s := newStage(t, 80, 24, m[0], "-an")
	s.next(rows)
	s.own = act.Sessions{{Local: addrPort("192.168.10.2:443"), Remote: addrPort("203.0.113.9:51544")}}
	ask := func(cookie uint64) string {
		t.Helper()
		s.keys(home)
		for i := range s.model.Round().Rows {
			if s.model.Round().Rows[i].Record.Row.Socket.Cookie == cookie {
				s.keys(strings.Repeat(down, i) + "K")
				lines := strings.Split(s.model.Screen().Text(), "\n")
				return strings.TrimLeft(strings.Join(lines[len(lines)-3:], " "), " ")
			}
		}
		t.Fatalf("no row %d", cookie)
		return ""
	}
	for _, c := range []struct {
		cookie   uint64
		question bool
		want     string
	}{
		{1, true, "Close this LISTENING socket? y/n: tcp 0.0.0.0:22 0.0.0.0:* LISTEN 61/sshd"},
		{4, true, "Close? y/n: tcp 192.168.10.2:443 203.0.113.10:40022 ESTABLISHED 60/nginx"},
		{9, true, "Disconnect this UDP socket? Its process keeps the port. y/n: udp 127.0.0.1:53 0.0.0.0:* - (unheld)"},
		{3, false, "K keeps the own ssh session: --close=yes,self closes it"},
		{7, false, "not supported: unix /run/docker.sock"},
	} {
		if got := ask(c.cookie); !strings.HasPrefix(strings.Join(strings.Fields(got), " "), c.want) {
			t.Errorf("K on socket %d shows %q, want %q", c.cookie, got, c.want)
		}
		if !c.question {
			continue
		}
		for _, no := range []string{"n", escape, enter, "x"} {
			s.keys(no)
			if said := len(s.said); said != 0 || !strings.Contains(s.model.Screen().Text(), "nothing was done") {
				t.Fatalf("%q asks for %+v", no, s.said)
			}
			ask(c.cookie)
		}
		s.keys("y")
		if len(s.said) != 1 || s.said[0].Kind != live.Close || s.said[0].Row.Record.Row.Socket.Cookie != c.cookie {
			t.Errorf("y about socket %d asks for %+v", c.cookie, s.said)
		}
		s.said = nil
	}

	// The question is about the row that was selected, whatever moves meanwhile.
	ask(4)
	s.next(m[2])
	s.keys(down + up + end)
	if text := s.model.Screen().Text(); !strings.Contains(text, "203.0.113.10:40022 ESTABLISHED 60/nginx") {
		t.Errorf("the question has changed:\n%s", text)
	}
	s.keys("y")
	if len(s.said) != 1 || s.said[0].Row.Record.Row.Socket.Cookie != 4 {
		t.Errorf("y asks for %+v", s.said)
	}
	s.keys("gproc" + enter + "K")
	if text := s.model.Screen().Text(); !strings.Contains(text, "K closes one socket: it is not supported on a group") {
		t.Errorf("K on a group:\n%s", text)
	}
	s.model = live.NewModel(live.Config{Fixed: true}, 80, 24)
	s.keys("K") // nothing is selected
	s.read()
	s.keys("K")
	if text := s.model.Screen().Text(); !strings.Contains(text, "K needs a live host: a snapshot's sockets are gone") {
		t.Errorf("K on a snapshot:\n%s", text)
	}
}

// TestCloseKeyChinese shows what K says in Chinese: of each type of row, after each
// outcome, and where it refuses.
func TestCloseKeyChinese(t *testing.T) {
	m := moments()
	rows := m[1]
	rows[netstat.UDP4Table] = []netstat.Socket{{Table: netstat.UDP4Table, Local: addr("127.0.0.1:53"), Remote: addr("0.0.0.0:0"), Inode: 9, Cookie: 9}}
	s := newStage(t, 80, 24, m[0], "-an")
	s.model = live.NewModel(live.Config{Host: "host", Chinese: true}, 120, 24)
	s.own = act.Sessions{{Local: addrPort("192.168.10.2:443"), Remote: addrPort("203.0.113.9:51544")}}
	s.next(rows)
	var b strings.Builder
	show := func(what string) {
		lines := strings.Split(strings.TrimRight(s.model.Screen().Text(), "\n"), "\n")
		fmt.Fprintf(&b, "== %s\n%s\n", what, lines[len(lines)-1])
	}
	for i := range s.model.Round().Rows {
		s.keys(home + strings.Repeat(down, i) + "K")
		row := &s.model.Round().Rows[i]
		show("K on " + string(act.AppendSocket(nil, &row.Record)))
		s.keys("n")
	}
	show("n")
	s.keys(home + "Ky")
	show("y")
	row := &s.model.Round().Rows[0]
	for _, o := range []act.Outcome{act.Closed, act.Gone, act.Denied, act.NotSupported, act.Disconnected, act.FailedBy(fs.ErrInvalid)} {
		s.model.Closed(row, o)
		show(o.In(false))
	}
	s.keys("gproc" + enter + "K")
	show("K on a group")
	s.model = live.NewModel(live.Config{Fixed: true, Chinese: true}, 120, 24)
	s.next(rows)
	s.keys("K")
	show("K on a snapshot")
	golden(t, "close-zh.txt", b.String())
}

// TestCloseReader requires that the socket of the row is closed and no other, also not one
// that has its addresses.
func TestCloseReader(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-tn", "--filter", "sport = :443", "--sort=-remote", "--limit=1")
	host := &closable{madeUp: madeUp{s.host}}
	s.reader = s.openSource(host, "-tn", "--filter", "sport = :443", "--sort=-remote", "--limit=1")
	s.read()
	row := &s.model.Round().Rows[0]
	cookie := row.Record.Row.Socket.Cookie
	closeRow := func() act.Outcome { return s.reader.CloseSocket(context.Background(), s.now, row) }

	host.err = fs.ErrPermission
	if o := closeRow(); o != act.Denied || len(host.closed) != 1 || host.closed[0] != cookie {
		t.Errorf("%q, closed %v", o, host.closed)
	}
	host.err, host.closed = nil, nil
	if o := closeRow(); o != act.Closed || len(host.closed) != 1 || host.closed[0] != cookie {
		t.Errorf("%q, closed %v", o, host.closed)
	}
	host.closed = nil
	again := row.Record.Row.Socket
	again.Cookie += 100
	s.host.Rows = map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {again}}
	if o := closeRow(); o != act.Gone || len(host.closed) != 0 {
		t.Errorf("with another cookie: %q, closed %v", o, host.closed)
	}
	// The table of the rows goes on as before.
	s.next(moments()[1])
	if r := s.model.Round(); r.Total != 1 || len(r.Problems) > 0 || r.Rows[0].Record.Change != fact.ChangeNone {
		t.Errorf("the next round has %d rows, problems %v", r.Total, r.Problems)
	}
	// A host that closes nothing.
	s.reader = s.open("-tn")
	if o := closeRow(); o != act.NotSupported {
		t.Errorf("%v, want %v", o, act.NotSupported)
	}
}
