package routes

import (
	"encoding/csv"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"netstat/test/live"
)

// changes is done after beforeChanges.
const (
	beforeChanges = `
ip link add d0 type veth peer name d1
ip link set lo up
ip link set d0 up
ip link set d1 up
ip addr add 10.9.0.1/24 dev d0
ip link add d5 type veth peer name d4
ip link add d6 type veth peer name d3
ip route add 10.1.0.0/16 via 10.9.0.3
ip route add 10.2.0.0/16 via 10.9.0.3
ip route add 10.3.0.0/16 via 10.9.0.3 mtu 1400
ip route add 10.4.0.0/16 via 10.9.0.3 tos 0x10
ip route add 10.5.0.0/16 via 10.9.0.3
ip route append 10.5.0.0/16 via 10.9.0.4
ip route add blackhole 10.6.0.0/16
ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev d0
ip neigh add 10.9.0.4 lladdr 02:00:00:00:00:04 dev d0
ip neigh add 10.9.0.5 lladdr 02:00:00:00:00:05 dev d0
ip rule add from 10.1.0.0/16 table 77 pref 100
ip rule add from 10.2.0.0/16 table 77 pref 100
ip rule add from 10.3.0.0/16 oif gone table 77 pref 101
`
	changes = `
ip route del 10.1.0.0/16
ip route change 10.2.0.0/16 via 10.9.0.4
ip route change 10.3.0.0/16 via 10.9.0.3 mtu 1300
ip route add 10.4.0.0/16 via 10.9.0.3 tos 0x08
ip route del 10.5.0.0/16 via 10.9.0.3
ip route change prohibit 10.6.0.0/16
ip route add 10.7.0.0/16 via 10.9.0.3
ip link set d5 name d7
ip link set d6 up
ip link add d8 type veth peer name d9
ip link set d1 mtu 1400
ip neigh change 10.9.0.3 lladdr 02:00:00:00:00:33 dev d0
ip neigh del 10.9.0.4 dev d0
ip neigh add 10.9.0.6 lladdr 02:00:00:00:00:06 dev d0
ip neigh add proxy 10.9.0.5 dev d0
ip rule del from 10.2.0.0/16 table 77 pref 100
ip rule add from 10.2.0.0/16 table 78 pref 100
ip rule del from 10.1.0.0/16 table 77 pref 100
ip rule add from 10.8.0.0/16 table 77 pref 100
ip link set d8 name gone
`
)

// settled are the facts about an interface that the kernel sets some time after it is up.
var settled = []string{"operstate", "carrier", "qdisc", "addresses"}

// TestDiff checks --diff of two snapshots against what was done between them.
func TestDiff(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := t.TempDir()
	old, now := dir+"/old.json", dir+"/new.json"
	for _, step := range []struct{ script, file string }{{beforeChanges, old}, {changes, now}} {
		if out, err := exec.Command("sh", "-ec", step.script).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		live.Settled(t)
		if a := live.Netstat(t, "--snapshot", step.file); a.Status != 0 {
			t.Fatal(a.Err)
		}
		if _, err := os.Stat(step.file); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, columns string
		args, want    []string
	}{
		{"routes", "destination,gateway,tos", []string{"-rn4"}, []string{
			"changed|gateway;next_hops|10.2.0.0/16|10.9.0.4|",
			"changed|mtu|10.3.0.0/16|10.9.0.3|",
			"changed|type|10.6.0.0/16||",
			"closed||10.1.0.0/16|10.9.0.3|",
			"closed||10.5.0.0/16|10.9.0.3|",
			"opened||10.4.0.0/16|10.9.0.3|8",
			"opened||10.7.0.0/16|10.9.0.3|",
		}},
		{"interfaces", "name", []string{"-ian"}, []string{
			"changed|lower|d4",
			"changed|mtu|d1",
			"changed|name|d7",
			"changed|up;flags|d6",
			"opened||d9",
			"opened||gone",
		}},
		{"neighbours", "address,mac,proxy", []string{"--neighbors", "-4n"}, []string{
			"changed|hardware_address|10.9.0.3|02:00:00:00:00:33|false",
			"closed||10.9.0.4|02:00:00:00:00:04|false",
			"opened||10.9.0.5||true",
			"opened||10.9.0.6|02:00:00:00:00:06|false",
		}},
		{"rules", "priority,selector,table", []string{"--rules", "-4n"}, []string{
			"changed|selector;output_detached|101|from 10.3.0.0/16 oif gone|77",
			"changed|table|100|from 10.2.0.0/16|78",
			"closed||100|from 10.1.0.0/16|77",
			"opened||100|from 10.8.0.0/16|77",
		}},
	} {
		args := append(c.args, "--diff", old, now, "--format=csv", "--columns=change,changed,"+c.columns)
		a := live.Netstat(t, args...)
		rows, err := csv.NewReader(strings.NewReader(a.Out)).ReadAll()
		if err != nil || len(rows) == 0 || a.Err != "" {
			t.Errorf("%s: %v %s%s", c.name, err, a.Out, a.Err)
			continue
		}
		var got []string
		for _, row := range rows[1:] {
			facts := slices.DeleteFunc(strings.Split(row[1], ";"), func(name string) bool { return slices.Contains(settled, name) })
			if row[1] = strings.Join(facts, ";"); row[0] == "changed" && row[1] == "" {
				continue
			}
			got = append(got, strings.Join(row, "|"))
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if a := live.Netstat(t, append(c.args, "--diff", now, now, "--count")...); a.Out != "0\n" {
			t.Errorf("%s of one moment: %s%s", c.name, a.Out, a.Err)
		}
	}
}
