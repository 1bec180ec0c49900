package linux

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/process"
	"netstat/test/need"
)

// sourceOfThread opens a source in the namespace of a thread.
func sourceOfThread(t *testing.T, thread *process.Thread) netstat.Source {
	t.Helper()
	n, err := process.FindNamespace(netnsPath(thread))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Netns: &n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type measureKey struct {
	group netstat.MeasureGroup
	name  string
}

func liveMeasures(t *testing.T, s netstat.Source) map[measureKey]uint64 {
	t.Helper()
	all := map[measureKey]uint64{}
	for m, err := range s.Measures(t.Context()) {
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		key := measureKey{m.Group, m.Name}
		if _, twice := all[key]; twice || m.Name == "" {
			t.Errorf("%v %s twice", m.Group, m.Name)
		}
		all[key] = m.Value
	}
	return all
}

// TestMeasuresOfNamespaces reads two namespaces with other limits and other
// sockets at the same time: each source must read the files of its own.
func TestMeasuresOfNamespaces(t *testing.T) {
	need.Root(t)
	type namespace struct {
		somaxconn, ports, reserved string
		listeners                  int
		want                       map[measureKey]uint64
	}
	spaces := []namespace{
		{"111", "2000 2099", "2000,2090-2200", 3, map[measureKey]uint64{
			{netstat.MeasureSysctl, "net.core.somaxconn"}: 111, {netstat.MeasurePorts, "first"}: 2000,
			{netstat.MeasurePorts, "last"}: 2099, {netstat.MeasurePorts, "excluded"}: 11,
		}},
		{"222", "3000 3009", "", 1, map[measureKey]uint64{
			{netstat.MeasureSysctl, "net.core.somaxconn"}: 222, {netstat.MeasurePorts, "first"}: 3000,
			{netstat.MeasurePorts, "last"}: 3009, {netstat.MeasurePorts, "excluded"}: 0,
		}},
	}
	var sources []netstat.Source
	for _, space := range spaces {
		thread := netnsMake(t)
		thread.Call(func() {
			for file, text := range map[string]string{
				"core/somaxconn": space.somaxconn, "ipv4/ip_local_port_range": space.ports, "ipv4/ip_local_reserved_ports": space.reserved,
			} {
				if err := os.WriteFile("/proc/sys/net/"+file, []byte(text+"\n"), 0); err != nil {
					t.Error(err)
				}
			}
			for range space.listeners {
				l, err := net.Listen("tcp4", "127.0.0.1:0")
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { l.Close() })
			}
		})
		sources = append(sources, sourceOfThread(t, thread))
	}
	for i, s := range sources {
		got := liveMeasures(t, s)
		spaces[i].want[measureKey{netstat.MeasureSockets, "TCP.inuse"}] = uint64(spaces[i].listeners)
		spaces[i].want[measureKey{netstat.MeasureHost, "page_size"}] = uint64(os.Getpagesize())
		for key, want := range spaces[i].want {
			if value, ok := got[key]; !ok || value != want {
				t.Errorf("namespace %d: %v %s is %d (%v), want %d", i, key.group, key.name, value, ok, want)
			}
		}
		// The whole system's limits are not those of a namespace, and no error.
		for _, key := range []measureKey{{netstat.MeasureSysctl, "net.ipv4.tcp_mem.max"}, {netstat.MeasureARP, "entries"}} {
			if value, ok := got[key]; ok {
				t.Errorf("namespace %d: %v %s is %d", i, key.group, key.name, value)
			}
		}
	}
}

// sysctlFiles returns the texts of the sysctls that this host has. The number of tracked
// connections and their maximum are "".
func sysctlFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for i := range sysctls {
		c := &sysctls[i]
		b, err := os.ReadFile("/proc" + c.path())
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.conntrack != "" {
			b = nil
		}
		files[c.name] = string(b)
	}
	return files
}

// TestLiveMeasures compares every sysctl that this host has with the file, read
// by another way.
func TestLiveMeasures(t *testing.T) {
	s, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// Other programs may load a module, which adds files, or change a limit.
	var got map[measureKey]uint64
	files := sysctlFiles(t)
	for began := time.Now(); ; {
		got = map[measureKey]uint64{}
		for m, err := range s.Measures(t.Context()) {
			if err != nil && !errors.Is(err, errors.ErrUnsupported) {
				t.Error(err)
			}
			got[measureKey{m.Group, m.Name}] = m.Value
		}
		before := files
		if files = sysctlFiles(t); maps.Equal(before, files) {
			break
		}
		if time.Since(began) > tcpWorldDeadline {
			t.Fatal("the sysctls do not stop changing")
		}
	}
	for i := range sysctls {
		c := &sysctls[i]
		text, ok := files[c.name]
		if !ok {
			continue
		}
		names := []string{c.name}
		if c.parts != nil {
			names = nil
			for _, part := range c.parts {
				names = append(names, c.name+"."+part)
			}
		}
		fields := strings.Fields(text)
		if c.conntrack == "" && len(fields) != len(names) {
			t.Errorf("%s has %d numbers, want %d", c.name, len(fields), len(names))
			continue
		}
		for k, name := range names {
			if v, ok := got[measureKey{netstat.MeasureSysctl, name}]; !ok || c.conntrack == "" && strconv.FormatInt(int64(v), 10) != fields[k] {
				t.Errorf("%s is %d (%v), the file has %q", name, v, ok, text)
			}
		}
	}
	for _, key := range []measureKey{{netstat.MeasureSockets, "TCP.inuse"}, {netstat.MeasureSoftnet, "processed"}, {netstat.MeasurePorts, "last"}} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %v %s", key.group, key.name)
		}
	}
}

