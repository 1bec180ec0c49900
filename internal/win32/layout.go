package win32

// Offsets of the fields of Windows' structures, in bytes. testdata/layout.txt lists the
// same numbers with the names in Microsoft's headers. layout_test.go compares the two,
// and test/wine compiles that file against the headers, for 32 and 64 bits.
//
// A structure without pointers is the same on 386, amd64 and arm64: Windows always
// aligns 64-bit integers to 8 bytes. Go does not on 386, so Go declarations of such
// structures (MIB_IF_ROW2 in golang.org/x/sys v0.49.0) are wrong there and not used
// here. Its MIB_IPINTERFACE_ROW is 8 bytes too long everywhere.

// rowLayout is the layout of a row of a table of sockets.
type rowLayout struct {
	size  int
	table int // offset of the first row, after the count
	addr  int // bytes per address

	local, localScope, localPort    int
	remote, remoteScope, remotePort int // remotePort is 0 without a remote end
	state                           int // -1 for none
	pid                             int // 0 for none
	created                         int // 0 for none
	offload                         int // 0 for none
	scoped                          bool
}

var (
	// MIB_TCPROW and MIB_TCP6ROW
	rowTCPBare = rowLayout{
		size: 20, table: 4, addr: 4, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16,
	}
	rowTCP6Bare = rowLayout{
		size: 52, table: 4, addr: 16, scoped: true, state: 0, local: 4, localScope: 20, localPort: 24,
		remote: 28, remoteScope: 44, remotePort: 48,
	}
	// MIB_UDPROW and MIB_UDP6ROW
	rowUDPBare  = rowLayout{size: 8, table: 4, addr: 4, state: -1, local: 0, localPort: 4}
	rowUDP6Bare = rowLayout{
		size: 24, table: 4, addr: 16, scoped: true, state: -1, local: 0, localScope: 16, localPort: 20,
	}
	// MIB_TCPROW_OWNER_PID and MIB_TCPROW_OWNER_MODULE
	rowTCPPID = rowLayout{
		size: 24, table: 4, addr: 4, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20,
	}
	rowTCPModule = rowLayout{
		size: 160, table: 8, addr: 4, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20,
		created: 24,
	}
	// MIB_TCP6ROW_OWNER_PID and MIB_TCP6ROW_OWNER_MODULE
	rowTCP6PID = rowLayout{
		size: 56, table: 4, addr: 16, scoped: true, local: 0, localScope: 16, localPort: 20,
		remote: 24, remoteScope: 40, remotePort: 44, state: 48, pid: 52,
	}
	rowTCP6Module = rowLayout{
		size: 192, table: 8, addr: 16, scoped: true, local: 0, localScope: 16, localPort: 20,
		remote: 24, remoteScope: 40, remotePort: 44, state: 48, pid: 52, created: 56,
	}
	// MIB_TCPROW2 and MIB_TCP6ROW2
	rowTCP2 = rowLayout{
		size: 28, table: 4, addr: 4, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20,
		offload: 24,
	}
	rowTCP62 = rowLayout{
		size: 60, table: 4, addr: 16, scoped: true, local: 0, localScope: 16, localPort: 20,
		remote: 24, remoteScope: 40, remotePort: 44, state: 48, pid: 52, offload: 56,
	}
	// MIB_UDPROW_OWNER_PID and MIB_UDPROW_OWNER_MODULE
	rowUDPPID    = rowLayout{size: 12, table: 4, addr: 4, state: -1, local: 0, localPort: 4, pid: 8}
	rowUDPModule = rowLayout{
		size: 160, table: 8, addr: 4, state: -1, local: 0, localPort: 4, pid: 8, created: 16,
	}
	// MIB_UDP6ROW_OWNER_PID and MIB_UDP6ROW_OWNER_MODULE
	rowUDP6PID = rowLayout{
		size: 28, table: 4, addr: 16, scoped: true, state: -1, local: 0, localScope: 16, localPort: 20, pid: 24,
	}
	rowUDP6Module = rowLayout{
		size: 176, table: 8, addr: 16, scoped: true, state: -1, local: 0, localScope: 16, localPort: 20,
		pid: 24, created: 32,
	}
	// MIB_UDPROW2 and MIB_UDP6ROW2 of newer headers: the rows above with the peer.
	rowUDP2 = rowLayout{
		size: 168, table: 8, addr: 4, state: -1, local: 0, localPort: 4, pid: 8, created: 16,
		remote: 160, remotePort: 164,
	}
	rowUDP62 = rowLayout{
		size: 200, table: 8, addr: 16, scoped: true, state: -1, local: 0, localScope: 16, localPort: 20,
		pid: 24, created: 32, remote: 176, remoteScope: 192, remotePort: 196,
	}
)

