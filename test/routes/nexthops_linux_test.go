package routes

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"netstat/test/live"
)

// nextHops makes next-hop objects of each kind, and a route for each that can have one:
// its third octet or group is the number of the object.
const nextHops = `
ip link set lo up
ip nexthop add id 10 group 7/8,255 type resilient buckets 32 idle_timer 60
ip nexthop add id 11 blackhole
ip nexthop add id 12 via fe80::12 dev d0
ip nexthop add id 13 via fe80::13 dev d2
ip nexthop add id 14 group 12/13,9
ip nexthop add id 15 via 10.9.0.15 fdb
ip nexthop add id 16 group 15 fdb
ip nexthop add id 18 dev d0
ip nexthop add id 19 via 172.31.0.1 dev d0 onlink
ip -6 nexthop add id 20 blackhole
ip route add 10.77.7.0/24 nhid 7
ip route add 10.77.9.0/24 nhid 9
ip route add 10.77.10.0/24 nhid 10
ip route add 10.77.11.0/24 nhid 11
ip route add 10.77.12.0/24 nhid 12
ip route add 10.77.14.0/24 nhid 14
ip route add 10.77.18.0/24 nhid 18
ip route add 10.77.19.0/24 nhid 19
ip -6 route add 2001:db8:12::/48 nhid 12
ip -6 route add 2001:db8:14::/48 nhid 14
ip -6 route add 2001:db8:17::/48 nhid 17
ip -6 route add 2001:db8:20::/48 nhid 20
`

// TestNextHopObjects compares the next hops of routes that name an object with what
// "ip nexthop" says about the object.
func TestNextHopObjects(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, setUp+nextHops)
	// A forwarding entry of a bridge is no next hop of routes.
	if exec.Command("ip", "route", "add", "10.77.15.0/24", "nhid", "15").Run() == nil {
		t.Error("the kernel accepts a next hop of a bridge")
	}
	// With the mode off the kernel tells only the numbers of objects.
	for _, mode := range []string{"1", "0"} {
		t.Run("nexthop_compat_mode="+mode, func(t *testing.T) {
			live.Run(t, "sysctl", "-qw", "net.ipv4.nexthop_compat_mode="+mode)
			routesOfObjects(t)
		})
	}
}

// mustRun runs commands, each of which must succeed, and waits until links are settled.
func mustRun(t *testing.T, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %s", line, out)
		}
	}
	live.Settled(t)
}

func routesOfObjects(t *testing.T) {
	objects := make(map[string]object)
	for _, o := range live.Decode[[]object](t, live.Run(t, "ip", "-j", "nexthop")) {
		objects[live.Text(o["id"])] = o
	}
	for family, ids := range map[string][]string{"inet": {"7", "9", "10", "11", "12", "14", "18", "19"}, "inet6": {"12", "14", "17", "20"}} {
		a := live.Netstat(t, "-rn", "-A", family, "--table", "all", "--json", "--filter", "next_hop_id > 0")
		if a.Err != "" || a.Status != 0 {
			t.Fatalf("status %d: %s", a.Status, a.Err)
		}
		var seen []string
		for _, v := range list(live.Decode[object](t, a.Out)["routes"]) {
			r := v.(object)
			id := live.Text(r["next_hop_id"])
			seen = append(seen, id)
			if n := strings.FieldsFunc(live.Text(r["destination"]), func(c rune) bool { return c == '.' || c == ':' })[2]; n != id {
				t.Errorf("%v: next_hop_id is %s", r["destination"], id)
			}
			var got []string
			for _, h := range list(r["next_hops"]) {
				h := h.(object)
				got = append(got, hop(live.Text(h["gateway"]), live.Text(h["interface"]), live.Text(h["weight"]), "", h["flags"]))
			}
			if want := hopsOf(objects, id, "1"); !slices.Equal(got, want) {
				t.Errorf("%v: next hops %q, ip nexthop says %q", r["destination"], got, want)
			}
			if _, drops := objects[id]["blackhole"]; drops != (live.Text(r["type"]) == "blackhole") {
				t.Errorf("%v: type %v, ip nexthop says blackhole %v", r["destination"], r["type"], drops)
			}
		}
		slices.Sort(seen)
		if slices.Sort(ids); !slices.Equal(seen, ids) {
			t.Errorf("%s: routes with objects %q, want %q", family, seen, ids)
		}
	}
}

// hopsOf returns the next hops of an object. A blackhole's is the loopback interface, as
// in "ip route".
func hopsOf(objects map[string]object, id, weight string) (hops []string) {
	o := objects[id]
	if group := list(o["group"]); group != nil {
		for _, member := range group {
			member := member.(object)
			weight := live.Text(member["weight"])
			if weight == "" {
				weight = "1"
			}
			hops = append(hops, hopsOf(objects, live.Text(member["id"]), weight)...)
		}
		return hops
	}
	device := live.Text(o["dev"])
	if _, drops := o["blackhole"]; drops {
		device = "lo"
	}
	return []string{hop(live.Text(o["gateway"]), device, weight, "", o["flags"])}
}

