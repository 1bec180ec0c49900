package routes

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// vrfSetUp makes VRF devices, two of which share a table and one of which has no routes, with
// interfaces and routes of both families. The table of red drops what nothing else matches.
const vrfSetUp = `
ip link add empty type vrf table 30
ip link add blue type vrf table 20
ip link add azure type vrf table 20
ip link add r0 type veth peer name r1
ip link add b0 type veth peer name b1
ip link add m0 type veth peer name m1
ip link set r0 master red
ip link set b0 master blue
ip link set lo up
ip link set red up
ip link set blue up
ip link set azure up
ip link set r0 up
ip link set r1 up
ip link set b0 up
ip link set b1 up
ip link set m0 up
ip link set m1 up
ip addr add 10.9.0.1/24 dev r0
ip addr add 10.19.0.1/24 dev b0
ip addr add 10.29.0.1/24 dev m0
ip -6 addr add fd09::1/64 dev r0 nodad
ip -6 addr add fd19::1/64 dev b0 nodad
ip -6 addr add fd29::1/64 dev m0 nodad
ip addr add 10.109.0.1/32 dev red
ip route add vrf red default via 10.9.0.2
ip route add vrf red unreachable default metric 4278198272
ip route add vrf red blackhole 10.50.0.0/16
ip route add vrf red prohibit 10.51.0.0/16
ip route add vrf red 10.52.0.0/16 nexthop via 10.9.0.3 dev r0 nexthop via 10.9.0.4 dev r0
ip -6 route add vrf red default via fd09::2
ip -6 route add vrf red unreachable default metric 4278198272
ip -6 route add vrf red blackhole 2001:db8:50::/48
ip route add vrf blue default via 10.19.0.2
ip -6 route add vrf blue default via fd19::2
ip route add default via 10.29.0.2
ip -6 route add default via fd29::2
ip route add 10.60.0.0/16 dev red
ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev r0 nud permanent
ip rule add pref 2000 iif red table 10
`

// vrfLookups are questions, with the priority of the rule that answers them.
var vrfLookups = []struct{ question, rule string }{
	{"8.8.8.8", "32766"}, {"8.8.8.8 oif red", "1000"}, {"8.8.8.8 oif r0", "1000"}, {"8.8.8.8 oif blue", "1000"}, {"8.8.8.8 oif azure", "1000"},
	{"8.8.8.8 oif m0", "32766"}, {"10.50.0.1 oif red", "1000"}, {"10.51.0.1 oif red", "1000"}, {"10.9.0.1 oif red", "1000"}, {"10.9.0.1", "32766"},
	{"10.109.0.1 oif red", "1000"}, {"10.9.0.7 oif red", "1000"}, {"8.8.8.8 from 10.9.0.1 oif red", "1000"}, {"10.60.0.1", "32766"},
	{"8.8.8.8 from 10.9.0.50 iif r0", "1000"}, {"8.8.8.8 from 10.19.0.50 iif b0", "1000"}, {"8.8.8.8 from 10.29.0.50 iif m0", "32766"},
	{"10.51.0.1 from 10.9.0.50 iif r0", "1000"}, {"10.9.0.1 from 10.9.0.50 iif r0", "1000"},
	{"2001:db8::1", "32766"}, {"2001:db8::1 oif red", "1000"}, {"2001:db8::1 oif r0", "1000"}, {"2001:db8::1 oif blue", "1000"},
	{"2001:db8:50::1 oif red", "1000"}, {"fd09::1 oif red", "1000"}, {"fd09::5 oif red", "1000"}, {"2001:db8::1 from fd09::50 iif r0", "1000"},
}

