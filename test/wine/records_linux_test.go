package wine

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// recordsRow holds the fields of a JSON row that these tests use.
type recordsRow struct {
	Family        string      `json:"family"`
	Proto         string      `json:"proto"`
	State         string      `json:"state"`
	LocalAddress  netip.Addr  `json:"local_address"`
	LocalPort     uint16      `json:"local_port"`
	RemoteAddress *netip.Addr `json:"remote_address"`
	RemotePort    uint16      `json:"remote_port"`
}

// String formats a row as describe does.
func (r recordsRow) String() string {
	proto, state, remote := r.Proto, r.State, "*"
	if r.Family == "inet6" {
		proto += "6"
	}
	if r.Proto == "udp" {
		state = "CLOSED"
	}
	if r.RemoteAddress != nil {
		remote = netip.AddrPortFrom(*r.RemoteAddress, r.RemotePort).String()
	}
	return fmt.Sprintf("%s %s %s %s", proto, state, netip.AddrPortFrom(r.LocalAddress, r.LocalPort), remote)
}

// recordsJSON runs netstat.exe for a document, which must be valid.
func recordsJSON(t *testing.T, args ...string) (sockets []recordsRow) {
	t.Helper()
	stdout, stderr, code := commandRun(t, nil, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("%q: status %d, %s\n%s", args, code, stderr, stdout)
	}
	recordsValid(t, stdout)
	var doc struct {
		Host    struct{ System string }
		Sockets []recordsRow
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatalf("%q: %v in\n%s", args, err, stdout)
	}
	if doc.Host.System != "windows" {
		t.Errorf("%q: of %q", args, doc.Host.System)
	}
	return doc.Sockets
}

