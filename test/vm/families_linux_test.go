package vm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// familyTables are the --family names with sockets in the guest, with ss's option for
// each (empty if ss does not show it), and what ss shows of its sockets: state,
// q(ueues), i(node), c(ookie) and m(emory).
var familyTables = []struct{ name, ss, tells string }{
	{"mptcp", "-M", "sqicm"}, {"sctp", "", ""}, {"dccp", "-d", "sqicm"}, {"udp", "-u", "sqicm"}, {"icmp", "", ""},
	{"smc", "", ""}, {"tipc", "--tipc", "sqic"}, {"vsock", "--vsock", "s"}, {"packet", "-0", "sqicm"},
	{"netlink", "-fnetlink", "qm"}, {"can", "", ""}, {"pfkey", "", ""}, {"tcp", "-t", "sqicm"}, {"unix", "-x", "qm"},
}

// familyCases are the command lines of the last stage.
func familyCases() []FamilyCase {
	list := []FamilyCase{}
	for _, f := range familyTables {
		c := FamilyCase{Args: []string{"--json", "-anep", "--family", f.name}}
		if f.ss != "" {
			c.Args = append(c.Args, "--memory")
			c.SS = []string{"-OHnaem", f.ss}
		}
		list = append(list, c)
	}
	return append(list,
		FamilyCase{Args: []string{"--json", "-tane", "--tcp-info", "--columns=all", "--filter", "src 127.0.0.9"}, SS: []string{"-OHtnaei", "src", "127.0.0.9"}},
		FamilyCase{Args: []string{"-an", "--family", "vsock,tipc,mptcp,xdp", "--format=csv"}},
		FamilyCase{Args: []string{"-ln", "--family", "vsock", "--columns=netid,state,local"}},
		FamilyCase{Args: []string{"--dialect=windows", "-n", "--family", "vsock", "--columns=netid,state,local"}},
		FamilyCase{Args: []string{"--snapshot", "-"}},
	)
}

// familyRow is a socket in JSON.
type familyRow struct {
	Family     string         `json:"family"`
	State      string         `json:"state"`
	RecvQ      *uint64        `json:"recv_queue"`
	SendQ      uint64         `json:"send_queue"`
	MaxBacklog uint64         `json:"max_backlog"`
	Inode      uint64         `json:"inode"`
	Cookie     uint64         `json:"cookie"`
	SendRate   uint64         `json:"send_rate"`
	ULP        string         `json:"ulp"`
	Detail     map[string]any `json:"detail"`
	TCPInfo    map[string]any `json:"tcp_info"`
	Memory     *struct {
		R  uint64 `json:"rmem_alloc"`
		RB uint64 `json:"rcvbuf"`
		T  uint64 `json:"wmem_alloc"`
		TB uint64 `json:"sndbuf"`
		F  uint64 `json:"fwd_alloc"`
		W  uint64 `json:"wmem_queued"`
		O  uint64 `json:"optmem"`
		BL uint64 `json:"backlog"`
		D  uint64 `json:"drops"`
	} `json:"memory"`
	Owners []struct {
		Name string `json:"name"`
	} `json:"owners"`
}

