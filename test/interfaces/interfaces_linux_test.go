package interfaces

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat/test/live"
)

// setUp makes interfaces of each kind. A kernel may lack some; those of needed must exist.
// The kinds that few kernels have are captured: see TestCapturedLinks of internal/linux. The
// bridge seldom sends packets by itself.
const setUp = `
ip netns add far
ip link add v0 type veth peer name v1
ip link add v2 type veth peer name v3 netns far
ip link set v0 alias 'uplink "one"' mtu 1400 group 7 txqueuelen 55
ip link property add dev v0 altname a-name-of-more-than-fifteen-bytes
ip link property add dev v0 altname second
ip link add br0 type bridge stp_state 1 priority 100 hello_time 1000
ip link set v1 master br0
ip link add vx0 type vxlan id 7 local 10.9.0.1 remote 10.9.0.2 dev v0 dstport 4789 ttl 9
ip link add vx6 type vxlan id 16777215 group ff05::100 dev v0 dstport 8472
ip link add ifb9 type ifb
ip link add link v2 name mac0 type macvlan mode private
ip link add link v2 name tap9 type macvtap mode private
ip tuntap add tun0 mode tun user 4242421 group 4242422
ip tuntap add tap0 mode tap multi_queue
ip link add dum0 type dummy
ip link add link v0 name vlan5 type vlan id 5
ip link add link v0 name vlan6 type vlan id 6 protocol 802.1ad
ip link add bond0 type bond mode 802.3ad
ip link add ipv0 link v0 type ipvlan mode l3s
ip link add vrf0 type vrf table 1010
ip link add wg0 type wireguard
ip link add gre1 type gre local 10.9.0.1 remote 10.9.0.3
ip link set v0 up
ip link set v1 up
ip link set v2 up
ip link set v0 down
ip link set v0 up
ip link set br0 up
ip link set tun0 up
ip addr add 10.9.0.1/24 brd + dev v0 label v0:first
ip addr add 10.9.0.9/24 dev v0 valid_lft 100000 preferred_lft 50000
ip addr add 10.7.0.1 peer 10.7.0.2/32 dev tun0
ip addr add 10.8.0.1/16 dev br0 scope link noprefixroute metric 77
ip addr add fd09::1/64 dev v0 nodad
ip addr add fd09::5/64 dev v0 nodad valid_lft 200000 preferred_lft 0
ip addr add fd07::1 peer fd07::2/128 dev tun0
ip addr add fd08::1/64 dev br0 nodad home mngtmpaddr noprefixroute
`

const needed = "v0 v1 v2 br0 vx0 mac0 tun0 tap0"

// compared are the scalar facts that both programs have: our name, in the record or in its
// "link", and that of ip(8).
var compared = [...]struct{ ours, theirs string }{
	{"name", "ifname"}, {"index", "ifindex"}, {"mtu", "mtu"}, {"queue_length", "txqlen"}, {"alias", "ifalias"},
	{"hardware_address", "address"}, {"broadcast_address", "broadcast"}, {"permanent_address", "permaddr"},
	{"master", "master"}, {"operstate", "operstate"}, {"group", "group"}, {"qdisc", "qdisc"},
	{"min_mtu", "min_mtu"}, {"max_mtu", "max_mtu"}, {"tx_queues", "num_tx_queues"}, {"rx_queues", "num_rx_queues"},
	{"promiscuity", "promiscuity"}, {"all_multicast", "allmulti"},
	{"gso_max_size", "gso_max_size"}, {"gso_max_segments", "gso_max_segs"}, {"tso_max_size", "tso_max_size"},
	{"tso_max_segments", "tso_max_segs"}, {"gro_max_size", "gro_max_size"},
	{"lower_netns_id", "link_netnsid"}, {"parent_bus", "parentbus"}, {"parent_device", "parentdev"},
}

