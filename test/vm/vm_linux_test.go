package vm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat/test/need"
)

// TestVM boots the guest once, and compares our output there with net-tools' and with
// the kernel.
func TestVM(t *testing.T) {
	need.Program(t, "qemu-system-x86_64", "qemu-system-x86")
	began := time.Now()
	prepared := prepare(t)
	stages := stages()
	usage, dir := boot(t, prepared, stages)
	booted := time.Now()

	used := map[string]bool{}
	count := 0
	for _, name := range []string{"nothing", "empty", "open", "selinux-off", "selinux-kernel", "selinux"} {
		var got Stage
		read(t, filepath.Join(dir, name+".json"), &got)
		cases := stages[name]
		if len(got.Records) != len(cases) {
			t.Fatalf("%s: %d records of %d cases", name, len(got.Records), len(cases))
		}
		for i := range got.Records {
			r := &got.Records[i]
			if why := judge(r, cases[i].declared, got.Owners, usage, used); why != "" {
				t.Errorf("%s: %s: %s", name, r.name(), why)
			}
			count++
		}
		if name == "open" {
			opened(t, dir, &got)
		}
		if name == "selinux" {
			contexts(t, &got)
		}
	}
	families(t, dir)
	for file, test := range map[string]string{"tcpworld": "TestTCPWorld", "fullring": "TestFullRing", "vrf": "TestVRF"} {
		if out, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Contains(out, []byte("--- PASS: "+test)) {
			t.Errorf("%s: %v\n%s", test, err, out)
		}
	}
	for name, cases := range stages {
		for _, c := range cases {
			for _, number := range c.declared {
				if !used[number] {
					t.Errorf("%s: divergence %s is declared, but the oracle prints the same", name, number)
					used[number] = true
				}
			}
		}
	}
	t.Logf("%d cases; the guest took %.0f s, preparation and comparison %.0f s",
		count, booted.Sub(began).Seconds(), time.Since(booted).Seconds())
}

// prepare returns the directory with kernel and base.
func prepare(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("sh", "./prepare")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("prepare: %v\n%s", err, errs.Bytes())
	}
	return strings.TrimSpace(string(out))
}

// boot runs the cases in the guest. It returns the text of -h and the directory of the
// results.
func boot(t *testing.T, prepared string, stages map[string]caseList) (usage, result string) {
	t.Helper()
	files := t.TempDir()
	for program, pkg := range map[string]string{"netstat": "netstat/cmd/netstat", "helper": "netstat/test/vm/guest"} {
		build := exec.Command("go", "build", "-o", filepath.Join(files, program), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOOS=linux")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
	for program, pkg := range map[string]string{"linux.test": "netstat/internal/linux", "routes.test": "netstat/test/routes"} {
		build := exec.Command("go", "test", "-c", "-o", filepath.Join(files, program), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOOS=linux")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the tests of %s: %v\n%s", pkg, err, out)
		}
	}
	help := exec.Command(filepath.Join(files, "netstat"), "-h")
	help.Env = []string{"LC_ALL=C"}
	text, err := help.Output()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("guest/guest")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(files, "guest"), script)
	for name, list := range stages {
		var cases []Case
		for _, c := range list {
			cases = append(cases, c.Case)
		}
		b, err := json.Marshal(cases)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(files, name+".json"), b)
	}
	b, err := json.Marshal(familyCases())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(files, "families.json"), b)
	result = t.TempDir()
	if out, err := exec.Command("sh", "./boot", prepared, files, result).CombinedOutput(); err != nil {
		console, _ := os.ReadFile(filepath.Join(result, "console"))
		t.Fatalf("boot: %v\n%s%s", err, out, console)
	}
	return string(text), result
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// judge returns what is wrong with a record.
func judge(r *Record, declared []string, owners map[string]string, usage string, used map[string]bool) string {
	if why := difference(r.Before, r.After); why != "" {
		return "the oracle printed different outputs: " + why
	}
	want := r.Before
	s := &scene{Record: r, owners: owners, usage: usage}
	for _, d := range divergences {
		if slices.Contains(declared, d.number) {
			before := want
			d.apply(s, &want)
			if difference(before, want) != "" {
				used[d.number] = true
			}
		}
	}
	return difference(want, r.Ours)
}

