package linux

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"netstat"
)

// setting is an attribute of a kind of interface, with the name that ip-link(8) gives it
// in JSON.
type setting struct {
	kind uint16
	name string
	form settingForm
	// words are the texts of the numbers of a wordSetting; a number without a text stays
	// a number.
	words []string
}

// settingForm is how a setting is encoded.
type settingForm uint8

const (
	numberSetting   settingForm = iota // 1, 2, 4 or 8 bytes of the host's order
	portSetting                        // 2 or 4 bytes of the network's order
	wordSetting                        // the number of a word
	addressSetting                     // an IPv4 or IPv6 address
	hardwareSetting                    // a link-layer address
	etherSetting                       // a VLAN protocol
	bridgeSetting                      // a bridge's identity: a priority and an address
)

var (
	bondModes       = []string{"balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}
	bondHashes      = []string{"layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"}
	bondMIIStates   = []string{"UP", "GOING_DOWN", "DOWN", "GOING_BACK"}
	bridgePortState = []string{"disabled", "listening", "learning", "forwarding", "blocking"}
)

// settingsOf returns the settings of a kind: the attributes of IFLA_INFO_DATA in
// include/uapi/linux/if_link.h and if_tunnel.h. Timers of a bridge change by themselves
// and are left out, as is what an attribute of several values has.
func settingsOf(kind string) []setting {
	switch kind {
	case "vlan":
		return []setting{{1, "id", numberSetting, nil}, {5, "protocol", etherSetting, nil}}
	case "vxlan":
		return []setting{
			{1, "id", numberSetting, nil}, {2, "remote", addressSetting, nil}, {16, "remote6", addressSetting, nil},
			{4, "local", addressSetting, nil}, {17, "local6", addressSetting, nil}, {3, "link_index", numberSetting, nil},
			{15, "port", portSetting, nil}, {5, "ttl", numberSetting, nil}, {6, "tos", numberSetting, nil}, {7, "learning", numberSetting, nil},
			{8, "ageing", numberSetting, nil}, {9, "limit", numberSetting, nil}, {11, "proxy", numberSetting, nil}, {12, "rsc", numberSetting, nil},
			{13, "l2miss", numberSetting, nil}, {14, "l3miss", numberSetting, nil}, {18, "udp_csum", numberSetting, nil},
			{19, "udp_zero_csum6_tx", numberSetting, nil}, {20, "udp_zero_csum6_rx", numberSetting, nil}, {25, "external", numberSetting, nil},
		}
	case "geneve":
		return []setting{
			{1, "id", numberSetting, nil}, {2, "remote", addressSetting, nil}, {7, "remote6", addressSetting, nil}, {5, "port", portSetting, nil},
			{3, "ttl", numberSetting, nil}, {4, "tos", numberSetting, nil},
		}
	case "bond":
		return []setting{
			{1, "mode", wordSetting, bondModes}, {2, "active_slave_index", numberSetting, nil}, {3, "miimon", numberSetting, nil},
			{4, "updelay", numberSetting, nil}, {5, "downdelay", numberSetting, nil}, {6, "use_carrier", numberSetting, nil},
			{7, "arp_interval", numberSetting, nil}, {11, "primary_index", numberSetting, nil},
			{12, "primary_reselect", wordSetting, []string{"always", "better", "failure"}}, {13, "fail_over_mac", wordSetting, []string{"none", "active", "follow"}},
			{14, "xmit_hash_policy", wordSetting, bondHashes}, {15, "resend_igmp", numberSetting, nil}, {16, "num_peer_notif", numberSetting, nil},
			{17, "all_slaves_active", numberSetting, nil}, {18, "min_links", numberSetting, nil}, {19, "lp_interval", numberSetting, nil},
			{20, "packets_per_slave", numberSetting, nil}, {21, "ad_lacp_rate", wordSetting, []string{"slow", "fast"}},
			{22, "ad_select", wordSetting, []string{"stable", "bandwidth", "count"}},
		}
	case "bridge":
		return []setting{
			{5, "stp_state", numberSetting, nil}, {6, "priority", numberSetting, nil}, {7, "vlan_filtering", numberSetting, nil},
			{8, "vlan_protocol", etherSetting, nil}, {39, "vlan_default_pvid", numberSetting, nil}, {11, "bridge_id", bridgeSetting, nil}, {10, "root_id", bridgeSetting, nil},
			{12, "root_port", numberSetting, nil}, {13, "root_path_cost", numberSetting, nil}, {14, "topology_change", numberSetting, nil},
			{1, "forward_delay", numberSetting, nil}, {2, "hello_time", numberSetting, nil}, {3, "max_age", numberSetting, nil},
			{4, "ageing_time", numberSetting, nil}, {20, "group_addr", hardwareSetting, nil}, {22, "mcast_router", numberSetting, nil}, {23, "mcast_snooping", numberSetting, nil},
			{25, "mcast_querier", numberSetting, nil}, {27, "mcast_hash_max", numberSetting, nil}, {36, "nf_call_iptables", numberSetting, nil},
			{37, "nf_call_ip6tables", numberSetting, nil}, {38, "nf_call_arptables", numberSetting, nil},
		}
	case "tun":
		return []setting{
			{3, "type", wordSetting, []string{"", "tun", "tap"}}, {1, "user", numberSetting, nil}, {2, "group", numberSetting, nil},
			{4, "pi", numberSetting, nil}, {5, "vnet_hdr", numberSetting, nil}, {6, "persist", numberSetting, nil},
			{7, "multi_queue", numberSetting, nil}, {8, "numqueues", numberSetting, nil}, {9, "numdisabled", numberSetting, nil},
		}
	case "macvlan", "macvtap":
		return []setting{{1, "mode", wordSetting, []string{1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"}}, {7, "bcqueuelen", numberSetting, nil}, {8, "usedbcqueuelen", numberSetting, nil}}
	case "ipvlan", "ipvtap":
		return []setting{{1, "mode", wordSetting, []string{"l2", "l3", "l3s"}}, {2, "flags", wordSetting, []string{"bridge", "private", "vepa"}}}
	case "vrf":
		return []setting{{1, "table", numberSetting, nil}}
	case "gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan":
		return []setting{
			{6, "local", addressSetting, nil}, {7, "remote", addressSetting, nil}, {1, "link_index", numberSetting, nil}, {4, "ikey", portSetting, nil},
			{5, "okey", portSetting, nil}, {8, "ttl", numberSetting, nil}, {9, "tos", numberSetting, nil}, {10, "pmtudisc", numberSetting, nil},
			{11, "encap_limit", numberSetting, nil},
		}
	case "ipip", "sit", "ip6tnl":
		proto := []string{0: "any", 4: "ipip", 41: "ip6ip", 137: "mplsip"} // of what in IPv4
		if kind == "ip6tnl" {
			proto = []string{0: "any", 4: "ipip6", 41: "ip6ip6"}
		}
		return []setting{
			{2, "local", addressSetting, nil}, {3, "remote", addressSetting, nil}, {1, "link_index", numberSetting, nil}, {9, "proto", wordSetting, proto},
			{4, "ttl", numberSetting, nil}, {5, "tos", numberSetting, nil}, {10, "pmtudisc", numberSetting, nil}, {6, "encap_limit", numberSetting, nil},
		}
	case "vti", "vti6":
		return []setting{{4, "local", addressSetting, nil}, {5, "remote", addressSetting, nil}, {1, "link_index", numberSetting, nil}, {2, "ikey", portSetting, nil}, {3, "okey", portSetting, nil}}
	case "xfrm":
		return []setting{{1, "link_index", numberSetting, nil}, {2, "if_id", numberSetting, nil}}
	}
	return nil
}

// slaveSettingsOf returns the settings that a master of a kind keeps of its members:
// IFLA_INFO_SLAVE_DATA.
func slaveSettingsOf(kind string) []setting {
	switch kind {
	case "bridge":
		return []setting{
			{1, "state", wordSetting, bridgePortState}, {2, "priority", numberSetting, nil}, {3, "cost", numberSetting, nil}, {4, "hairpin", numberSetting, nil},
			{5, "guard", numberSetting, nil}, {6, "root_block", numberSetting, nil}, {7, "fastleave", numberSetting, nil},
			{8, "learning", numberSetting, nil}, {9, "flood", numberSetting, nil}, {33, "isolated", numberSetting, nil},
		}
	case "bond":
		return []setting{
			{1, "state", wordSetting, []string{"ACTIVE", "BACKUP"}}, {2, "mii_status", wordSetting, bondMIIStates}, {3, "link_failure_count", numberSetting, nil},
			{4, "perm_hwaddr", hardwareSetting, nil}, {5, "queue_id", numberSetting, nil}, {6, "ad_aggregator_id", numberSetting, nil},
		}
	case "vrf":
		return []setting{{1, "table", numberSetting, nil}}
	}
	return nil
}

// decode decodes the value of an attribute, or returns false if it has another length.
func (s *setting) decode(b []byte) (netstat.LinkSetting, bool) {
	words := func(text string) (netstat.LinkSetting, bool) {
		return netstat.LinkSetting{Text: text, IsText: true}, true
	}
	number := func(n uint64) (netstat.LinkSetting, bool) { return netstat.LinkSetting{Number: n}, true }
	switch s.form {
	case addressSetting:
		if ip, ok := netip.AddrFromSlice(b); ok {
			return words(ip.String())
		}
		return netstat.LinkSetting{}, false
	case hardwareSetting:
		if len(b) > 0 && len(b) <= 32 {
			return words(hardwareText(b))
		}
		return netstat.LinkSetting{}, false
	case bridgeSetting: // struct ifla_bridge_id
		if len(b) != 8 {
			return netstat.LinkSetting{}, false
		}
		return words(hex.EncodeToString(b[:2]) + "." + hardwareText(b[2:]))
	case etherSetting:
		if len(b) != 2 {
			return netstat.LinkSetting{}, false
		}
		switch n := binary.BigEndian.Uint16(b); n {
		case 0x8100:
			return words("802.1Q")
		case 0x88a8:
			return words("802.1ad")
		default:
			return words("0x" + strconv.FormatUint(uint64(n), 16))
		}
	}
	var order binary.ByteOrder = binary.NativeEndian
	if s.form == portSetting {
		order = binary.BigEndian
	}
	var n uint64
	switch len(b) {
	case 1:
		n = uint64(b[0])
	case 2:
		n = uint64(order.Uint16(b))
	case 4:
		n = uint64(order.Uint32(b))
	case 8:
		n = order.Uint64(b)
	default:
		return netstat.LinkSetting{}, false
	}
	if n < uint64(len(s.words)) && s.words[n] != "" {
		return words(s.words[n])
	}
	return number(n)
}

// hardwareText returns a link-layer address as text.
func hardwareText(b []byte) string {
	text := make([]byte, 0, 3*len(b))
	for i := range b {
		if i > 0 {
			text = append(text, ':')
		}
		text = hex.AppendEncode(text, b[i:i+1])
	}
	return string(text)
}
