package routes

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// chosenRules has a rule for each selector and action that ip(8) can make.
const chosenRules = `
ip link add d0 type veth peer name d1
ip rule add from 10.0.0.0/8 to 192.0.2.0/24 table 51820
ip rule add not from 10.1.0.0/16 table 77
ip rule add iif eth9 table 77
ip rule add iif d0 table 77
ip rule add oif d1 table 77
ip rule add oif gone table 77
ip rule add fwmark 7 table 77
ip rule add fwmark 0/0xff table 77
ip rule add fwmark 0x80000000/0x80000000 table 77
ip rule add tos 0x10 table 77
ip rule add ipproto tcp sport 5 table 77
ip rule add ipproto udp dport 1000-2000 table 77
ip rule add ipproto icmp table 77
ip rule add ipproto 99 table 77
ip rule add uidrange 0-0 table 77
ip rule add uidrange 1000-4294967294 table 77
ip rule add suppress_prefixlength 0 table main
ip rule add suppress_prefixlength 32 suppress_ifgroup 0 table main
ip rule add suppress_ifgroup 5 table main
ip rule add l3mdev pref 1000 protocol 99
ip rule add goto 32766 pref 5
ip rule add goto 40000 pref 6
ip rule add pref 0 from 10.2.0.0/16 table default
ip rule add pref 4294967295 table 4294967294
ip rule add from 10.3.0.0/16 blackhole
ip rule add from 10.4.0.0/16 unreachable
ip rule add from 10.5.0.0/16 prohibit
ip rule add from 10.7.0.0/16 nop
ip rule add from 10.6.0.0/16 realms 3/4 table 5
ip rule add realms 9 protocol bgp table 5
ip rule add tun_id 5 table 5
`