// counters are those of "ip -s -s link": ours in receive or transmit, and theirs in rx or tx.
var counters = [...]struct{ way, ours, theirs string }{
	{"rx", "bytes", "bytes"}, {"rx", "packets", "packets"}, {"rx", "errors", "errors"}, {"rx", "over_errors", "over_errors"}, {"rx", "multicast", "multicast"},
	{"rx", "length_errors", "length_errors"}, {"rx", "crc_errors", "crc_errors"}, {"rx", "frame_errors", "frame_errors"}, {"rx", "fifo", "fifo_errors"},
	{"rx", "missed_errors", "missed_errors"}, {"rx", "nohandler", "nohandler"}, {"rx", "otherhost_dropped", "otherhost_dropped"},
	{"tx", "bytes", "bytes"}, {"tx", "packets", "packets"}, {"tx", "errors", "errors"}, {"tx", "dropped", "dropped"}, {"tx", "carrier_errors", "carrier_errors"},
	{"tx", "collisions", "collisions"}, {"tx", "aborted_errors", "aborted_errors"}, {"tx", "fifo", "fifo_errors"},
	{"tx", "window_errors", "window_errors"}, {"tx", "heartbeat_errors", "heartbeat_errors"}, {"rx", "compressed", "compressed"}, {"tx", "compressed", "compressed"},
}

func TestInterfaces(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for line := range strings.Lines(setUp) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Logf("%s: %s", line, out)
		}
	}
	end := attachXDP(t, "v0")
	defer end()
	live.Settled(t)
	traffic(t)

	t.Run("links", func(t *testing.T) {
		before, got, _ := settled(t, "-d -s -s link")
		for _, name := range strings.Fields(needed) {
			if got[name] == nil {
				t.Errorf("no interface %s", name)
			}
		}
		if len(got) != len(before) {
			t.Errorf("%d interfaces, want %d", len(got), len(before))
		}
		for name, want := range before {
			if got[name] != nil {
				compareLink(t, name, want, got[name])
			}
		}
	})
	t.Run("addresses", func(t *testing.T) {
		before, got, after := settled(t, "addr")
		for name := range before {
			compareAddresses(t, name, addresses(before[name]), ourAddresses(got[name]), addresses(after[name]))
		}
	})
	t.Run("columns", columns)
}

// patience limits the wait for what the kernel does by itself.
const patience = 2 * time.Minute

// settled returns the interfaces as ip(8) and we list them, after repeating both until ip(8)
// answers the same before and after ours.
func settled(t *testing.T, object string) (before, ours, after map[string]map[string]any) {
	t.Helper()
	list := func() map[string]map[string]any {
		rows := make(map[string]map[string]any)
		for _, row := range live.Decode[[]map[string]any](t, live.Run(t, "ip", append([]string{"-j"}, strings.Fields(object)...)...)) {
			// ip(8) lists what it could not parse as an empty object.
			if name, _ := row["ifname"].(string); name != "" {
				rows[name] = row
			}
		}
		return rows
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		before = list()
		ours = make(map[string]map[string]any)
		for _, row := range live.Decode[map[string]any](t, live.Run(t, live.ProgramPath(), "-ai", "--json"))["interfaces"].([]any) {
			row := row.(map[string]any)
			ours[row["name"].(string)] = row
		}
		if after = list(); lasting(t, before) == lasting(t, after) {
			return before, ours, after
		}
	}
	t.Fatal("the interfaces do not settle")
	return nil, nil, nil
}

// lasting returns rows of ip(8) as text, without what changes by itself: the timers of
// bridges, which we do not show, and the lifetimes of addresses.
func lasting(t *testing.T, rows map[string]map[string]any) string {
	t.Helper()
	var strip func(v any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			kept := make(map[string]any)
			for name, value := range v {
				if !strings.HasSuffix(name, "_timer") && !strings.HasSuffix(name, "_life_time") {
					kept[name] = strip(value)
				}
			}
			return kept
		case []any:
			var kept []any
			for _, value := range v {
				kept = append(kept, strip(value))
			}
			return kept
		}
		return v
	}
	kept := make(map[string]any)
	for name, row := range rows {
		kept[name] = strip(row)
	}
	b, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fact returns the value on a path of names, "" if there is none.
func fact(v any, path ...string) string {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	}
	return fmt.Sprint(v)
}

// ourFact returns a fact of an interface or of its link.
func ourFact(row map[string]any, name string) string {
	if v := fact(row, name); v != "" {
		return v
	}
	return fact(row, "link", name)
}

