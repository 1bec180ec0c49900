package neighbors

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// setUp makes two links with addresses. A confirmed entry of d0 stays reachable for at least
// half of the time.
const setUp = `
ip link add d0 type veth peer name d1
ip link add d2 type veth peer name d3
for d in d0 d1 d2 d3; do ip link set $d up; done
for family in ipv4 ipv6; do echo 3600000 > /proc/sys/net/$family/neigh/d0/base_reachable_time_ms; done
ip addr add 10.9.0.1/16 dev d0
ip addr add fd09::1/64 dev d0 nodad
ip addr add 10.19.0.1/16 dev d2
ip addr add fd19::1/64 dev d2 nodad
`

// entries are neighbours of every state, with every flag that ip(8) can set. The kernel removes
// failed ones within seconds in a table of this size, unless they are extern_learn.
const entries = `
neigh add 10.9.1.1 lladdr 02:00:00:00:00:01 dev d0 nud permanent
neigh add 10.9.1.2 lladdr 02:00:00:00:00:02 dev d0 nud noarp
neigh add 10.9.1.3 lladdr 02:00:00:00:00:03 dev d0 nud stale
neigh add 10.9.1.4 lladdr 02:00:00:00:00:04 dev d0 nud reachable
neigh add 10.9.1.5 dev d0 nud failed
neigh add 10.9.1.6 dev d0 nud incomplete
neigh add 10.9.1.7 dev d0 nud none
neigh add 10.9.1.8 lladdr 02:00:00:00:00:08 dev d0 nud delay
neigh add 10.9.1.9 lladdr 02:00:00:00:00:09 dev d0 nud probe
neigh add 10.9.1.10 lladdr 02:00:00:00:00:10 dev d0 nud stale extern_learn
neigh add 10.9.1.11 lladdr 02:00:00:00:00:11 dev d0 nud permanent protocol bgp
neigh add 10.9.1.12 lladdr 02:00:00:00:00:12 dev d0 nud permanent protocol 77
neigh add 10.9.1.13 dev d0 managed extern_learn
neigh add 10.9.1.14 dev d0 nud failed extern_learn
neigh add fd09::1:1 lladdr 02:00:00:00:01:01 dev d0 nud permanent router
neigh add fd09::1:2 lladdr 02:00:00:00:01:02 dev d0 nud noarp
neigh add fd09::1:3 lladdr 02:00:00:00:01:03 dev d0 nud stale router extern_learn
neigh add fd09::1:4 lladdr 02:00:00:00:01:04 dev d0 nud reachable
neigh add fd09::1:5 dev d0 nud failed
neigh add fd09::1:6 dev d0 nud incomplete
neigh add fd09::1:7 dev d0 nud none
neigh add fd09::1:8 lladdr 02:00:00:00:01:08 dev d0 nud delay
neigh add fd09::1:9 lladdr 02:00:00:00:01:09 dev d0 nud probe
neigh add fd09::1:14 dev d0 nud failed extern_learn
neigh add proxy 10.9.2.1 dev d0
neigh add proxy 10.9.2.2 dev d2 protocol zebra
neigh add proxy fd09::2:1 dev d0
neigh add proxy fd09::2:2 dev d2 router
`