// TestVRF compares routes, rules, lookups and interfaces of VRF devices with ip(8). test/vm runs
// it on a kernel that has them.
func TestVRF(t *testing.T) {
	if live.ProgramPath() == "" {
		need.Namespaces(t)
		if exec.Command("unshare", "-n", "ip", "link", "add", "red", "type", "vrf", "table", "10").Run() != nil {
			need.Skip(t, "VRF devices")
		}
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	// Not through a shell: that of test/vm has an ip of its own.
	run := func(line string) error {
		f := strings.Fields(line)
		out, err := exec.Command(f[0], f[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %s", line, out)
		}
		return nil
	}
	for line := range strings.Lines("ip link add red type vrf table 10" + vrfSetUp) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := run(line); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
	live.Settled(t)
	snapshot := t.TempDir() + "/snapshot.json"
	if a := live.Netstat(t, "--snapshot", snapshot); a.Status != 0 {
		t.Fatal(a.Err)
	}
	names := map[string]string{"10": "red", "20": "blue,azure"}
	for _, family := range []string{"inet", "inet6"} {
		live.Compare(t, "ip", theirs(t, family), ours(t, family))
		for _, host := range [][]string{nil, {"--replay", snapshot}} {
			vrfRoutes(t, append(host, "-rn", "-A", family), names)
		}
	}
	for _, family := range []string{"-4", "-6"} {
		live.Compare(t, "ip", theirRules(t, family), ourRules(t, family))
		if a := live.Netstat(t, "--rules", family, "--filter", "l3mdev = yes", "--columns=priority,selector", "--format=tsv"); !strings.Contains(a.Out, "\n1000\t") {
			t.Errorf("%s: no rule of VRF devices: %s%s", family, a.Out, a.Err)
		}
	}
	vrfLinks(t)
	for _, l := range vrfLookups {
		vrfLookup(t, l.question, l.rule)
	}
}

// vrfRoutes selects routes by the names of VRF devices. args are those of a report of routes.
func vrfRoutes(t *testing.T, args []string, names map[string]string) {
	t.Helper()
	counts := make(map[string]int)
	a := live.Netstat(t, append(args, "--table=all", "--json")...)
	for _, v := range list(live.Decode[object](t, a.Out)["routes"]) {
		r := v.(object)
		counts[live.Text(r["table_id"])]++
		if vrf := live.Text(r["vrf"]); vrf != names[live.Text(r["table_id"])] {
			t.Errorf("%q: %v of table %v has VRF %q", args, r["destination"], r["table_id"], vrf)
		}
	}
	for name, table := range map[string]string{"red": "10", "blue": "20", "azure": "20", "20": "20"} {
		a := live.Netstat(t, append(args, "--table", name, "--columns=destination,vrf,table", "--format=tsv")...)
		lines := strings.Split(strings.TrimSpace(a.Out), "\n")[1:]
		if len(lines) != counts[table] || len(lines) < 4 || a.Err != "" {
			t.Errorf("%q --table=%s: %d routes, want %d: %s%s", args, name, len(lines), counts[table], a.Out, a.Err)
		}
		for _, line := range lines {
			if !strings.HasSuffix(line, "\t"+names[table]+"\t"+table) {
				t.Errorf("%q --table=%s: %q", args, name, line)
			}
		}
	}
	if a := live.Netstat(t, append(args, "--table=empty", "--count")...); strings.Contains(a.Err, "unknown") || a.Out != "0\n" && a.Out != "" {
		t.Errorf("%q: a VRF without routes: %+v", args, a)
	}
}

// vrfLinks compares the VRF devices and their members.
func vrfLinks(t *testing.T) {
	facts := func(link object) string {
		info, _ := link["linkinfo"].(object)
		data, _ := info["info_data"].(object)
		slave, _ := info["info_slave_data"].(object)
		return fmt.Sprint(live.Text(info["info_kind"]), " ", live.Text(data["table"]), " ", live.Text(link["master"]), " ", live.Text(info["info_slave_kind"]), " ", live.Text(slave["table"]))
	}
	var want, got []string
	for _, l := range live.Decode[[]object](t, live.Run(t, "ip", "-j", "-d", "link")) {
		want = append(want, live.Text(l["ifname"])+" "+facts(l))
	}
	a := live.Netstat(t, "-ian", "--json")
	for _, v := range list(live.Decode[object](t, a.Out)["interfaces"]) {
		i := v.(object)
		l, _ := i["link"].(object)
		settings, _ := l["settings"].(object)
		slave, _ := l["slave_settings"].(object)
		got = append(got, fmt.Sprint(live.Text(i["name"]), " ", live.Text(l["kind"]), " ", live.Text(settings["table"]), " ", live.Text(l["master"]), " ", live.Text(l["slave_kind"]), " ", live.Text(slave["table"])))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("interfaces:\n%s\nip:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, link := range []string{"red vrf 10   ", "r0 veth  red vrf 10", "azure vrf 20   "} {
		if !slices.Contains(got, link) {
			t.Errorf("no interface %q among %q", link, got)
		}
	}
}

func vrfLookup(t *testing.T, question, rule string) {
	t.Helper()
	a := live.Netstat(t, "--get", question, "--json")
	if a.Err != "" || a.Status != 0 {
		t.Errorf("%s: status %d: %s", question, a.Status, a.Err)
		return
	}
	got := list(live.Decode[object](t, a.Out)["lookups"])[0].(object)
	by, _ := got["rule"].(object)
	theirs, err := exec.Command("ip", append([]string{"-N", "-j", "-d", "route", "get"}, strings.Fields(question)...)...).Output()
	if (live.Text(got["refusal"]) != "") != (err != nil) {
		t.Errorf("%s: %v, ip: %v", question, got["refusal"], err)
		return
	}
	if priority := live.Text(by["priority"]); priority != rule {
		t.Errorf("%s: by rule %q, want %s: %s", question, priority, rule, a.Out)
	}
	if err != nil {
		return
	}
	want := live.Decode[[]object](t, string(theirs))[0]
	ours := fmt.Sprint(live.Text(got["gateway"]), " ", live.Text(got["interface"]), " ", live.Text(got["table_id"]))
	if theirs := fmt.Sprint(live.Text(want["gateway"]), " ", live.Text(want["dev"]), " ", tableOf(want["table"])); ours != theirs {
		t.Errorf("%s: %s, ip: %s", question, ours, theirs)
	}
	if vrf := map[string]string{"10": "red", "20": "blue,azure"}[live.Text(got["table_id"])]; vrf != live.Text(got["vrf"]) {
		t.Errorf("%s: table %v has VRF %q", question, got["table_id"], got["vrf"])
	}
}