// MIB_IF_ROW2, after the count of MIB_IF_TABLE2.
const (
	ifTable            = 8
	ifSize             = 1352
	ifLUID             = 0
	ifIndex            = 8
	ifGUID             = 12
	ifAlias            = 28
	ifDescription      = 542
	ifPhysLength       = 1056
	ifPhys             = 1060
	ifPermanentPhys    = 1092
	ifMTU              = 1124
	ifType             = 1128
	ifTunnelType       = 1132
	ifMediaType        = 1136
	ifPhysicalMedium   = 1140
	ifAccessType       = 1144
	ifDirectionType    = 1148
	ifFlags            = 1152
	ifOperStatus       = 1156
	ifAdminStatus      = 1160
	ifMediaConnect     = 1164
	ifNetworkGUID      = 1168
	ifConnectionType   = 1184
	ifTransmitSpeed    = 1192
	ifReceiveSpeed     = 1200
	ifInOctets         = 1208
	ifInUnicast        = 1216
	ifInNonUnicast     = 1224
	ifInDiscards       = 1232
	ifInErrors         = 1240
	ifInUnknownProtos  = 1248
	ifInUnicastBytes   = 1256
	ifInMulticastBytes = 1264
	ifInBroadcastBytes = 1272
	ifOutOctets        = 1280
	ifOutUnicast       = 1288
	ifOutNonUnicast    = 1296
	ifOutDiscards      = 1304
	ifOutErrors        = 1312
	ifOutUnicastBytes  = 1320
	ifOutMultiBytes    = 1328
	ifOutBroadBytes    = 1336
	ifTextSize         = 514 // of Alias and Description
	ifPhysSize         = 32
	ifFilterInterface  = 1 << 1 // of InterfaceAndOperStatusFlags
	ifTypeEthernet     = 6
	ifTypeFDDI         = 15
	ifTypePPP          = 23
	ifTypeLoopback     = 24
	ifTypeSLIP         = 28
	ifTypeARCnet       = 35
	ifTypeWireless     = 71
	ifTypeTunnel       = 131
	tunnel6to4         = 11
	tunnelISATAP       = 13
	tunnelTeredo       = 14
	accessBroadcast    = 2
	accessPointToPoint = 3
	statusUp           = 1 // of AdminStatus and OperStatus
)

// MIB_IPFORWARD_ROW2, after the count of MIB_IPFORWARD_TABLE2.
const (
	forwardTable     = 8
	forwardSize      = 104
	forwardIndex     = 8
	forwardPrefix    = 12
	forwardPrefixLen = 40
	forwardNextHop   = 44
	forwardValid     = 76
	forwardPreferred = 80
	forwardMetric    = 84
	forwardProtocol  = 88
	forwardLoopback  = 92
	forwardAutoconf  = 93
	forwardPublish   = 94
	forwardImmortal  = 95
	forwardAge       = 96
	forwardOrigin    = 100

	lifetimeInfinite = 1<<32 - 1 // of ValidLifetime and PreferredLifetime

	protocolRedirect     = 4 // RouteProtocolIcmp
	originDHCP           = 2 // NlroDHCP
	originAdvertisement  = 3 // NlroRouterAdvertisement
	origin6to4           = 4 // Nlro6to4, the last of NL_ROUTE_ORIGIN
	interfaceTable       = 8 // MIB_IPINTERFACE_TABLE
	interfaceSize        = 168
	interfaceIndexOffset = 16
	interfaceMetric      = 148
	interfaceMTU         = 152 // NlMtu
)

