package diagnose

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
	"netstat/test/need"
)

// mirrors makes cables a1-b1, a2-b2 and a3-b3 in this namespace. Each frame sent to a1
// is also sent COUNT times to a2, and each of these as often to a3: all within one call,
// during which the processor does not empty its queue.
const mirrors = `
for i in 1 2 3; do
	ip link add a$i type veth peer name b$i
	for j in a$i b$i; do echo 1 > /proc/sys/net/ipv6/conf/$j/disable_ipv6; ip link set $j up; done
done
for i in 1 2; do
	actions=
	for n in $(seq COUNT); do actions="$actions action mirred egress mirror dev a$((i + 1))"; done
	tc qdisc add dev a$i clsact
	tc filter add dev a$i egress protocol all u32 match u32 0 0 $actions
done
`

// softnetDropped returns what all processors dropped.
func softnetDropped(t *testing.T) uint64 {
	t.Helper()
	b, err := os.ReadFile("/proc/net/softnet_stat")
	if err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for line := range strings.Lines(string(b)) {
		n, err := strconv.ParseUint(strings.Fields(line)[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// queuesOf1000 reports whether processors' queues have the default length. The limit is
// not visible in a namespace of its own.
func queuesOf1000(t *testing.T) bool {
	t.Helper()
	b, err := os.ReadFile("/proc/sys/net/core/netdev_max_backlog")
	limit := strings.TrimSpace(string(b))
	if err != nil || limit == "1000" {
		return true
	}
	need.Partly(t, "processors' queues of 1000 packets ("+limit+")")
	return false
}

func TestSoftnet(t *testing.T) {
	if !queuesOf1000(t) || !live.InNamespaces(t) {
		return
	}
	shell(t, strings.Replace(mirrors, "COUNT", "32", 1)) // 1 + 32 + 32² = 1057 packets
	f := wantOne(t, lookTwice(t, func() { sendFrames(t, "a1", 1, 64) }, "softnet"), netstat.Warning, "packets dropped")
	if f.Evidence[0].Fact != "softnet.dropped" || f.Evidence[0].Value.Number < 1057-1001 {
		t.Errorf("evidence %+v", f.Evidence)
	}
}

func TestSoftnetNearlyFull(t *testing.T) {
	if !queuesOf1000(t) || !live.InNamespaces(t) {
		return
	}
	shell(t, strings.Replace(mirrors, "COUNT", "30", 1)) // 1 + 30 + 30² = 931 packets
	for {
		before := softnetDropped(t)
		r := lookTwice(t, func() { sendFrames(t, "a1", 1, 64) }, "softnet")
		if softnetDropped(t) > before {
			continue // all namespaces share the counters: others dropped packets meanwhile
		}
		for _, f := range r.Findings {
			if f.Severity > netstat.Info {
				t.Errorf("%s", describe(f))
			}
		}
		return
	}
}