// families compares the output of --family with ss, and with what the helper opened.
func families(t *testing.T, dir string) {
	var records []FamilyRecord
	read(t, filepath.Join(dir, "families.json"), &records)
	listed := map[string]bool{}
	for i, f := range familyTables {
		r := &records[i]
		rows := familyRows(t, r)
		for _, row := range rows {
			if len(row.Owners) > 0 && row.Owners[0].Name == "helper" {
				listed[strconv.FormatUint(row.Inode, 10)] = true
			}
		}
		if f.ss != "" {
			familyLikeSS(t, f.name, f.tells, r, rows)
		}
	}
	opened, err := os.ReadFile(filepath.Join(dir, "opened", "families"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(opened)) {
		name, inode, _ := strings.Cut(strings.TrimSpace(line), " ")
		// The kernel lists the filters of CAN, not its sockets.
		if !listed[inode] && name != "can" {
			t.Errorf("%s: no row with inode %s and its owner", name, inode)
		}
	}
	rest := records[len(familyTables):]
	insideLikeSS(t, &rest[0])
	missing := "netstat: no support for xdp on this system: "
	if r := &rest[1]; r.Ours.Exit != 1 || !strings.HasPrefix(string(r.Ours.Stderr), missing) || strings.Count(string(r.Ours.Stderr), "\n") != 1 ||
		!strings.Contains(string(r.Ours.Stdout), "\nvsock,") || !strings.Contains(string(r.Ours.Stdout), "\ntipc,") || !strings.Contains(string(r.Ours.Stdout), "\nmptcp,") {
		t.Errorf("%v: exit %d, %s%s", r.Args, r.Ours.Exit, r.Ours.Stdout, r.Ours.Stderr)
	}
	for at, want := range map[int]*regexp.Regexp{
		2: regexp.MustCompile(`^NETID  STATE   LOCAL\nv_str  LISTEN  \*:1024\n$`),
		3: regexp.MustCompile(`^NETID  STATE        LOCAL\n(v_str  ESTABLISHED  (\*|1):\d+\n){2}$`),
	} {
		if r := &rest[at]; r.Ours.Exit != 0 || len(r.Ours.Stderr) > 0 || !want.Match(r.Ours.Stdout) {
			t.Errorf("%v: exit %d, %s%s", r.Args, r.Ours.Exit, r.Ours.Stdout, r.Ours.Stderr)
		}
	}
	if r := &rest[4]; r.Ours.Exit != 0 || !json.Valid(r.Ours.Stdout) {
		t.Errorf("%v: exit %d, %s", r.Args, r.Ours.Exit, r.Ours.Stderr)
	} else if file := os.Getenv("NETSTAT_VM_SNAPSHOT"); file != "" {
		write(t, file, r.Ours.Stdout)
	}
}

func familyRows(t *testing.T, r *FamilyRecord) []familyRow {
	t.Helper()
	var report struct {
		Sockets []familyRow `json:"sockets"`
	}
	if err := json.Unmarshal(r.Ours.Stdout, &report); err != nil || r.Ours.Exit != 0 || len(r.Ours.Stderr) > 0 || len(report.Sockets) == 0 {
		t.Errorf("%v: exit %d, %v, %d sockets, %s", r.Args, r.Ours.Exit, err, len(report.Sockets), r.Ours.Stderr)
	}
	return report.Sockets
}

var (
	familyState  = regexp.MustCompile(`\b(ESTAB|LISTEN|UNCONN|SYN-SENT|SYN-RECV|TIME-WAIT|CLOSE-WAIT|FIN-WAIT-1|FIN-WAIT-2|LAST-ACK|CLOSING) +(\d+) +(\d+) `)
	familyInode  = regexp.MustCompile(` ino:(\d+)`)
	familyCookie = regexp.MustCompile(` sk:([0-9a-f]+)`)
	familyMemory = regexp.MustCompile(` skmem:(\(\S*\))`)
)

var familyStates = map[string]string{
	"ESTABLISHED": "ESTAB", "CLOSED": "UNCONN", "SYN-RECEIVED": "SYN-RECV",
}

// familyLikeSS compares the set of rows by what ss shows of each. Rows that changed
// between the two runs of ss are skipped.
func familyLikeSS(t *testing.T, name, tells string, r *FamilyRecord, rows []familyRow) {
	t.Helper()
	lines := func(run *Run) []string {
		var list []string
		for line := range strings.Lines(string(run.Stdout)) {
			m := familyState.FindStringSubmatch(line)
			if m == nil || name == "netlink" && strings.Contains(line, " 4:") {
				continue // the query's own sockets
			}
			var text []string
			for _, what := range tells {
				switch what {
				case 's':
					text = append(text, m[1])
				case 'q':
					text = append(text, m[2], m[3])
				case 'i':
					text = append(text, "ino", first(familyInode, line))
				case 'c':
					text = append(text, "sk", first(familyCookie, line))
				case 'm':
					text = append(text, first(familyMemory, line))
				}
			}
			list = append(list, strings.Join(text, " "))
		}
		slices.Sort(list)
		return list
	}
	before, after := lines(&r.Before), lines(&r.After)
	var got []string
	for i := range rows {
		row := &rows[i]
		// ss omits the state PARTOPEN.
		if p, _ := row.Detail["protocol"].(float64); name == "netlink" && p == 4 || row.RecvQ == nil && strings.Contains(tells, "q") || row.State == "PARTOPEN" {
			continue
		}
		got = append(got, familyText(row, tells))
	}
	slices.Sort(got)
	if name == "netlink" {
		// ss shows members of groups twice, as the kernel does.
		before, after, got = slices.Compact(before), slices.Compact(after), slices.Compact(got)
	}
	if len(got) == 0 || !slices.Equal(got, before) && !slices.Equal(got, after) {
		t.Errorf("--family %s: not as ss has it:\ngot    %s\nbefore %s\nafter  %s\n%s", name,
			strings.Join(got, "\n       "), strings.Join(before, "\n       "), strings.Join(after, "\n       "), r.After.Stderr)
	}
}

func first(pattern *regexp.Regexp, line string) string {
	if m := pattern.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// familyText formats a row as familyLikeSS reads a line of ss.
func familyText(row *familyRow, tells string) string {
	var text []string
	for _, what := range tells {
		switch what {
		case 's':
			state := row.State
			if ss, ok := familyStates[state]; ok {
				state = ss
			}
			text = append(text, state)
		case 'q':
			send := row.SendQ
			if row.MaxBacklog > 0 {
				send = row.MaxBacklog
			}
			text = append(text, fmt.Sprint(*row.RecvQ), fmt.Sprint(send))
		case 'i':
			text = append(text, "ino", fmt.Sprint(row.Inode))
		case 'c':
			text = append(text, "sk", strconv.FormatUint(row.Cookie, 16))
		case 'm':
			if m := row.Memory; m != nil {
				text = append(text, fmt.Sprintf("(r%d,rb%d,t%d,tb%d,f%d,w%d,o%d,bl%d,d%d)", m.R, m.RB, m.T, m.TB, m.F, m.W, m.O, m.BL, m.D))
			} else {
				text = append(text, "")
			}
		}
	}
	return strings.Join(text, " ")
}

// insideLikeSS compares TCP internals that only few kernels have: DCTCP, Vegas, TLS,
// and traces of losses.
func insideLikeSS(t *testing.T, r *FamilyRecord) {
	rows := map[string]familyRow{}
	for _, row := range familyRows(t, r) {
		rows[strconv.FormatUint(row.Cookie, 16)] = row
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(r.Before.Stdout)) {
		row, ok := rows[first(familyCookie, line)]
		if !ok {
			t.Errorf("no row for %s", line)
			continue
		}
		number := func(name string) uint64 {
			n, _ := row.TCPInfo[name].(float64)
			return uint64(n)
		}
		check := func(what, pattern, want string) {
			m := regexp.MustCompile(pattern).FindStringSubmatch(line)
			if m == nil {
				return
			}
			seen[what]++
			if m[1] != want {
				t.Errorf("%s: ss has %q, we %q\n%s", what, m[1], want, line)
			}
		}
		check("retrans", ` retrans:(\d+/\d+)`, fmt.Sprintf("%d/%d", number("retrans"), number("total_retrans")))
		check("bytes_retrans", ` bytes_retrans:(\d+)`, fmt.Sprint(number("bytes_retrans")))
		check("rcv_ooopack", ` rcv_ooopack:(\d+)`, fmt.Sprint(number("rcv_ooopack")))
		check("ssthresh", ` ssthresh:(\d+)`, fmt.Sprint(number("ssthresh")))
		check("cwnd", ` cwnd:(\d+)`, fmt.Sprint(number("cwnd")))
		check("max_pacing_rate", ` pacing_rate \d+bps/(\d+)bps`, fmt.Sprint(8*number("max_pacing_rate")))
		check("dctcp", ` dctcp:\(ce_state:(\d+,alpha:\d+,ab_ecn:\d+,ab_tot:\d+)\)`,
			fmt.Sprintf("%d,alpha:%d,ab_ecn:%d,ab_tot:%d", number("dctcp_ce_state"), number("dctcp_alpha"), number("dctcp_ab_ecn"), number("dctcp_ab_tot")))
		text := func(name string) string {
			s, _ := row.Detail[name].(string)
			return s
		}
		check("tls", ` tcp-ulp-tls (?:version: )?(1\.\d)`, text("version"))
		check("cipher", ` cipher: (\S+)`, text("cipher"))
		check("txconf", ` txconf: (\S+)`, text("transmit"))
		check("rxconf", ` rxconf: (\S+)`, text("receive"))
		if strings.Contains(line, "tcp-ulp-tls") && (row.ULP != "tls" || text("kind") != "tls") {
			t.Errorf("ulp %q, detail %v: %s", row.ULP, row.Detail, line)
		}
		for _, control := range []string{"dctcp", "vegas", "cubic"} {
			if c, _ := row.TCPInfo["congestion"].(string); strings.Contains(line, " "+control+" ") != (c == control) {
				t.Errorf("congestion control %q: %s", c, line)
			}
		}
		if _, ok := row.TCPInfo["vegas_enabled"]; ok {
			seen["vegas"]++
		}
	}
	for _, what := range []string{"cwnd", "retrans", "max_pacing_rate", "dctcp", "vegas", "tls", "cipher", "txconf"} {
		if seen[what] == 0 {
			t.Errorf("no connection with %s among\n%s", what, r.Before.Stdout)
		}
	}
}