// ipNeighbor is an entry of "ip -json neigh".
type ipNeighbor struct {
	Destination string          `json:"dst"`
	Link        string          `json:"dev"`
	LinkAddress string          `json:"lladdr"`
	State       []string        `json:"state"`
	Router      json.RawMessage `json:"router"` // null if it is one
}

// ipNeighbors returns the neighbours that iproute2 shows, sorted.
func ipNeighbors(t *testing.T, ip, option string) (rows []string) {
	b, err := exec.Command(ip, option, "-json", "neigh", "show", "nud", "all").Output()
	var list []ipNeighbor
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		t.Errorf("ip neigh: %v in %q", err, b)
		return nil
	}
	for _, n := range list {
		if !ownNeighbor(netip.MustParseAddr(n.Destination)) {
			continue
		}
		address := strings.ReplaceAll(n.LinkAddress, ":", "")
		state := strings.ToLower(strings.Join(n.State, ","))
		if state == "" {
			state = "none"
		}
		rows = append(rows, fmt.Sprintf("%s %s %s %s %t", n.Destination, address, state, n.Link, n.Router != nil))
	}
	slices.Sort(rows)
	return rows
}

// ownNeighbor reports whether the test added an entry: the kernel adds others by
// itself.
func ownNeighbor(a netip.Addr) bool {
	return netip.MustParsePrefix("10.9.0.0/24").Contains(a) || netip.MustParsePrefix("fd09::/64").Contains(a)
}

// TestLiveNeighbors compares with iproute2 in a namespace with entries in every
// state that an administrator can set. Ours must show what iproute2 shows before
// or after, because entries change their state by themselves.
func TestLiveNeighbors(t *testing.T) {
	need.Root(t)
	ip := need.Program(t, "ip", "iproute2")
	thread := netnsMake(t)
	run := func(line string) {
		thread.Call(func() {
			if out, err := exec.Command(ip, strings.Fields(line)...).CombinedOutput(); err != nil {
				t.Errorf("ip %s: %v: %s", line, err, out)
			}
		})
	}
	run("link add d0 type veth peer name d1")
	run("addr add 10.9.0.1/24 dev d0")
	run("addr add fd09::1/64 dev d0 nodad")
	run("link set d0 up")
	run("link set d1 up")
	states := []string{"permanent", "noarp", "stale", "reachable", "failed", "incomplete", "none"}
	for i, state := range states {
		link := fmt.Sprintf(" lladdr 02:00:00:00:09:%02x", i)
		if state == "incomplete" || state == "failed" || state == "none" {
			link = ""
		}
		run(fmt.Sprintf("neigh add 10.9.0.1%d%s dev d0 nud %s", i, link, state))
		run(fmt.Sprintf("neigh add fd09::1%d%s dev d0 nud %s", i, link, state))
	}
	run("neigh add fd09::99 lladdr 02:00:00:00:09:99 dev d1 nud permanent router")
	run("neigh add proxy 10.9.0.77 dev d0")

	s := sourceOfThread(t, thread)
	for family, option := range map[netstat.Family]string{netstat.Inet: "-4", netstat.Inet6: "-6"} {
		var before, after, ours []string
		for began := time.Now(); time.Since(began) < tcpWorldDeadline; {
			ours = nil
			thread.Call(func() { before = ipNeighbors(t, ip, option) })
			for n, err := range s.Neighbors(t.Context(), netstat.NeighborQuery{Family: family}) {
				if err != nil {
					t.Fatal(err)
				}
				if n.Index == 0 || n.Proxy {
					t.Errorf("%+v", n)
				}
				if ownNeighbor(n.Address) {
					ours = append(ours, fmt.Sprintf("%v %x %v %s %t", n.Address, n.HardwareAddr, n.State, n.Interface, n.Router))
				}
			}
			slices.Sort(ours)
			thread.Call(func() { after = ipNeighbors(t, ip, option) })
			if slices.Equal(ours, before) || slices.Equal(ours, after) {
				break
			}
		}
		if len(ours) < len(states) || !slices.Equal(ours, before) && !slices.Equal(ours, after) {
			t.Errorf("%v:\n%q\niproute2 before\n%q\nand after\n%q", family, ours, before, after)
		}
	}
}