func recordsValid(t *testing.T, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

// recordsWant returns the Linux sockets selected by keep, by protocol, state, local and
// remote address.
func recordsWant(t *testing.T, keep func(proto, state, local, remote string) bool) []string {
	t.Helper()
	return slices.DeleteFunc(shared.linuxSockets(t), func(line string) bool {
		f := strings.Fields(line)
		return !keep(f[0], f[1], f[2], f[3])
	})
}

func recordsPort(end string) int {
	n, err := strconv.Atoi(end[strings.LastIndexByte(end, ':')+1:])
	if err != nil {
		return 0
	}
	return n
}

// TestRecordsChosen compares the rows selected by filters and their short forms with
// Linux's, in both dialects.
func TestRecordsChosen(t *testing.T) {
	tcp := func(proto string) bool { return strings.HasPrefix(proto, "tcp") }
	for _, c := range []struct {
		args []string
		keep func(proto, state, local, remote string) bool
	}{
		{[]string{"-an"}, func(_, _, _, _ string) bool { return true }},
		{[]string{"-an", "--state=listening"}, func(_, state, _, _ string) bool { return state == "LISTEN" }},
		{[]string{"-an", "--port=445"}, func(_, _, local, remote string) bool {
			return recordsPort(local) == 445 || recordsPort(remote) == 445
		}},
		// A short form needs no -a.
		{[]string{"--port=445"}, func(_, _, local, remote string) bool {
			return recordsPort(local) == 445 || recordsPort(remote) == 445
		}},
		{[]string{"-an", "--filter=state connected and ( sport = :80 or dport = :80 ) and not dst 127.0.0.0/8"},
			func(proto, state, local, remote string) bool {
				return tcp(proto) && state != "LISTEN" && (recordsPort(local) == 80 || recordsPort(remote) == 80) &&
					!strings.HasPrefix(remote, "127.")
			}},
		{[]string{"-an", "--filter=family inet6 and proto udp"}, func(proto, _, _, _ string) bool { return proto == "udp6" }},
		{[]string{"-an", "--filter=src 192.0.2.0/24 and sport le 1024"}, func(_, _, local, _ string) bool {
			return strings.HasPrefix(local, "192.0.2.") && recordsPort(local) <= 1024
		}},
		{[]string{"-an", "--family=tcp6"}, func(proto, _, _, _ string) bool { return proto == "tcp6" }},
	} {
		for _, dialect := range []string{"windows", "linux"} {
			args := append([]string{"--dialect=" + dialect, "--json"}, c.args...)
			commandTry(t, func() string {
				want := recordsWant(t, c.keep)
				var got []string
				for _, row := range recordsJSON(t, args...) {
					got = append(got, row.String())
				}
				slices.Sort(got)
				if len(want) == 0 || !slices.Equal(got, want) {
					return fmt.Sprintf("%q:\n%s\nLinux has:\n%s", args, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				return ""
			})
		}
	}
}

// TestRecordsQuestion checks the answer to who has a port: listening sockets come first.
func TestRecordsQuestion(t *testing.T) {
	for _, dialect := range []string{"windows", "linux"} {
		out, errs, code := commandRun(t, nil, "--dialect="+dialect, "--port=445")
		rows := strings.Split(strings.TrimSpace(strings.ReplaceAll(out, "\r", "")), "\n")
		if code != 0 || errs != "" || len(rows) < 2 || !strings.HasPrefix(rows[0], "PROTO  LOCAL") ||
			!strings.Contains(rows[0], "OWNER") || !strings.Contains(rows[0], "COMMAND") || !strings.Contains(rows[1], ":445 ") {
			t.Errorf("%s: status %d, %q\n%s", dialect, code, errs, out)
		}
		out, errs, code = commandRun(t, nil, "--dialect="+dialect, "--port=9")
		if code != 0 || strings.TrimSpace(errs) != "netstat: no socket uses port 9" || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: nothing: status %d, %q\n%s", dialect, code, errs, out)
		}
	}
}

// TestRecordsOrder compares sorted and summed rows with sums over Linux's rows.
func TestRecordsOrder(t *testing.T) {
	tcp := func(proto, _, _, _ string) bool { return strings.HasPrefix(proto, "tcp") }
	commandTry(t, func() string {
		want := recordsWant(t, tcp)
		sums := make(map[string]int)
		ports := make([]int, 0, len(want))
		for _, line := range want {
			f := strings.Fields(line)
			sums[f[1]]++
			ports = append(ports, recordsPort(f[2]))
		}
		slices.Sort(ports)
		slices.Reverse(ports)

		stdout, stderr, code := commandRun(t, nil, "-an", "--family=tcp,tcp6", "--group-by=state", "--format=csv")
		rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
		if err != nil || code != 0 || stderr != "" || len(rows) == 0 {
			t.Fatalf("status %d, %v, %s%s", code, err, stdout, stderr)
		}
		got := make(map[string]int)
		for _, row := range rows[1:] {
			if got[row[0]], err = strconv.Atoi(row[1]); err != nil {
				t.Fatal(err)
			}
		}
		if !maps.Equal(got, sums) {
			return fmt.Sprintf("groups %v, Linux has %v", got, sums)
		}

		stdout, stderr, code = commandRun(t, nil, "-an", "--family=tcp,tcp6", "--sort=-local_port", "--limit=5", "--columns=local_port", "--format=csv")
		if first := "local_port\r\n"; code != 0 || stderr != "" || !strings.HasPrefix(stdout, first) {
			t.Fatalf("status %d, %s%s", code, stdout, stderr)
		}
		var five string
		for _, port := range ports[:5] {
			five += fmt.Sprintf("%d\r\n", port)
		}
		if _, list, _ := strings.Cut(stdout, "\r\n"); list != five {
			return fmt.Sprintf("ports %q, Linux has %q", list, five)
		}

		stdout, stderr, code = commandRun(t, nil, "-an", "--family=tcp,tcp6", "--count")
		if code != 0 || stderr != "" || strings.TrimSpace(stdout) != strconv.Itoa(len(want)) {
			return fmt.Sprintf("status %d, count %s%s, Linux has %d", code, stdout, stderr, len(want))
		}
		return ""
	})
}

// TestRecordsViews validates the documents of all views.
func TestRecordsViews(t *testing.T) {
	for _, args := range [][]string{
		{"-ano"}, {"-abq"}, {"-r"}, {"-e"}, {"-s"}, {"-es"},
		{"--diagnose=0"}, {"--diagnose=0.1", "--dialect=linux"},
		{"--dialect=linux", "-r"}, {"--dialect=linux", "-ia"}, {"--dialect=linux", "-g"}, {"--dialect=linux", "-s"},
	} {
		args = append(args, "--json")
		stdout, stderr, code := commandRun(t, nil, args...)
		if stdout == "" && code == 0 {
			t.Errorf("%q: nothing, %s", args, stderr)
			continue
		}
		if stdout != "" {
			recordsValid(t, stdout)
		}
	}
}

// TestRecordsNeighbors shows neighbours, which Wine knows of IPv4 only, and interfaces with
// what GetIfTable2 has.
func TestRecordsNeighbors(t *testing.T) {
	stdout, stderr, _ := commandRun(t, nil, "--neighbors", "--json")
	recordsValid(t, stdout)
	var doc struct {
		Neighbors []struct{ Family, State, Interface string }
		Errors    []json.RawMessage
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || len(doc.Neighbors) == 0 {
		t.Fatalf("%v, %s in\n%s", err, stderr, stdout)
	}
	for _, n := range doc.Neighbors {
		if n.Family != "inet" || n.State == "" {
			t.Errorf("%+v", n)
		}
	}
	stdout, stderr, code := commandRun(t, nil, "-e", "--json")
	recordsValid(t, stdout)
	var links struct {
		Interfaces []struct {
			Name string
			Link *struct{ Operstate string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &links); err != nil || code != 0 {
		t.Fatalf("status %d, %v, %s in\n%s", code, err, stderr, stdout)
	}
	up := 0
	for _, i := range links.Interfaces {
		if i.Link != nil && i.Link.Operstate == "up" {
			up++
		}
	}
	if up == 0 {
		t.Errorf("no interface is up in\n%s", stdout)
	}
}

// TestRecordsDiagnose checks that the text about findings names what Windows lacks, and
// that commands in it are in the dialect and the quotes of Windows.
func TestRecordsDiagnose(t *testing.T) {
	stdout, stderr, code := commandRun(t, nil, "--diagnose=0.1")
	for try := 0; try < 5 && strings.Contains(stderr, "WMI did not answer in time"); try++ { // Wine has just started
		stdout, stderr, code = commandRun(t, nil, "--diagnose=0.1")
	}
	if code != 0 || !strings.Contains(stdout, "not looked at") || !strings.Contains(stdout, "not supported on Windows") {
		t.Errorf("status %d\n%s%s", code, stdout, stderr)
	}
	for line := range strings.Lines(stdout) {
		if strings.Contains(line, " netstat ") && (!strings.Contains(line, "netstat --dialect=linux ") || strings.Contains(line, "'")) {
			t.Errorf("%s", line)
		}
	}
}

// TestRecordsFormats checks that each format has every row.
func TestRecordsFormats(t *testing.T) {
	commandTry(t, func() string {
		want := len(recordsWant(t, func(proto, _, _, _ string) bool { return proto == "tcp6" }))
		for format, more := range map[string]int{
			"csv": 1, "ndjson": 2, "table": 1, "template={{.local_address}} {{.state}}": 0,
		} {
			stdout, stderr, code := commandRun(t, nil, "-an", "--family=tcp6", "--format="+format)
			if code != 0 || stderr != "" {
				t.Fatalf("%s: status %d, %s", format, code, stderr)
			}
			if got := strings.Count(stdout, "\n"); got != want+more {
				return fmt.Sprintf("%s: %d lines, Linux has %d sockets\n%s", format, got, want, stdout)
			}
		}
		return ""
	})
}

// TestRecordsSnapshot compares a snapshot's rows with those of the host.
func TestRecordsSnapshot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "host.json")
	windows := "Z:" + strings.ReplaceAll(file, "/", "\\")
	commandTry(t, func() string {
		if stdout, stderr, code := commandRun(t, nil, "--snapshot="+windows); code != 0 || stdout != "" {
			t.Fatalf("status %d, %s%s", code, stdout, stderr)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recordsValid(t, string(bytes.TrimSpace(text)))
		for _, args := range [][]string{{"-ano"}, {"-an", "--sort=local,remote", "--format=csv"}, {"-r"}} {
			live, _, code := commandRun(t, nil, args...)
			replayed, stderr, again := commandRun(t, nil, append(args, "--replay="+windows)...)
			if live != replayed || code != again {
				return fmt.Sprintf("%q: status %d\n%s\nrecorded: status %d\n%s%s", args, code, live, again, replayed, stderr)
			}
		}
		return ""
	})
}

// TestRecordsNotSupported checks that what Windows does not support is reported once.
func TestRecordsNotSupported(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"--netns=all"}, "netstat: find network namespaces on windows: unsupported operation\r\n", 1},
		{[]string{"--family=vsock"}, "netstat: no support for vsock on this system: read vsock: not supported on Windows\r\n", 1},
		{[]string{"--dialect=linux", "--family=vsock"}, "netstat: no support for vsock on this system: read vsock: not supported on Windows\n", 1},
		{[]string{"-an", "--user=no such user"}, "", 0},
		{[]string{"-an", "--filter=port ="}, "netstat: --filter: column 7: ", 1},
	} {
		_, stderr, code := commandRun(t, nil, c.args...)
		if code != c.code || !strings.HasPrefix(stderr, c.want) || c.want == "" && stderr != "" {
			t.Errorf("%q: status %d, %q", c.args, code, stderr)
		}
	}
}
