package fleet

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat/test/live"
)

// The figures of docs/fleet.md are those of go test ./test/fleet -run Fleet -v -hosts=1000.
var hosts = flag.Int("hosts", 50, "hosts of the made-up fleet")

const (
	day  = "2026-01-02"
	noon = day + " 12:00"
	five = day + " 12:05"
)

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if slices.Equal(got, want) {
		return
	}
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	t.Errorf("%s: %d rows, not %d; first difference:\n got %q\nwant %q", what, len(got), len(want),
		got[n:min(n+1, len(got))], want[n:min(n+1, len(want))])
}

func TestFleet(t *testing.T) {
	p := start(t)
	all := *hosts
	p.psql("-c", "SELECT fleet.partition('"+noon+"', '"+five+"', '2026-01-01')")
	files := generate(t, t.TempDir(), all, day+"T12:00:30Z")

	p.measure(fmt.Sprintf("load of %d rows, two at a time", all*perHost), func() {
		if out, status := p.pipe(strings.Join(files, "\n"), "xargs", "-P", "2", "-n", "5", "./load"); status != 0 || out != "" {
			t.Fatalf("load: status %d\n%s", status, out)
		}
	})
	t.Logf("bytes per row on disk: %s", p.psql("-c",
		fmt.Sprintf("SELECT sum(pg_total_relation_size(relid)) / %d FROM pg_partition_tree('fleet.socket')", all*perHost)))
	if got, want := p.psql("-c", "SELECT count(*), count(DISTINCT host) FROM fleet.socket"),
		fmt.Sprintf("%d|%d", all*perHost, all); got != want {
		t.Fatalf("rows and hosts: %s, not %s", got, want)
	}
	if got := p.psql("-c", "SELECT count(*) FROM fleet.socket_other"); got != "0" {
		t.Errorf("%s rows are not in the partition of their hour", got)
	}

	// Loading a file again changes nothing.
	out, status := p.run("./load", files[0])
	if status != 0 || !strings.Contains(out, "was loaded before") {
		t.Errorf("load again: status %d\n%s", status, out)
	}
	if got := p.psql("-c", "SELECT count(*) FROM fleet.socket"); got != fmt.Sprint(all*perHost) {
		t.Errorf("%s rows after loading a file again", got)
	}

	type pair struct{ client, server, port string }
	type sum struct{ connections, to, back int }
	wantMap, wantServices := map[pair]sum{}, map[pair]sum{}
	add := func(m map[pair]sum, key pair, to, back int) {
		s := m[key]
		m[key] = sum{s.connections + 1, s.to + to, s.back + back}
	}
	var wantOutside, wantOld []string
	unitOf := func(host int) string { return serviceOf(host).name + ".service" }
	for host := range all {
		own := name(host) + "|" + unitOf(host)
		connect := func(n, peer int, service, port string, to, back int) {
			for range n {
				add(wantMap, pair{own, name(peer) + "|" + service, port}, to, back)
				add(wantServices, pair{unitOf(host), service, port}, to, back)
			}
		}
		for k := range clients {
			peer := target(host, k, all)
			connect(1, peer, unitOf(peer), fmt.Sprint("tcp|", serviceOf(peer).port), sent(host, k), received(host, k))
		}
		connect(2*local, host, "node-exporter.service", "tcp|9100", 10, 20)
		connect(bridge, host, unitOf(host), fmt.Sprint("tcp|", serviceOf(host).port), 4, 3)
		unknown := func(direction, address string, port, n, sent, received int) {
			wantOutside = append(wantOutside, fmt.Sprintf("%s|%s|tcp|%s|%d|%d|%d|%d", direction, own, address, port, n, n*sent, n*received))
		}
		for k := range 8 {
			unknown("out", fmt.Sprint("203.0.113.", k+1), 443, outgoing/8, 5, 6)
		}
		unknown("in", "203.0.113.100", serviceOf(host).port, incoming, 7, 8)
		unknown("out", "198.51.100.10", 443, nat, 1, 2)
		unknown("in", "198.51.100.1", serviceOf(host).port, nat, 2, 1)
		// Both ends are one of a listener with the same port: that of the lower address serves.
		next := (host + 1) % all
		gossips := pair{name(max(host, next)) + "|gossip.service", name(min(host, next)) + "|gossip.service", "udp|7946"}
		add(wantMap, gossips, 0, 0)
		add(wantServices, pair{"gossip.service", "gossip.service", "udp|7946"}, 0, 0)
	}
	lines := func(m map[pair]sum) (lines []string) {
		for k, s := range m {
			bytes := fmt.Sprintf("%d|%d", s.to, s.back)
			if strings.HasPrefix(k.port, "udp") { // has no counters
				bytes = "|"
			}
			lines = append(lines, fmt.Sprintf("%s|%s|%s|%d|%s", k.client, k.server, k.port, s.connections, bytes))
		}
		return lines
	}

	var rows []string
	p.measure("service map of hosts, with latest.sql", func() { rows = p.query(noon, five, "latest", "both-ends", "service-map") })
	equal(t, "service map", rows, lines(wantMap))

	p.measure("service map of services, with latest.sql", func() { rows = p.query(noon, five, "latest", "both-ends", "services") })
	for i, row := range rows { // without the numbers of hosts
		c := strings.Split(row, "|")
		rows[i] = strings.Join(slices.Delete(c, 4, 6), "|")
	}
	equal(t, "services", rows, lines(wantServices))

	p.measure("unknown peers, with latest.sql", func() { rows = p.query(noon, five, "latest", "both-ends", "unknown-peers") })
	equal(t, "unknown peers", rows, wantOutside)

	// Services of a deleted program: hosts and processes, one of a service on each host.
	count := map[service]int{}
	for host := range all {
		if deleted(host) {
			count[serviceOf(host)]++
		}
	}
	for s, n := range count {
		wantOld = append(wantOld, fmt.Sprintf("%s|%s.service|%d|%d", s.exe, s.name, n, n))
	}
	p.measure("deleted programs, with latest.sql", func() { rows = p.query(noon, five, "latest", "deleted-programs") })
	for i, row := range rows {
		rows[i] = strings.Join(strings.Split(row, "|")[:4], "|")
	}
	equal(t, "deleted programs", rows, wantOld)

	// Unused: those of port 7777, sshd and chronyd. Of 30 days with data, all must say so.
	p.measure("rollup of a round", func() { p.psql("-v", "day="+day, "-f", "rollup.sql") })
	p.psql("-c", `INSERT INTO fleet.listener
		SELECT day - n, host, netns, protocol, local_port, service,
		       CASE WHEN n = 20 AND host = 'host0010' AND local_port = 7777 THEN 1 ELSE connections END
		FROM fleet.listener, generate_series(1, CASE WHEN host = 'host0020' THEN 28 ELSE 29 END) AS n`)
	var wantUnused []string
	for host := range all {
		if host == 20 { // seen on 29 days only
			continue
		}
		unused := func(protocol string, port int, service string) {
			wantUnused = append(wantUnused, fmt.Sprintf("%s|host|%s|%d|%s.service|2025-12-04|%s|30", name(host), protocol, port, service, day))
		}
		unused("tcp", 22, "sshd")
		switch {
		case host%10 != 0:
			unused("udp", 323, "chronyd")
		case host != 10: // used on one of the days
			unused("tcp", 7777, "old")
		}
	}
	var got string
	p.measure("unused listeners", func() { got = p.psql("-v", "to="+day, "-v", "days=30", "-f", "queries/unused-listeners.sql") })
	equal(t, "unused listeners", strings.Split(got, "\n"), wantUnused)
}