func compareLink(t *testing.T, name string, want, got map[string]any) {
	t.Helper()
	for _, c := range compared {
		theirs := fact(want, c.theirs)
		switch c.ours {
		case "operstate":
			theirs = strings.ToLower(theirs)
		case "group":
			if theirs == "default" {
				theirs = "0"
			}
		case "hardware_address", "broadcast_address":
			if fact(want, "link_type") == "none" {
				theirs = ""
			}
		case "queue_length":
			if theirs == "" {
				theirs = "0"
			}
		}
		ours := ourFact(got, c.ours)
		if c.ours == "permanent_address" && ours == ourFact(got, "hardware_address") {
			ours = "" // ip(8) leaves out what the interface still has
		}
		if ours != theirs {
			t.Errorf("%s: %s is %q, ip says %s %q", name, c.ours, ours, c.theirs, theirs)
		}
	}
	for _, c := range counters {
		way := map[string]string{"rx": "receive", "tx": "transmit"}[c.way]
		// ip(8) leaves out some counters that are 0.
		theirs, ours := fact(want, "stats64", c.way, c.theirs), fact(got, way, c.ours)
		if theirs == "" {
			theirs = "0"
		}
		if ours != theirs {
			t.Errorf("%s: %s %s is %s, ip says %s", name, way, c.ours, ours, theirs)
		}
	}
	// Our sum of dropped packets has those that the device missed, as in /proc/net/dev.
	dropped, missed := number(t, fact(got, "receive", "dropped")), number(t, fact(got, "receive", "missed_errors"))
	if theirs := number(t, fact(want, "stats64", "rx", "dropped")); dropped-missed != theirs {
		t.Errorf("%s: dropped is %d and missed_errors %d, ip says %d", name, dropped, missed, theirs)
	}
	if ours, theirs := fact(got, "link", "carrier_changes"), fact(want, "stats64", "tx", "carrier_changes"); ours != theirs {
		t.Errorf("%s: carrier_changes is %s, ip says %s", name, ours, theirs)
	}
	if ours, theirs := list(got["altnames"]), list(want["altnames"]); !slices.Equal(ours, theirs) {
		t.Errorf("%s: altnames are %q, ip says %q", name, ours, theirs)
	}
	compareLower(t, name, want, got)
	compareKind(t, name, want, got)
	compareXDP(t, name, want, got)
}

func number(t *testing.T, text string) (n uint64) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Errorf("%q: %v", text, err)
	}
	return n
}

func list(v any) (texts []string) {
	values, _ := v.([]any)
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return texts
}

// compareLower compares the lower interface: ip(8) writes its name or, in another
// namespace, its number.
func compareLower(t *testing.T, name string, want, got map[string]any) {
	t.Helper()
	if theirs := fact(want, "link"); theirs != "" && theirs != fact(got, "link", "lower") {
		t.Errorf("%s: lower is %q, ip says %q", name, fact(got, "link", "lower"), theirs)
	}
	if theirs := fact(want, "link_index"); theirs != "" && theirs != fact(got, "link", "lower_index") {
		t.Errorf("%s: lower_index is %q, ip says %q", name, fact(got, "link", "lower_index"), theirs)
	}
	if name == "v2" && fact(got, "link", "lower_netns") != "far" {
		t.Errorf("v2: lower_netns is %q", fact(got, "link", "lower_netns"))
	}
}

// compareKind compares the kinds, and each setting that both have.
func compareKind(t *testing.T, name string, want, got map[string]any) {
	t.Helper()
	for _, part := range [...]struct{ kind, settings, info, data string }{
		{"kind", "settings", "info_kind", "info_data"}, {"slave_kind", "slave_settings", "info_slave_kind", "info_slave_data"},
	} {
		if ours, theirs := fact(got, "link", part.kind), fact(want, "linkinfo", part.info); ours != theirs {
			t.Errorf("%s: %s is %q, ip says %q", name, part.kind, ours, theirs)
		}
		link, _ := got["link"].(map[string]any)
		settings, _ := link[part.settings].(map[string]any)
		same := 0
		for setting, value := range settings {
			theirs := fact(want, "linkinfo", part.data, setting)
			switch {
			case theirs == "": // ip(8) has another name, or leaves out what is not set
			case theirs != fact(value) && !sameBridge(theirs, fact(value)):
				t.Errorf("%s: %s %s is %v, ip says %s", name, part.settings, setting, value, theirs)
			default:
				same++
			}
		}
		if len(settings) > 0 && same*3 < len(settings) {
			t.Errorf("%s: ip confirms only %d of %v", name, same, settings)
		}
	}
}

