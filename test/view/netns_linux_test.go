package view

import (
	"strings"
	"testing"

	"netstat/test/live"
)

// TestNetnsEveryView checks that --netns shows of each view what the program shows inside
// the namespace, alone and beside another namespace.
func TestNetnsEveryView(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, line := range []string{
		"ip netns add rates1", "ip netns add rates2", "ip -n rates1 link set lo up",
		"ip -n rates1 link add d0 type veth peer name d1", "ip -n rates1 addr add 192.0.2.1/24 dev d0", "ip -n rates1 link set d0 up", "ip -n rates1 link set d1 up",
		"ip -n rates1 -6 addr add 2001:db8::1/64 dev d0 nodad", "ip -n rates1 route add 198.51.100.0/24 via 192.0.2.9",
	} {
		words := strings.Fields(line)
		live.Run(t, words[0], words[1:]...)
	}
	live.Python(t, "rates1", `
l = socket.create_server(("127.0.0.1", 8080))
c = socket.create_connection(("127.0.0.1", 8080))
a, _ = l.accept()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 53))
x = socket.socket(socket.AF_UNIX); x.bind("\0rates"); x.listen()
`)
	for _, view := range []string{"-tuan", "-xan", "--family=packet,netlink -an", "-rn", "-6rn", "-rn --table=all", "-ian", "-gn", "-s"} {
		args := append(strings.Fields(view), "--format=csv")
		enter := append([]string{"ip", "netns", "exec", "rates1", live.ProgramPath()}, args...)
		named := append([]string{"--netns=rates1"}, args...)
		// The kernel sends packets and adds routes by itself: the comparison is repeated
		// until nothing moved between the two reports inside.
		var before, got, both, one, after live.Answer
		for range 20 {
			before = live.Program(t, enter...)
			got = live.Netstat(t, named...)
			both = live.Netstat(t, append([]string{"--netns=rates1,rates2", "--filter=netns = rates1", "--count"}, strings.Fields(view)...)...)
			one = live.Netstat(t, append([]string{"--netns=rates1", "--count"}, strings.Fields(view)...)...)
			after = live.Program(t, enter...)
			if stable(before.Out) == stable(after.Out) {
				break
			}
		}
		if strings.Count(before.Out, "\n") < 2 || stable(before.Out) != stable(got.Out) || before.Status != got.Status {
			t.Errorf("%s: inside\n%s%swith --netns\n%s%s", view, before.Out, before.Err, got.Out, got.Err)
		}
		if both.Out != one.Out || both.Status != one.Status {
			t.Errorf("%s: %s rows of one of two namespaces, %s alone: %s", view, strings.TrimSpace(both.Out), strings.TrimSpace(one.Out), both.Err)
		}
	}
}

// stable removes the program's own netlink sockets, whose numbers differ, and the
// counters of the whole machine.
func stable(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "netlink,") && !strings.HasPrefix(line, ",softnet,") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
