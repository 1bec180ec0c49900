package wine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// estatsLines are the lines of what Windows wrote, in order.
func estatsLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	slices.Sort(lines)
	return lines
}

// TestCommandTCPInfo: Wine 8.0 has no statistics of connections. That is said once for each table
// to those who ask for the inside of TCP, in whichever way, and no row is lost.
func TestCommandTCPInfo(t *testing.T) {
	version, err := shared.native("wine", "--version")
	if err != nil {
		t.Fatal(err)
	}
	const flaw = "netstat: read connection statistics of "
	said := func(args []string, stderr string, tables ...string) {
		t.Helper()
		var want []string
		for _, line := range estatsLines(stderr) {
			// WMI answers differently once it has been too slow, so that a recording cannot tell
			// to whom its problem belongs.
			if line == "" || strings.HasPrefix(line, "netstat: read templates of ") {
				continue
			}
			table, _, _ := strings.Cut(strings.TrimPrefix(line, flaw), ":")
			if !strings.HasPrefix(line, flaw) || slices.Contains(want, table) || !slices.Contains(tables, table) {
				t.Errorf("%q: %q", args, stderr)
			}
			want = append(want, table)
		}
		if len(want) != len(tables) && strings.HasPrefix(string(version), "wine-8.") {
			t.Errorf("%q: nothing said of all of %v in %q", args, tables, stderr)
		}
	}
	for _, c := range []struct {
		args   string
		more   []string
		tables []string
	}{
		{"--dialect=windows -an", []string{"--tcp-info"}, []string{"tcp", "tcp6"}},
		{"--dialect=linux -tan", []string{"--tcp-info"}, []string{"tcp", "tcp6"}},
		{"--dialect=linux -4 -tan", []string{"--tcp-info"}, []string{"tcp"}},
		{"--dialect=linux -uan", []string{"--tcp-info"}, nil},
		{"--dialect=windows -an", []string{"--sort=-rtt"}, []string{"tcp", "tcp6"}},
		{"--dialect=windows -an -p tcpv6", []string{"--filter", "not rtt > 1ms"}, []string{"tcp6"}},
		{"--dialect=windows -an", nil, nil},
	} {
		commandTry(t, func() string {
			args := append(strings.Fields(c.args), "--format=csv", "--columns=proto,local,remote,state")
			want, stderr, code := commandRun(t, nil, args...)
			if stderr != "" || code != 0 {
				t.Errorf("%q: status %d, %q", args, code, stderr)
			}
			args = append(args, c.more...)
			got, stderr, code := commandRun(t, nil, args...)
			said(args, stderr, c.tables...)
			if code != 0 {
				t.Errorf("%q: status %d", args, code)
			}
			if g, w := estatsLines(got), estatsLines(want); !slices.Equal(g, w) || len(g) < 3 {
				return strings.Join(g, "\n") + "\nis not\n" + strings.Join(w, "\n")
			}
			return ""
		})
	}

	// Connected sockets lack it, and say so; others have none.
	type document struct {
		Sockets []struct {
			State   string
			TCPInfo *struct{} `json:"tcp_info"`
			Absent  []string
		}
	}
	count := func(text string) (without int) {
		t.Helper()
		var d document
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Sockets {
			absent := slices.Contains(s.Absent, "tcp_info")
			switch s.State {
			case "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK":
				if absent == (s.TCPInfo != nil) {
					t.Errorf("%+v", s)
				}
				without++
			default:
				if absent || s.TCPInfo != nil {
					t.Errorf("%+v", s)
				}
			}
		}
		return without
	}
	args := []string{"--dialect=linux", "-tan", "--tcp-info", "--json"}
	live, stderr, code := commandRun(t, nil, args...)
	said(args, stderr, "tcp", "tcp6")
	if n := count(live); n < 20 || code != 0 {
		t.Errorf("%d connections, status %d", n, code)
	}

	// A recording says it again, to those who ask.
	file := filepath.Join(t.TempDir(), "host.json")
	inside := `Z:` + strings.ReplaceAll(file, "/", `\`)
	if stdout, stderr, code := commandRun(t, nil, "--snapshot", inside); code != 0 || stdout != "" {
		t.Fatalf("status %d, %q, %q", code, stdout, stderr)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	again, stderr, code := commandRun(t, nil, append(args, "--replay", inside)...)
	said(args, stderr, "tcp", "tcp6")
	if n := count(again); n < 20 || code != 0 {
		t.Errorf("replay: %d connections, status %d", n, code)
	}
	args = []string{"--dialect=windows", "-an", "--replay", inside}
	_, stderr, code = commandRun(t, nil, args...)
	if said(args, stderr); code != 0 {
		t.Errorf("replay without: status %d", code)
	}
}
