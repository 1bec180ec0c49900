package win32

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// layoutRows lists, for socket rows and other structures without pointers, the names in
// Microsoft's headers with our sizes and offsets.
func layoutRows() []string {
	var all []string
	add := func(name string, n int) { all = append(all, fmt.Sprintf("all %s %d", name, n)) }
	row := func(row, table string, l *rowLayout, names ...string) {
		add(row, l.size)
		add(table+".table", l.table)
		at := map[string]int{
			"state": l.state, "local": l.local, "localScope": l.localScope, "localPort": l.localPort,
			"remote": l.remote, "remoteScope": l.remoteScope, "remotePort": l.remotePort,
			"pid": l.pid, "created": l.created, "offload": l.offload,
		}
		for _, n := range names {
			ours, theirs, _ := strings.Cut(n, "=")
			add(row+"."+theirs, at[ours])
		}
	}
	tcp := []string{
		"state=dwState", "local=dwLocalAddr", "localPort=dwLocalPort", "remote=dwRemoteAddr",
		"remotePort=dwRemotePort", "pid=dwOwningPid",
	}
	tcp6 := []string{
		"local=ucLocalAddr", "localScope=dwLocalScopeId", "localPort=dwLocalPort", "remote=ucRemoteAddr",
		"remoteScope=dwRemoteScopeId", "remotePort=dwRemotePort", "state=dwState", "pid=dwOwningPid",
	}
	udp := []string{"local=dwLocalAddr", "localPort=dwLocalPort", "pid=dwOwningPid"}
	udp6 := []string{"local=ucLocalAddr", "localScope=dwLocalScopeId", "localPort=dwLocalPort", "pid=dwOwningPid"}
	with := func(names []string, more ...string) []string { return append(slices.Clone(names), more...) }
	const created = "created=liCreateTimestamp"

	row("MIB_TCPROW", "MIB_TCPTABLE", &rowTCPBare, tcp[:len(tcp)-1]...)
	row("MIB_TCP6ROW", "MIB_TCP6TABLE", &rowTCP6Bare,
		"state=State", "local=LocalAddr", "localScope=dwLocalScopeId", "localPort=dwLocalPort",
		"remote=RemoteAddr", "remoteScope=dwRemoteScopeId", "remotePort=dwRemotePort")
	row("MIB_UDPROW", "MIB_UDPTABLE", &rowUDPBare, udp[:len(udp)-1]...)
	row("MIB_UDP6ROW", "MIB_UDP6TABLE", &rowUDP6Bare, "local=dwLocalAddr", "localScope=dwLocalScopeId", "localPort=dwLocalPort")
	row("MIB_TCPROW_OWNER_PID", "MIB_TCPTABLE_OWNER_PID", &rowTCPPID, tcp...)
	row("MIB_TCPROW_OWNER_MODULE", "MIB_TCPTABLE_OWNER_MODULE", &rowTCPModule, with(tcp, created)...)
	row("MIB_TCP6ROW_OWNER_PID", "MIB_TCP6TABLE_OWNER_PID", &rowTCP6PID, tcp6...)
	row("MIB_TCP6ROW_OWNER_MODULE", "MIB_TCP6TABLE_OWNER_MODULE", &rowTCP6Module, with(tcp6, created)...)
	row("MIB_TCPROW2", "MIB_TCPTABLE2", &rowTCP2, with(tcp, "offload=dwOffloadState")...)
	row("MIB_TCP6ROW2", "MIB_TCP6TABLE2", &rowTCP62,
		"local=LocalAddr", "localScope=dwLocalScopeId", "localPort=dwLocalPort", "remote=RemoteAddr",
		"remoteScope=dwRemoteScopeId", "remotePort=dwRemotePort", "state=State", "pid=dwOwningPid", "offload=dwOffloadState")
	row("MIB_UDPROW_OWNER_PID", "MIB_UDPTABLE_OWNER_PID", &rowUDPPID, udp...)
	row("MIB_UDPROW_OWNER_MODULE", "MIB_UDPTABLE_OWNER_MODULE", &rowUDPModule, with(udp, created)...)
	row("MIB_UDP6ROW_OWNER_PID", "MIB_UDP6TABLE_OWNER_PID", &rowUDP6PID, udp6...)
	row("MIB_UDP6ROW_OWNER_MODULE", "MIB_UDP6TABLE_OWNER_MODULE", &rowUDP6Module, with(udp6, created)...)
	row("MIB_UDPROW2", "MIB_UDPTABLE2", &rowUDP2, with(udp, created, "remote=dwRemoteAddr", "remotePort=dwRemotePort")...)
	row("MIB_UDP6ROW2", "MIB_UDP6TABLE2", &rowUDP62,
		with(udp6, created, "remote=ucRemoteAddr", "remoteScope=dwRemoteScopeId", "remotePort=dwRemotePort")...)

	for _, f := range []struct {
		name string
		n    int
	}{
		{"MIB_IF_TABLE2.Table", ifTable}, {"MIB_IF_ROW2", ifSize},
		{"MIB_IF_ROW2.InterfaceIndex", ifIndex}, {"MIB_IF_ROW2.Alias", ifAlias},
		{"MIB_IF_ROW2.Description", ifDescription}, {"MIB_IF_ROW2.PhysicalAddressLength", ifPhysLength},
		{"MIB_IF_ROW2.PhysicalAddress", ifPhys}, {"MIB_IF_ROW2.Mtu", ifMTU}, {"MIB_IF_ROW2.Type", ifType},
		{"MIB_IF_ROW2.TunnelType", ifTunnelType}, {"MIB_IF_ROW2.MediaType", ifMediaType}, {"MIB_IF_ROW2.PhysicalMediumType", ifPhysicalMedium},
		{"MIB_IF_ROW2.DirectionType", ifDirectionType}, {"MIB_IF_ROW2.NetworkGuid", ifNetworkGUID}, {"MIB_IF_ROW2.ConnectionType", ifConnectionType},
		{"MIB_IF_ROW2.AccessType", ifAccessType},
		{"MIB_IF_ROW2.InterfaceAndOperStatusFlags", ifFlags}, {"MIB_IF_ROW2.OperStatus", ifOperStatus},
		{"MIB_IF_ROW2.AdminStatus", ifAdminStatus}, {"MIB_IF_ROW2.InOctets", ifInOctets},
		{"MIB_IF_ROW2.InUcastPkts", ifInUnicast}, {"MIB_IF_ROW2.InNUcastPkts", ifInNonUnicast},
		{"MIB_IF_ROW2.InDiscards", ifInDiscards}, {"MIB_IF_ROW2.InErrors", ifInErrors},
		{"MIB_IF_ROW2.InterfaceGuid", ifGUID}, {"MIB_IF_ROW2.PermanentPhysicalAddress", ifPermanentPhys},
		{"MIB_IF_ROW2.MediaConnectState", ifMediaConnect}, {"MIB_IF_ROW2.TransmitLinkSpeed", ifTransmitSpeed}, {"MIB_IF_ROW2.ReceiveLinkSpeed", ifReceiveSpeed},
		{"MIB_IF_ROW2.InUcastOctets", ifInUnicastBytes}, {"MIB_IF_ROW2.InMulticastOctets", ifInMulticastBytes}, {"MIB_IF_ROW2.InBroadcastOctets", ifInBroadcastBytes},
		{"MIB_IF_ROW2.OutUcastOctets", ifOutUnicastBytes}, {"MIB_IF_ROW2.OutMulticastOctets", ifOutMultiBytes}, {"MIB_IF_ROW2.OutBroadcastOctets", ifOutBroadBytes},
		{"MIB_IF_ROW2.InUnknownProtos", ifInUnknownProtos}, {"MIB_IF_ROW2.OutOctets", ifOutOctets},
		{"MIB_IF_ROW2.OutUcastPkts", ifOutUnicast}, {"MIB_IF_ROW2.OutNUcastPkts", ifOutNonUnicast},
		{"MIB_IF_ROW2.OutDiscards", ifOutDiscards}, {"MIB_IF_ROW2.OutErrors", ifOutErrors},

		{"MIB_IPFORWARD_TABLE2.Table", forwardTable}, {"MIB_IPFORWARD_ROW2", forwardSize},
		{"MIB_IPFORWARD_ROW2.InterfaceIndex", forwardIndex}, {"MIB_IPFORWARD_ROW2.DestinationPrefix", forwardPrefix},
		{"MIB_IPFORWARD_ROW2.DestinationPrefix.PrefixLength", forwardPrefixLen},
		{"MIB_IPFORWARD_ROW2.NextHop", forwardNextHop}, {"MIB_IPFORWARD_ROW2.Metric", forwardMetric},
		{"MIB_IPFORWARD_ROW2.Protocol", forwardProtocol}, {"MIB_IPFORWARD_ROW2.Loopback", forwardLoopback},
		{"MIB_IPFORWARD_ROW2.Origin", forwardOrigin},
		{"MIB_IPFORWARD_ROW2.ValidLifetime", forwardValid}, {"MIB_IPFORWARD_ROW2.PreferredLifetime", forwardPreferred},
		{"MIB_IPFORWARD_ROW2.AutoconfigureAddress", forwardAutoconf}, {"MIB_IPFORWARD_ROW2.Publish", forwardPublish},
		{"MIB_IPFORWARD_ROW2.Immortal", forwardImmortal}, {"MIB_IPFORWARD_ROW2.Age", forwardAge},

		{"MIB_IPINTERFACE_TABLE.Table", interfaceTable}, {"MIB_IPINTERFACE_ROW", interfaceSize},
		{"MIB_IPINTERFACE_ROW.InterfaceIndex", interfaceIndexOffset}, {"MIB_IPINTERFACE_ROW.Metric", interfaceMetric},
		{"MIB_IPINTERFACE_ROW.NlMtu", interfaceMTU},

		{"MIB_UNICASTIPADDRESS_TABLE.Table", unicastTable}, {"MIB_UNICASTIPADDRESS_ROW", unicastSize}, {"MIB_UNICASTIPADDRESS_ROW.Address", 0},
		{"MIB_UNICASTIPADDRESS_ROW.InterfaceIndex", unicastIndex}, {"MIB_UNICASTIPADDRESS_ROW.PrefixOrigin", unicastPrefix},
		{"MIB_UNICASTIPADDRESS_ROW.SuffixOrigin", unicastSuffix}, {"MIB_UNICASTIPADDRESS_ROW.ValidLifetime", unicastValid},
		{"MIB_UNICASTIPADDRESS_ROW.PreferredLifetime", unicastPreferred}, {"MIB_UNICASTIPADDRESS_ROW.SkipAsSource", unicastSkip},
		{"MIB_UNICASTIPADDRESS_ROW.DadState", unicastDAD},

		{"MIB_IPNET_TABLE2.Table", neighborTable}, {"MIB_IPNET_ROW2", neighborSize}, {"MIB_IPNET_ROW2.Address", 0},
		{"MIB_IPNET_ROW2.InterfaceIndex", neighborIndex}, {"MIB_IPNET_ROW2.PhysicalAddress", neighborPhys},
		{"MIB_IPNET_ROW2.PhysicalAddressLength", neighborPhysLength}, {"MIB_IPNET_ROW2.State", neighborState},
		{"MIB_IPNET_ROW2.Flags", neighborFlags}, {"MIB_IPNET_ROW2.ReachabilityTime", neighborReach},

		{"SOCKADDR_IN", sockaddrSize4}, {"SOCKADDR_IN.sin_addr", sockaddrIn4},
		{"SOCKADDR_IN6", sockaddrSize6}, {"SOCKADDR_IN6.sin6_addr", sockaddrIn6},

		{"MIB_IPSTATS", ipSize}, {"MIB_IPSTATS.dwInReceives", 8}, {"MIB_IPSTATS.dwNumRoutes", 88},
		{"MIB_TCPSTATS", tcpSize}, {"MIB_TCPSTATS.dwMaxConn", maxConn}, {"MIB_TCPSTATS.dwNumConns", 56},
		{"MIB_UDPSTATS", udpSize}, {"MIB_UDPSTATS.dwOutDatagrams", 12},
		{"MIB_ICMP_EX", icmpSize}, {"MIB_ICMP_EX.icmpOutStats", icmpHalf},
		{"MIBICMPSTATS_EX.dwErrors", icmpErrors}, {"MIBICMPSTATS_EX.rgdwTypeCount", icmpTypes},

		{"VS_FIXEDFILEINFO", versionFixed}, {"VS_FIXEDFILEINFO.dwSignature", 0},
		{"VS_FIXEDFILEINFO.dwFileVersionMS", versionMS}, {"VS_FIXEDFILEINFO.dwFileVersionLS", versionLS},
	} {
		add(f.name, f.n)
	}
	for n, name := range []string{"Unreachable", "Incomplete", "Probe", "Delay", "Stale", "Reachable", "Permanent"} {
		all = append(all, fmt.Sprintf("value Nlns%s %d", name, n))
	}
	return all
}