// randomRules returns commands that add n rules at random.
func randomRules(n int, family string) string {
	r := rand.New(rand.NewPCG(3, uint64(len(family))))
	var b strings.Builder
	address := func() string {
		if family == "-6" {
			return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}), r.IntN(41)).Masked().String()
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32())}), r.IntN(25)).Masked().String()
	}
	selectors := []func() string{
		func() string { return "from " + address() },
		func() string { return "to " + address() },
		func() string { return []string{"iif d0", "iif lo", "iif none9"}[r.IntN(3)] },
		func() string { return []string{"oif d1", "oif none9"}[r.IntN(2)] },
		func() string { return fmt.Sprintf("fwmark %d/%d", r.Uint32(), r.Uint32()) },
		func() string { return fmt.Sprintf("tos 0x%x", 4*(1+r.IntN(7))) },
		func() string { return fmt.Sprintf("uidrange %d-%d", r.IntN(100), 100+r.IntN(1000)) },
		func() string { return "ipproto " + []string{"tcp", "udp"}[r.IntN(2)] },
		func() string { return fmt.Sprintf("sport %d-%d", 1+r.IntN(100), 100+r.IntN(1000)) },
		func() string { return fmt.Sprintf("dport %d", 1+r.IntN(65534)) },
		func() string { return fmt.Sprintf("suppress_prefixlength %d", r.IntN(32)) },
		func() string { return "protocol " + strconv.Itoa(50+r.IntN(40)) },
	}
	for range n {
		fmt.Fprintf(&b, "ip %s rule add pref %d", family, r.Uint32())
		if r.IntN(4) == 0 {
			b.WriteString(" not")
		}
		for _, i := range r.Perm(len(selectors))[:r.IntN(5)] {
			b.WriteString(" " + selectors[i]())
		}
		switch r.IntN(8) {
		case 0:
			b.WriteString([]string{" blackhole", " unreachable", " prohibit"}[r.IntN(3)])
		case 1:
			b.WriteString(" goto 4294967295")
		default:
			fmt.Fprintf(&b, " table %d", 1+r.Uint32N(1<<32-2))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestRules(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	var failed []string
	run := func(script string) {
		for line := range strings.Lines(script) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
				failed = append(failed, line+": "+string(out))
			}
		}
	}
	run(chosenRules)
	run(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(chosenRules, "ip link add d0 type veth peer name d1", ""), "ip rule", "ip -6 rule"), "10.", "2001:"))
	failed = nil // 2001:0.0.0/8 is no address: IPv6 has prefixes of its own
	run("ip -6 rule add from 2001:db8::/32 to fd00::/48 table 51820\nip -6 rule add from fe80::/10 prohibit\n")
	run(randomRules(300, "-4") + randomRules(300, "-6"))
	if len(failed) > 0 {
		t.Errorf("%d commands failed: %.600q", len(failed), failed)
	}
	if a := live.Netstat(t, "--snapshot", "/run/rules.json"); a.Status != 0 {
		t.Fatal(a.Err)
	}
	defer os.Remove("/run/rules.json")
	for _, family := range []string{"-4", "-6"} {
		want := theirRules(t, family)
		if len(want) < 300 {
			t.Errorf("%s: only %d rules", family, len(want))
		}
		for _, host := range [][]string{nil, {"--replay", "/run/rules.json"}} {
			live.Compare(t, "ip", want, ourRules(t, append(host, family)...))
		}
		// The order is the kernel's.
		if a := live.Netstat(t, "--rules", family, "--format=tsv", "--columns=priority"); a.Status != 0 {
			t.Error(a.Err)
		} else if lines := strings.Fields(a.Out)[1:]; !sort.SliceIsSorted(lines, func(i, j int) bool {
			x, _ := strconv.ParseUint(lines[i], 10, 32)
			y, _ := strconv.ParseUint(lines[j], 10, 32)
			return x < y
		}) {
			t.Errorf("%s: not in the order of priorities", family)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"--rules -4 --filter l3mdev=yes --count", "1"},
		{"--rules -4 --filter fwmark=7 --columns=selector,table --format=tsv", "from all fwmark 0x7\t77"},
		{"--rules -4 --filter unresolved=yes --columns=goto --format=tsv", "40000"},
		{"--rules --group-by=family --format=tsv", "inet6\t"},
		{"--rules --sort=-priority --limit=1 --columns=priority --format=tsv", "4294967295"},
		{"--rules -tn", "shows no sockets"},
		{"--rules -r", "--rules is a report of its own: remove the option for routes"},
		{"--rules --neighbors", "--rules and --neighbors are different reports: choose one"},
		{"--rules --delta 1", "--delta applies only to"},
	} {
		if a := live.Netstat(t, strings.Fields(c.args)...); !strings.Contains(a.Out+a.Err, c.want) {
			t.Errorf("%s: %.300s%s", c.args, a.Out, a.Err)
		}
	}
}

// theirRules returns the rules as ip(8) lists them, each as one line.
func theirRules(t *testing.T, family string) map[string]int {
	t.Helper()
	lines := make(map[string]int)
	for _, r := range live.Decode[[]object](t, live.Run(t, "ip", "-N", "-j", "-d", family, "rule")) {
		has := func(key string) string {
			_, ok := r[key]
			return strconv.FormatBool(ok)
		}
		ports := func(name string) string {
			if one := live.Text(r[name]); one != "" {
				return one + "-" + one
			}
			return live.Text(r[name+"_start"]) + "-" + live.Text(r[name+"_end"])
		}
		action := live.Text(r["action"])
		switch {
		case action != "":
			action = map[string]string{"6": "blackhole", "7": "unreachable", "8": "prohibit"}[action]
		case r["goto"] != nil:
			action = "goto"
		case has("nop") == "true":
			action = "nop"
		default:
			action = "table"
		}
		table := ""
		if r["table"] != nil {
			table = tableOf(r["table"])
		}
		source := network(live.Text(r["src"]), live.Text(r["srclen"]), family)
		group := live.Text(r["suppress_ifgroup"])
		mask := live.Text(r["fwmask"])
		if mask == "" && r["fwmark"] != nil {
			mask = "0xffffffff"
		}
		realms := live.Text(r["flow_from"]) + "/" + live.Text(r["flow_to"])
		lines[fmt.Sprint(
			live.Text(r["priority"]), " not ", has("not"), " from ", source, " to ", network(live.Text(r["dst"]), live.Text(r["dstlen"]), family),
			" iif ", live.Text(r["iif"]), has("iif_detached"), " oif ", live.Text(r["oif"]), has("oif_detached"), " mark ", live.Text(r["fwmark"]), mask,
			" tos ", live.Text(r["tos"]), " proto ", strings.TrimPrefix(live.Text(r["ipproto"]), "ipproto-"), " ports ", ports("sport"), " ", ports("dport"), " uid ", live.Text(r["uid_start"]), "-", live.Text(r["uid_end"]),
			" l3mdev ", has("l3mdev"), " action ", action, " table ", table, " goto ", live.Text(r["goto"]), has("unresolved"), " tun ", live.Text(r["tun_id"]),
			" suppress ", live.Text(r["suppress_prefixlen"]), " ", group, " realms ", realms, " by ", live.Text(r["protocol"]),
		)]++
	}
	return lines
}

