package routes

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"netstat/test/live"
)

// getSetUp makes rules and routes of each kind that decides about packets.
const getSetUp = `
ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev d0 nud permanent
ip neigh add fd09::3 lladdr 02:00:00:00:00:06 dev d0 nud permanent
ip route add default via 10.9.0.3 mtu 1400
ip route add 192.0.2.0/24 via inet6 fe80::99 dev d0
ip route add 198.51.100.0/24 nexthop via 10.9.0.6 dev d0 nexthop via 10.19.0.7 dev d2 weight 5
ip route add 203.0.113.0/24 nhid 9
ip route add blackhole 10.50.0.0/16
ip route add prohibit 10.51.0.0/16
ip route add unreachable 10.52.0.0/16
ip route add throw 10.53.0.0/16 table 77
ip route add default via 10.9.0.7 table 77
ip route add default via 10.19.0.8 table 78
ip route add 10.54.0.0/16 via 10.19.0.9 table 79
ip rule add pref 10 fwmark 7/0xff table 77
ip rule add pref 20 from 10.19.0.1 table 78
ip rule add pref 30 to 10.60.0.0/16 prohibit
ip rule add pref 31 to 10.61.0.0/16 blackhole
ip rule add pref 32 to 10.62.0.0/16 unreachable
ip rule add pref 40 ipproto tcp dport 443 to 10.63.0.0/16 table 78
ip rule add pref 41 ipproto udp to 10.64.0.0/16 prohibit
ip rule add pref 50 uidrange 5000-6000 table 78
ip rule add pref 60 tos 0x10 table 78
ip rule add pref 70 oif d2 table 78
ip rule add pref 80 not to 10.0.0.0/8 goto 100
ip rule add pref 90 to 10.65.0.0/16 prohibit
ip rule add pref 100 to 10.66.0.0/16 table 79
ip rule add pref 110 suppress_prefixlength 0 table main
ip rule add pref 120 to 10.67.0.0/16 nop
ip -6 route add default via fd09::3 mtu 1300
ip -6 route add blackhole 2001:db8::/32
ip -6 route add prohibit 2001:db9::/32
ip -6 route add unreachable 2001:dba::/32
ip -6 route add default via fd19::8 table 78
ip -6 rule add pref 10 fwmark 7 table 78
ip -6 rule add pref 20 from fd19::1 table 78
ip -6 rule add pref 30 to 2001:dbb::/32 prohibit
ip -6 rule add pref 40 ipproto tcp sport 5 to 2001:dbc::/32 table 78
ip -6 rule add pref 41 ipproto udp to 2001:dbd::/32 prohibit
`

// lookups are questions, with the priority of the rule and the type of the answer.
var lookups = []struct{ question, rule, answer string }{
	{"127.0.0.1", "0", "local"}, {"10.9.0.1", "0", "local"}, {"10.9.0.255", "0", "broadcast"}, {"10.9.0.5", "110", "unicast"},
	{"8.8.8.8", "32766", "unicast"}, {"192.0.2.1", "110", "unicast"}, {"198.51.100.5", "110", "unicast"}, {"203.0.113.5", "110", "unicast"},
	{"10.50.0.1", "110", "blackhole"}, {"10.51.0.1", "110", "prohibit"}, {"10.52.0.1", "110", "unreachable"},
	{"8.8.8.8 mark 7", "10", "unicast"}, {"8.8.8.8 mark 0x107", "10", "unicast"}, {"8.8.8.8 mark 8", "32766", "unicast"}, {"10.53.0.1 mark 7", "32766", "unicast"},
	{"8.8.8.8 from 10.19.0.1", "20", "unicast"}, {"8.8.8.8 from 10.9.0.1", "32766", "unicast"},
	{"10.60.0.1", "30", "prohibit"}, {"10.61.0.1", "31", "blackhole"}, {"10.62.0.1", "32", "unreachable"},
	{"10.63.0.1 ipproto tcp dport 443", "40", "unicast"}, {"10.63.0.1 ipproto tcp dport 444", "32766", "unicast"}, {"10.63.0.1", "32766", "unicast"},
	{"10.64.0.1", "41", "prohibit"}, {"10.64.0.1 ipproto tcp", "32766", "unicast"}, {"10.64.0.1 ipproto udp sport 5", "41", "prohibit"},
	{"8.8.8.8 uid 5500", "50", "unicast"}, {"8.8.8.8 uid 6001", "32766", "unicast"},
	{"8.8.8.8 tos 0x10", "60", "unicast"}, {"8.8.8.8 oif d2", "70", "unicast"},
	{"10.65.0.1", "90", "prohibit"}, {"10.66.0.1", "32766", "unicast"}, {"10.67.0.1", "32766", "unicast"},
	{"::1", "0", "local"}, {"fd09::5", "32766", "unicast"}, {"2001::1", "32766", "unicast"},
	{"2001:db8::1", "32766", "blackhole"}, {"2001:db9::1", "32766", "prohibit"}, {"2001:dba::1", "32766", "unreachable"},
	{"2001::1 mark 7", "10", "unicast"}, {"2001::1 from fd19::1", "20", "unicast"}, {"2001:dbb::1", "30", "prohibit"},
	{"2001:dbc::1 ipproto tcp sport 5", "40", "unicast"}, {"2001:dbd::1", "32766", "unicast"}, {"2001:dbd::1 ipproto udp", "41", "prohibit"},
}

