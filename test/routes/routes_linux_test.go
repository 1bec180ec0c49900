package routes

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// setUp makes two links and an address on each.
const setUp = `
ip link add d0 type veth peer name d1
ip link add d2 type veth peer name d3
for d in d0 d1 d2 d3; do ip link set $d up; done
ip addr add 10.9.0.1/24 dev d0
ip addr add 10.19.0.1/24 dev d2
ip -6 addr add fd09::1/64 dev d0 nodad
ip -6 addr add fd19::1/64 dev d2 nodad
ip nexthop add id 7 via 10.9.0.77 dev d0
ip nexthop add id 8 via 10.19.0.78 dev d2
ip nexthop add id 9 group 7/8,3
ip nexthop add id 17 via fd09::77 dev d0
`

// chosen are routes with the facts that the classic text loses.
const chosen = `
ip route add 192.0.2.0/24 via inet6 fe80::99 dev d0
ip route add 198.51.100.0/24 nexthop via 10.9.0.6 dev d0 nexthop via 10.9.0.7 dev d0 weight 5
ip route add 10.8.0.0/16 nexthop via 10.9.0.6 dev d0 nexthop via inet6 fe80::7 dev d2 weight 256
ip route add blackhole 10.5.0.0/16
ip route add prohibit 10.55.0.0/16
ip route add unreachable 10.56.0.0/16 metric 9
ip route add throw 10.57.0.0/16 table 51820
ip route add 10.1.0.0/16 via 10.9.0.3 metric 4294967295
ip route add 10.2.0.0/16 via 10.9.0.3 metric 4294967294
ip route add 10.6.0.0/16 via 10.9.0.3 mtu 1400 advmss 1300
ip route add 10.60.0.0/16 via 10.9.0.3 mtu lock 1400 rtt 20ms rttvar 3ms rto_min 200ms window 65535 hoplimit 9 initcwnd 10 initrwnd 20 ssthresh 30 cwnd 40 reordering 5 quickack 1 fastopen_no_cookie 1 congctl reno
ip route add 10.7.0.0/16 via 10.9.0.3 table 51820
ip route add 10.66.0.0/16 via 10.9.0.9 realm 3/4 src 10.9.0.1 proto static
ip route add 10.67.0.0/16 via 10.9.0.9 tos 0x10 proto 77
ip route add 10.68.0.1/32 via 172.31.1.1 dev d0 onlink proto bgp
ip route add 10.77.0.0/16 nhid 7
ip route add 10.78.0.0/16 nhid 9
ip route add 10.44.0.0/16 encap ip id 5 dst 10.9.0.4 via 10.9.0.4 dev d0
ip route add multicast 239.0.0.0/8 dev d0
ip -6 route add 2001:db8::/32 nexthop via fe80::1 dev d0 nexthop via fe80::2 dev d2 weight 3
ip -6 route add unreachable 2001:db9::/32 metric 77
ip -6 route add blackhole 2001:dba::/32 table 77
ip -6 route add 2001:db7::/32 via fe80::3 dev d0 expires 600 pref high
ip -6 route add 2001:db6::/32 via fd09::9 dev d0 proto ra pref low mtu 1400
ip -6 route add 2001:db5::/32 from fd09::/64 via fd09::9 dev d0
ip -6 route add 2001:db4::/32 nhid 17
ip -6 route add 2001:db2::/48 encap seg6 mode encap segs fd00::1,fd00::2 dev d0
ip -6 route add 2001:db1::/48 encap seg6 mode inline segs fd00::3,fd00::4 dev d0
ip -6 route add 2001:db3::/48 encap ip6 dst fd09::5 via fd09::5 dev d0
`

// random returns commands that add n routes at random.
func random(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	for i := range n {
		prefix, gateway, device, six := fmt.Sprintf("10.%d.%d.0/24", 100+i/200, i%200), "10.9.0.", "d0", ""
		if pick("d0", "d2") == "d2" {
			gateway, device = "10.19.0.", "d2"
		}
		if r.IntN(3) == 0 {
			prefix, gateway, six = fmt.Sprintf("2001:db8:%x::/48", 0x1000+i), map[string]string{"d0": "fd09::", "d2": "fd19::"}[device], "-6 "
		}
		via := gateway + strconv.Itoa(2+r.IntN(90))
		fmt.Fprintf(&b, "ip %sroute add ", six)
		var options string
		if r.IntN(2) == 0 {
			options = fmt.Sprintf(" metric %d", 1+r.Uint32N(1<<32-1))
		}
		if r.IntN(3) == 0 {
			options += " proto " + pick("static", "boot", "bgp", "dhcp", "99", "200")
		}
		options += " table " + pick("main", "100", "51820", "default")
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&b, "%s %s%s\n", pick("blackhole", "unreachable", "prohibit"), prefix, options)
		case 1:
			fmt.Fprintf(&b, "%s%s nexthop via %s dev %s weight %d nexthop via %s1%d dev %s\n", prefix, options, via, device, 1+r.IntN(9), gateway, r.IntN(10), device)
		default:
			fmt.Fprintf(&b, "%s via %s dev %s%s", prefix, via, device, options)
			if r.IntN(3) == 0 {
				fmt.Fprintf(&b, " mtu %d", 1280+r.IntN(200))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestRoutes(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	script := setUp + chosen + random(1000)
	var failed []string
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			failed = append(failed, line+": "+string(out))
		}
	}
	live.Settled(t)
	// A kernel may lack a kind of routes. Most must exist.
	t.Logf("%d commands failed: %.300q", len(failed), failed)
	if len(failed) > 12 {
		t.Fatalf("%d commands failed, the first: %s", len(failed), failed[0])
	}
	for _, family := range []string{"inet", "inet6"} {
		t.Run(family, func(t *testing.T) {
			want := theirs(t, family)
			got := ours(t, family)
			if len(want) < 300 {
				t.Errorf("only %d routes", len(want))
			}
			live.Compare(t, "ip", want, got)
		})
	}
}

