package diagnose

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

// numberNames returns the counters and measures that rules name: the quoted words with a
// dot in the files of this package.
func numberNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	word := regexp.MustCompile(`"([A-Za-z0-9_]+\.[A-Za-z0-9_.]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range word.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	names = append(names, "ports.first", "ports.last", "ports.excluded", "ports.tcp.first", "ports.tcp.last", "ports.tcp.excluded")
	slices.Sort(names)
	return slices.Compact(names)
}

// randomHost makes hosts of few values, so that they often coincide: with thresholds, with
// each other, and between two moments.
type randomHost struct {
	*rand.Rand
	names []string
}

// number returns a small number, one near a threshold, or an extreme one.
func (r randomHost) number() uint64 {
	switch r.IntN(8) {
	case 0:
		return 0
	case 1:
		return math.MaxUint64 - uint64(r.IntN(3))
	case 2:
		return r.Uint64()
	case 3:
		return uint64(r.IntN(3))
	}
	return uint64(r.IntN(1 << (1 + r.IntN(20))))
}

func (r randomHost) addr(v6 bool) netip.Addr {
	list := []string{"0.0.0.0", "127.0.0.1", "192.0.2.1", "192.0.2.2"}
	if v6 {
		list = []string{"::", "::1", "2001:db8::1", "fe80::1"}
	}
	return netip.MustParseAddr(list[r.IntN(len(list))])
}

func (r randomHost) socket(t netstat.Table) netstat.Socket {
	s := netstat.Socket{
		Table: t, State: netstat.State(r.IntN(14)), RecvQ: r.number(), SendQ: r.number(), MaxBacklog: uint32(r.number()),
		UID: uint32(r.IntN(3)), Inode: uint64(r.IntN(40)), Cookie: uint64(r.IntN(60)),
	}
	if t.Family != netstat.Unix {
		v6 := t.Family == netstat.Inet6
		s.Local = netstat.Addr{IP: r.addr(v6), Port: []uint16{0, 6379, 16000, 32000, 40000, 48000}[r.IntN(6)]}
		s.Remote = netstat.Addr{IP: r.addr(v6), Port: uint16(r.IntN(3) * 80)}
	} else {
		s.Local.Name = []string{"", "/run/x", "@y\x1b"}[r.IntN(3)]
	}
	if r.IntN(3) > 0 {
		s.TCP = new(netstat.TCPInfo)
		for f := range netstat.TCPFields {
			if r.IntN(4) > 0 {
				s.TCP.Set(f, r.number())
			}
		}
	}
	if r.IntN(3) > 0 {
		s.Memory = new(netstat.Memory)
		for f := range netstat.MemoryFields {
			if r.IntN(4) > 0 {
				s.Memory.Set(f, uint32(r.number()))
			}
		}
	}
	if r.IntN(2) == 0 {
		s.Flags = netstat.V6Only
	}
	s.Timer = netstat.Timer{Kind: netstat.TimerKind(r.IntN(5)), Retransmits: uint32(r.number()), Probes: uint32(r.number())}
	if r.IntN(8) == 0 {
		s.Absent = netstat.Facts(r.Uint32()) &^ netstat.FactQueues // every system has them where rules look
	}
	return s
}

// host returns a host, with the same sockets as before in part.
func (r randomHost) host(before *host) *host {
	h := &host{sockets: map[netstat.Table][]netstat.Socket{}, counters: map[string]uint64{}, processes: map[uint32]netstat.Process{}}
	for _, t := range tablesOf([]netstat.Protocol{netstat.TCP, netstat.UDP, netstat.ProtocolNone}) {
		if before != nil && r.IntN(3) > 0 {
			for _, s := range before.sockets[t] {
				if r.IntN(2) == 0 {
					later := r.socket(t)
					later.Cookie, later.Inode, later.Local, later.Remote = s.Cookie, s.Inode, s.Local, s.Remote
					s = later
				}
				h.sockets[t] = append(h.sockets[t], s)
			}
			continue
		}
		one := r.socket(t)
		for range r.IntN(4) * r.IntN(60) {
			s := r.socket(t)
			if r.IntN(2) == 0 { // alike
				cookie := s.Cookie
				s = one
				s.Cookie = cookie
			}
			h.sockets[t] = append(h.sockets[t], s)
		}
	}
	if r.IntN(4) == 0 { // idle
		for i := range uint64(90 + r.IntN(20)) {
			s := r.socket(netstat.TCP4Table)
			s.State, s.Timer, s.TCP, s.Inode, s.Cookie, s.Absent = netstat.Established, netstat.Timer{}, new(netstat.TCPInfo), 7, 1000+i, 0
			s.Remote.IP = netip.MustParseAddr("192.0.2.9")
			s.TCP.Set(netstat.TCPLastDataSent, uint64(3*time.Hour))
			s.TCP.Set(netstat.TCPLastDataRecv, uint64(3*time.Hour))
			h.sockets[s.Table] = append(h.sockets[s.Table], s)
		}
	}
	for _, name := range r.names {
		if r.IntN(5) == 0 {
			continue
		}
		group, rest, _ := strings.Cut(name, ".")
		isMeasure := false
		for g := netstat.MeasureGroup(0); g.String() != "unknown"; g++ {
			if g.String() == group {
				m := netstat.Measure{Group: g, Name: rest, Value: r.number()}
				if g == netstat.MeasurePorts {
					m.Value %= 1 << 16
				}
				h.measures = append(h.measures, m)
				isMeasure = true
			}
		}
		if !isMeasure {
			h.counters[name] = r.number()
		}
	}
	for i := range r.IntN(4) {
		h.interfaces = append(h.interfaces, r.iface(i))
		if r.IntN(2) == 0 {
			h.neighbors = append(h.neighbors, netstat.Neighbor{
				Address: r.addr(r.IntN(2) == 0), State: netstat.NeighborState(r.IntN(9)), Index: uint32(r.IntN(4)), Interface: "eth0",
			})
		}
	}
	for range r.IntN(5) {
		v6 := r.IntN(2) == 0
		route := netstat.Route{Family: netstat.Inet, Gateway: r.addr(v6), Interface: "eth" + string(rune('0'+r.IntN(3))), Index: uint32(r.IntN(4)), Flags: netstat.RouteFlags(r.Uint32())}
		if v6 {
			route.Family = netstat.Inet6
		}
		route.Destination, _ = r.addr(v6).Prefix(r.IntN(2) * 8)
		h.routes = append(h.routes, route)
	}
	for inode := range uint64(40) {
		if r.IntN(2) == 0 {
			h.owners.Add(inode, uint32(r.IntN(4)))
		}
	}
	h.owners.Denied, h.owners.Hidden = r.IntN(4) == 0, r.IntN(8) == 0
	for pid := range uint32(3) {
		h.processes[pid] = netstat.Process{PID: pid, Argv0: "/bin/p\x1b", Unit: "p.service", Executable: "/bin/p\x1b", ExecutableDeleted: r.IntN(2) == 0}
	}
	if r.IntN(10) == 0 {
		h.err = &netstat.OpError{Op: "read", Err: os.ErrPermission}
	}
	return h
}

func (r randomHost) iface(i int) netstat.Interface {
	link := netstat.Interface{Name: "eth" + string(rune('0'+i)), Index: uint32(i), MTU: uint32(r.number()), Flags: netstat.InterfaceFlags(r.Uint32()), HasCounters: r.IntN(4) > 0}
	for range r.IntN(3) {
		link.Addrs = append(link.Addrs, netstat.InterfaceAddr{Prefix: netip.PrefixFrom(r.addr(r.IntN(2) == 0), 24)})
	}
	for _, c := range fact.InterfaceCounters {
		if p := c.Of(&link.Receive); p != nil {
			*p = r.number()
		}
		if p := c.Of(&link.Transmit); p != nil {
			*p = r.number()
		}
	}
	return link
}

// look applies every rule to a random host, or to two moments of one.
func (r randomHost) look(seed uint64) (before, now *host, result Result) {
	options := Options{Chinese: seed%2 == 1, Netns: "red"}
	if seed%5 == 0 {
		options.System = "windows"
	}
	d := New(Rules(), options)
	at := time.Unix(1_800_000_000, 0)
	now = r.host(nil)
	if r.IntN(3) > 0 {
		d.Prepare(context.Background(), now, at)
		before, now = now, r.host(now)
		at = at.Add(time.Duration(r.IntN(3)) * time.Second)
	}
	return before, now, d.Look(context.Background(), now, at)
}

// RandomFindings returns the findings of random hosts, for tests outside of the package.
func RandomFindings(t *testing.T, hosts uint64) (findings []netstat.Finding) {
	names := numberNames(t)
	for seed := range hosts {
		r := randomHost{rand.New(rand.NewPCG(seed, 15)), names}
		_, _, result := r.look(seed)
		findings = append(findings, result.Findings...)
	}
	return findings
}

// TestRandomHosts applies every rule to random hosts and pairs of hosts: none panics, each
// finding has evidence, and the evidence equals the numbers of the host's tables.
func TestRandomHosts(t *testing.T) {
	rounds := uint64(500)
	if testing.Short() {
		rounds = 50
	}
	names := numberNames(t)
	found := map[string]int{}
	for seed := range rounds {
		if t.Failed() {
			return
		}
		r := randomHost{rand.New(rand.NewPCG(seed, 14)), names}
		before, now, result := r.look(seed)
		last := netstat.Critical
		for _, f := range result.Findings {
			found[f.Rule]++
			if f.Severity > last {
				t.Errorf("seed %d: %s after %s", seed, f.Severity, last)
			}
			last = f.Severity
			if f.Text == "" || f.Source == "" || len(f.Evidence) == 0 || Named(f.Rule) == nil || f.Subject.Netns != "red" {
				t.Errorf("seed %d: %+v", seed, f)
			}
			if strings.ContainsRune(f.Text+f.Advice+f.Command, '\x1b') {
				t.Errorf("seed %d: a name from outside: %q", seed, f.Text)
			}
			for _, e := range f.Evidence {
				if err := checkEvidence(&e, &f, before, now); err != nil {
					t.Errorf("seed %d: %s: %+v: %v", seed, f.Rule, e, err)
				}
			}
		}
		for _, u := range result.Unlooked {
			if Named(u.Rule) == nil || u.Why == "" {
				t.Errorf("seed %d: %+v", seed, u)
			}
		}
	}
	for _, r := range Rules() {
		if found[r.Name] == 0 && !testing.Short() {
			t.Errorf("no random host has a finding of %s", r.Name)
		}
	}
}

// checkEvidence compares evidence with the tables of a host at two moments, before nil for
// one.
func checkEvidence(e *netstat.Evidence, f *netstat.Finding, before, now *host) error {
	if e.Fact == "" || e.Value.Kind == netstat.QuantityAbsent {
		return fmt.Errorf("no value")
	}
	if e.Grown && before == nil {
		return fmt.Errorf("growth at one moment")
	}
	if strings.Contains(e.Fact, ".") {
		value, ok := numberOf(now, e.Fact)
		if e.Grown {
			old, had := numberOf(before, e.Fact)
			value, ok = value-old, ok && had
		}
		if !ok || e.Value != netstat.NumberOf(value) {
			return fmt.Errorf("the host has %d, %v", value, ok)
		}
		return nil
	}
	s := &f.Subject
	column := fact.Named(fact.Of(fact.Sockets), e.Fact)
	if s.Kind != netstat.OfSocket || s.Cookie == 0 || column == nil || e.Grown || e.Value.Kind != netstat.QuantityNumber {
		return nil // of a group
	}
	for i := range now.sockets[s.Table] {
		k := now.sockets[s.Table][i]
		k.Table = s.Table
		if k.Local != s.Local || k.State != s.State {
			continue // a rule may compare it with its siblings
		}
		if v := column.Value(&fact.Record{Row: &fact.Row{Socket: k, Facts: ^netstat.Facts(0)}}); v.Number == e.Value.Number {
			return nil
		}
	}
	return fmt.Errorf("no such socket has it")
}

// numberOf returns a counter or a measure of a host.
func numberOf(h *host, name string) (uint64, bool) {
	if v, ok := h.counters[name]; ok {
		return v, true
	}
	for _, m := range h.measures {
		if m.Group.String()+"."+m.Name == name {
			return m.Value, true
		}
	}
	return 0, false
}