// TestPartialRounds requires that the last whole round counts: not one that lost lines, nor
// one with a line that was cut, which load reports and keeps.
func TestPartialRounds(t *testing.T) {
	p := start(t)
	dir := t.TempDir()
	load := func(time, content string, want int) (file string) {
		t.Helper()
		file = filepath.Join(dir, time+".tsv")
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, status := p.run("./load", file); status != want {
			t.Fatalf("load %s: status %d, not %d\n%s", time, status, want, out)
		}
		return file
	}
	row := func(time string, rows, port int) string {
		return fmt.Sprintf("%sT%sZ\ta\t00000000-0000-4000-8000-000000000001\t%d\thost\ttcp\tLISTEN\t0.0.0.0\t%d\t0.0.0.0\t0\t%d\t0"+
			"\t1;2\tnginx;nginx\t/usr/sbin/nginx;/old\tfalse;true\t\t\tnginx.service;x\t\t\t\t0\t0\n", day, time, rows, port, port)
	}
	load("12:00:00", row("12:00:00", 2, 80)+row("12:00:00", 2, 81), 0)
	load("12:01:00", row("12:01:00", 2, 82), 0)
	cut := row("12:02:00", 2, 84)[:60] + "\n"
	file := load("12:02:00", row("12:02:00", 2, 83)+cut, 1)
	if rejected, err := os.ReadFile(file + ".rejected"); err != nil || string(rejected) != cut {
		t.Errorf("rejected: %q, %v", rejected, err)
	}
	// The same from standard input, where rejected lines follow on standard error.
	out, status := p.pipe(row("12:10:00", 1, 86), "./load")
	if status != 0 || out != "" {
		t.Errorf("load from standard input: status %d\n%s", status, out)
	}
	out, status = p.pipe(row("12:11:00", 2, 87)+cut, "./load")
	if status != 1 || !strings.Contains(out, "load: lines without 25 columns: 1, which follow\n") || !strings.HasSuffix(out, cut) {
		t.Errorf("load of a cut line from standard input: status %d\n%s", status, out)
	}
	// An address that is none: PostgreSQL refuses the file as a whole, and says so.
	load("12:03:00", strings.Replace(row("12:03:00", 1, 85), "0.0.0.0", "nowhere", 1), 1)
	if got := p.psql("-c", "SELECT string_agg(local_port::text, ',' ORDER BY local_port) FROM fleet.socket"); got != "80,81,82,83,86,87" {
		t.Errorf("loaded: %s", got)
	}

	out = p.psql("-v", "from="+noon, "-v", "to="+five, "-f", "queries/latest.sql",
		"-c", "SELECT local_port, service FROM listeners ORDER BY 1", "-f", "queries/deleted-programs.sql")
	if want := "80|nginx.service\n81|nginx.service\n/old|nginx.service|1|1|||{a}"; out != want {
		t.Errorf("last whole round:\n%s\nnot:\n%s", out, want)
	}

	// Retention: the default partition took the rows, as no partition was made. Those of an
	// hour that is over go, and the hour of `oldest` stays.
	p.psql("-c", "DELETE FROM fleet.socket_other")
	got := p.psql("-c", "SELECT fleet.partition('"+noon+"', '"+day+" 14:30', '"+day+" 00:00')",
		"-c", "SELECT fleet.partition('"+noon+"', '"+day+" 14:30', '"+day+" 13:10')")
	if want := "+socket_20260102T12\n+socket_20260102T13\n+socket_20260102T14\n-socket_20260102T12"; !strings.HasPrefix(got, want) {
		t.Errorf("partitions:\n%s\nnot:\n%s", got, want)
	}
}

