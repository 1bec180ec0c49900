package routes

import (
	"testing"

	"netstat/test/live"
)

// lost are routes with the facts that net-tools' text loses.
const lost = `
ip link add d0 type veth peer name d1
ip link set d0 up
ip link set d1 up
ip link set lo up
ip addr add 10.9.0.1/24 dev d0
ip route add 192.0.2.0/24 via inet6 fe80::99 dev d0
ip route add 198.51.100.0/24 nexthop via 10.9.0.6 dev d0 nexthop via 10.9.0.7 dev d0 weight 5
ip route add blackhole 10.5.0.0/16
ip route add 10.1.0.0/16 via 10.9.0.3 metric 4294967295
ip route add 10.6.0.0/16 via 10.9.0.3 mtu 1400 advmss 1300
ip route add 10.7.0.0/16 via 10.9.0.3 table 51820
ip rule add from 10.9.0.0/24 lookup 51820
`

// TestLostFacts compares every route of every table with ip(8), and requires those
// facts.
func TestLostFacts(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, lost)
	var lists [2]map[string]int
	for i, family := range []string{"inet", "inet6"} {
		want := theirs(t, family)
		lists[i] = ours(t, family)
		if len(want) == 0 {
			t.Errorf("%s: no routes", family)
		}
		live.Compare(t, "ip", want, lists[i])
	}
	for _, want := range []string{
		"1 192.0.2.0/24 from default table 254 proto 3 scope 0 metric 0 src  tos  pref  nhid  fe80::99/d0/1//",
		"1 198.51.100.0/24 from default table 254 proto 3 scope 0 metric 0 src  tos  pref  nhid  10.9.0.6/d0/1// 10.9.0.7/d0/5//",
		"6 10.5.0.0/16 from default table 254 proto 3 scope 0 metric 0 src  tos  pref  nhid ",
		"1 10.1.0.0/16 from default table 254 proto 3 scope 0 metric 4294967295 src  tos  pref  nhid  10.9.0.3/d0/1//",
		"1 10.6.0.0/16 from default table 254 proto 3 scope 0 metric 0 src  tos  pref  nhid  advmss 1300 mtu 1400 10.9.0.3/d0/1//",
		"1 10.7.0.0/16 from default table 51820 proto 3 scope 0 metric 0 src  tos  pref  nhid  10.9.0.3/d0/1//",
	} {
		if lists[0][want] != 1 {
			t.Errorf("no route %q among %v", want, lists[0])
		}
	}
}