func difference(want, got Run) string {
	switch {
	case !bytes.Equal(want.Stdout, got.Stdout):
		w, g := strings.SplitAfter(string(want.Stdout), "\n"), strings.SplitAfter(string(got.Stdout), "\n")
		for i := 0; ; i++ {
			if i >= len(w) || i >= len(g) || w[i] != g[i] {
				line := func(all []string) string {
					if i < len(all) {
						return all[i]
					}
					return ""
				}
				return fmt.Sprintf("stdout: line %d\n\twant %q\n\tgot  %q\n(%d lines wanted, %d got), stderr %q",
					i+1, line(w), line(g), len(w)-1, len(g)-1, got.Stderr)
			}
		}
	case !bytes.Equal(want.Stderr, got.Stderr):
		return fmt.Sprintf("stderr:\n\twant %q\n\tgot  %q", want.Stderr, got.Stderr)
	case want.Exit != got.Exit:
		return fmt.Sprintf("exit code: want %d, got %d", want.Exit, got.Exit)
	}
	return ""
}

// ours returns our output in one case.
func (s *Stage) ours(t *testing.T, args string) string {
	t.Helper()
	for i := range s.Records {
		if r := &s.Records[i]; strings.Join(r.Args, " ") == args && r.UID == 0 {
			return string(r.Ours.Stdout)
		}
	}
	t.Fatalf("no case %q", args)
	return ""
}

// openedRows are parts of the rows that must be shown for the sockets that the helper
// opened, by the helper's names; the row ends in the socket's inode and owner.
var openedRows = map[string][]string{
	"sctp":                 {"sctp", "127.0.0.1:5001", "LISTEN"},
	"sctp-caller":          {"127.0.0.1:6001          127.0.0.1:5001          ESTABLISHED"},
	"sctp-accepted":        {"127.0.0.1:5001          127.0.0.1:6001          ESTABLISHED"},
	"sctp-multi":           {"10.1.1.1:5002", "LISTEN", "10.1.2.1:5002"},
	"sctp-multi-caller":    {"10.1.1.1:6002           10.1.1.1:5002           ESTABLISHED", "10.1.2.1"},
	"sctp-many-caller":     {"127.0.0.1:6003          127.0.0.1:5003          ESTABLISHED"},
	"sctp6-caller":         {"::1:6004                ::1:5004                ESTABLISHED"},
	"sctp-mapped-accepted": {"127.0.0.1:5005          127.0.0.1:6005          ESTABLISHED", "fd00:1::1", "10.1.2.1"},
	"sctp-cookie-wait":     {"10.1.1.1:6007           10.1.9.9:5007           COOKIE_WAIT", "10.1.2.1"},
	"sctp-many-wait":       {"10.1.1.1:6008           10.1.9.9:5008           COOKIE_WAIT"},
	"sctp6-multi":          {"fd00:1::1:5010", "LISTEN", "fd00:2::1:5010"},
	"sctp6-multi-accepted": {"fd00:1::1:5010          fd00:1::1:6010          ESTABLISHED", "fd00:2::1"},
	"udplite-any":          {"udpl       0      0 0.0.0.0:5201            0.0.0.0:*"},
	"udplite-sender":       {"udpl       0      0 127.0.0.1:6202          127.0.0.1:5202          ESTABLISHED"},
	"udplite6":             {"udpl6      0      0 ::1:6203                ::1:5203                ESTABLISHED"},
	"ax25":                 {"*          N0CALL-2   bpq1    LISTENING"},
	"ax25-user":            {"*          SRV-5      bpq1    LISTENING"},
	"ax25-caller":          {"N0CALL-2   N0CALL-1   bpq0    ESTABLISHED"},
	"ax25-accepted":        {"N0CALL-1   N0CALL-2   bpq1    ESTABLISHED  001/000"},
	"ax25-waiting":         {"NOBODY-3   USER-7     bpq0    SABM SENT", "DIGI-1,DIGI-2"},
	"netrom":               {"*          *          NODE-1     nr0     LISTENING"},
	"netrom-caller":        {"USER-1     NODE-1     NODE-2     nr1     ESTABLISHED"},
	"netrom-accepted":      {"USER-1     NODE-2     NODE-1     nr0     ESTABLISHED"},
	"netrom-waiting":       {"NODE-2     REMOT-4    NODE-2     nr1     CONN SENT"},
	"rose":                 {"*           *          1234567890  SRV-1     rose0   0     0   LISTENING"},
	"rose-caller":          {"1234567890  SRV-1      1234567890  USER-2    rose0   1", "ESTABLISHED"},
	"rose-accepted":        {"1234567890  USER-2     1234567890  SRV-1     rose0  50", "ESTABLISHED"},
	"rose-waiting":         {"5550001111  FAR-1      1234567890  USER-3    rose0  50", "CONN SENT"},
	"rose-channel":         {"5550002222  FAR-2      1234567890  USER-4    rose0 250", "CONN SENT"},
	"x25":                  {"*               20800123        ???     0    LISTENING"},
	"x25-caller-1":         {"20800123        10400401        x25a    1    ESTABLISHED"},
	"x25-any":              {"*               *               ???     0    LISTENING"},
	"x25-accepted-1":       {"10400401        20800123        x25b    1    ESTABLISHED"},
	"x25-accepted-16":      {"10400416        20800123        x25b    16   ESTABLISHED"},
}

