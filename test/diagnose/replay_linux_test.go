package diagnose

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/snapshot"
	"netstat/test/live"
)

// faultsBefore and faults make a namespace with several faults: some last, some happen in
// faults.
const (
	faultsBefore = links + track + `
ip link add vx type vxlan id 7 remote 203.0.113.1 dstport 4789
ip link add small type veth peer name wide
for i in vx wide; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; done
ip link set small up; ip address add 2001:db8::1/64 dev small nodad; ip address add 10.97.0.1/24 dev small
ip route add unreachable 203.0.113.0/24
ip link set vb down; until ip link show va | grep -q state.*DOWN; do sleep 0.01; done
ip route add 192.0.2.0/24 via 10.99.0.2
ip route add default via 10.98.0.2; ip route append default via 10.98.0.3
for i in 2 3; do ip neigh replace 10.98.0.$i dev wa nud failed extern_learn; done
`
	faults = "ip link set small mtu 1279\n" + takePort4000
)

// record returns a snapshot of a host.
func record(t *testing.T, src netstat.Source, at time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	meta := snapshot.Meta{Program: "netstat test", Time: at, Name: "faults", System: "linux", Elevated: true}
	if err := snapshot.Write(context.Background(), &b, src, meta, nil, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The rules find the same on a host and on two snapshots of it.
func TestReplay(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, faultsBefore+strings.Replace(path, "MTU", "1000", 1))
	_, stop := live.Python(t, "rulesc-server", serve)
	defer stop()
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	then := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	now := then.Add(time.Second)
	before := record(t, src, then)
	here := replayed(t)
	here.Prepare(context.Background(), src, then)
	shell(t, faults)
	sendFrames(t, "vx", 3, 100)
	connectFrom(t, "4000")
	sendAll(t)
	_, end := live.Python(t, "", "COUNT = 5"+fill)
	defer end()
	want := here.Look(context.Background(), src, now)
	after := record(t, src, now)

	there := replayed(t)
	there.Prepare(context.Background(), reopen(t, before), then)
	got := there.Look(context.Background(), reopen(t, after), now)
	wantLines(t, got, lines(want))
	if !slices.Equal(got.Looked, want.Looked) || !slices.Equal(got.Unlooked, want.Unlooked) {
		t.Errorf("looked at %v, not at %v; want %v, %v", got.Looked, got.Unlooked, want.Looked, want.Unlooked)
	}
	wantLines(t, want, recordedFindings(t))
}