type object = map[string]any

// hop is a next hop in one form for both programs.
func hop(gateway, device, weight, encap string, flags any) string {
	var names []string
	for _, f := range list(flags) {
		names = append(names, live.Text(f))
	}
	slices.Sort(names)
	return strings.TrimSpace(strings.Join([]string{gateway, device, weight, encap, strings.Join(names, ",")}, "/"))
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// prefix returns a destination or source with its length.
func prefix(t *testing.T, address, length string, family string) string {
	t.Helper()
	switch {
	case address == "" || address == "default":
		return "default"
	case length == "":
		if address, length, _ = strings.Cut(address, "/"); length == "" {
			length = map[string]string{"inet": "32", "inet6": "128"}[family]
		}
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		t.Fatal(err)
	}
	if ip.IsUnspecified() && length == "0" {
		return "default"
	}
	return ip.String() + "/" + length
}

// theirs returns the routes of every table as ip(8) lists them, each as one line.
func theirs(t *testing.T, family string) map[string]int {
	t.Helper()
	lines := make(map[string]int)
	for _, r := range live.Decode[[]object](t, live.Run(t, "ip", "-N", "-j", "-d", "-f", family, "route", "show", "table", "all")) {
		var hops []string
		gateway := func(h object) string {
			if via, ok := h["via"].(object); ok {
				return live.Text(via["host"])
			}
			return live.Text(h["gateway"])
		}
		if several := list(r["nexthops"]); several != nil {
			for _, h := range several {
				h := h.(object)
				hops = append(hops, hop(gateway(h), live.Text(h["dev"]), live.Text(h["weight"]), theirEncap(h), h["flags"]))
			}
		} else if r["dev"] != nil || r["gateway"] != nil {
			hops = []string{hop(gateway(r), live.Text(r["dev"]), "1", theirEncap(r), r["flags"])}
		}
		slices.Sort(hops)
		destination := live.Text(r["dst"])
		if r["encap"] != nil {
			// ip(8) writes the key dst twice: the destination, and the tunnel's end.
			destination = "encap"
		}
		tos := live.Text(r["tos"])
		if r["encap"] != nil {
			tos = "" // that of the tunnel
		}
		line := []string{
			live.Text(r["type"]), prefixOf(t, destination, family), "from " + prefix(t, live.Text(r["from"]), "", family), "table " + tableOf(r["table"]),
			"proto " + live.Text(r["protocol"]), "scope " + live.Text(r["scope"]), "metric " + zero(r["metric"]), "src " + live.Text(r["prefsrc"]),
			"tos " + tos, "pref " + live.Text(r["pref"]), "nhid " + live.Text(r["nhid"]),
		}
		line = append(line, metrics(r)...)
		lines[strings.Join(append(line, hops...), " ")]++
	}
	return lines
}

// theirEncap returns the encapsulation, with the addresses of segment routing but for the one
// that stands for the destination.
func theirEncap(h object) string {
	name := live.Text(h["encap"])
	for i, segment := range list(h["segs"]) {
		switch address := live.Text(segment); {
		case address == "::":
		case i == 0:
			name += " " + address
		default:
			name += "," + address
		}
	}
	return name
}

func prefixOf(t *testing.T, destination, family string) string {
	if destination == "encap" {
		return destination
	}
	return prefix(t, destination, "", family)
}

func zero(v any) string {
	if v == nil {
		return "0"
	}
	return live.Text(v)
}

func tableOf(v any) string {
	switch name := live.Text(v); name {
	case "", "main":
		return "254"
	case "local":
		return "255"
	case "default":
		return "253"
	default:
		return name
	}
}

// metrics returns those metrics of ip(8)'s route that are plain numbers.
func metrics(r object) []string {
	var names []string
	for _, m := range list(r["metrics"]) {
		for name, value := range m.(object) {
			switch name {
			case "mtu", "advmss", "window", "hoplimit", "initcwnd", "initrwnd", "ssthresh", "cwnd", "reordering", "quickack":
				names = append(names, name+" "+live.Text(value))
			}
		}
	}
	slices.Sort(names)
	return names
}

// ours returns the same of our program.
func ours(t *testing.T, family string) map[string]int {
	t.Helper()
	a := live.Netstat(t, "-rn", "-A", family, "--table", "all", "--json")
	if a.Err != "" || a.Status != 0 {
		t.Fatalf("status %d: %s", a.Status, a.Err)
	}
	lines := make(map[string]int)
	for _, v := range list(live.Decode[object](t, a.Out)["routes"]) {
		r := v.(object)
		var hops []string
		encap := false
		for _, h := range list(r["next_hops"]) {
			h := h.(object)
			encap = encap || h["encap"] != nil
			name := live.Text(h["encap"])
			if name == "seg6" {
				name += " " + live.Text(h["encap_target"])
			}
			hops = append(hops, hop(live.Text(h["gateway"]), live.Text(h["interface"]), live.Text(h["weight"]), name, h["flags"]))
		}
		slices.Sort(hops)
		destination := prefix(t, live.Text(r["destination"]), live.Text(r["prefix_length"]), family)
		if encap {
			destination = "encap"
		}
		line := []string{
			numberOf(live.Text(r["type"]), types), destination, "from " + prefix(t, live.Text(r["source"]), live.Text(r["source_prefix_length"]), family), "table " + live.Text(r["table_id"]),
			"proto " + numberOf(live.Text(r["protocol"]), protocols), "scope " + numberOf(live.Text(r["scope"]), scopes), "metric " + live.Text(r["metric"]), "src " + live.Text(r["preferred_source"]),
			"tos " + hexadecimal(r["tos"]), "pref " + live.Text(r["preference"]), "nhid " + live.Text(r["next_hop_id"]),
		}
		var names []string
		if m, ok := r["metrics"].(object); ok {
			for name, value := range m {
				switch name {
				case "mtu", "advmss", "window", "hoplimit", "initcwnd", "initrwnd", "ssthresh", "cwnd", "reordering", "quickack":
					names = append(names, name+" "+live.Text(value))
				}
			}
		}
		slices.Sort(names)
		line = append(line, names...)
		lines[strings.Join(append(line, hops...), " ")]++
	}
	return lines
}

// types, protocols and scopes are the numbers of names, from include/uapi/linux/rtnetlink.h.
var (
	types = map[string]string{
		"unicast": "1", "local": "2", "broadcast": "3", "anycast": "4", "multicast": "5", "blackhole": "6", "unreachable": "7",
		"prohibit": "8", "throw": "9",
	}
	protocols = map[string]string{"unspec": "0", "kernel": "2", "boot": "3", "static": "4", "ra": "9", "dhcp": "16", "bgp": "186", "openr": "99"}
	scopes    = map[string]string{"global": "0", "link": "253", "host": "254", "nowhere": "255"}
)

func numberOf(name string, numbers map[string]string) string {
	if n, ok := numbers[name]; ok {
		return n
	}
	return name
}

func hexadecimal(v any) string {
	n, err := strconv.Atoi(live.Text(v))
	if err != nil {
		return ""
	}
	return "0x" + strconv.FormatInt(int64(n), 16)
}

// TestTables shows how --table chooses.
func TestTables(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for line := range strings.Lines(setUp + chosen) {
		_ = exec.Command("sh", "-c", line).Run()
	}
	live.Settled(t)
	if err := os.WriteFile("/run/snapshot.json", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if a := live.Netstat(t, "--snapshot", "/run/snapshot.json"); a.Status != 0 {
		t.Fatal(a.Err)
	}
	for _, c := range []struct {
		table, has, lacks string
		status            int
	}{
		{"main", "10.6.0.0/16", "10.7.0.0/16", 0},
		{"254", "10.6.0.0/16", "10.7.0.0/16", 0},
		{"51820", "10.7.0.0/16", "10.6.0.0/16", 0},
		{"local", "127.0.0.0/8", "10.6.0.0/16", 0},
		{"all", "10.7.0.0/16", "nothing", 0},
		{"nosuch", "unknown routing table 'nosuch' (known: all, ", "10.7.0.0", 3},
	} {
		for _, host := range [][]string{nil, {"--replay", "/run/snapshot.json"}} {
			a := live.Netstat(t, append(host, "-rn", "--table", c.table)...)
			if out := a.Out + a.Err; a.Status != c.status || !strings.Contains(out, c.has) || strings.Contains(out, c.lacks) {
				t.Errorf("%q --table %s: status %d\n%s", host, c.table, a.Status, out)
			}
		}
	}
	if a := live.Netstat(t, "-tn", "--table", "main"); a.Status != 3 || !strings.Contains(a.Err, "--table applies only to routes") {
		t.Errorf("sockets: %d %s", a.Status, a.Err)
	}
}
