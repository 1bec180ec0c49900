package routes

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/netlink"
	"netstat/test/live"
	"netstat/test/need"
)

// Numbers of include/uapi/linux/fib_rules.h that golang.org/x/sys lacks.
const (
	ruleSize     = 12
	ruleInvert   = 2
	fraDSCP      = 25
	fraFlowLabel = 26
	fraFlowMask  = 27
	fraSportMask = 28
	fraDportMask = 29
	fraDSCPMask  = 30
)

var order = binary.NativeEndian

// rawRule is a rule that ip(8) may be too old to make.
type rawRule struct {
	family, tos      byte
	invert           bool
	from, to         netip.Prefix
	action           byte
	table            uint32
	numbers          []rawNumber
	input, output    string
	firstUID, endUID uint32
}

// rawNumber is an attribute of a rule: a number, and the fact of our program that has it.
type rawNumber struct {
	kind  uint16
	value []byte
	fact  string
	want  uint64
}

func word(kind uint16, fact string, n uint32) rawNumber {
	return rawNumber{kind, order.AppendUint32(nil, n), fact, uint64(n)}
}

func octet(kind uint16, fact string, n byte) rawNumber {
	return rawNumber{kind, []byte{n}, fact, uint64(n)}
}

func port(kind uint16, fact string, first, last uint16) rawNumber {
	return rawNumber{kind, order.AppendUint16(order.AppendUint16(nil, first), last), fact, uint64(first)}
}

func portMask(kind uint16, fact string, n uint16) rawNumber {
	return rawNumber{kind, order.AppendUint16(nil, n), fact, uint64(n)}
}

func label(kind uint16, fact string, n uint32) rawNumber {
	return rawNumber{kind, binary.BigEndian.AppendUint32(nil, n), fact, uint64(n)}
}

func attribute(b []byte, kind uint16, value []byte) []byte {
	b = order.AppendUint16(order.AppendUint16(b, uint16(netlink.AttributeSize+len(value))), kind)
	for b = append(b, value...); len(b)%4 != 0; {
		b = append(b, 0)
	}
	return b
}

// add makes the rule with a priority.
func (r *rawRule) add(priority uint32) error {
	flags := uint32(0)
	if r.invert {
		flags = ruleInvert
	}
	b := []byte{r.family, 0, 0, r.tos, 0, 0, 0, r.action}
	b = order.AppendUint32(b, flags)
	for _, p := range []struct {
		kind   uint16
		length int
		prefix netip.Prefix
	}{{unix.FRA_DST, 1, r.to}, {unix.FRA_SRC, 2, r.from}} {
		if p.prefix.IsValid() {
			b[p.length] = byte(p.prefix.Bits())
			b = attribute(b, p.kind, p.prefix.Addr().AsSlice())
		}
	}
	b = attribute(b, unix.FRA_PRIORITY, order.AppendUint32(nil, priority))
	if r.table != 0 {
		b = attribute(b, unix.FRA_TABLE, order.AppendUint32(nil, r.table))
	}
	for _, n := range r.numbers {
		b = attribute(b, n.kind, n.value)
	}
	if r.input != "" {
		b = attribute(b, unix.FRA_IIFNAME, append([]byte(r.input), 0))
	}
	if r.output != "" {
		b = attribute(b, unix.FRA_OIFNAME, append([]byte(r.output), 0))
	}
	if r.endUID != 0 {
		b = attribute(b, unix.FRA_UID_RANGE, order.AppendUint32(order.AppendUint32(nil, r.firstUID), r.endUID))
	}
	return rawRequest(unix.RTM_NEWRULE, b)
}