// sameBridge reports whether two identities of a bridge are equal: ip(8) leaves out zeros
// of the address.
func sameBridge(theirs, ours string) bool {
	priority, address, _ := strings.Cut(ours, ".")
	parts := strings.Split(address, ":")
	for i, p := range parts {
		parts[i] = strings.TrimPrefix(p, "0")
	}
	return theirs == priority+"."+strings.Join(parts, ":")
}

func compareXDP(t *testing.T, name string, want, got map[string]any) {
	t.Helper()
	if ours, theirs := fact(got, "link", "xdp") != "", want["xdp"] != nil; ours != theirs {
		t.Errorf("%s: XDP %v, ip says %v", name, ours, theirs)
	}
	if theirs := fact(want, "xdp", "prog", "id"); theirs != "" {
		link := got["link"].(map[string]any)
		programs := link["xdp"].([]any)
		mode := map[string]string{"1": "driver", "2": "generic", "3": "offload"}[fact(want, "xdp", "mode")]
		if len(programs) != 1 || fact(programs[0], "id") != theirs || fact(programs[0], "mode") != mode {
			t.Errorf("%s: XDP %v, ip says %s in mode %s", name, programs, theirs, mode)
		}
	}
}

// addresses returns the addresses of an interface as ip(8) lists them, each as one line.
func addresses(row map[string]any) (lines []string) {
	infos, _ := row["addr_info"].([]any)
	for _, info := range infos {
		a := info.(map[string]any)
		if fact(a, "local") == "" {
			continue
		}
		var flags []string
		for key, flag := range map[string]string{
			"secondary": "secondary", "temporary": "secondary", "nodad": "nodad", "optimistic": "optimistic", "dadfailed": "dadfailed", "home": "home",
			"deprecated": "deprecated", "tentative": "tentative", "mngtmpaddr": "mngtmpaddr", "noprefixroute": "noprefixroute", "autojoin": "autojoin", "stable-privacy": "stable-privacy",
		} {
			if a[key] != nil {
				flags = append(flags, flag)
			}
		}
		if a["dynamic"] == nil {
			flags = append(flags, "permanent")
		}
		slices.Sort(flags)
		lines = append(lines, strings.Join([]string{
			fact(a, "local"), fact(a, "prefixlen"), "peer " + fact(a, "address"), "brd " + fact(a, "broadcast"), "scope " + fact(a, "scope"),
			strings.Join(flags, ","), "label " + fact(a, "label"), lifetime(fact(a, "valid_life_time")), lifetime(fact(a, "preferred_life_time")), "metric " + fact(a, "metric"),
		}, " "))
	}
	slices.Sort(lines)
	return lines
}

// lifetime returns a time of ip(8): it writes 2^32-1 for forever.
func lifetime(seconds string) string {
	if seconds == fmt.Sprint(uint32(1<<32-1)) {
		return "forever"
	}
	return seconds
}

func ourAddresses(row map[string]any) (lines []string) {
	all, _ := row["addresses"].([]any)
	for _, one := range all {
		a := one.(map[string]any)
		flags := list(a["detail"].(map[string]any)["flags"])
		slices.Sort(flags)
		peer := fact(a, "detail", "peer")
		if peer == "" && fact(a, "peer") != fact(a, "address") {
			peer = fact(a, "peer")
		}
		label := fact(a, "label")
		life := func(name string) string {
			if fact(a, "detail", name+"_forever") == "1" {
				return "forever"
			}
			return fact(a, "detail", name+"_lifetime")
		}
		lines = append(lines, strings.Join([]string{
			fact(a, "address"), fact(a, "prefix_length"), "peer " + peer, "brd " + fact(a, "broadcast"), "scope " + fact(a, "detail", "scope"),
			strings.Join(flags, ","), "label " + label, life("valid"), life("preferred"), "metric " + fact(a, "detail", "metric"),
		}, " "))
	}
	slices.Sort(lines)
	return lines
}

