package conntrack

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/filter"
	"netstat/internal/linux/sysfile"
	"netstat/test/live"
	"netstat/test/need"
)

// An expression that the kernel helps to answer has the same answer as without it, and the
// kernel leaves out what it can test.
func TestFilters(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	live.Run(t, "ip", "link", "set", "lo", "up")
	live.Run(t, "nft", rules)
	commands := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(commands, []byte(random(3000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("conntrack", "-R", commands).CombinedOutput(); err != nil {
		t.Fatalf("%v: %.300s", err, out)
	}
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all := list(t, src, netstat.TrackedQuery{})
	if len(all) < 2000 {
		t.Fatalf("only %d connections", len(all))
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		text := expression(r, &all[r.IntN(len(all))])
		expr, rows := listed(t, src, text)
		if got, want := matching(rows, expr), matching(all, expr); !maps.Equal(got, want) {
			t.Errorf("%s: %d connections, %d without the kernel's filter", text, len(got), len(want))
		}
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	if major, minor := sysfile.ParseRelease([]byte(unix.ByteSliceToString(name.Release[:]))); major < 6 || major == 6 && minor < 8 {
		need.Partly(t, "filters of tracked connections (Linux before 6.8)")
		return
	}
	four := func(c *netstat.TrackedConnection) bool {
		return c.Family == netstat.Inet && c.IPProtocol == 6 && c.Mark != 0 && c.Zone != 0 && c.Original.Source != c.Reply.Destination
	}
	c := &all[slices.IndexFunc(all, func(c netstat.TrackedConnection) bool { return four(&c) })]
	for _, text := range []string{
		"family = inet6", fmt.Sprintf("mark = %d", c.Mark), fmt.Sprintf("zone = %d", c.Zone), "status = src_nat", "not assured", "unreplied",
		"proto = tcp and family = inet", "ip_protocol = 58 and family = inet6",
		"source_address = " + c.Original.Source.Addr().String(), "reply_destination = " + c.Reply.Destination.String() + " and proto = tcp",
		fmt.Sprintf("proto = tcp and destination_port = %d and family = inet", c.Original.Destination.Port()),
	} {
		expr, rows := listed(t, src, text)
		if n := len(rows); n == 0 || n == len(all) || slices.ContainsFunc(rows, func(c netstat.TrackedConnection) bool { return !expr.Match(&fact.Record{Tracked: &c}) }) {
			t.Errorf("%s: the kernel lists %d connections, some of which do not match", text, n)
		}
	}
}

// listed returns the connections that the source lists for an expression.
func listed(t *testing.T, src netstat.Source, text string) (*filter.Expr, []netstat.TrackedConnection) {
	t.Helper()
	expr, bad := filter.Parse(text, filter.Env{Facts: fact.Of(fact.Conntrack)})
	if bad != nil {
		t.Fatalf("%s: %v", text, bad)
	}
	var q netstat.TrackedQuery
	expr.Tracked(&q)
	return expr, list(t, src, q)
}

func list(t *testing.T, src netstat.Source, q netstat.TrackedQuery) (rows []netstat.TrackedConnection) {
	t.Helper()
	for row, err := range src.TrackedConnections(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// matching counts the connections that match, by what does not change.
func matching(rows []netstat.TrackedConnection, expr *filter.Expr) map[string]int {
	m := map[string]int{}
	for i := range rows {
		if c := &rows[i]; expr.Match(&fact.Record{Tracked: c}) {
			m[fmt.Sprint(c.ID, c.Zone, c.IPProtocol, c.Original.Source, c.Original.Destination)]++
		}
	}
	return m
}

// expression returns a random expression; most match the connection.
func expression(r *rand.Rand, c *netstat.TrackedConnection) string {
	proto := netstat.IPProtocolName(c.IPProtocol)
	if proto == "" {
		proto = fmt.Sprint(c.IPProtocol)
	}
	end := func(name string, d *netstat.TrackedDirection, source bool) []string {
		e := d.Destination
		if source {
			e = d.Source
		}
		list := []string{fmt.Sprintf("%s_address = %s", name, e.Addr()), fmt.Sprintf("%s_address = %s/24", name, e.Addr())}
		if d.Has == netstat.TrackedPorts {
			return append(list, fmt.Sprintf("%s = %s", name, e), fmt.Sprintf("%s_port = %d and proto = %s", name, e.Port(), proto), fmt.Sprintf("%s_port = %d", name, e.Port()))
		}
		return append(list, fmt.Sprintf("%s = %s", name, e.Addr()))
	}
	tests := []string{
		"family = " + c.Family.String(), "proto = " + proto, fmt.Sprintf("ip_protocol = %d", c.IPProtocol), "proto = udp*",
		fmt.Sprintf("mark = %d", c.Mark), fmt.Sprintf("zone = %d", c.Zone), "mark = 77",
		"assured", "not assured", "unreplied", "unreplied = no", "status = src_nat", "status != dst_nat", "status = *nat",
		fmt.Sprintf("snat_to = %s", c.Reply.Destination), fmt.Sprintf("dnat_to = %s", c.Reply.Source.Addr()),
	}
	tests = append(tests, end("source", &c.Original, true)...)
	tests = append(tests, end("destination", &c.Original, false)...)
	tests = append(tests, end("reply_source", &c.Reply, true)...)
	tests = append(tests, end("reply_destination", &c.Reply, false)...)
	var parts []string
	for range 1 + r.IntN(3) {
		part := tests[r.IntN(len(tests))]
		switch r.IntN(12) {
		case 0:
			part = "not ( " + part + " )"
		case 1:
			part = "( " + part + " or " + tests[r.IntN(len(tests))] + " )"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " and ")
}