// MIB_UNICASTIPADDRESS_ROW, after the count of MIB_UNICASTIPADDRESS_TABLE. The address is
// at 0.
const (
	unicastTable     = 8
	unicastSize      = 80
	unicastIndex     = 40
	unicastPrefix    = 44 // PrefixOrigin
	unicastSuffix    = 48 // SuffixOrigin
	unicastValid     = 52
	unicastPreferred = 56
	unicastSkip      = 61 // SkipAsSource
	unicastDAD       = 64 // DadState
)

// MIB_IPNET_ROW2, after the count of MIB_IPNET_TABLE2. The address is at 0.
const (
	neighborTable      = 8
	neighborSize       = 88
	neighborIndex      = 28
	neighborPhys       = 40
	neighborPhysLength = 72
	neighborState      = 76
	neighborFlags      = 80
	neighborReach      = 84 // ReachabilityTime

	neighborIsRouter      = 1 << 0 // the first of two bit fields
	neighborIsUnreachable = 2      // of Flags
)

// SOCKADDR_IN and SOCKADDR_IN6, alone or in a SOCKADDR_INET.
const (
	sockaddrIn4     = 4
	sockaddrIn6     = 8
	sockaddrIn6Zone = 24
	sockaddrSize4   = 16
	sockaddrSize6   = 28

	familyInet4 = 2
	familyInet6 = 23
)

// pointers is the layout of structures with pointers: those of GetAdaptersAddresses,
// GetOwnerModuleFromTcpEntry, EnumServicesStatusEx, NtQueryInformationProcess and WMI.
type pointers struct {
	size int // pointer size

	// IP_ADAPTER_ADDRESSES. IfIndex is at 4 for both pointer sizes.
	adapterSize, adapterNext, adapterUnicast, adapterMulticast    int
	adapterDescription, adapterFriendlyName                       int
	adapterPhys, adapterPhysLength, adapterFlags, adapterMTU      int
	adapterType, adapterOperStatus, adapterIndex6                 int
	adapterMetric4, adapterMetric6                                int
	addressNext, addressSockaddr, unicastPrefixLength, addressEnd int

	// ENUM_SERVICE_STATUS_PROCESSW; the name is at 0.
	serviceSize, servicePID int

	// UNICODE_STRING: its length in bytes is at 0.
	unicodeText int

	// VARIANT: the type is at 0, the value at 8.
	variantSize int
}

const (
	adapterIndex     = 4
	adapterPhysSize  = 8
	adapterNoGroups  = 0x10 // IP_ADAPTER_NO_MULTICAST
	variantValue     = 8
	moduleNameOffset = 0 // TCPIP_OWNER_MODULE_BASIC_INFO; the path follows
)

var (
	pointers32 = pointers{
		size:        4,
		adapterSize: 184, adapterNext: 8, adapterUnicast: 16, adapterMulticast: 24,
		adapterDescription: 36, adapterFriendlyName: 40,
		adapterPhys: 44, adapterPhysLength: 52, adapterFlags: 56, adapterMTU: 60,
		adapterType: 64, adapterOperStatus: 68, adapterIndex6: 72,
		adapterMetric4: 168, adapterMetric6: 172,
		addressNext: 8, addressSockaddr: 12, unicastPrefixLength: 44, addressEnd: 20,
		serviceSize: 44, servicePID: 36,
		unicodeText: 4,
		variantSize: 16,
	}
	pointers64 = pointers{
		size:        8,
		adapterSize: 232, adapterNext: 8, adapterUnicast: 24, adapterMulticast: 40,
		adapterDescription: 64, adapterFriendlyName: 72,
		adapterPhys: 80, adapterPhysLength: 88, adapterFlags: 92, adapterMTU: 96,
		adapterType: 100, adapterOperStatus: 104, adapterIndex6: 108,
		adapterMetric4: 216, adapterMetric6: 220,
		addressNext: 8, addressSockaddr: 16, unicastPrefixLength: 56, addressEnd: 32,
		serviceSize: 56, servicePID: 44,
		unicodeText: 8,
		variantSize: 24,
	}
)