// compareAddresses requires what ip(8) says before and after. Lifetimes lie in between.
func compareAddresses(t *testing.T, name string, before, got, after []string) {
	t.Helper()
	equal := len(before) == len(got) && len(after) == len(got)
	for i := 0; equal && i < len(got); i++ {
		x, y, z := strings.Fields(before[i]), strings.Fields(got[i]), strings.Fields(after[i])
		equal = len(x) == len(y) && len(z) == len(y)
		for k := 0; equal && k < len(y); k++ {
			most, err1 := strconv.ParseUint(x[k], 10, 32)
			here, err2 := strconv.ParseUint(y[k], 10, 32)
			least, err3 := strconv.ParseUint(z[k], 10, 32)
			equal = x[k] == y[k] || errors.Join(err1, err2, err3) == nil && least <= here && here <= most
		}
	}
	if !equal {
		t.Errorf("%s: addresses\n%s\nip says before\n%s\nand after\n%s", name, strings.Join(got, "\n"), strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// traffic sends some packets through v0, and waits until one has arrived from its peer.
func traffic(t *testing.T) {
	t.Helper()
	received := func() bool {
		links := live.Decode[[]map[string]any](t, live.Run(t, "ip", "-j", "-s", "link", "show", "v0"))
		return number(t, fact(links[0], "stats64", "rx", "packets")) > 0
	}
	for end := time.Now().Add(patience); !received(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("v0 receives no packets")
		}
	}
	for range 3 {
		_ = exec.Command("sh", "-c", "echo x >/dev/udp/10.9.0.77/9").Run()
		_ = exec.Command("bash", "-c", "echo x >/dev/udp/10.9.0.77/9").Run()
	}
}

// columns checks filters, groups, columns and snapshots.
func columns(t *testing.T) {
	run := func(args ...string) string {
		return strings.ReplaceAll(live.Run(t, live.ProgramPath(), args...), "\r", "")
	}
	if got, want := run("-ai", "--filter", "kind = veth and rx_bytes > 0 and peer = v1", "--columns=name,alias,altnames,peer", "--format=csv"), "name,alias,altnames,lower\nv0,"; !strings.HasPrefix(got, want) {
		t.Errorf("filter:\n%s", got)
	}
	if got := run("-ai", "--filter", "vni = 7", "--columns=name,kind,vni,lower,settings", "--format=csv"); !strings.Contains(got, "vx0,vxlan,7,v0,") {
		t.Errorf("vxlan:\n%s", got)
	}
	if got := run("-ai", "--filter", "addresses = fd08::1/64", "--columns=name", "--format=csv"); got != "name\nbr0\n" {
		t.Errorf("IPv6 addresses in a filter:\n%s", got)
	}
	for address, want := range map[string]string{"fd08::1": "br0", "10.9.0.1": "v0", "10.8.0.*": "br0", "10.8.0.0/16": "br0", "10.8.0.7/16": "", "10.8.0.2": ""} {
		if got := run("-ai", "--filter", "addresses = "+address, "--columns=name", "--format=csv"); strings.TrimSpace(strings.TrimPrefix(got, "name")) != want {
			t.Errorf("addresses = %s:\n%s", address, got)
		}
	}
	if got := run("-ai", "--group-by=kind", "--filter", "kind = veth", "--format=csv"); !strings.Contains(got, "veth,3,") {
		t.Errorf("groups:\n%s", got)
	}
	file := filepath.Join(t.TempDir(), "host.json")
	run("--snapshot=" + file)
	const shown = "--columns=name,kind,master,lower,lower_netns,operstate,carrier_changes,mode,settings,address_details,driver,xdp,altnames"
	// Lifetimes go by between the two.
	lifetime := regexp.MustCompile(`_lft \d+sec`)
	list := func(more ...string) string {
		text := run(append([]string{"-ai", shown, "--filter=kind != bridge", "--format=csv"}, more...)...)
		return lifetime.ReplaceAllString(text, "_lft Nsec")
	}
	now, replayed := list(), list("--replay="+file)
	if now != replayed {
		t.Errorf("replayed\n%s\nwant\n%s", replayed, now)
	}
	if want := "10.9.0.9/24 scope global secondary label v0 valid_lft Nsec preferred_lft Nsec"; !strings.Contains(replayed, want) {
		t.Errorf("replayed without %q:\n%s", want, replayed)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