// rawRequest makes a request of NETLINK_ROUTE that adds something.
func rawRequest(kind uint16, body []byte) error {
	c, err := netlink.Dial(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer c.Close()
	const seq = 7
	b := netlink.AppendDumpHeader(nil, kind, seq, len(body))
	order.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	if err := c.Send(append(b, body...)); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := c.Receive(answer)
	if err != nil {
		return err
	}
	message, _, ok := netlink.NextMessage(answer[:n])
	if !ok || len(message) < netlink.HeaderSize+4 {
		return fmt.Errorf("answer %x", answer[:n])
	}
	if code := int32(order.Uint32(message[netlink.HeaderSize:])); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}

// randomSelectors adds selectors at random, with few values each, so that lookups meet them.
func (r *rawRule) randomSelectors(random *rand.Rand) {
	six := r.family == unix.AF_INET6
	network := func() netip.Prefix {
		if six {
			return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 0, byte(random.IntN(4))}), 46+random.IntN(3)).Masked()
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(100 + random.IntN(4))}), 14+random.IntN(3)).Masked()
	}
	add := func(n ...rawNumber) { r.numbers = append(r.numbers, n...) }
	for _, i := range random.Perm(11)[:1+random.IntN(4)] {
		switch i {
		case 0:
			r.to = network()
		case 1:
			if r.from = netip.MustParsePrefix("10.9.0.0/24"); six {
				r.from = netip.MustParsePrefix("fd09::/64")
			}
		case 2:
			r.input = []string{"d0", "d2", "lo", "none9"}[random.IntN(4)]
		case 3:
			r.output = []string{"d0", "d2", "none9"}[random.IntN(3)]
		case 4:
			mask := random.Uint32N(8)
			add(word(unix.FRA_FWMARK, "mark", random.Uint32N(8)&mask), word(unix.FRA_FWMASK, "mark_mask", mask))
		case 5:
			if random.IntN(2) == 0 { // of all rules, or these only
				r.tos = byte(4 * (1 + random.IntN(7)))
				break
			}
			if mask := byte(random.IntN(64)); random.IntN(2) == 0 {
				add(octet(fraDSCP, "dscp", byte(random.IntN(64))&mask), octet(fraDSCPMask, "dscp_mask", mask))
			} else {
				add(octet(fraDSCP, "dscp", byte(random.IntN(8))))
			}
		case 6:
			r.firstUID, r.endUID = random.Uint32N(4), 4+random.Uint32N(4)
		case 7:
			add(octet(unix.FRA_IP_PROTO, "ip_protocol", []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP}[random.IntN(2)]))
		case 8:
			if mask := uint16(random.IntN(8)); random.IntN(2) == 0 && mask != 0 {
				p := uint16(random.IntN(8)) & mask
				if p == 0 {
					p, mask = 1, 1
				}
				add(port(unix.FRA_SPORT_RANGE, "source_port", p, p), portMask(fraSportMask, "source_port_mask", mask))
			} else {
				add(port(unix.FRA_SPORT_RANGE, "source_port", uint16(1+random.IntN(4)), uint16(5+random.IntN(4))))
			}
		case 9:
			if p := uint16(1 + random.IntN(7)); random.IntN(2) == 0 {
				add(port(unix.FRA_DPORT_RANGE, "destination_port", p, p), portMask(fraDportMask, "destination_port_mask", p|4))
			} else {
				add(port(unix.FRA_DPORT_RANGE, "destination_port", p, p))
			}
		case 10:
			if mask := random.Uint32N(16); six && mask != 0 {
				add(label(fraFlowLabel, "flow_label", random.Uint32N(16)&mask), label(fraFlowMask, "flow_label_mask", mask))
			}
		}
	}
}

// newSelectors reports whether this kernel knows the newest selectors of rules.
func newSelectors(t *testing.T) bool {
	t.Helper()
	r := rawRule{family: unix.AF_INET, action: unix.FR_ACT_TO_TBL, table: 5, numbers: []rawNumber{octet(fraDSCP, "", 1), octet(fraDSCPMask, "", 1)}}
	if err := r.add(9); err != nil {
		need.Partly(t, "masks of DSCP in rules (Linux 6.16)")
		return false
	}
	live.Run(t, "ip", "rule", "del", "pref", "9")
	return true
}