// layoutTrust has the structures passed to and returned by wintrust, with their numbers
// for 32 and 64 bits.
var layoutTrust = []struct {
	name       string
	at32, at64 int
}{
	{"WINTRUST_DATA.dwUIChoice", 12, 24},
	{"WINTRUST_DATA.dwUnionChoice", 20, 32},
	{"WINTRUST_DATA.pFile", 24, 40},
	{"WINTRUST_DATA.dwStateAction", 28, 48},
	{"WINTRUST_DATA.hWVTStateData", 32, 56},
	{"WINTRUST_DATA.dwProvFlags", 40, 72},
	{"WINTRUST_FILE_INFO", 16, 32},
	{"WINTRUST_FILE_INFO.pcwszFilePath", 4, 8},
	{"WINTRUST_FILE_INFO.hFile", 8, 16},
	{"WINTRUST_CATALOG_INFO", 40, 72},
	{"WINTRUST_CATALOG_INFO.pcwszCatalogFilePath", 8, 8},
	{"WINTRUST_CATALOG_INFO.pcwszMemberTag", 12, 16},
	{"WINTRUST_CATALOG_INFO.pcwszMemberFilePath", 16, 24},
	{"WINTRUST_CATALOG_INFO.hMemberFile", 20, 32},
	{"WINTRUST_CATALOG_INFO.pbCalculatedFileHash", 24, 40},
	{"WINTRUST_CATALOG_INFO.cbCalculatedFileHash", 28, 48},
	{"WINTRUST_CATALOG_INFO.hCatAdmin", 36, 64},
	{"CATALOG_INFO", 524, 524},
	{"CATALOG_INFO.wszCatalogFile", 4, 4},
	{"CRYPT_PROVIDER_CERT.pCert", 4, 8},
}