// TestGet compares the answers with those of ip-route(8), which knows no rules: those are
// what the set-up makes of them.
func TestGet(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, "ip link set lo up\n"+setUp+getSetUp)
	for _, l := range lookups {
		a := live.Netstat(t, "--get", l.question, "--json")
		if a.Err != "" || a.Status != 0 {
			t.Errorf("%s: status %d: %s", l.question, a.Status, a.Err)
			continue
		}
		got := list(live.Decode[object](t, a.Out)["lookups"])[0].(object)
		rule, _ := got["rule"].(object)
		if live.Text(rule["priority"]) != l.rule || live.Text(got["type"]) != l.answer {
			t.Errorf("%s: %v by rule %v, want %s by rule %s", l.question, got["type"], rule["priority"], l.answer, l.rule)
		}
		theirs, err := exec.Command("ip", append([]string{"-N", "-j", "-d", "route", "get"}, strings.Fields(l.question)...)...).Output()
		if refused := live.Text(got["refusal"]) != ""; refused != (err != nil) || refused {
			if refused != (err != nil) {
				t.Errorf("%s: %v, ip: %v", l.question, got["refusal"], err)
			}
			continue
		}
		want := live.Decode[[]object](t, string(theirs))[0]
		gateway := live.Text(want["gateway"])
		if via, ok := want["via"].(object); ok {
			gateway = live.Text(via["host"])
		}
		// Of several next hops each question may take another one of the same route.
		if len(list(got["route"].(object)["next_hops"])) < 2 {
			ours := fmt.Sprint(live.Text(got["gateway"]), " ", live.Text(got["interface"]), " ", live.Text(got["source"]))
			source := live.Text(want["prefsrc"])
			if source == "" { // that of the question
				source = live.Text(got["from"])
			}
			if theirs := fmt.Sprint(gateway, " ", live.Text(want["dev"]), " ", source); ours != theirs {
				t.Errorf("%s: %s, ip: %s", l.question, ours, theirs)
			}
		}
		if table := live.Text(got["table_id"]); want["table"] != nil && table != tableOf(want["table"]) {
			t.Errorf("%s: table %s, ip: %v", l.question, table, want["table"])
		}
		neighbor, _ := got["neighbor"].(object)
		if mac := live.Text(neighbor["hardware_address"]); (gateway == "10.9.0.3" || gateway == "fd09::3") != strings.HasPrefix(mac, "02:00:00:00:00:0") {
			t.Errorf("%s: gateway %s has MAC %s", l.question, gateway, mac)
		}
	}
	for _, c := range []struct {
		status     int
		want, args string
	}{
		{0, "network is unreachable", "--get 8.8.8.8 --get 9.9.9.9"},
		{255, "no interface 'none'", "--get|8.8.8.8 oif none"},
		{3, "from needs a value", "--get|8.8.8.8 from"},
		{3, "unknown word of --get 'x'", "--get|8.8.8.8 x y"},
		{3, "'localhost' is not an IP address (names are not looked up)", "--get|localhost"},
		{3, "from must be of the family", "--get|::1 from 127.0.0.1"},
		{3, "mark must be a number below 4294967296", "--get|::1 mark 4294967296"},
		{3, "sport and dport need ipproto", "--get|::1 sport 4"},
		{3, "--rules and --get are different reports", "--get|::1|--rules"},
		{0, "2\n", "--get|::1|--get|127.0.0.1|--count"},
	} {
		if c.status == 0 && strings.Contains(c.want, "unreachable") {
			_ = exec.Command("sh", "-c", "ip route del default; ip route flush table 78; ip rule del pref 20").Run()
		}
		separator := "|"
		if !strings.Contains(c.args, separator) {
			separator = " "
		}
		if a := live.Netstat(t, strings.Split(c.args, separator)...); a.Status != c.status || !strings.Contains(a.Out+a.Err, c.want) {
			t.Errorf("%s: status %d: %s%s", c.args, a.Status, a.Out, a.Err)
		}
	}
}