// TestCitus runs citus.sql with functions of the same names and arguments, as Citus is not
// in Debian.
func TestCitus(t *testing.T) {
	p := start(t)
	b, err := os.ReadFile(filepath.Join(contrib, "citus.sql"))
	if err != nil {
		t.Fatal(err)
	}
	const extension = "CREATE EXTENSION IF NOT EXISTS citus;"
	statements, found := strings.CutPrefix(string(b)[strings.Index(string(b), "CREATE"):], extension)
	if !found {
		t.Fatalf("citus.sql does not begin with %q", extension)
	}
	const stub = `CREATE TABLE called (what text);
		CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
			distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default')
		RETURNS void LANGUAGE sql AS $$
			INSERT INTO called SELECT format('%s %s %s', table_name, attname, colocate_with)
			FROM pg_attribute WHERE attrelid = table_name AND attname = distribution_column $$`
	got := p.psql("-c", stub, "-c", statements, "-c", "SELECT what FROM called")
	if want := "fleet.socket host default\nfleet.listener host fleet.socket"; strings.TrimSpace(got) != want {
		t.Errorf("distributed tables: %q, not %q", got, want)
	}
}

// TestRealHost collects this host, with a connection of this test, and loads what netstat
// wrote.
func TestRealHost(t *testing.T) {
	p := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := client.Write(make([]byte, 1234)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 2000)); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	program := filepath.Join(t.TempDir(), "netstat")
	t.Setenv("CGO_ENABLED", "0") // as it is shipped
	live.Run(t, "go", "build", "-o", program, "netstat/cmd/netstat")
	p.env = append(p.env, "NETSTAT="+program, "NETNS=host")
	if out, status := p.run("./collect", dir); status != 0 {
		t.Fatalf("collect: status %d\n%s", status, out)
	}
	files, _ := filepath.Glob(dir + "/*") // the pattern is good
	if len(files) != 1 {
		t.Fatalf("collect wrote %q", files)
	}
	if out, status := p.run("./load", files...); status != 0 {
		t.Fatalf("load: status %d\n%s", status, out)
	}
	if got := p.psql("-c", "SELECT count(*) = max(rows) AND count(*) > 2 FROM fleet.socket"); got != "t" {
		t.Error("the round is not whole")
	}
	out := p.psql("-v", "from="+time.Now().Add(-time.Hour).Format(time.RFC3339), "-v", "to=tomorrow",
		"-f", "queries/latest.sql", "-f", "queries/both-ends.sql", "-c", fmt.Sprintf(
			`SELECT client_address, server_address, server_port, client_state, server_state, bytes_to_server >= 0, apart
			 FROM connections WHERE server_port = %d`, l.Addr().(*net.TCPAddr).Port))
	want := fmt.Sprintf("127.0.0.1|127.0.0.1|%d|ESTABLISHED|ESTABLISHED|t|00:00:00", l.Addr().(*net.TCPAddr).Port)
	if out != want {
		t.Errorf("connection of this test: %q, not %q", out, want)
	}
	got := p.psql("-c", fmt.Sprintf("SELECT max(bytes_received), bool_or(process = 'fleet.test'), bool_or(pid = '%d') FROM fleet.socket WHERE local_port = %d",
		os.Getpid(), l.Addr().(*net.TCPAddr).Port))
	if got != "1234|t|t" {
		t.Errorf("bytes, process and number: %s", got)
	}
}