// randomObjects returns commands that make next-hop objects at random, and routes for them.
func randomObjects(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("ip link set lo up\n")
	var of [2][]int // numbers by family
	for id := 100; id < 100+n; id++ {
		device := []string{"d0", "d2"}[r.IntN(2)]
		gateway := []string{map[string]string{"d0": "10.9.0.", "d2": "10.19.0."}[device], map[string]string{"d0": "fd09::", "d2": "fd19::"}[device]}
		family := r.IntN(2)
		switch r.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "ip -%d nexthop add id %d blackhole\n", 4+2*family, id)
			continue
		case 1:
			fmt.Fprintf(&b, "ip -%d nexthop add id %d dev %s\n", 4+2*family, id, device)
			continue
		case 2:
			fmt.Fprintf(&b, "ip nexthop add id %d via fe80::%d dev %s onlink\n", id, r.IntN(9000), device)
			family = 1
		case 3:
			fmt.Fprintf(&b, "ip nexthop add id %d via %s%d dev %s encap ip dst 10.9.0.4\n", id, gateway[family], 2+r.IntN(90), device)
		default:
			fmt.Fprintf(&b, "ip nexthop add id %d via %s%d dev %s\n", id, gateway[family], 2+r.IntN(90), device)
		}
		of[family] = append(of[family], id)
	}
	for id := 1000; id < 1000+n/2; id++ {
		family := r.IntN(2)
		members := make([]string, 0, 32)
		for _, i := range r.Perm(len(of[family]))[:2+r.IntN(len(of[family])-2)%30] {
			members = append(members, fmt.Sprintf("%d,%d", of[family][i], 1+r.IntN(256)))
		}
		fmt.Fprintf(&b, "ip nexthop add id %d group %s%s\n", id, strings.Join(members, "/"), []string{"", " type resilient buckets 64"}[r.IntN(2)])
	}
	for _, first := range []int{100, 1000} {
		for id := first; id < first+map[int]int{100: n, 1000: n / 2}[first]; id++ {
			// A route of a family that the object does not have is refused.
			fmt.Fprintf(&b, "ip route add 10.%d.%d.0/24 nhid %d || true\n", 100+id/200, id%200, id)
			fmt.Fprintf(&b, "ip -6 route add 2001:db8:%x::/48 nhid %d || true\n", id, id)
			fmt.Fprintf(&b, "ip route add 10.%d.%d.0/24 nhid %d table 77 || true\n", 100+id/200, id%200, id)
		}
	}
	return b.String()
}

// TestCompatMode requires that the sysctl nexthop_compat_mode, which hides the next hops of
// objects from routes, changes nothing in what the program shows: not in JSON of routes,
// lookups and snapshots, not in the classic text, which is that of net-tools.
func TestCompatMode(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, setUp+randomObjects(120))
	dir := t.TempDir()
	snapshot := dir + "/snapshot.json"
	gets := []string{"--json"}
	for id := 100; id < 220; id++ {
		gets = append(gets, "--get", fmt.Sprintf("10.%d.%d.1", 100+id/200, id%200), "--get", fmt.Sprintf("2001:db8:%x::1", id))
	}
	reports := []struct {
		args []string
		key  string
	}{
		{[]string{"-4rn", "--table", "all", "--json"}, "routes"}, {[]string{"-6rn", "--table", "all", "--json"}, "routes"}, {gets, "lookups"},
		{[]string{"--replay", snapshot, "-4rn", "--table", "all", "--json"}, "routes"},
		{[]string{"--replay", snapshot, "-6rn", "--table", "all", "--json"}, "routes"},
	}
	answers := make(map[string][][]any)
	for _, mode := range []string{"1", "0"} {
		live.Run(t, "sysctl", "-qw", "net.ipv4.nexthop_compat_mode="+mode)
		if a := live.Netstat(t, "--snapshot", snapshot); a.Status != 0 {
			t.Fatal(a.Err)
		}
		live.Run(t, "cp", snapshot, dir+"/"+mode)
		for _, r := range reports {
			a := live.Netstat(t, r.args...)
			rows := list(live.Decode[object](t, a.Out)[r.key])
			if a.Err != "" || len(rows) < 100 {
				t.Fatalf("%q: %d rows, %s", r.args, len(rows), a.Err)
			}
			answers[mode] = append(answers[mode], rows)
		}
		for _, family := range []string{"-4rn", "-6rn"} {
			if ours, theirs := live.Netstat(t, family), live.Program(t, "netstat", family); ours != theirs {
				t.Errorf("mode %s: %s:\n%+v\nnet-tools:\n%+v", mode, family, ours, theirs)
			}
		}
	}
	for _, family := range []string{"-4rn", "-6rn"} {
		if a := live.Netstat(t, family, "--diff", dir+"/1", dir+"/0", "--count"); a.Out != "0\n" {
			t.Errorf("%s: the mode changes %s%s", family, a.Out, a.Err)
		}
	}
	for i, r := range reports {
		on, off := answers["1"][i], answers["0"][i]
		if len(on) != len(off) {
			t.Errorf("%q: %d rows, with the mode off %d", r.args, len(on), len(off))
			continue
		}
		for k := range on {
			if !reflect.DeepEqual(on[k], off[k]) {
				t.Errorf("%q:\n%v\nwith the mode off:\n%v", r.args, on[k], off[k])
				break
			}
		}
	}
}
