package routes

import (
	"os/exec"
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
	for line := range strings.Lines(setUp + nextHops) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %s", line, out)
		}
	}
	// A forwarding entry of a bridge is no next hop of routes.
	if exec.Command("ip", "route", "add", "10.77.15.0/24", "nhid", "15").Run() == nil {
		t.Error("the kernel accepts a next hop of a bridge")
	}
	objects := make(map[string]object)
	for _, o := range decode[[]object](t, live.Run(t, "ip", "-j", "nexthop")) {
		objects[text(o["id"])] = o
	}
	for family, ids := range map[string][]string{"inet": {"7", "9", "10", "11", "12", "14", "18", "19"}, "inet6": {"12", "14", "17", "20"}} {
		a := live.Netstat(t, "-rn", "-A", family, "--table", "all", "--json", "--filter", "next_hop_id > 0")
		if a.Err != "" || a.Status != 0 {
			t.Fatalf("status %d: %s", a.Status, a.Err)
		}
		var seen []string
		for _, v := range list(decode[object](t, a.Out)["routes"]) {
			r := v.(object)
			id := text(r["next_hop_id"])
			seen = append(seen, id)
			if n := strings.FieldsFunc(text(r["destination"]), func(c rune) bool { return c == '.' || c == ':' })[2]; n != id {
				t.Errorf("%v: next_hop_id is %s", r["destination"], id)
			}
			var got []string
			for _, h := range list(r["next_hops"]) {
				h := h.(object)
				got = append(got, hop(text(h["gateway"]), text(h["interface"]), text(h["weight"]), "", h["flags"]))
			}
			if want := hopsOf(objects, id, "1"); !slices.Equal(got, want) {
				t.Errorf("%v: next hops %q, ip nexthop says %q", r["destination"], got, want)
			}
			if _, drops := objects[id]["blackhole"]; drops != (text(r["type"]) == "blackhole") {
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
			weight := text(member["weight"])
			if weight == "" {
				weight = "1"
			}
			hops = append(hops, hopsOf(objects, text(member["id"]), weight)...)
		}
		return hops
	}
	device := text(o["dev"])
	if _, drops := o["blackhole"]; drops {
		device = "lo"
	}
	return []string{hop(text(o["gateway"]), device, weight, "", o["flags"])}
}
