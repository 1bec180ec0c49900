package record

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netstat/schema"
	"netstat/snapshot"
	"netstat/test/live"
	"netstat/test/need"
)

// units returns the systemd units with the built program, and one line of a unit.
func units(t *testing.T) (names []string, field func(unit, key string) string) {
	t.Helper()
	sources, err := filepath.Glob("../../contrib/systemd/*")
	if err != nil || len(sources) < 5 {
		t.Fatalf("%q, %v", sources, err)
	}
	dir := t.TempDir()
	for _, name := range sources {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), "/usr/bin/netstat-go", live.ProgramPath())
		text = regexp.MustCompile("(?m)^Documentation=.*\n").ReplaceAllString(text, "") // its page is not installed
		names = append(names, filepath.Join(dir, filepath.Base(name)))
		if err := os.WriteFile(names[len(names)-1], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return names, func(unit, key string) string {
		b, err := os.ReadFile(filepath.Join(dir, unit))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile("(?m)^" + key + "=(.*)$").FindSubmatch(b)
		if m == nil {
			t.Fatalf("%s: no %s", unit, key)
		}
		return string(m[1])
	}
}

// TestUnits checks the units with systemd's own checker.
func TestUnits(t *testing.T) {
	need.Program(t, "systemd-analyze", "systemd")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	names, _ := units(t)
	a := live.Program(t, append([]string{"systemd-analyze", "verify", "--man=no"}, names...)...)
	if a.Status != 0 || a.Out+a.Err != "" {
		t.Errorf("status %d: %s%s", a.Status, a.Out, a.Err)
	}
}

// TestMetricsUnit runs the command of the unit without capabilities, so that owners are
// missing: the report is published nevertheless. A report that was cut is not.
func TestMetricsUnit(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", "held = [socket.create_server(('127.0.0.1', 8080))]")
	_, field := units(t)
	const folder = "/var/lib/prometheus/node-exporter"
	command := field("netstat-metrics.service", "ExecStart")
	dir := t.TempDir()
	if !strings.HasPrefix(command, "/bin/sh -c '") || strings.Count(command, folder) != 1 || strings.Count(command, live.ProgramPath()) != 1 {
		t.Fatal(command)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.Replace(command, folder, dir, 1), "/bin/sh -c '"), "'")
	a := live.Program(t, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "/bin/sh", "-c", text)
	published := filepath.Join(dir, "netstat.prom")
	b, err := os.ReadFile(published)
	if a.Status != 0 || err != nil || !strings.Contains(string(b), `netstat_collection_success{part="owners"} 0`) {
		t.Errorf("status %d, %v: %s\n%.500s", a.Status, err, a.Err, b)
	}
	if a := live.Program(t, "/bin/sh", "-c", "ulimit -f 2; "+text); a.Status == 0 {
		t.Errorf("a report that was cut: %s", a.Err)
	}
	if again, err := os.ReadFile(published); err != nil || string(again) != string(b) {
		t.Errorf("%v: a report that was cut was published", err)
	}
}

// TestCapabilities requires that the capabilities of the units are enough: with them a
// snapshot lacks nothing that one with all capabilities has.
func TestCapabilities(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", "held = [socket.create_server(('127.0.0.1', 8080))]\nheld += [socket.create_connection(('127.0.0.1', 8080)), held[0].accept()[0]]")
	_, field := units(t)
	dir := t.TempDir()
	lacks := func(name string, command ...string) (lacks []string) {
		t.Helper()
		name = filepath.Join(dir, name)
		a := live.Program(t, append(command, live.ProgramPath(), "--record="+name, "--limit=1")...)
		if a.Status != 0 || a.Err != "" {
			t.Fatalf("status %d: %s", a.Status, a.Err)
		}
		rounds, _ := list(t, name)
		s, err := openRound(filepath.Join(name, rounds[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		tell := func(trouble snapshot.Trouble) {
			lacks = append(lacks, trouble.What+": "+string(schema.AppendError(nil, trouble.Err)))
		}
		if err := snapshot.Write(t.Context(), io.Discard, s, s.Meta, s.Names(), tell); err != nil {
			t.Fatal(err)
		}
		owned := live.Netstat(t, "--replay", name, "-tanp", "--json")
		lacks = append(lacks, regexp.MustCompile("\"(rtt|uid|owners|inode)\":[^,]*").FindAllString(owned.Out, -1)...)
		if len(lacks) < 9 {
			t.Fatalf("%q", lacks)
		}
		return lacks
	}
	for _, unit := range []string{"netstat-record.service", "netstat-snapshot.service"} {
		set := "-all"
		for c := range strings.FieldsSeq(field(unit, "CapabilityBoundingSet")) {
			set += ",+" + strings.ToLower(strings.TrimPrefix(c, "CAP_"))
		}
		few := lacks(unit, "setpriv", "--bounding-set", set, "--inh-caps=-all", "--no-new-privs")
		all := lacks(unit+".all", "env")
		if strings.Join(few, "\n") != strings.Join(all, "\n") {
			t.Errorf("%s: with %s\n%q\nwith all\n%q", unit, set, few, all)
		}
	}
}
