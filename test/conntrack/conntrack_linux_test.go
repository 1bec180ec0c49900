package conntrack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// rules let the kernel track connections, and mark and label some, and read one.
const rules = `table inet t {
	ct helper f {
		type "ftp" protocol tcp
		l3proto ip
	}
	chain p {
		type filter hook prerouting priority -200
	}
	chain o {
		type filter hook output priority 0
		tcp dport 5555 ct helper set "f"
		udp dport 7 ct mark set 77
		udp dport 7 ct label set 3
		ct state new accept
	}
}`

// traffic makes a connection of TCP, one of UDP over IPv6, and one of a protocol without
// ports.
const traffic = `
import socket
s = socket.socket(); s.bind(("127.0.0.1", 5555)); s.listen()
c = socket.create_connection(("127.0.0.1", 5555)); c.send(b"x" * 1000)
a, _ = s.accept(); a.recv(1000)
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.sendto(b"hi", ("::1", 7))
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253); r.sendto(b"x" * 10, ("127.0.0.1", 0))
c.close(); a.recv(1); a.close() # the client's end waits, so the port is free again
`

// random returns commands of conntrack(8) that add n connections.
func random(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for i := range n {
		from, to, six := fmt.Sprintf("10.0.%d.%d", i/200, i%200), fmt.Sprintf("192.0.2.%d", r.IntN(250)), r.IntN(3) == 0
		if six {
			from, to = fmt.Sprintf("2001:db8::%x", i), fmt.Sprintf("2001:db8:1::%x", r.IntN(1<<16))
		}
		fmt.Fprintf(&b, "-I -s %s -d %s -t %d", from, to, 3600+r.IntN(1<<30))
		port := func() int { return r.IntN(1 << 16) }
		switch k := r.IntN(8); {
		case k == 0 && six:
			fmt.Fprintf(&b, " -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id %d", port())
		case k == 0:
			fmt.Fprintf(&b, " -p icmp --icmp-type %d --icmp-code 0 --icmp-id %d", []int{8, 13, 15, 17}[r.IntN(4)], port())
		case k == 1:
			fmt.Fprintf(&b, " -p gre --srckey %d --dstkey %d", port(), port())
		case k == 2:
			fmt.Fprintf(&b, " -p sctp --sport %d --dport %d --state ESTABLISHED --orig-vtag 1 --reply-vtag 2", port(), port())
		case k == 3:
			fmt.Fprintf(&b, " -p %d", []int{50, 89, 253}[r.IntN(3)])
		case k == 4:
			fmt.Fprintf(&b, " -p udplite --sport %d --dport %d", port(), port())
		case k == 5:
			fmt.Fprintf(&b, " -p udp --sport %d --dport %d", port(), port())
		default:
			state := []string{"SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE"}
			fmt.Fprintf(&b, " -p tcp --sport %d --dport %d --state %s", port(), 1+r.IntN(1<<16-1), state[r.IntN(len(state))])
			if r.IntN(3) == 0 && !six {
				fmt.Fprintf(&b, " %s 198.51.100.%d", []string{"-n", "-g"}[r.IntN(2)], 1+r.IntN(200))
			}
		}
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, " -u %s", []string{"SEEN_REPLY", "ASSURED,SEEN_REPLY", "SEEN_REPLY,FIXED_TIMEOUT"}[r.IntN(3)])
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, " -m %d", r.Uint32())
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, " %s %d", []string{"-w", "--orig-zone", "--reply-zone"}[r.IntN(3)], 1+r.IntN(1<<16-1))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// settings are the kernel's for counting and for times of start.
func settings(t *testing.T, value string) {
	t.Helper()
	for _, name := range []string{"nf_conntrack_acct", "nf_conntrack_timestamp"} {
		if err := os.WriteFile("/proc/sys/net/netfilter/"+name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// lasting keeps the connections of traffic, that of UDP otherwise for 30 seconds only.
func lasting(t *testing.T) {
	t.Helper()
	for _, name := range []string{"udp_timeout", "tcp_timeout_time_wait"} {
		if err := os.WriteFile("/proc/sys/net/netfilter/nf_conntrack_"+name, []byte("3600"), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConntrack(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "link", "set", "lo", "up")
	live.Run(t, "nft", rules)
	lasting(t)
	commands := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(commands, []byte(random(1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"0", "1"} {
		settings(t, value)
		// conntrack(8) goes on after a connection that exists already.
		_, _ = exec.Command("conntrack", "-F").CombinedOutput()
		if out, err := exec.Command("conntrack", "-R", commands).CombinedOutput(); err != nil {
			t.Fatalf("%v: %.300s", err, out)
		}
		live.Run(t, "python3", "-c", traffic)
		for _, family := range []string{"ipv4", "ipv6"} {
			t.Run(family+value, func(t *testing.T) {
				want := theirs(t, family)
				if len(want) < 250 {
					t.Errorf("only %d connections", len(want))
				}
				live.Compare(t, "conntrack", want, ours(t, family))
			})
		}
	}
	a := live.Netstat(t, "--conntrack", "--json", "--filter", "proto = udp dport = :7 mark = 77")
	if !strings.Contains(a.Out, `"labels":[3]`) || strings.Count(a.Out, `"family"`) != 1 {
		t.Errorf("marked and labelled: %.600s", a.Out)
	}
	if got, want := strings.TrimSpace(live.Netstat(t, "--conntrack", "--count").Out), strings.TrimSpace(live.Run(t, "conntrack", "-C")); got != want {
		t.Errorf("%s connections, conntrack counts %s", got, want)
	}
}

// theirs returns what conntrack(8) lists, without what changes as time passes.
func theirs(t *testing.T, family string) map[string]int {
	t.Helper()
	list := map[string]int{}
	for line := range strings.Lines(live.Program(t, "conntrack", "-L", "-f", family, "-o", "extended,id").Out) {
		words := strings.Fields(line)
		if len(words) < 6 || words[0] != family || strings.HasPrefix(words[2], "conntrack") {
			continue // the number of entries
		}
		c := []string{family, words[3]}
		// The time until the entry is removed and the state may follow.
		rest := words[4:]
		if _, err := strconv.Atoi(rest[0]); err == nil {
			rest = rest[1:]
		}
		for _, w := range rest {
			if !strings.HasPrefix(w, "use=") && !strings.HasPrefix(w, "delta-time=") && !strings.HasPrefix(w, "labels") {
				c = append(c, w)
			}
		}
		slices.Sort(c)
		list[strings.Join(c, " ")]++
	}
	return list
}

// ours returns what netstat lists, in the words of conntrack(8).
func ours(t *testing.T, family string) map[string]int {
	t.Helper()
	var doc struct {
		Conntrack []map[string]any
		Errors    []any
	}
	d := json.NewDecoder(strings.NewReader(live.Netstat(t, "--conntrack", "--json", map[string]string{"ipv4": "-4", "ipv6": "-6"}[family]).Out))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil || len(doc.Errors) > 0 {
		t.Fatal(err, doc.Errors)
	}
	list := map[string]int{}
	for _, o := range doc.Conntrack {
		c := []string{family, fmt.Sprint(o["ip_protocol"])}
		add := func(format, key string) {
			if v, ok := o[key]; ok {
				c = append(c, fmt.Sprintf(format, v))
			}
		}
		key := func(name, field string) {
			if v, ok := o[field].(json.Number); ok {
				n, _ := v.Int64()
				c = append(c, fmt.Sprintf("%s=0x%x", name, n))
			}
		}
		add("%v", "state")
		for _, way := range []string{"", "reply_"} {
			add("src=%v", way+"source_address")
			add("dst=%v", way+"destination_address")
			add("sport=%v", way+"source_port")
			add("dport=%v", way+"destination_port")
			key("srckey", way+"source_key")
			key("dstkey", way+"destination_key")
			add("type=%v", way+"icmp_type")
			add("code=%v", way+"icmp_code")
			add("id=%v", way+"icmp_id")
		}
		for _, way := range []string{"original", "reply"} {
			add("packets=%v", way+"_packets")
			add("bytes=%v", way+"_bytes")
		}
		status := fmt.Sprint(o["status"])
		if !strings.Contains(status, "seen_reply") {
			c = append(c, "[UNREPLIED]")
		}
		if strings.Contains(status, "assured") {
			c = append(c, "[ASSURED]")
		}
		add("mark=%v", "mark")
		add("helper=%v", "helper")
		if zone := fmt.Sprint(o["zone"]); zone != "0" {
			name := map[any]string{"both": "zone", "original": "zone-orig", "reply": "zone-reply"}[o["zone_direction"]]
			c = append(c, name+"="+zone)
		}
		add("id=%v", "id")
		slices.Sort(c)
		list[strings.Join(c, " ")]++
	}
	return list
}

// transfer makes a transfer of FTP that the helper of port 5555 expects.
const transfer = `
import socket
s = socket.socket(); s.bind(("127.0.0.1", 5555)); s.listen()
d = socket.socket(); d.bind(("127.0.0.1", 1025)); d.listen()
c = socket.create_connection(("127.0.0.1", 5555)); a, _ = s.accept()
a.send(b"220 hello\r\n"); c.recv(100)
c.send(b"PASV\r\n"); a.recv(100)
a.send(b"227 Entering Passive Mode (127,0,0,1,4,1)\r\n"); c.recv(100)
x = socket.create_connection(("127.0.0.1", 1025))
print(c.getsockname()[1])
`

// A connection that a helper expected names the one with the helper.
func TestExpected(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "nft", rules)
	port := strings.TrimSpace(live.Run(t, "python3", "-c", transfer))
	got := live.Netstat(t, "--conntrack", "--format", "csv", "--columns", "destination,master_source,master_destination", "--filter", "status = expected").Out
	if want := "destination,master_source,master_destination\n127.0.0.1:1025,127.0.0.1:" + port + ",127.0.0.1:5555\n"; strings.ReplaceAll(got, "\r", "") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if list := live.Netstat(t, "--conntrack", "--json", "--filter", "dport = 5555").Out; !strings.Contains(list, `"helper":"ftp"`) || !strings.Contains(list, `"original_window_scale":`) {
		t.Errorf("the control connection: %s", list)
	}
}

// A user without privilege gets an error.
func TestDenied(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	out, err := exec.Command("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", live.ProgramPath(), "--conntrack").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "dump tracked connections: operation not permitted") {
		t.Errorf("%v: %s", err, out)
	}
}