func layoutPointers(bits int, p *pointers) []string {
	var all []string
	for _, f := range []struct {
		name string
		n    int
	}{
		{"TCPIP_OWNER_MODULE_BASIC_INFO", 2 * p.size},
		{"TCPIP_OWNER_MODULE_BASIC_INFO.pModuleName", moduleNameOffset},
		{"TCPIP_OWNER_MODULE_BASIC_INFO.pModulePath", moduleNameOffset + p.size},
		{"IP_ADAPTER_ADDRESSES.IfIndex", adapterIndex},
		{"IP_ADAPTER_ADDRESSES.Next", p.adapterNext},
		{"IP_ADAPTER_ADDRESSES.FirstUnicastAddress", p.adapterUnicast},
		{"IP_ADAPTER_ADDRESSES.FirstMulticastAddress", p.adapterMulticast},
		{"IP_ADAPTER_ADDRESSES.Description", p.adapterDescription},
		{"IP_ADAPTER_ADDRESSES.FriendlyName", p.adapterFriendlyName},
		{"IP_ADAPTER_ADDRESSES.PhysicalAddress", p.adapterPhys},
		{"IP_ADAPTER_ADDRESSES.PhysicalAddressLength", p.adapterPhysLength},
		{"IP_ADAPTER_ADDRESSES.Flags", p.adapterFlags},
		{"IP_ADAPTER_ADDRESSES.Mtu", p.adapterMTU},
		{"IP_ADAPTER_ADDRESSES.IfType", p.adapterType},
		{"IP_ADAPTER_ADDRESSES.OperStatus", p.adapterOperStatus},
		{"IP_ADAPTER_ADDRESSES.Ipv6IfIndex", p.adapterIndex6},
		{"IP_ADAPTER_ADDRESSES.Ipv4Metric", p.adapterMetric4},
		{"IP_ADAPTER_ADDRESSES.Ipv6Metric", p.adapterMetric6},
		// End of the fields that are read; more fields follow.
		{"IP_ADAPTER_ADDRESSES.Dhcpv4Server", p.adapterSize},
		{"IP_ADAPTER_UNICAST_ADDRESS.Next", p.addressNext},
		{"IP_ADAPTER_UNICAST_ADDRESS.Address", p.addressSockaddr},
		{"IP_ADAPTER_UNICAST_ADDRESS.OnLinkPrefixLength", p.unicastPrefixLength},
		{"IP_ADAPTER_MULTICAST_ADDRESS.Next", p.addressNext},
		{"IP_ADAPTER_MULTICAST_ADDRESS.Address", p.addressSockaddr},
		{"ENUM_SERVICE_STATUS_PROCESSW", p.serviceSize},
		{"ENUM_SERVICE_STATUS_PROCESSW.lpServiceName", 0},
		{"ENUM_SERVICE_STATUS_PROCESSW.ServiceStatusProcess.dwProcessId", p.servicePID},
		{"UNICODE_STRING.Length", 0},
		{"UNICODE_STRING.Buffer", p.unicodeText},
		{"VARIANT", p.variantSize},
		{"VARIANT.vt", 0},
		{"VARIANT.bstrVal", variantValue},
	} {
		all = append(all, fmt.Sprintf("%d %s %d", bits, f.name, f.n))
	}
	for _, f := range layoutTrust {
		n := f.at32
		if bits == 64 {
			n = f.at64
		}
		all = append(all, fmt.Sprintf("%d %s %d", bits, f.name, n))
	}
	return all
}

