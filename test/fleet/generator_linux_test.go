package fleet

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// A made-up host has perHost sockets: listeners, as many connections as client as as
// server, and those that are easily joined wrongly. Its connections go to the next `spread`
// hosts in turn.
const (
	perHost   = 2000
	listeners = 6
	local     = 10 // connections on the loopback address of each of two namespaces
	bridge    = 6  // from a namespace to its host
	outgoing  = 48 // to addresses outside of the fleet
	incoming  = 16 // from one
	nat       = 8  // whose ends have the address of a gateway, as client and as server
	gossip    = 2  // whose ends both have the port of a listener
	clients   = (perHost - listeners - 2*2*local - 2*bridge - outgoing - incoming - 2*nat - gossip) / 2
	spread    = 97
	// hostsPerFile is how many hosts' rounds a file has, as at a collector.
	hostsPerFile = 25
)

// service is what a made-up host is there for, by its number.
type service struct {
	name, exe string
	port      int
}

var services = []service{
	{"nginx", "/usr/sbin/nginx", 443},
	{"shop", "/opt/shop/bin/shop", 8080},
	{"postgresql", "/usr/lib/postgresql/15/bin/postgres", 5432},
	{"redis", "/usr/bin/redis-server", 6379},
}

var gossiper = service{"gossip", "/usr/bin/gossip", 7946}

func serviceOf(host int) service  { return services[host%len(services)] }
func name(host int) string        { return fmt.Sprintf("host%04d", host) }
func address(host int) string     { return fmt.Sprintf("10.1.%d.%d", host/250, host%250+1) }
func deleted(host int) bool       { return host%7 == 0 }
func unused(host int) bool        { return host%10 == 0 }
func target(host, k, all int) int { return (host + 1 + k%min(spread, all-1)) % all }

// sent returns the bytes that a client sent, and received, in its connection k.
func sent(host, k int) int     { return 100 + host%13 + k }
func received(host, k int) int { return 1000 + 7*k }

// writer writes the rows of one round as collect does.
type writer struct {
	*bufio.Writer
	before []byte // time, host, boot and number of rows, which every row has
	netns  string
	cookie int
	row    []byte
}

// end is an address with its port.
type end struct {
	address string
	port    int
}

func (w *writer) socket(proto, state string, local, remote end, owner service, deleted bool, acked, received int) {
	w.cookie++
	b := append(w.row[:0], w.before...)
	text := func(s string) { b = append(append(b, '\t'), s...) }
	number := func(n int) { b = strconv.AppendInt(append(b, '\t'), int64(n), 10) }
	text(w.netns)
	text(proto)
	text(state)
	text(local.address)
	number(local.port)
	text(remote.address)
	number(remote.port)
	number(w.cookie)
	number(1000)
	number(500 + owner.port)
	text(owner.name)
	text(owner.exe)
	text(strconv.FormatBool(deleted))
	text("2026-01-01T00:00:00Z")
	text("") // container
	text(owner.name + ".service")
	text("") // pod
	if acked >= 0 {
		number(acked)
		number(received)
	} else {
		b = append(b, '\t', '\t')
	}
	number(0)
	number(0)
	b = append(b, '\n')
	_, _ = w.Write(b) // Flush returns the error
	w.row = b
}

// round writes all sockets of a host among `all` hosts.
func round(w *bufio.Writer, host, all int, time string) {
	r := writer{Writer: w, netns: "host", before: fmt.Appendf(nil, "%s\t%s\t00000000-0000-4000-8000-%012d\t%d",
		time, name(host), host, perHost)}
	any := end{"0.0.0.0", 0}
	own, gone, here := serviceOf(host), deleted(host), address(host)
	exporter := service{"node-exporter", "/usr/bin/node_exporter", 9100}
	listen := func(proto, state, address string, s service, deleted bool) {
		r.socket(proto, state, end{address, s.port}, end{address, 0}, s, deleted, -1, 0)
	}
	connection := func(proto string, local, remote end, s service, deleted bool, acked, received int) {
		r.socket(proto, "ESTABLISHED", local, remote, s, deleted, acked, received)
	}
	listen("tcp", "LISTEN", any.address, own, gone)
	listen("tcp", "LISTEN", any.address, service{"sshd", "/usr/sbin/sshd", 22}, false)
	listen("tcp6", "LISTEN", "::", exporter, false)
	listen("udp", "", any.address, gossiper, false)
	if unused(host) {
		listen("tcp", "LISTEN", any.address, service{"old", "/opt/old", 7777}, false)
	} else {
		listen("udp", "", any.address, service{"chronyd", "/usr/sbin/chronyd", 323}, false)
	}
	for k := range clients {
		peer := target(host, k, all)
		connection("tcp", end{here, 20000 + k}, end{address(peer), serviceOf(peer).port}, own, gone, sent(host, k), received(host, k))
	}
	// The hosts whose target this one is: each (k modulo spread) has exactly one.
	for k := range clients {
		peer := (host - 1 - k%min(spread, all-1) + all) % all
		// An IPv6 socket may be the end of an IPv4 connection.
		connection([]string{"tcp", "tcp6"}[host%2], end{here, own.port}, end{address(peer), 20000 + k}, own, gone, received(peer, k), sent(peer, k))
	}
	for k := range outgoing {
		connection("tcp", end{here, 40000 + k}, end{fmt.Sprintf("203.0.113.%d", k%8+1), 443}, own, gone, 5, 6)
	}
	for k := range incoming {
		connection("tcp", end{here, own.port}, end{"203.0.113.100", 40000 + k}, own, gone, 7, 8)
	}
	for k := range nat {
		connection("tcp", end{here, 50000 + k}, end{"198.51.100.10", 443}, own, gone, 1, 2)
		connection("tcp", end{here, own.port}, end{"198.51.100.1", 50000 + k}, own, gone, 2, 1)
	}
	for _, peer := range []int{(host + 1) % all, (host - 1 + all) % all} {
		connection("udp", end{here, gossiper.port}, end{address(peer), gossiper.port}, gossiper, false, -1, 0)
	}
	// Every host, and each of its two namespaces, has the same ends here.
	loopback := func() {
		for k := range local {
			connection("tcp", end{"127.0.0.1", 30000 + k}, end{"127.0.0.1", 9100}, own, gone, 10, 20)
			connection("tcp6", end{"127.0.0.1", 9100}, end{"127.0.0.1", 30000 + k}, exporter, false, 20, 10)
		}
	}
	loopback()
	for k := range bridge {
		connection("tcp", end{"172.17.0.1", own.port}, end{"172.17.0.2", 35000 + k}, own, gone, 3, 4)
	}
	r.netns = "app"
	listen("tcp6", "LISTEN", "::", exporter, false)
	loopback()
	for k := range bridge {
		connection("tcp", end{"172.17.0.2", 35000 + k}, end{"172.17.0.1", own.port}, own, gone, 4, 3)
	}
}

// generate writes a round of each of `all` hosts and returns the files.
func generate(t testing.TB, dir string, all int, time string) (files []string) {
	t.Helper()
	for first := 0; first < all; first += hostsPerFile {
		path := filepath.Join(dir, fmt.Sprintf("%s-%04d.tsv", time, first))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriterSize(f, 1<<20)
		for host := first; host < min(all, first+hostsPerFile); host++ {
			round(w, host, all, time)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}