// opened compares our output with what the helper opened.
func opened(t *testing.T, dir string, s *Stage) {
	inodes := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, "opened", "[a-z]*"))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			inodes[f[0]] = f[1]
		}
	}
	// Continuation lines of a row start with spaces.
	text := s.ours(t, "-anpeeo")
	rows := strings.Split(strings.ReplaceAll(text, "\n    ", " "), "\n")
	for name, parts := range openedRows {
		inode, ok := inodes[name]
		if !ok {
			t.Errorf("the helper has no socket %s", name)
			continue
		}
		if s.Owners[inode] == "" {
			t.Errorf("%s: no process owns it", name)
		}
		if !slices.ContainsFunc(rows, func(row string) bool {
			for _, part := range append(parts, " "+inode+" ", " "+s.Owners[inode]+" ") {
				if !strings.Contains(row, part) {
					return false
				}
			}
			return true
		}) {
			t.Errorf("%s: no row with %q, inode %s, owner %s", name, parts, inode, s.Owners[inode])
		}
	}
	for _, row := range []string{
		"ddp        0      0 1000:91:C8              1000:91:48              ESTABLISHED",
		"ddp        0      0 1000:91:48              *                                  ",
	} {
		if !strings.Contains(text, "\n"+row) {
			t.Errorf("no row %q", row)
		}
	}
	// A call has two rows; the two listeners on any address and the bound socket are
	// there.
	for part, n := range map[string]int{
		" CONNECTED    4099 ": 2, " LISTEN       4099 ": 1, " LISTEN       4097 ": 1, " BOUND          25 ": 1,
		" CONNECTED       9\n": 2, " LISTEN          9\n": 1, " LISTEN          5\n": 1, " BOUND           6\n": 1,
	} {
		if got := strings.Count(text, part); got != n {
			t.Errorf("%d rows with %q, want %d", got, part, n)
		}
	}
	if inodes["dccp-accepted"] == "" || strings.Contains(text, ":5501") {
		t.Error("DCCP must be open, and in no table")
	}
}

// contexts compares -Z with the contexts set by the guest's script.
func contexts(t *testing.T, s *Stage) {
	text := s.ours(t, "-tlnZ")
	for port, context := range map[string]string{
		"5401": "system_u:system_r:kernel_t:s0 ", "7101": "system_u:system_r:httpd_t:s0 ", "7102": "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0 ",
	} {
		if !slices.ContainsFunc(strings.Split(text, "\n"), func(row string) bool {
			return strings.Contains(row, ":"+port+" ") && strings.Contains(row, "/helper ") && strings.Contains(row, " "+context)
		}) {
			t.Errorf("no row with port %s and context %s:\n%s", port, context, text)
		}
	}
}