// TestRawRules reads back rules with selectors that ip(8) may not know.
func TestRawRules(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, setUp)
	if !newSelectors(t) {
		return
	}
	random := rand.New(rand.NewPCG(5, 6))
	want := make(map[string]*rawRule)
	for i := range uint32(600) {
		r := rawRule{family: []byte{unix.AF_INET, unix.AF_INET6}[i%2], action: unix.FR_ACT_TO_TBL, table: 1000 + i, invert: random.IntN(5) == 0}
		r.randomSelectors(random)
		if err := r.add(100 + i); err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		want[fmt.Sprint(100+i)] = &r
	}
	met := make(map[string]int)
	a := live.Netstat(t, "--rules", "--json")
	for _, v := range list(live.Decode[object](t, a.Out)["rules"]) {
		got := v.(object)
		r := want[live.Text(got["priority"])]
		if r == nil {
			continue // the kernel's own
		}
		delete(want, live.Text(got["priority"]))
		facts := map[string]string{"table_id": fmt.Sprint(r.table), "action": "table", "family": map[byte]string{unix.AF_INET: "inet", unix.AF_INET6: "inet6"}[r.family]}
		set := func(fact, value string) {
			if value != "" && value != "0" {
				facts[fact] = value
			}
		}
		set("tos", fmt.Sprint(r.tos))
		set("input", r.input)
		set("output", r.output)
		if r.endUID != 0 {
			facts["first_uid"], facts["last_uid"] = fmt.Sprint(r.firstUID), fmt.Sprint(r.endUID)
		}
		if r.invert {
			facts["invert"] = "true"
		}
		if r.from.IsValid() {
			facts["from"], facts["from_prefix_length"] = r.from.Addr().String(), fmt.Sprint(r.from.Bits())
		}
		if r.to.IsValid() {
			facts["to"], facts["to_prefix_length"] = r.to.Addr().String(), fmt.Sprint(r.to.Bits())
		}
		for _, n := range r.numbers {
			facts[n.fact] = fmt.Sprint(n.want)
			met[n.fact]++
			switch n.kind {
			case unix.FRA_SPORT_RANGE, unix.FRA_DPORT_RANGE:
				facts[n.fact+"_last"] = fmt.Sprint(order.Uint16(n.value[2:]))
			case fraDSCP:
				if _, masked := facts["dscp_mask"]; !masked {
					facts["dscp_mask"] = "63"
				}
			}
		}
		if facts["mark_mask"] == "0" { // any mark
			delete(facts, "mark")
			delete(facts, "mark_mask")
		}
		if facts["flow_label_mask"] == "0" {
			delete(facts, "flow_label")
			delete(facts, "flow_label_mask")
		}
		if !r.to.IsValid() || r.to.Bits() == 0 {
			delete(facts, "to")
		}
		all := make(map[string]string)
		for name, value := range got {
			switch name {
			case "priority", "protocol", "input_detached", "output_detached":
			default:
				all[name] = live.Text(value)
			}
		}
		if !maps.Equal(all, facts) {
			t.Errorf("rule %v: %v\nwant %v", got["priority"], all, facts)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d rules are missing", len(want))
	}
	for _, fact := range []string{"dscp", "dscp_mask", "flow_label", "flow_label_mask", "source_port_mask", "destination_port_mask"} {
		if met[fact] < 5 {
			t.Errorf("%d rules with %s", met[fact], fact)
		}
	}
	// ip(8) shows what it knows of them.
	for family, wanted := range map[string]string{"-4": "inet", "-6": "inet6"} {
		if n := len(live.Decode[[]object](t, live.Run(t, "ip", "-N", "-j", family, "rule"))); n < 300 {
			t.Errorf("%s: ip lists %d rules", wanted, n)
		}
	}
}

// lookupSetUp lets the host forward, so that the kernel answers for packets of others.
const lookupSetUp = `
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
sysctl -qw net.ipv4.conf.all.rp_filter=0
sysctl -qw net.ipv4.conf.d0.rp_filter=0
sysctl -qw net.ipv4.conf.d2.rp_filter=0
`