// network returns a prefix in one form for both programs.
func network(address, length, family string) string {
	if address == "" || address == "all" || address == "0" && length == "" {
		return "all"
	}
	if ip, err := netip.ParseAddr(address); err == nil {
		address = ip.String()
	}
	if length == "" {
		length = map[string]string{"-4": "32", "-6": "128"}[family]
	}
	return address + "/" + length
}

// ourRules returns the same of our program.
func ourRules(t *testing.T, args ...string) map[string]int {
	t.Helper()
	a := live.Netstat(t, append(args, "--rules", "--json")...)
	if a.Err != "" || a.Status != 0 {
		t.Fatalf("status %d: %s", a.Status, a.Err)
	}
	family := args[len(args)-1]
	lines := make(map[string]int)
	for _, v := range list(live.Decode[object](t, a.Out)["rules"]) {
		r := v.(object)
		is := func(key string) string { return strconv.FormatBool(r[key] == true) }
		hexadecimal := func(key string) string {
			n, err := strconv.ParseUint(live.Text(r[key]), 10, 64)
			if err != nil {
				return ""
			}
			if key == "tos" {
				return fmt.Sprintf("0x%02x", n)
			}
			return "0x" + strconv.FormatUint(n, 16)
		}
		realms := live.Text(r["source_realm"]) + "/" + live.Text(r["realm"])
		mark := hexadecimal("mark")
		if mark == "0x0" {
			mark = "0"
		}
		protocol := live.Text(r["ip_protocol"])
		if live.Text(r["action"]) != "table" {
			delete(r, "suppress_prefix_length") // ip(8) does not show it
		}
		lines[fmt.Sprint(
			live.Text(r["priority"]), " not ", is("invert"), " from ", network(live.Text(r["from"]), live.Text(r["from_prefix_length"]), family), " to ", network(live.Text(r["to"]), live.Text(r["to_prefix_length"]), family),
			" iif ", live.Text(r["input"]), is("input_detached"), " oif ", live.Text(r["output"]), is("output_detached"), " mark ", mark, hexadecimal("mark_mask"),
			" tos ", hexadecimal("tos"), " proto ", protocol, " ports ", live.Text(r["source_port"]), "-", live.Text(r["source_port_last"]), " ", live.Text(r["destination_port"]), "-", live.Text(r["destination_port_last"]),
			" uid ", live.Text(r["first_uid"]), "-", live.Text(r["last_uid"]), " l3mdev ", is("l3mdev"), " action ", live.Text(r["action"]), " table ", live.Text(r["table_id"]), " goto ", live.Text(r["goto"]), is("unresolved"),
			" tun ", live.Text(r["tunnel_id"]), " suppress ", live.Text(r["suppress_prefix_length"]), " ", live.Text(r["suppress_group"]), " realms ", realms, " by ", numberOf(live.Text(r["protocol"]), protocols),
		)]++
	}
	return lines
}
