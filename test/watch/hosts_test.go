package watch

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"testing"
	"time"

	"netstat"
	"netstat/act"
	"netstat/dialect/nettools"
	"netstat/internal/terminal"
	"netstat/live"
	"netstat/report"
	"netstat/test/fakehost"
	"netstat/view"
)

// start is the time of the first round.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stage is a host at several moments, and a table of it without a terminal.
type stage struct {
	t      *testing.T
	host   *fakehost.Host
	reader *live.Reader
	model  *live.Model
	now    time.Time
	own    act.Sessions  // the user's own ssh sessions
	said   []live.Action // what keys asked for beside reading
}

// madeUp is a made-up host that translates no addresses.
type madeUp struct{ *fakehost.Host }

func (madeUp) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(func(netstat.NATSession, error) bool) {}
}

// newStage returns a table of the host at its first moment. args are those of net-tools'
// dialect beside --watch.
func newStage(t *testing.T, cols, rows int, moment map[netstat.Table][]netstat.Socket, args ...string) *stage {
	t.Helper()
	s := &stage{t: t, now: start, host: &fakehost.Host{
		Rows: moment, Processes: processes(),
		// Tables that this host lacks.
		Errs: map[netstat.Table]error{netstat.SCTP4Table: errors.ErrUnsupported},
	}}
	for inode, pid := range owned {
		s.host.Owned.Add(inode, pid)
	}
	s.reader = s.open(args...)
	s.model = live.NewModel(live.Config{Host: "host", Period: time.Second}, cols, rows)
	s.read()
	return s
}

func (s *stage) open(args ...string) *live.Reader {
	s.t.Helper()
	return s.openSource(madeUp{s.host}, args...)
}

func (s *stage) openSource(src netstat.Source, args ...string) *live.Reader {
	s.t.Helper()
	cmd, exit := nettools.Parse(append([]string{"netstat", "--watch"}, args...), nettools.Environment{})
	if exit != nil {
		s.t.Fatal(exit.Stderr)
	}
	choice := &report.Choice{Options: &cmd.Options, Select: cmd.Selection}
	if err := errors.Join(choice.CheckWatch(), choice.CheckForm()); err != nil {
		s.t.Fatal(err)
	}
	r, err := live.NewReader(context.Background(), choice, report.Host{
		Places: []view.Place{{Source: src}}, Name: "host", System: "linux", Advice: "run as root",
	}, time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// read shows a round.
func (s *stage) read() {
	s.model.Update(s.reader.Read(context.Background(), s.now, s.model.Window()), time.Second)
}

// next shows the round one second later, with these rows.
func (s *stage) next(moment map[netstat.Table][]netstat.Socket) {
	s.host.Rows = moment
	s.now = s.now.Add(time.Second)
	s.read()
}

// keys presses keys as a terminal sends them, and does what they ask for.
func (s *stage) keys(text string) {
	var d terminal.Decoder
	keys := append(d.Decode([]byte(text)), d.Flush()...)
	for _, k := range keys {
		switch a := s.model.Key(k); a.Kind {
		case live.Nothing:
		case live.Ask:
			if err := s.reader.Ask(context.Background(), a.Live); err != nil {
				s.model.Say(err.Error(), true)
			} else {
				s.read()
			}
		case live.Read:
			s.read()
		case live.AskToClose:
			s.model.AskToClose(s.own)
		default:
			s.said = append(s.said, a)
		}
	}
}

const (
	up, down, left, right = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
	pageDown, end, home   = "\x1b[6~", "\x1b[F", "\x1b[H"
	enter, escape, erase  = "\r", "\x1b", "\x15"
)

// owned is who holds the sockets, by inode.
var owned = map[uint64]uint32{1: 61, 2: 60, 3: 60, 4: 60, 5: 70, 6: 71, 7: 80}

func processes() map[uint32]netstat.Process {
	return map[uint32]netstat.Process{
		60: {Argv0: "nginx", Args: []string{"nginx: worker process"}, Cgroup: "/system.slice/nginx.service"},
		61: {Argv0: "sshd", Args: []string{"/usr/sbin/sshd", "-D"}},
		70: {Argv0: "postgres", Args: []string{"postgres", "-D", "/var/lib/postgresql/15/main"}},
		71: {Argv0: "python3", Args: []string{"python3", "load.py"}},
		80: {Argv0: "dockerd", Args: []string{"dockerd"}},
	}
}

func addrPort(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

func addr(text string) netstat.Addr {
	p := addrPort(text)
	return netstat.Addr{IP: p.Addr(), Port: p.Port()}
}

// tcp returns a TCP socket of the main example. id is its cookie and its inode.
func tcp(id uint64, state netstat.State, local, remote string) netstat.Socket {
	s := netstat.Socket{Table: netstat.TCP4Table, State: state, Local: addr(local), Remote: addr(remote), Inode: id, Cookie: id}
	if s.Local.IP.Is6() {
		s.Table = netstat.TCP6Table
	}
	return s
}

// traffic sets the bytes that a connection has sent, of these again, and received.
func traffic(s netstat.Socket, sent, again, received uint64) netstat.Socket {
	i := &netstat.TCPInfo{BytesSent: sent, BytesRetrans: again, BytesReceived: received, RTT: 1500 * time.Microsecond}
	for _, f := range []netstat.TCPField{netstat.TCPBytesSent, netstat.TCPBytesRetrans, netstat.TCPBytesReceived, netstat.TCPRTT} {
		i.Known.Add(f)
	}
	s.TCP = i
	return s
}

// moments is the main example: a second between each.
func moments() []map[netstat.Table][]netstat.Socket {
	listen := []netstat.Socket{
		tcp(1, netstat.Listen, "0.0.0.0:22", "0.0.0.0:0"),
		tcp(2, netstat.Listen, "0.0.0.0:443", "0.0.0.0:0"),
	}
	first := traffic(tcp(3, netstat.Established, "192.168.10.2:443", "203.0.113.9:51544"), 1_000_000, 0, 5_000)
	second := traffic(tcp(4, netstat.Established, "192.168.10.2:443", "203.0.113.10:40022"), 10_000, 2_000, 300)
	database := traffic(tcp(5, netstat.Established, "127.0.0.1:5432", "127.0.0.1:40100"), 700, 0, 900)
	client := traffic(tcp(6, netstat.Established, "127.0.0.1:40100", "127.0.0.1:5432"), 900, 0, 700)
	unix := netstat.Socket{Table: netstat.UnixTable, State: netstat.Listen, Inode: 7, Cookie: 7, Local: netstat.Addr{Name: "/run/docker.sock"}, Detail: &netstat.UnixDetail{}}
	at := func(tcp ...netstat.Socket) map[netstat.Table][]netstat.Socket {
		return map[netstat.Table][]netstat.Socket{
			netstat.TCP4Table: append(append([]netstat.Socket(nil), listen...), tcp...),
			netstat.UnixTable: {unix},
		}
	}
	return []map[netstat.Table][]netstat.Socket{
		at(first, second, database),
		// The first connection sends 1.5 MB, the second retransmits only; a client is new.
		at(traffic(first, 2_500_000, 0, 5_000), traffic(second, 11_000, 3_000, 300), database, client),
		// The second is closed. The counters of the database's went back: another socket.
		at(traffic(first, 2_500_000, 0, 6_000), traffic(database, 10, 0, 10), traffic(client, 900, 0, 700)),
		at(traffic(first, 2_500_000, 0, 6_000), traffic(database, 20, 0, 10), traffic(client, 900, 0, 700)),
	}
}
