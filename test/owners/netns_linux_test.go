package owners

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netstat/test/live"
)

// netnsWorld creates two named namespaces, joined through this one, one held only by a
// process, one that is only mounted and one that is only open.
func netnsWorld(t *testing.T) (holder uint32, mounted string) {
	t.Helper()
	for _, command := range []string{
		"ip netns add red", "ip netns add blue",
		"ip link add to-red type veth peer name eth0 netns red", "ip link add to-blue type veth peer name eth0 netns blue",
		"ip addr add 10.1.0.1/24 dev to-red", "ip addr add 10.2.0.1/24 dev to-blue",
		"ip addr add fd01::1/64 dev to-red nodad", "ip addr add fd02::1/64 dev to-blue nodad",
		"ip link set to-red up", "ip link set to-blue up",
		"ip -n red addr add 10.1.0.2/24 dev eth0", "ip -n blue addr add 10.2.0.2/24 dev eth0",
		"ip -n red addr add fd01::2/64 dev eth0 nodad", "ip -n blue addr add fd02::2/64 dev eth0 nodad",
		"ip -n red link set eth0 up", "ip -n blue link set eth0 up", "ip -n red link set lo up", "ip -n blue link set lo up",
		"ip -n red route add default via 10.1.0.1", "ip -n blue route add default via 10.2.0.1",
		"ip -n red route add default via fd01::1", "ip -n blue route add default via fd02::1",
		"sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
	} {
		args := strings.Fields(command)
		live.Run(t, args[0], args[1:]...)
	}
	holder, _ = live.Start(t, "unshare", "-n", "sh", "-c", `ip link set lo up && exec python3 -c "$0"`, `
import socket, sys
l = socket.socket(); l.bind(('127.0.0.1', 720)); l.listen(); print('ready', flush=True); sys.stdin.read()`)
	mounted = filepath.Join(t.TempDir(), "held")
	if err := os.WriteFile(mounted, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	live.Run(t, "unshare", "-n", "mount", "--bind", "/proc/self/ns/net", mounted)
	t.Cleanup(func() { live.Program(t, "umount", "-l", mounted) })
	return holder, mounted
}

var netnsOfHost = []string{"--netns=red", "--netns=blue", "--netns=/proc/self/ns/net"}

func TestPeersInProgram(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	netnsWorld(t)
	for _, family := range []string{"ip", "ip6"} {
		to := map[string]string{"ip": "10.2.0.2:700", "ip6": "[fd02::2]:700"}[family]
		live.Run(t, "nft", "table "+family+` t {
			chain pre { type nat hook prerouting priority -100; tcp dport 8080 dnat to `+to+`; }
			chain post { type nat hook postrouting priority 100; oifname "to-blue" ct status dnat masquerade; }
		}`)
	}
	server, _ := live.Python(t, "blue", `
import threading
l = socket.socket(socket.AF_INET6); l.bind(('::', 700)); l.listen()
def accept():
    kept = []
    while True: kept.append(l.accept())
threading.Thread(target=accept, daemon=True).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('10.2.0.2', 701)); u.connect(('10.1.0.2', 702))`)
	client, _ := live.Python(t, "red", `
c4 = socket.create_connection(('10.2.0.2', 700)); c6 = socket.create_connection(('fd02::2', 700))
n4 = socket.create_connection(('10.1.0.1', 8080)); n6 = socket.create_connection(('fd01::1', 8080))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('10.1.0.2', 702)); u.connect(('10.2.0.2', 701))`)
	local, _ := live.Python(t, "", `
l = socket.socket(socket.AF_INET6); l.bind(('::', 710)); l.listen()
c = [socket.create_connection(('127.0.0.1', 710)), socket.create_connection(('::1', 710))]; a = [l.accept(), l.accept()]
def udp(port, to, family=socket.AF_INET, host='127.0.0.1'):
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind((host, port)); to and s.connect((host, to)); return s
pairs = [udp(711, 712), udp(712, 711), udp(713, 714, socket.AF_INET6, '::1'), udp(714, 713, socket.AF_INET6, '::1')]
one = [udp(715, 716), udp(716, 0)]
def two():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); s.bind(('127.0.0.1', 718)); return s
many = [two(), two(), udp(717, 718)]
gone = udp(719, 0); lost = udp(729, 719); gone.close()`)
	// The server has accepted all four when it has five sockets.
	live.Await(t, "five sockets of the server", func() bool {
		return live.Netstat(t, "-tan", "--netns=blue", "--count", "--filter", fmt.Sprintf("pid = %d", server)).Out == "5\n"
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "host.json")
	live.Run(t, live.ProgramPath(), "--snapshot", file)
	s, c, l := fmt.Sprint(server), fmt.Sprint(client), fmt.Sprint(local)

	columns := []string{"--format=csv", "--columns=remote,peer_pid,peer_process,peer_netns,peer_translated"}
	const connected = "remote_port != 0 and pid = "
	show := func(args ...string) []string { return lines(t, live.Netstat(t, append(args, columns...)...)) }
	programExpect(t, "between namespaces", show(append(slices.Clone(netnsOfHost), "-tuan", "--filter", connected+c)...),
		"10.2.0.2:700,"+s+",python3,blue,false", "[fd02::2]:700,"+s+",python3,blue,false",
		"10.1.0.1:8080,"+s+",python3,blue,true", "[fd01::1]:8080,"+s+",python3,blue,true", "10.2.0.2:701,"+s+",python3,blue,false")
	got := show(append(slices.Clone(netnsOfHost), "-tuan", "--filter", connected+s)...)
	for _, row := range got {
		if _, peer, _ := strings.Cut(row, ","); peer != c+",python3,red,false" && peer != c+",python3,red,true" {
			t.Errorf("the peer: %s", row)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d connections of the server", len(got))
	}
	// Reading one namespace alone gives no peers in another.
	programExpect(t, "one namespace", show("-tan", "--netns=red", "--filter", connected+c),
		"10.2.0.2:700,,,,", "[fd02::2]:700,,,,", "10.1.0.1:8080,,,,", "[fd01::1]:8080,,,,")

	columns = []string{"--format=csv", "--columns=proto,local_port,remote_port,peer_pid"}
	want := []string{
		"udp,711,712," + l, "udp,712,711," + l, "udp6,713,714," + l, "udp6,714,713," + l, "udp,715,716," + l, "udp,717,718,", "udp,729,719,",
	}
	programExpect(t, "udp", show("-uan", "--filter", connected+l), want...)
	programExpect(t, "udp, replayed", show("--replay", file, "-uan", "--filter", connected+l), want...)
	programExpect(t, "udp, Windows' dialect", show("--dialect=windows", "-an", "-p", "udp", "--filter", "proto = udp and family = inet and "+connected+l), want[0], want[1], want[4], want[5], want[6])
	// Unix sockets: each type that has a peer, with a path, an abstract name or none.
	unix, _ := live.Python(t, "", `
def pair(kind, name):
    l = socket.socket(socket.AF_UNIX, kind); l.bind(name); c = socket.socket(socket.AF_UNIX, kind)
    if kind == socket.SOCK_DGRAM: c.connect(name); return l, c
    l.listen(); c.connect(name); return l, c, l.accept()
dir = '`+dir+`/'
kept = [pair(k, n) for k, n in ((socket.SOCK_STREAM, dir + 's'), (socket.SOCK_STREAM, '\0s'), (socket.SOCK_DGRAM, dir + 'd'),
    (socket.SOCK_DGRAM, '\0d'), (socket.SOCK_SEQPACKET, dir + 'q'), (socket.SOCK_SEQPACKET, '\0q'))]
kept += [socket.socketpair(socket.AF_UNIX, k) for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)]
a, b = socket.socketpair(); b.close() # its peer has gone`)
	u := fmt.Sprint(unix)
	columns = []string{"--format=csv", "--columns=type,path,peer_pid"}
	var ends []string
	for _, kind := range []string{"stream", "dgram", "seqpacket"} {
		// A socketpair has two ends.
		ends = append(ends, kind+",,"+u, kind+",,"+u)
		// So have two connections; their accepting ends have the name. A sender of
		// datagrams is not the peer of its receiver.
		for _, name := range []string{dir + "/" + kind[:1], "'@" + kind[:1]} { // quoted for spreadsheets
			if kind == "seqpacket" {
				name = name[:len(name)-1] + "q"
			}
			if ends = append(ends, kind+",,"+u); kind != "dgram" {
				ends = append(ends, kind+","+name+","+u)
			}
		}
	}
	for _, before := range [][]string{nil, {"--replay", file}} {
		if before != nil {
			live.Run(t, live.ProgramPath(), "--snapshot", file)
		}
		programExpect(t, "unix", show(append(slices.Clone(before), "-xa", "--filter", "peer_pid = "+u)...), ends...)
	}
	columns = []string{"--format=csv", "--columns=peer_pid,peer_process", "--sort=-peer_process"}
	for _, before := range [][]string{nil, {"--replay", file}} {
		programExpect(t, "tcp", show(append(slices.Clone(before), "-tan", "--filter", "peer_pid = "+l+" and peer_process = pyth*")...),
			l+",python3", l+",python3", l+",python3", l+",python3")
	}
	var doc struct {
		Sockets []struct {
			Peer *struct {
				Owners     []struct{ PID uint32 }
				Netns      string
				Translated bool
			}
		}
	}
	a := live.Netstat(t, append(slices.Clone(netnsOfHost), "-tan", "--json", "--peers", "--filter", "dport = :8080")...)
	if err := json.Unmarshal([]byte(a.Out), &doc); err != nil || len(doc.Sockets) != 2 {
		t.Fatalf("%v in %s", err, a.Out)
	}
	for _, socket := range doc.Sockets {
		if p := socket.Peer; p == nil || len(p.Owners) != 1 || p.Owners[0].PID != server || p.Netns != "blue" || !p.Translated {
			t.Errorf("JSON: %+v", socket.Peer)
		}
	}
}

func TestNamespacesInProgram(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	holder, mounted := netnsWorld(t)
	server, _ := live.Python(t, "red", `
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0'); l.bind(('127.0.0.1', 700)); l.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('10.1.0.2', 701)); u.connect(('10.1.0.1', 9))
x = socket.socket(socket.AF_UNIX); x.bind('\0netns-red'); x.listen()`)
	live.Python(t, "blue", `l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo'); l.bind(('127.0.0.1', 730)); l.listen()`)

	// The text of one namespace is what the original prints there.
	for _, ref := range []string{"red", "/run/netns/red", fmt.Sprint(server), fmt.Sprint(holder), mounted} {
		enter := []string{"nsenter", "--net=" + ref}
		switch {
		case ref == "red":
			enter = []string{"ip", "netns", "exec", ref}
		case !strings.HasPrefix(ref, "/"):
			enter[1] = "--net=/proc/" + ref + "/ns/net"
		}
		for _, words := range []string{"-tn", "-tanp", "-uane", "-an", "-rn", "-rn6", "-6rn", "-gn", "-s", "-i", "-xa", "-tano", "-ie"} {
			// IPv6 addresses and routes take time to settle, and counters change.
			var want, got live.Answer
			for range 100 {
				want = live.Program(t, append(append(slices.Clone(enter), "netstat"), strings.Fields(words)...)...)
				got = live.Netstat(t, append(strings.Fields(words), "--netns="+ref)...)
				if got.Out == want.Out {
					break
				}
			}
			if got.Out != want.Out || got.Status != want.Status {
				t.Errorf("%s of %s: status %d %s\n%s\nthe original: %d\n%s", words, ref, got.Status, got.Err, got.Out, want.Status, want.Out)
			}
		}
	}
	programExpect(t, "a filter", lines(t, live.Netstat(t, "-tln", "--netns=red", "--filter", "netns = red"))[1:],
		"tcp        0      0 127.0.0.1:700           0.0.0.0:*               LISTEN     ")

	// A namespace that --netns cannot open is reported; the rest is shown, and the
	// status is not 0.
	if err := os.WriteFile("/run/netns/plain", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const plain = "netstat: find network namespace \"plain\": not a namespace\n"
	for _, words := range []string{"-tln", "-rn", "-i", "-gn", "-s", "-M"} {
		args := []string{words, "--netns=red", "--netns=plain", "--netns=blue"}
		for _, form := range []string{"table", "csv", "tsv", "json", "ndjson", "template={{.netns}}"} {
			a := live.Netstat(t, append(args, "--format="+form)...)
			// Connections may not be tracked here at all, which is reported too.
			if !strings.HasPrefix(a.Err, plain) || a.Err != plain && words != "-M" || a.Status != 255 {
				t.Errorf("%q %s: status %d, %s", args, form, a.Status, a.Err)
			}
			if words != "-M" && (!strings.Contains(a.Out, "red") || !strings.Contains(a.Out, "blue")) {
				t.Errorf("%q %s: %s", args, form, a.Out)
			}
			if told := strings.Contains(a.Out, `find network namespace \"plain\"`); told != strings.Contains(form, "json") {
				t.Errorf("%q %s: told %v: %s", args, form, told, a.Out)
			}
		}
		if a := live.Netstat(t, words, "--netns=plain"); a.Out != "" || a.Err != plain || a.Status != 255 {
			t.Errorf("%s of a plain file: %+v", words, a)
		}
	}
	if a := live.Netstat(t, "-tln", "--json", "--netns=plain", "--netns=none"); a.Status != 255 || !json.Valid([]byte(a.Out)) || strings.Count(a.Out, `"kind":"operation"`) != 1 ||
		!strings.Contains(a.Out, `"unknown network namespace 'none' `) {
		t.Errorf("nonexistent: %+v", a)
	}

	// All of them: named, of a process, mounted, open.
	gone, end := live.Start(t, "unshare", "-n", "sh", "-c", "echo ready; read line")
	opened, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", gone))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	end()
	var everything live.Answer
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("all: %s", everything.Out)
		}
	})
	labels := []string{"red", "blue", fmt.Sprintf("%d/python3", holder), mounted, fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), opened.Fd())}
	// While a netstat of another test is in the last one, that is its label.
	live.Await(t, "the labels of all namespaces", func() bool {
		everything = live.Netstat(t, "-i", "-a", "--netns=all", "--format=csv", "--columns=netns,name")
		if !strings.HasPrefix(everything.Err, plain) || everything.Status != 255 {
			t.Fatalf("all: status %d, %s", everything.Status, everything.Err)
		}
		return !slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(everything.Out, "\n"+label+",lo\r\n") })
	})
	if err := os.Remove("/run/netns/plain"); err != nil {
		t.Fatal(err)
	}

	// Filters, groups, owners and snapshots.
	all := []string{"--netns=red", "--netns=blue", fmt.Sprint("--netns=", holder), "--format=csv", "-tln"}
	show := func(args ...string) []string { return lines(t, live.Netstat(t, append(slices.Clone(all), args...)...)) }
	programExpect(t, "owners", show("--columns=netns,local,pid"), fmt.Sprint("red,127.0.0.1:700,", server),
		"blue,127.0.0.1:730,"+show("--columns=pid", "--filter=netns = blue")[0], fmt.Sprintf("%d/python3,127.0.0.1:720,%d", holder, holder))
	programExpect(t, "filter by several namespaces", show("--columns=netns", "--filter=netns = red or netns = */python3"), "red", fmt.Sprintf("%d/python3", holder))
	programExpect(t, "groups", show("--group-by=netns", "--columns=netns,count"), "red,1", "blue,1", fmt.Sprintf("%d/python3,1", holder))
	// An interface index differs between namespaces: eth0 of red is 2 or more, lo is 1.
	programExpect(t, "by interface", show("--columns=netns,local_port", "--filter=dev = eth0"), "red,700")
	programExpect(t, "by another interface", show("--columns=netns,local_port", "--filter=dev = lo"), "blue,730")
	if a := live.Netstat(t, append(slices.Clone(all), "--filter=dev = nothing0")...); a.Status != 3 || !strings.Contains(a.Err, "nothing0") {
		t.Errorf("no such interface: %+v", a)
	}
	file := filepath.Join(t.TempDir(), "red.json")
	live.Run(t, live.ProgramPath(), "--snapshot", file, "--netns=red")
	if got, want := live.Netstat(t, "--replay", file, "-tlnp"), live.Netstat(t, "-tlnp", "--netns=red"); got != want {
		t.Errorf("snapshot: %+v, want %+v", got, want)
	}
	for _, args := range [][]string{
		{"--snapshot", file, "--netns=all"}, {"--replay", file, "--netns=red", "-t"}, {"--replay", file, "--netns=all", "-t"}, {"--netns=", "-t"},
	} {
		if a := live.Netstat(t, args...); a.Status != 3 || a.Out != "" || strings.Count(a.Err, "\n") != 1 {
			t.Errorf("%q: %+v", args, a)
		}
	}

	// A list yields each namespace once, in any order, and the own one by its word.
	own := "self"
	if first, err := os.Stat("/proc/1/net/dev"); err == nil {
		if here, err := os.Stat("/proc/self/net/dev"); err == nil && os.SameFile(first, here) {
			own = "host"
		}
	}
	if err := os.WriteFile("/run/netns/with,comma", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	live.Run(t, "mount", "--bind", "/run/netns/blue", "/run/netns/with,comma")
	for list, want := range map[string][]string{
		"blue,red": {"blue", "red"}, "red,blue,red": {"red", "blue"}, "red, blue": {"red", "blue"},
		"red,/run/netns/red": {"red"}, "self,red": {own, "red"}, own + ",blue,self": {own, "blue"},
		fmt.Sprintf("%d,red", holder): {fmt.Sprintf("%d/python3", holder), "red"}, fmt.Sprintf("%d/python3,red", holder): {fmt.Sprintf("%d/python3", holder), "red"},
		"with,comma,red": {`"with,comma"`, "red"}, "/run/netns/with,comma,red": {`"/run/netns/with,comma"`, "red"}, mounted + ",red": {mounted, "red"},
	} {
		programExpect(t, list, lines(t, live.Netstat(t, "-i", "-a", "--netns="+list, "--format=csv", "--group-by=netns", "--columns=netns")), want...)
	}
	live.Run(t, "umount", "/run/netns/with,comma")
	if err := os.Remove("/run/netns/with,comma"); err != nil {
		t.Fatal(err)
	}
	if a := live.Netstat(t, "-tln", "--netns=red,red"); !strings.HasPrefix(a.Out, "Active Internet connections") || a.Status != 0 {
		t.Errorf("one namespace, twice: %+v", a)
	}
	const known = " (known: blue, red, host, self, all, a process ID, or a path with a slash)\n"
	for list, want := range map[string]string{
		"bleu":           `netstat: unknown network namespace 'bleu': did you mean blue?` + known,
		"red,gren,blue":  `netstat: unknown network namespace 'gren': did you mean red?` + known,
		"x":              `netstat: unknown network namespace 'x'` + known,
		"red,4294967295": `netstat: find network namespace "4294967295": no such process` + "\n",
	} {
		if a := live.Netstat(t, "-tln", "--netns="+list); a.Status != 255 || a.Err != want {
			t.Errorf("%s: %+v", list, a)
		}
	}
	if a := live.Netstat(t, "-tln", "--netns=red,,blue"); a.Status != 3 || a.Err != "netstat: bad value 'red,,blue' for --netns: a name beside a comma is empty\n" {
		t.Errorf("an empty name: %+v", a)
	}

	// A namespace without a route has no rows, and hides no others.
	live.Run(t, "ip", "netns", "add", "bare")
	live.Run(t, "ip", "-n", "red", "route", "add", "blackhole", "198.51.100.0/24")
	if a := live.Netstat(t, "-4rn", "--netns=bare,red", "--format=csv", "--columns=netns,destination"); a.Status != 0 || a.Err != "" ||
		strings.Contains(a.Out, "bare") || !strings.Contains(a.Out, "red,198.51.100.0/24") {
		t.Errorf("a namespace without a route: %+v", a)
	}
	live.Run(t, "ip", "-n", "red", "route", "del", "blackhole", "198.51.100.0/24")
	live.Run(t, "ip", "netns", "del", "bare")

	// An ordinary user gets one message about what is not shown.
	a := live.Program(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(), "-tln", "--netns=all")
	if a.Status != 255 || !strings.HasPrefix(a.Out, "NETNS ") ||
		!regexp.MustCompile(`^netstat: cannot enter at least \d+ network namespaces \(run as root\)\n$`).MatchString(a.Err) {
		t.Errorf("as an ordinary user: %+v", a)
	}
	for names, want := range map[string]string{
		"red":              "netstat: open network namespace \"red\": entering it requires CAP_SYS_ADMIN: operation not permitted (run as root)\n",
		fmt.Sprint(holder): fmt.Sprintf("netstat: find network namespace \"%d\": permission denied (run as root)\n", holder),
		"red blue":         "netstat: cannot enter 2 network namespaces (run as root)\n",
	} {
		args := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(), "-tln"}
		for name := range strings.FieldsSeq(names) {
			args = append(args, "--netns="+name)
		}
		if a := live.Program(t, args...); a.Status != 255 || a.Err != want {
			t.Errorf("%s as an ordinary user: %+v", names, a)
		}
	}
	a = live.Program(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(), "-tln", "--netns=/proc/self/ns/net")
	if a.Status != 0 || a.Err != "" {
		t.Errorf("an ordinary user's own namespace: %+v", a)
	}

	// Rounds include new namespaces and release deleted ones.
	script := `"$0" -i -a --netns=all --format=ndjson --columns=netns,name 1 | {
		round() { seen=; while read -r line; do case $line in
			*'"record":"end"'*) return;; *'"netns":"later"'*) seen=yes;; esac; done; }
		round; echo "$seen"; ip netns add later; seen=; until [ "$seen" ]; do round; done; echo came
		ip netns delete later; until [ -z "$seen" ]; do round; done; echo went
	}`
	if out := live.Run(t, "sh", "-c", script, live.ProgramPath()); out != "\ncame\nwent\n" {
		t.Errorf("rounds: %q", out)
	}
}