// layoutEstats lists the structures of tcpestats.h; those with a SIZE_T once for each
// pointer size.
func layoutEstats() (all []string) {
	add := func(width, name string, n int) { all = append(all, fmt.Sprintf("%s %s %d", width, name, n)) }
	types := map[uint32]string{
		estatsSynOpts: "SynOpts", estatsData: "Data", estatsSndCong: "SndCong", estatsPath: "Path", estatsSendBuff: "SendBuff",
		estatsRec: "Rec", estatsObsRec: "ObsRec", estatsBandwidth: "Bandwidth", estatsFineRtt: "FineRtt",
	}
	for i := range estatsKinds {
		k := &estatsKinds[i]
		add("value", "TcpConnectionEstats"+types[k.kind], int(k.kind))
		structure := func(suffix string, members []estatsMember) {
			widths := map[string]*pointers{"all": &pointers64}
			if slices.ContainsFunc(members, func(m estatsMember) bool { return m.width == estatsSizeT }) {
				widths = map[string]*pointers{"32": &pointers32, "64": &pointers64}
			}
			name := "TCP_ESTATS_" + k.name + suffix
			for width, p := range widths {
				add(width, name, estatsSize(members, p))
				end := 0
				for j := range members {
					at, wide := members[j].place(end, p)
					end = at + wide
					add(width, name+"."+members[j].name, at)
				}
			}
		}
		if k.rw > 0 {
			add("all", "TCP_ESTATS_"+k.name+"_RW_v0", k.rw)
		}
		if len(k.ros) > 0 {
			structure("_ROS_v0", k.ros)
		}
		if len(k.rod) > 0 {
			structure("_ROD_v0", k.rod)
		}
	}
	add("all", "TCP_ESTATS_BANDWIDTH_RW_v0.EnableCollectionOutbound", 0)
	add("all", "TCP_ESTATS_BANDWIDTH_RW_v0.EnableCollectionInbound", 4)
	return all
}

// TestLayout compares our numbers with testdata/layout.txt, which test/wine compares
// with Microsoft's declarations.
func TestLayout(t *testing.T) {
	text, err := os.ReadFile("testdata/layout.txt")
	if err != nil {
		t.Fatal(err)
	}
	ours := slices.Concat(layoutRows(), layoutEstats(), layoutPointers(32, &pointers32), layoutPointers(64, &pointers64))
	var theirs []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			theirs = append(theirs, line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			t.Errorf("not in layout.txt: %s", line)
		}
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			t.Errorf("only in layout.txt: %s", line)
		}
	}
}