// TestLookups compares random lookups with those of ip-route(8), under random rules. Each rule
// has a table of its own, which tells the rule that the kernel applied.
func TestLookups(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, setUp+lookupSetUp)
	modern := newSelectors(t)
	random := rand.New(rand.NewPCG(7, 20))
	var (
		rules  []rawRule
		routes strings.Builder
	)
	for i := range uint32(80) {
		six := i%2 == 1
		r := rawRule{family: unix.AF_INET, action: unix.FR_ACT_TO_TBL, table: 1000 + i, invert: random.IntN(20) == 0}
		if six {
			r.family = unix.AF_INET6
		}
		r.randomSelectors(random)
		if !modern {
			r.numbers = slices.DeleteFunc(r.numbers, func(n rawNumber) bool { return n.kind >= fraDSCP })
		}
		switch random.IntN(12) {
		case 0:
			r.action, r.table = unix.FR_ACT_PROHIBIT, 0
		case 1:
			r.action, r.table = unix.FR_ACT_UNREACHABLE, 0
		case 2:
			r.action, r.table = unix.FR_ACT_BLACKHOLE, 0
		}
		if random.IntN(8) == 0 && r.table != 0 {
			r.numbers = append(r.numbers, word(unix.FRA_SUPPRESS_PREFIXLEN, "suppress_prefix_length", 0))
		}
		if rules = append(rules, r); r.table == 0 {
			continue
		}
		device := []string{"d0", "d2"}[random.IntN(2)]
		gateway, family, part := map[string]string{"d0": "10.9.0.", "d2": "10.19.0."}[device]+fmt.Sprint(2+i), "-4", "10.100.0.0/15"
		if six {
			gateway, family, part = map[string]string{"d0": "fd09::", "d2": "fd19::"}[device]+fmt.Sprint(2+i), "-6", "2001:db8:0::/47"
		}
		for _, destination := range []string{"default", part} {
			switch random.IntN(8) {
			case 0:
				fmt.Fprintf(&routes, "ip %s route add %s %s table %d\n", family, []string{"throw", "prohibit", "blackhole", "unreachable"}[random.IntN(4)], destination, r.table)
			case 1: // none
			default:
				fmt.Fprintf(&routes, "ip %s route add %s via %s dev %s table %d\n", family, destination, gateway, device, r.table)
			}
		}
	}
	mustRun(t, routes.String()+"ip route add default via 10.9.0.99\nip -6 route add default via fd09::99\n")
	for i := range rules {
		if err := rules[i].add(100 + uint32(i)); err != nil {
			t.Fatalf("%+v: %v", rules[i], err)
		}
	}

	var questions []string
	for i := range 400 {
		six := i%2 == 1
		q := []string{"10.9.0.1", fmt.Sprintf("10.%d.0.1", 98+random.IntN(8))}[min(random.IntN(20), 1)]
		if six {
			q = fmt.Sprintf("2001:db8:%x::1", random.IntN(6))
		}
		maybe := func(n int, format string, args ...any) {
			if random.IntN(n) == 0 {
				q += " " + fmt.Sprintf(format, args...)
			}
		}
		k := random.IntN(2)
		switch random.IntN(4) {
		case 0: // packets of another host
			q += fmt.Sprintf(" from %s iif %s", [][]string{{"10.9.0.50", "10.55.0.1"}, {"fd09::50", "2001:db9::1"}}[i%2][k], []string{"d0", "d2"}[random.IntN(2)])
		case 1:
			q += " from " + [][]string{{"10.9.0.1", "10.19.0.1"}, {"fd09::1", "fd19::1"}}[i%2][k]
			maybe(3, "oif %s", []string{"d0", "d2"}[random.IntN(2)])
		case 2:
			maybe(2, "oif %s", []string{"d0", "d2"}[random.IntN(2)])
		}
		maybe(2, "mark %d", random.IntN(16))
		maybe(2, "tos 0x%x", 4*random.IntN(16))
		maybe(2, "uid %d", random.IntN(8))
		if random.IntN(2) == 0 {
			q += " ipproto " + []string{"tcp", "udp"}[random.IntN(2)]
			maybe(2, "sport %d", 1+random.IntN(9))
			maybe(2, "dport %d", 1+random.IntN(9))
		}
		questions = append(questions, q)
	}
	args := []string{"--json"}
	for _, q := range questions {
		args = append(args, "--get", q)
	}
	a := live.Netstat(t, args...)
	answers := list(live.Decode[object](t, a.Out)["lookups"])
	if len(answers) != len(questions) || a.Err != "" {
		t.Fatalf("%d answers to %d questions: %s", len(answers), len(questions), a.Err)
	}
	byRule, none, refused := make(map[string]int), 0, 0
	for i, q := range questions {
		got := answers[i].(object)
		theirs, err := exec.Command("ip", append([]string{"-N", "-j", "-d", "route", "get"}, strings.Fields(q)...)...).Output()
		rule, known := got["rule"].(object)
		switch {
		case known:
			byRule[live.Text(rule["priority"])]++
		case got["table_id"] != nil, got["refusal"] != nil && got["refusal"] != "network is unreachable":
			t.Errorf("%s: no rule for table %v, %v", q, got["table_id"], got["refusal"])
		default:
			none++ // no rule has a route
		}
		if (live.Text(got["refusal"]) != "") != (err != nil) {
			t.Errorf("%s: %v, ip: %v", q, got["refusal"], err)
			continue
		}
		if err != nil {
			refused++
			continue
		}
		want := live.Decode[[]object](t, string(theirs))[0]
		table := live.Text(got["table_id"]) // none where the kernel takes oif without a route
		if want["table"] != nil {
			table = tableOf(want["table"])
		}
		ours := fmt.Sprint(live.Text(got["gateway"]), " ", live.Text(got["interface"]), " ", live.Text(got["table_id"]))
		if theirs := fmt.Sprint(live.Text(want["gateway"]), " ", live.Text(want["dev"]), " ", table); ours != theirs {
			t.Errorf("%s: %s, ip: %s", q, ours, theirs)
		}
		if known && table != live.Text(rule["table_id"]) {
			t.Errorf("%s: rule %v of table %v, but the route is of table %s", q, rule["priority"], rule["table_id"], table)
		}
		if source := live.Text(want["prefsrc"]); source != "" && source != live.Text(got["source"]) {
			t.Errorf("%s: source %v, ip: %s", q, got["source"], source)
		}
	}
	t.Logf("%d rules applied, %d packets refused, %d without a rule", len(byRule), refused, none)
	if len(byRule) < 15 || refused < 20 || none > len(questions)/4 {
		t.Error("the rules decide too little")
	}
}

