package filter

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// TestAcceptFull checks that the kernel queues one connection more than the limit, and no
// more.
func TestAcceptFull(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	src, env := w.open()
	listen := func(addr unix.Sockaddr, family, limit int) {
		f := w.socket(family, unix.SOCK_STREAM)
		w.must(unix.Bind(f, addr), "bind")
		w.must(unix.Listen(f, limit), "listen")
	}
	// connect makes connections that no program accepts.
	connect := func(addr unix.Sockaddr, family, count int) {
		for range count {
			f := w.socket(family, unix.SOCK_STREAM)
			w.must(unix.SetNonblock(f, true), "O_NONBLOCK")
			if err := unix.Connect(f, addr); err != nil && err != unix.EINPROGRESS && err != unix.EAGAIN {
				t.Fatal(err)
			}
		}
	}
	tcp := func(port int) unix.Sockaddr { return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}} }
	local := &unix.SockaddrUnix{Name: "@netstat-full-" + string(rune('a'+os.Getpid()%26))}
	listen(tcp(7001), unix.AF_INET, 2)
	listen(tcp(7002), unix.AF_INET, 2)
	listen(tcp(7003), unix.AF_INET, 0)
	listen(local, unix.AF_UNIX, 1)
	connect(tcp(7001), unix.AF_INET, 5)
	connect(tcp(7002), unix.AF_INET, 2)
	connect(tcp(7003), unix.AF_INET, 1)
	connect(local, unix.AF_UNIX, 4)

	full := map[string]bool{"127.0.0.1:7001": true, "127.0.0.1:7002": false, "127.0.0.1:7003": true, local.Name: true}
	for _, text := range []string{"accept_full", "recvq > max_backlog", "not recvq <= max_backlog and state listen"} {
		e, err := filter.Parse(text, env)
		w.must(err, text)
		// A TCP connection is established by the kernel, so the queue fills soon.
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			wrong := ""
			for _, table := range []netstat.Table{netstat.TCP4Table, netstat.UnixTable} {
				for _, timers := range []netstat.Facts{0, netstat.FactTimer} { // timers are read from a file
					found := map[string]bool{}
					need, _ := e.Need(table)
					need.Facts |= timers
					for s, err := range src.Sockets(t.Context(), table, need) {
						w.must(err, text)
						if e.Match(&fact.Record{Row: &fact.Row{Socket: s, Facts: need.Facts}}) {
							name := s.Local.Name
							if s.Local.IP.IsValid() {
								name = fmt.Sprint("127.0.0.1:", s.Local.Port)
							}
							found[name] = true
						}
					}
					for name, want := range full {
						if (name[0] == '@') == (table == netstat.UnixTable) && found[name] != want {
							wrong = name
						}
					}
				}
			}
			if wrong == "" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is wrong for %s", text, wrong)
			}
		}
	}
}
