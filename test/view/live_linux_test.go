package view

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/filter"
	"netstat/test/live"
	"netstat/view"
)

func source(t *testing.T) netstat.Source {
	t.Helper()
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// liveNames resolves only user 0.
type liveNames struct{ view.Names }

func (liveNames) WantUser(uint32)                {}
func (liveNames) UserReady(uint32) bool          { return true }
func (liveNames) User(uid uint32) (string, bool) { return "root", uid == 0 }

// show reads TCP and unix sockets from places, and returns a line for each.
func show(t *testing.T, places []view.Place, columns, expression, sort string) []string {
	t.Helper()
	list, err := fact.Find(fact.Sockets, columns)
	if err != nil {
		t.Fatal(err)
	}
	e, err := filter.Parse(expression, filter.Env{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := view.ParseSort(fact.Sockets, sort)
	if err != nil {
		t.Fatal(err)
	}
	plan := &view.Plan{}
	for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UnixTable} {
		plan.Queries = append(plan.Queries, view.Query{Table: table})
	}
	req := &view.Request{
		Tables: view.Tables{Plan: plan}, Filter: e, Facts: fact.NeedsOf(list), Sort: keys, AllOwners: true, Names: liveNames{},
		Report: func(err error) { t.Error(err) },
	}
	var lines []string
	for r, err := range view.RecordsOf(t.Context(), places, req) {
		if err != nil {
			t.Error(err)
			continue
		}
		var line []byte
		for i := range list {
			if i > 0 {
				line = append(line, ' ')
			}
			values := []fact.Value{list[i].Value(&r)}
			if list[i].All != nil {
				if values = list[i].All(&r, nil); len(values) == 0 {
					values = []fact.Value{{}}
				}
			}
			for k := range values {
				if k > 0 {
					line = append(line, ',')
				}
				line = values[k].AppendPretty(line)
			}
		}
		lines = append(lines, string(line))
	}
	return lines
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLiveOwnersAndPeers(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	places := []view.Place{{Source: source(t)}}
	server, end := live.Python(t, "", `
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); l.bind(('127.0.0.1', 700)); l.listen()
pid = os.fork()
if pid == 0:
    l.listen(); sys.stdin.read(); os._exit(0)
c = socket.create_connection(('127.0.0.1', 700)); a, _ = l.accept()
x = socket.socket(socket.AF_UNIX); x.bind('/run/x'); x.listen()
y = socket.socket(socket.AF_UNIX); y.connect('/run/x'); z, _ = x.accept()`)
	client, _ := live.Python(t, "", `q = socket.create_connection(('127.0.0.1', 700))`)
	var child uint32
	if _, err := fmt.Sscan(live.Run(t, "ps", "-o", "pid=", "--ppid", fmt.Sprint(server)), &child); err != nil {
		t.Fatal(err)
	}
	// After the greatest number, processes get the smallest again.
	lower, higher := min(server, child), max(server, child)

	expect(t, "the listener", show(t, places, "local,owners,user,owner_unknown", "state listening and sport = :700", "local"),
		fmt.Sprintf("127.0.0.1:700 %d/python3,%d/python3 root -", lower, higher))
	one := fmt.Sprint(server)
	expect(t, "an accepted connection", show(t, places, "pid,peer_pid,peer_process,peer_waiting", "state established and process = python3 and dport = :700 and pid = "+one, "local"),
		fmt.Sprintf("%d %d python3 no", server, server))
	expect(t, "a pending connection", show(t, places, "pid,peer_pid,peer_waiting", "state established and pid = "+fmt.Sprint(client), "local"),
		fmt.Sprintf("%d %d,%d yes", client, lower, higher))
	expect(t, "its peer", show(t, places, "owners,owner_unknown,peer_pid", fmt.Sprintf("state established and peer_pid = %d", client), "local"),
		fmt.Sprintf("- pending %d", client))
	got := show(t, places, "proto,path,process,peer_pid", "family = unix and peer_process = python3 and pid = "+one, "-path")
	expect(t, "unix", got,
		fmt.Sprintf("unix /run/x python3 %d", server), fmt.Sprintf("unix - python3 %d", server))
	expect(t, "processes", show(t, places, "parent,exe_deleted,comm", "sport = :700 and state established and pid = "+one, "local"),
		fmt.Sprintf("%d no python3", os.Getpid()))
	if line := show(t, places, "command", "sport = :700 and state established and pid = "+one, "local"); len(line) != 1 || !strings.Contains(line[0], "python3 -c import socket") {
		t.Errorf("command %q", line)
	}

	// A closed connection has no owner, and the reason is shown.
	end()
	await(t, places[0].Source, someIn(netstat.TimeWait))
	if got := show(t, places, "state,owners,owner_unknown", "state time-wait", "local"); len(got) == 0 || got[0] != "TIME-WAIT - time-wait" {
		t.Errorf("the closed connection: %q", got)
	}
}

func TestLiveNamespaces(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	live.Run(t, "ip", "netns", "add", "blue")
	live.Run(t, "ip", "netns", "add", "red")
	live.Run(t, "ip", "-n", "blue", "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", "red")
	for _, n := range []struct{ netns, dev, address string }{{"blue", "va", "10.9.0.1/24"}, {"red", "vb", "10.9.0.2/24"}} {
		live.Run(t, "ip", "-n", n.netns, "addr", "add", n.address, "dev", n.dev)
		live.Run(t, "ip", "-n", n.netns, "link", "set", n.dev, "up")
	}
	server, _ := live.Python(t, "blue", `
l = socket.socket(); l.bind(('10.9.0.1', 700)); l.listen()
b = socket.socket(); b.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'va'); b.bind(('10.9.0.1', 701)); b.listen()`)
	client, _ := live.Python(t, "red", `c = socket.create_connection(('10.9.0.1', 700))`)

	var places []view.Place
	for _, name := range []string{"blue", "red"} {
		n, err := collect.FindNamespace(name)
		if err != nil {
			t.Fatal(err)
		}
		src, err := collect.Open(collect.Options{Netns: &n})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		places = append(places, view.Place{Source: src, Netns: n.Label()})
	}
	expect(t, "between namespaces", show(t, places, "netns,remote_address,pid,peer_pid,peer_netns", "family = inet and state established", "netns"),
		fmt.Sprintf("blue 10.9.0.2 - %d red", client), fmt.Sprintf("red 10.9.0.1 %d %d blue", client, server))
	expect(t, "one namespace", show(t, places, "netns,local,pid", "netns = blue and state listening", "local"),
		fmt.Sprintf("blue 10.9.0.1:700 %d", server), fmt.Sprintf("blue 10.9.0.1:701 %d", server))
	expect(t, "an interface", show(t, places, "interface", "sport = :701", "local"), "va")
}

// Containers and units from the names of real control groups.
func TestLiveControlGroups(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	root := live.Cgroups(t, "")
	top := filepath.Join(root, "netstatview.slice")
	t.Cleanup(func() { live.RemoveGroups(top) })
	id := strings.Repeat("0123456789abcdef", 4)
	places := []view.Place{{Source: source(t)}}
	for i, c := range []struct{ group, want string }{
		{"docker-" + id + ".scope", "docker-" + id + ".scope netstatview.slice " + id + " docker"},
		{"web.service", "web.service netstatview.slice - -"},
	} {
		path := filepath.Join(top, c.group)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		port := strconv.Itoa(700 + i)
		pid, end := live.Start(t, "sh", "-c", `echo $$ > "$1/cgroup.procs" && exec python3 -c "$2"`, "sh", path,
			"import socket, sys\nl = socket.socket(); l.bind(('127.0.0.1', "+port+")); l.listen()\nprint('ready', flush=True)\nsys.stdin.read()")
		expect(t, c.group, show(t, places, "pid,unit,slice,container,runtime", "sport = :"+port, "local"), fmt.Sprintf("%d %s", pid, c.want))
		if i == 0 {
			expect(t, "by container", show(t, places, "local_port", "container = 01234567*", "local"), port)
		} else {
			expect(t, "by unit", show(t, places, "local_port", "unit = web.service", "local"), port)
		}
		end()
	}
}

// Groups of a live namespace have the counts and the sums of queues that ss shows.
func TestLiveGroups(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:700")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for i := range 20 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		a, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c, a)
		if i%3 == 0 {
			if _, err := c.Write(make([]byte, 100+i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	type sums struct{ count, recvq uint64 }
	want := map[string]sums{}
	for line := range strings.Lines(live.Run(t, "ss", "-Htan")) {
		f := strings.Fields(line)
		recvq, err := strconv.ParseUint(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s := want[f[0]]
		want[f[0]] = sums{s.count + 1, s.recvq + recvq}
	}
	g, err := view.ParseGrouping(fact.Sockets, "state", fact.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	req := &view.Request{Tables: view.Tables{Plan: &view.Plan{Queries: []view.Query{{Table: netstat.TCP4Table}, {Table: netstat.TCP6Table}}}}, Group: g}
	names := map[string]string{"LISTEN": "LISTEN", "ESTABLISHED": "ESTAB"}
	groups := 0
	for r, err := range view.Records(t.Context(), source(t), req) {
		if err != nil {
			t.Fatal(err)
		}
		groups++
		state := names[r.Group.Keys[0].Text]
		if got := (sums{r.Group.Count, r.Group.Totals[0].Number}); got != want[state] {
			t.Errorf("%s: %+v, ss shows %+v", state, got, want[state])
		}
	}
	if groups != len(want) || want["ESTAB"].count != 40 || want["ESTAB"].recvq == 0 {
		t.Errorf("%d groups; ss: %v", groups, want)
	}
}

// Opened, closed and changed sockets appear in the next round.
func TestLiveChanges(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	src := source(t)
	d := view.NewDiffer(nil)
	changes := func() []string {
		list, err := fact.Find(fact.Sockets, "change,state,local_port,remote_port,changed")
		if err != nil {
			t.Fatal(err)
		}
		req := &view.Request{Tables: view.Tables{Plan: &view.Plan{Queries: []view.Query{{Table: netstat.TCP4Table}}}}, Diff: d}
		if req.Sort, err = view.ParseSort(fact.Sockets, "local_port,state"); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for r, err := range view.Records(t.Context(), src, req) {
			if err != nil {
				t.Fatal(err)
			}
			var line []byte
			for i := range list {
				if list[i].All == nil || len(r.Changed) == 0 {
					line = append(list[i].Value(&r).AppendPretty(line), ' ')
					continue
				}
				line = append(append(line, strings.Join(r.Changed, ",")...), ' ')
			}
			lines = append(lines, string(line))
		}
		return lines
	}
	expect(t, "nothing", changes())
	l, err := net.Listen("tcp", "127.0.0.1:700")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	expect(t, "a listener", changes(), "opened LISTEN 700 0 - ")
	expect(t, "no change", changes())
	c, err := net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000}, l.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "a connection", changes(), "opened ESTABLISHED 700 5000 - ", "opened ESTABLISHED 5000 700 - ")
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	await(t, src, func(rows []netstat.Socket) bool { // it has arrived, and the sender knows
		return slices.ContainsFunc(rows, func(s netstat.Socket) bool { return s.RecvQ == 5 }) &&
			!slices.ContainsFunc(rows, func(s netstat.Socket) bool { return s.SendQ > 0 })
	})
	expect(t, "data", changes(), "changed ESTABLISHED 700 5000 recvq ")
	a.Close() // with unread data it is reset: both ends disappear
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatal("no reset")
	}
	expect(t, "reset", changes(), "closed ESTABLISHED 700 5000 - ", "closed ESTABLISHED 5000 700 - ")
	c.Close()
	// Without unread data, the end that closes first waits.
	if c, err = net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5001}, l.Addr().(*net.TCPAddr)); err != nil {
		t.Fatal(err)
	}
	if a, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	expect(t, "another", changes(), "opened ESTABLISHED 700 5001 - ", "opened ESTABLISHED 5001 700 - ")
	c.Close()
	if _, err := a.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	await(t, src, someIn(netstat.FinWait2))
	expect(t, "half closed", changes(), "changed CLOSE-WAIT 700 5001 state ", "changed FIN-WAIT-2 5001 700 state ")
	a.Close()
	l.Close()
	await(t, src, func(rows []netstat.Socket) bool { // the peer has the last acknowledgement
		return someIn(netstat.TimeWait)(rows) && !someIn(netstat.LastAck)(rows)
	})
	expect(t, "the end", changes(), "closed CLOSE-WAIT 700 5001 - ", "closed LISTEN 700 0 - ", "changed TIME-WAIT 5001 700 state ")
}

// await reads the TCP sockets until is returns true.
func await(t *testing.T, src netstat.Source, is func(rows []netstat.Socket) bool) {
	t.Helper()
	for {
		var rows []netstat.Socket
		for s, err := range src.Sockets(t.Context(), netstat.TCP4Table, netstat.Need{}) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, s)
		}
		if is(rows) {
			return
		}
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

func someIn(state netstat.State) func(rows []netstat.Socket) bool {
	return func(rows []netstat.Socket) bool {
		return slices.ContainsFunc(rows, func(s netstat.Socket) bool { return s.State == state })
	}
}