// random returns n entries at random, of states that do not change.
func random(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for i := range n {
		device, four, six := "d0", "10.9", "fd09"
		if r.IntN(2) == 0 {
			device, four, six = "d2", "10.19", "fd19"
		}
		address := fmt.Sprintf("%s.%d.%d", four, 10+i/200, 1+i%200)
		if r.IntN(3) == 0 {
			address = fmt.Sprintf("%s::9:%x", six, 1+i)
		}
		if r.IntN(8) == 0 {
			fmt.Fprintf(&b, "neigh add proxy %s dev %s\n", address, device)
			continue
		}
		state := []string{"permanent", "noarp", "stale"}[r.IntN(3)]
		fmt.Fprintf(&b, "neigh add %s lladdr 02:%02x:%02x:00:00:%02x dev %s nud %s", address, r.IntN(256), r.IntN(256), r.IntN(256), device, state)
		if r.IntN(5) == 0 {
			b.WriteString(" extern_learn")
		}
		if r.IntN(5) == 0 {
			fmt.Fprintf(&b, " protocol %d", 1+r.IntN(255))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestNeighbors(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "sh", "-c", setUp)
	batch := filepath.Join(t.TempDir(), "batch")
	if err := os.WriteFile(batch, []byte(entries+random(1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	// -force goes on after a command that this kernel or ip(8) lacks. Most must work.
	out, _ := exec.Command("ip", "-force", "-batch", batch).CombinedOutput()
	if failed := strings.Count(string(out), "Command failed"); failed > 6 {
		t.Fatalf("%d commands failed: %.600s", failed, out)
	} else if failed > 0 {
		t.Logf("%d commands failed: %.600s", failed, out)
	}
	for _, family := range []string{"-4", "-6"} {
		t.Run(family, func(t *testing.T) {
			// Entries in delay, probe and incomplete become failed by and by: the
			// comparison is repeated until nothing moved between the two programs.
			var before, got, after map[string]int
			for range 20 {
				before, got, after = theirs(t, family), ours(t, family), theirs(t, family)
				if maps.Equal(before, after) {
					break
				}
			}
			if len(got) < 300 {
				t.Errorf("only %d neighbours", len(got))
			}
			live.Compare(t, "ip", before, got)
			for _, state := range []string{"permanent", "noarp", "stale", "reachable", "failed", "proxy"} {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(line string) bool { return strings.Contains(line, " "+state) }) {
					t.Errorf("no neighbour is %s", state)
				}
			}
		})
	}
	t.Run("ages", compareAges)
	t.Run("reports", reports)
}

// reports checks the options that every report takes.
func reports(t *testing.T) {
	table := live.Run(t, live.ProgramPath(), "--neighbors", "-4", "--filter", "address = 10.9.1.1")
	if fields := strings.Fields(table); !slices.Equal(fields[:7], []string{"ADDRESS", "MAC", "STATE", "INTERFACE", "USED", "CONFIRMED", "FLAGS"}) ||
		!slices.Equal(fields[7:11], []string{"10.9.1.1", "02:00:00:00:00:01", "permanent", "d0"}) {
		t.Errorf("table:\n%s", table)
	}
	// The kernel makes entries of its own for multicast, and removes failed ones.
	total := func() (n int) {
		for _, family := range []string{"-4", "-6"} {
			for _, times := range theirs(t, family) {
				n += times
			}
		}
		return n
	}
	var (
		before, count, after int
		err                  error
	)
	for range 20 {
		before = total()
		count, err = strconv.Atoi(strings.TrimSpace(live.Run(t, live.ProgramPath(), "--neighbors", "--count")))
		if after = total(); before == after {
			break
		}
	}
	if err != nil || count != before {
		t.Errorf("count %d, %v, ip has %d and then %d", count, err, before, after)
	}
	groups := live.Run(t, live.ProgramPath(), "--neighbors", "-6", "--filter", "router = yes or proxy = yes and dev = d2", "--columns=address", "--format=csv", "--sort=address", "--limit=2")
	if strings.ReplaceAll(groups, "\r", "") != "address\nfd09::1:1\nfd09::1:3\n" {
		t.Errorf("filtered:\n%s", groups)
	}
	file := filepath.Join(t.TempDir(), "host.json")
	live.Run(t, live.ProgramPath(), "--snapshot="+file)
	columns := "--columns=family,address,mac,state,interface,flags,protocol"
	if now, replayed := live.Run(t, live.ProgramPath(), "--neighbors", columns, "--sort=address,interface", "--filter=state=permanent or proxy=yes"), live.Run(t, live.ProgramPath(), "--replay="+file, "--neighbors", columns, "--sort=address,interface", "--filter=state=permanent or proxy=yes"); now != replayed {
		t.Errorf("replayed:\n%.400s\nwant\n%.400s", replayed, now)
	}
}

type object = map[string]any

// theirs returns the neighbours as ip(8) lists them, each as one line.
func theirs(t *testing.T, family string) map[string]int {
	t.Helper()
	lines := make(map[string]int)
	for _, arguments := range [][]string{{"show", "nud", "all"}, {"show", "proxy"}} {
		listed := live.Run(t, "ip", append([]string{"-N", "-j", "-s", family, "neigh"}, arguments...)...)
		for _, n := range live.Decode[[]object](t, listed) {
			// A state is a list; an entry without one has none, a proxy has no state.
			state := "none"
			if states, _ := n["state"].([]any); len(states) > 0 {
				state = strings.ToLower(live.Text(states[0]))
			}
			_, proxy := n["proxy"]
			if proxy {
				state = ""
			}
			var flags []string
			for key, flag := range map[string]string{"router": "router", "proxy": "proxy", "extern_learn": "extern_learn", "offload": "offloaded", "managed": "managed"} {
				if _, set := n[key]; set {
					flags = append(flags, flag)
				}
			}
			slices.Sort(flags)
			used := ""
			if !proxy {
				used = "ages"
			}
			lines[fmt.Sprintf("%s %s %s %s %s %s %s refs %s", live.Text(n["dst"]), live.Text(n["lladdr"]), live.Text(n["dev"]), state, strings.Join(flags, ","), live.Text(n["protocol"]), used, zero(n["refcnt"]))]++
		}
	}
	return lines
}

// zero returns a number, "0" if it is not there: ip(8) leaves out a reference count of 0.
func zero(v any) string {
	if v == nil {
		return "0"
	}
	return live.Text(v)
}

// ours returns the neighbours that our program lists, in the same form.
func ours(t *testing.T, family string) map[string]int {
	t.Helper()
	lines := make(map[string]int)
	report := live.Decode[object](t, live.Run(t, live.ProgramPath(), "--neighbors", family, "--json"))
	for _, row := range report["neighbors"].([]any) {
		n := row.(object)
		var flags []string
		for _, flag := range []string{"router", "proxy", "extern_learn", "offloaded", "managed"} {
			if n[flag] == true {
				flags = append(flags, flag)
			}
		}
		slices.Sort(flags)
		ages := ""
		if n["used"] != nil && n["confirmed"] != nil && n["updated"] != nil {
			ages = "ages"
		}
		lines[fmt.Sprintf("%s %s %s %s %s %s %s refs %s", live.Text(n["address"]), live.Text(n["hardware_address"]), live.Text(n["interface"]), live.Text(n["state"]), strings.Join(flags, ","), number(live.Text(n["protocol"])), ages, zero(n["references"]))]++
	}
	return lines
}

// number returns the number of a protocol.
func number(protocol string) string {
	if p, ok := netstat.ParseRouteProtocol(protocol); ok && protocol != "" {
		return fmt.Sprint(uint8(p))
	}
	return protocol
}

// ages returns the ages of the permanent entries, in seconds.
func ages(t *testing.T, listed []object, address string) map[string][3]float64 {
	t.Helper()
	all := make(map[string][3]float64)
	for _, n := range listed {
		if state := strings.ToLower(strings.Trim(live.Text(n["state"]), "[]")); state != "permanent" {
			continue
		}
		var a [3]float64
		for i, key := range []string{"used", "confirmed", "updated"} {
			if _, err := fmt.Sscan(live.Text(n[key]), &a[i]); err != nil {
				t.Fatalf("%s of %v: %v", key, n, err)
			}
		}
		all[live.Text(n[address])] = a
	}
	return all
}

// compareAges requires that the ages of entries that nothing touches lie between what ip(8)
// says before and after.
func compareAges(t *testing.T) {
	listed := func() map[string][3]float64 {
		return ages(t, live.Decode[[]object](t, live.Run(t, "ip", "-j", "-s", "-4", "neigh", "show", "nud", "permanent")), "dst")
	}
	before := listed()
	var rows []object
	for _, row := range live.Decode[object](t, live.Run(t, live.ProgramPath(), "--neighbors", "-4", "--json"))["neighbors"].([]any) {
		rows = append(rows, row.(object))
	}
	got, after := ages(t, rows, "address"), listed()
	if len(got) < 50 || len(got) != len(before) {
		t.Errorf("%d permanent entries, want %d", len(got), len(before))
	}
	for address, a := range got {
		for i, name := range []string{"used", "confirmed", "updated"} {
			if a[i] < before[address][i] || a[i] >= after[address][i]+1 {
				t.Errorf("%s: %s %v, ip before %v, after %v", address, name, a[i], before[address][i], after[address][i])
			}
		}
	}
}
