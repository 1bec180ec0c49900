package linux

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/test/need"
)

// leakyRing loses the records for which lose is true.
type leakyRing struct {
	eventRing
	lose func([]byte) bool
}

func (r leakyRing) Read(record func([]byte) bool) {
	r.eventRing.Read(func(b []byte) bool { return r.lose(b) || record(b) })
}

// TestMissingRecords loses records of real connections. The stream must say how many events
// are missing, also at the end of a socket, and nothing of sockets that are open.
func TestMissingRecords(t *testing.T) {
	need.Root(t)
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.loopbackUp()
	for _, test := range []struct {
		name   string
		lose   []string // changes of state, by their numbers
		reset  bool     // whether the connection ends with a reset
		rounds bool     // whether the stream must notice before it ends
		want   []string
	}{
		{name: "nothing is lost", want: []string{"closed 0", "closed 0"}},
		{name: "in between", lose: []string{"1>4"}, want: []string{"closed 0", "closed 0", "lost 1"}},
		{name: "the last two", lose: []string{"4>5", "5>7"}, want: []string{"closed 0", "lost 2"}},
		{name: "the last one", lose: []string{"9>7"}, want: []string{"closed 0", "lost 1"}},
		{name: "both", lose: []string{"5>7", "9>7"}, rounds: true, want: []string{"lost 1", "lost 1"}},
		{name: "a reset", lose: []string{"1>7"}, reset: true, want: []string{"lost 0", "lost 0"}},
	} {
		opened, err := Open(Options{})
		g.must(err, "source")
		s := opened.(*source)
		s.bpf = bpfAlways
		s.openEvents = func(netns uint32) (eventRing, error) {
			ring, err := openEventRing(netns)
			return leakyRing{ring, func(b []byte) bool {
				return b[bpf.EventKind] == bpf.EventState && slices.Contains(test.lose, fmt.Sprintf("%d>%d", b[bpf.EventOld], b[bpf.EventNew]))
			}}, err
		}
		stream, err := s.OpenEvents(context.Background(), netstat.EventQuery{Tables: []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}})
		g.must(err, "open")
		// These stay open: of each version, mapped, and bound to an interface.
		var open []int
		for _, c := range []struct {
			family  int
			at, via string
		}{{unix.AF_INET, "127.0.0.1:97", "127.0.0.1:97"}, {unix.AF_INET6, "[::1]:97", "[::1]:97"}, {unix.AF_INET6, "[::]:98", "[::ffff:127.0.0.1]:98"}} {
			l := g.listen(c.family, c.at)
			client, server := g.connect(c.family, l, c.via)
			bound := g.socket(c.family, unix.SOCK_STREAM, 0)
			g.must(unix.BindToDevice(bound, "lo"), "bind to lo")
			g.must(unix.Connect(bound, sockaddr(c.via)), "connect")
			second, _, err := unix.Accept(l)
			g.must(err, "accept")
			open = append(open, l, client, server, bound, second)
		}
		client, server := g.connect(unix.AF_INET, open[0], "127.0.0.1:97")
		port := g.localPort(client)
		if test.reset {
			g.must(unix.SetsockoptLinger(server, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}), "linger")
			g.must(unix.Close(server), "close")
			_, _ = unix.Read(client, make([]byte, 1))
		} else {
			g.must(unix.Close(server), "close")
			if n, err := unix.Read(client, make([]byte, 1)); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}
		g.must(unix.Close(client), "close")
		for unfinished(t, port) { // the last acknowledgement may take a while
			time.Sleep(time.Millisecond)
		}
		var got []string
		events := make([]netstat.Event, 100)
		if !test.rounds {
			stream.Stop()
		}
		for {
			n, err := stream.Read(events)
			if err == io.EOF {
				break
			}
			g.must(err, "read")
			for _, e := range events[:n] {
				if e.Type == netstat.EventClosed || e.Type == netstat.EventLost {
					got = append(got, fmt.Sprintf("%v %d", e.Type, e.Lost))
				}
			}
			if test.rounds && len(got) == len(test.want) {
				stream.Stop()
			}
		}
		if slices.Sort(got); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		g.must(stream.Close(), "close")
		g.must(s.Close(), "close")
		for _, fd := range open {
			g.must(unix.Close(fd), "close")
		}
		for unfinished(t, 0) {
			time.Sleep(time.Millisecond)
		}
	}
}
