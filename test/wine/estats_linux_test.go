package wine

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// estatsLines returns the lines of a Windows program's output, in order.
func estatsLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	slices.Sort(lines)
	return lines
}

// TestCommandTCPInfo checks that the lack of connection statistics in Wine 8.0 is
// reported once for each table if TCP internals are requested in any way, and that no
// row is lost.
func TestCommandTCPInfo(t *testing.T) {
	version, err := shared.native("wine", "--version")
	if err != nil {
		t.Fatal(err)
	}
	const warning = "netstat: read connection statistics of "
	said := func(args []string, stderr string, tables ...string) {
		t.Helper()
		var want []string
		for _, line := range estatsLines(stderr) {
			// WMI answers differently once it has been too slow, so a snapshot cannot
			// tell which facts its problem belongs to.
			if line == "" || strings.HasPrefix(line, "netstat: read templates of ") {
				continue
			}
			table, _, _ := strings.Cut(strings.TrimPrefix(line, warning), ":")
			if !strings.HasPrefix(line, warning) || slices.Contains(want, table) || !slices.Contains(tables, table) {
				t.Errorf("%q: %q", args, stderr)
			}
			want = append(want, table)
		}
		if len(want) != len(tables) && strings.HasPrefix(string(version), "wine-8.") {
			t.Errorf("%q: %v not reported in %q", args, tables, stderr)
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

	// The TCP internals of connections are absent; other sockets have none.
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

	// A snapshot reports it again if they are requested.
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

//go:embed estats/iphlpapi.c
var estatsSource []byte

// estatsExpected are the facts of the connection for which estats/iphlpapi.c has
// statistics.
const estatsExpected = `{"retransmits":304,"wscale":true,"snd_wscale":4,"rcv_wscale":12,"rto":0.331,"mss":1400,"rtt":0.000804,
"rttvar":0.000801,"ssthresh":20,"cwnd":10,"advmss":1460,"reordering":319,"total_retrans":306,
"bytes_acked":4294967305,"bytes_received":4294967306,"segs_out":4294967301,"segs_in":4294967302,"notsent":403,
"min_rtt":0.000803,"data_segs_in":4294967300,"data_segs_out":4294967298,"rwnd_limited":0.202,"bytes_sent":4294967297,
"bytes_retrans":307,"dsack_dups":323,"snd_wnd":601,"rcv_wnd":501,"total_rto":605,"received_ce":507,
"active_open":true,"peer_mss":1400,"data_bytes_in":4294967299,"soft_errors":107,"soft_error_reason":108,
"rwnd_limited_count":201,"rwnd_limited_bytes":203,"cwnd_limited":0.205,"cwnd_limited_count":204,"cwnd_limited_bytes":206,
"sender_limited":0.208,"sender_limited_count":207,"sender_limited_bytes":209,"slow_start":210,"cong_avoid":211,
"other_reductions":212,"cwnd_bytes":14000,"max_slow_start_cwnd":214,"max_cong_avoid_cwnd":215,"cwnd_limit":200,
"ssthresh_bytes":28000,"max_ssthresh":217,"min_ssthresh":218,"fast_retrans":301,"subsequent_rto":303,"abrupt_rto":305,
"dup_acks_in":308,"sacks_in":309,"sack_blocks_in":310,"cong_signals":311,"pre_cong_cwnd_sum":312,"pre_cong_rtt_sum":0.313,
"post_cong_rtt_sum":0.314,"post_cong_rtt_count":315,"ecn_signals":316,"ece_received":317,"send_stalls":318,
"bytes_reordered":320,"reord_dup_acks":321,"reord_episodes":322,"sample_rtt":0.324,"max_rtt":0.000802,"rtt_sum":0.329,
"rtt_count":330,"max_rto":0.332,"min_rto":0.333,"max_mss":335,"min_mss":336,"spurious_rto":337,"bytes_unacked":401,
"max_bytes_unacked":402,"max_notsent":404,"max_rcv_wnd":502,"min_rcv_wnd":503,"rcv_wnd_limit":504,"dup_ack_episodes":505,
"dup_acks_out":506,"reasm_queue":508,"max_reasm_queue":509,"unread":510,"max_unread":511,"max_snd_wnd":602,"min_snd_wnd":603,
"bandwidth_in":702,"bandwidth_in_instability":704,"bandwidth_in_peaked":true}`

// TestCommandEStats runs netstat.exe with an iphlpapi.dll that returns statistics in
// the structures of the compiler's headers.
func TestCommandEStats(t *testing.T) {
	h, err := StartHere(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.Replace("iphlpapi", estatsSource, commandExe(t), "-lws2_32"); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		r, err := h.Run(commandExe(t), args...)
		got := estatsLines(string(r.Stderr))
		if err != nil || r.Code != 0 || len(got) != 2 {
			t.Errorf("%q: %v, status %d, %q", args, err, r.Code, got)
		}
		for _, line := range got { // one for each table
			if !strings.HasPrefix(line, "netstat: read connection statistics of tcp") || !strings.HasSuffix(line, "(Windows error 5)") {
				t.Errorf("%q: %q", args, line)
			}
		}
		return string(r.Stdout)
	}
	type row struct {
		State      string
		RemotePort int             `json:"remote_port"`
		RecvQueue  *int            `json:"recv_queue"`
		SendQueue  *int            `json:"send_queue"`
		TCPInfo    json.RawMessage `json:"tcp_info"`
		Absent     []string
	}
	var d struct{ Sockets []row }
	if err := json.Unmarshal([]byte(run("--dialect=linux", "-tan", "--tcp-info", "--json")), &d); err != nil || len(d.Sockets) != 10 {
		t.Fatalf("%v, %d sockets", err, len(d.Sockets))
	}
	for i, s := range d.Sockets {
		info, queues, refused := "", false, false
		switch s.RemotePort {
		case 50001:
			info, queues = strings.ReplaceAll(estatsExpected, "\n", ""), true
		case 50002:
			info = `{"advmss":1460,"active_open":true,"peer_mss":1400}`
		case 50004:
			refused = true
		}
		if string(s.TCPInfo) != info || slices.Contains(s.Absent, "tcp_info") != refused {
			t.Errorf("row %d, port %d, absent %v:\n%s\nwant\n%s", i, s.RemotePort, s.Absent, s.TCPInfo, info)
		}
		if queues != (s.RecvQueue != nil) || queues && (*s.RecvQueue != 510 || *s.SendQueue != 804) {
			t.Errorf("row %d, port %d: queues %v, %v", i, s.RemotePort, s.RecvQueue, s.SendQueue)
		}
	}
	// Columns, filters and sort keys that use the statistics request them.
	got := run("--dialect=windows", "-an", "--format=csv", "--columns=proto,remote_port,rtt,cwnd,sendq", "--filter", "active_open", "--sort", "-segs_out,remote_port")
	want := "proto,remote_port,rtt,cwnd,sendq\ntcp,50001,0.000804,10,804\ntcp6,50001,0.000804,10,804\ntcp,50002,,,\ntcp6,50002,,,\n"
	if got = strings.ReplaceAll(got, "\r\n", "\n"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// Nothing is requested, so nothing is denied.
	if r, err := h.Run(commandExe(t), "--dialect=linux", "-tan"); err != nil || len(r.Stderr) > 0 || r.Code != 0 {
		t.Errorf("%v, status %d, %q", err, r.Code, r.Stderr)
	}
}