// TestLargeWeights makes a group of next hops with weights above 256 (Linux 6.12), of which the
// kernel says only the lower 8 bits with the routes themselves.
func TestLargeWeights(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	mustRun(t, setUp)
	const groupID, attributeID, attributeGroup = 90, 1, 2
	member := func(id uint32, weight uint16) []byte {
		return append(order.AppendUint32(nil, id), byte(weight-1), byte((weight-1)>>8), 0, 0)
	}
	b := attribute(make([]byte, 8), attributeID, order.AppendUint32(nil, groupID))
	b = attribute(b, attributeGroup, append(member(7, 3), member(8, 1000)...))
	if err := rawRequest(unix.RTM_NEWNEXTHOP, b); err != nil {
		need.Partly(t, "weights of next hops above 256 (Linux 6.12)")
		return
	}
	mustRun(t, "ip route add 10.50.0.0/16 nhid 90\n")
	for _, mode := range []string{"1", "0"} {
		live.Run(t, "sysctl", "-qw", "net.ipv4.nexthop_compat_mode="+mode)
		a := live.Netstat(t, "-rn4", "--json", "--filter", "next_hop_id = 90")
		var weights []string
		for _, v := range list(live.Decode[object](t, a.Out)["routes"]) {
			for _, h := range list(v.(object)["next_hops"]) {
				weights = append(weights, live.Text(h.(object)["weight"]))
			}
		}
		if !slices.Equal(weights, []string{"3", "1000"}) {
			t.Errorf("nexthop_compat_mode=%s: weights %q: %s%s", mode, weights, a.Out, a.Err)
		}
	}
}
