package netstat

import (
	"errors"
	"time"
)

// WindowsDetail holds the fields of a TCP or UDP socket on Windows beyond those of
// Socket. Each field is set only if Need requests it.
type WindowsDetail struct {
	// Created is when the socket was bound or the connection was made
	// (liCreateTimestamp of MIB_TCPROW_OWNER_MODULE and similar structures), not when
	// the state last changed; zero if unknown.
	Created time.Time
	Offload OffloadState
	// Template is the name of the TCP settings applied to the connection
	// (AppliedSetting of MSFT_NetTCPConnection): "Internet", "Datacenter", …, "Not
	// Applicable"; empty if unknown.
	Template string
	// Module is the component that created the socket, such as a service
	// (GetOwnerModuleFromTcpEntry and similar functions); ModulePath is its file. Both
	// are empty if unknown. Other users choose them: pass them through ascii.AppendSafe
	// before printing them on a terminal.
	Module, ModulePath string
}

func (*WindowsDetail) detail() {}

// OffloadState is the state of a TCP connection's offload to a network card
// (TCP_CONNECTION_OFFLOAD_STATE in tcpmib.h).
type OffloadState uint8

const (
	OffloadUnknown OffloadState = iota
	OffloadInHost
	OffloadOffloading
	OffloadOffloaded
	OffloadUploading
)

var offloadNames = [...]string{"", "in-host", "offloading", "offloaded", "uploading"}

// String returns the lower-case name, or "" for OffloadUnknown and undefined values.
func (o OffloadState) String() string {
	if int(o) < len(offloadNames) {
		return offloadNames[o]
	}
	return ""
}

// ErrOneTable is the error for a RouteQuery.Table other than 0 and AllTables on Windows. It
// wraps errors.ErrUnsupported.
var ErrOneTable error = oneTable{}

type oneTable struct{}

func (oneTable) Error() string { return "Windows has one routing table, without a number" }
func (oneTable) Unwrap() error { return errors.ErrUnsupported }

// WindowsRoute holds the facts about a route that only Windows has (MIB_IPFORWARD_ROW2 of
// netioapi.h).
type WindowsRoute struct {
	Protocol WindowsRouteProtocol
	Origin   RouteOrigin
	// RouteMetric and InterfaceMetric are the parts of Route.Metric. HasInterfaceMetric is
	// false if that of the interface is unknown.
	RouteMetric, InterfaceMetric uint32
	HasInterfaceMetric           bool
	// Age is the time since the route was added or changed, in seconds.
	Age time.Duration
	// Preferred is the time for which the route is preferred, in seconds. Without
	// PreferredLimited it is zero: the route stays preferred.
	Preferred        time.Duration
	PreferredLimited bool
	// Loopback reports whether the next hop is this host, Autoconfigure whether addresses
	// may be made of the prefix, Published whether this host advertises the route,
	// Immortal whether it never expires.
	Loopback, Autoconfigure, Published, Immortal bool
}

// WindowsAddr holds the facts about an address that only Windows has (MIB_UNICASTIPADDRESS_ROW of
// netioapi.h).
type WindowsAddr struct {
	// Prefix and Suffix are where the network part and the host part come from.
	Prefix, Suffix AddrOrigin
	// SkipAsSource reports whether the address is no source of new connections unless a
	// program chooses it.
	SkipAsSource bool
}

// AddrOrigin is where a part of an address comes from (NL_PREFIX_ORIGIN and
// NL_SUFFIX_ORIGIN in nldef.h). The zero value is unknown. The numbers are defined by this
// package.
type AddrOrigin uint8

const (
	AddrOriginUnknown AddrOrigin = iota
	AddrOriginOther
	AddrOriginManual
	AddrOriginWellKnown
	AddrOriginDHCP
	AddrOriginAdvertisement // a router advertisement (prefixes)
	AddrOriginLinkLayer     // the link-layer address (suffixes)
	AddrOriginRandom        // a random number (suffixes)
)

var addrOrigins = [...]string{"", "other", "manual", "wellknown", "dhcp", "ra", "linklayer", "random"}

// String returns one word in lower case, or "" for AddrOriginUnknown.
func (o AddrOrigin) String() string {
	if int(o) < len(addrOrigins) {
		return addrOrigins[o]
	}
	return ""
}

// WindowsRouteProtocol is who made a route (NL_ROUTE_PROTOCOL in nldef.h). The zero value
// is unknown. The numbers are defined by this package.
type WindowsRouteProtocol uint8

const (
	WindowsRouteUnknown WindowsRouteProtocol = iota
	WindowsRouteOther
	WindowsRouteLocal   // the system itself
	WindowsRouteNetMgmt // an administrator or a program, such as the DHCP client
	WindowsRouteICMP    // a redirect
	WindowsRouteEGP
	WindowsRouteGGP
	WindowsRouteHello
	WindowsRouteRIP
	WindowsRouteISIS
	WindowsRouteESIS
	WindowsRouteCisco
	WindowsRouteBBN
	WindowsRouteOSPF
	WindowsRouteBGP
	WindowsRouteAutoStatic   // RRAS, from a routing protocol
	WindowsRouteStatic       // RRAS
	WindowsRouteStaticNonDOD // RRAS, does not dial on demand
)

var windowsRouteProtocols = [...]string{
	"", "other", "local", "netmgmt", "icmp", "egp", "ggp", "hello", "rip", "isis", "esis", "cisco", "bbn", "ospf", "bgp",
	"autostatic", "static", "static-non-dod",
}

// String returns the name of nldef.h in lower case, or "" for WindowsRouteUnknown.
func (p WindowsRouteProtocol) String() string {
	if int(p) < len(windowsRouteProtocols) {
		return windowsRouteProtocols[p]
	}
	return ""
}

// RouteOrigin is where a route comes from (NL_ROUTE_ORIGIN in nldef.h). The zero value is
// unknown. The numbers are defined by this package.
type RouteOrigin uint8

const (
	RouteOriginUnknown RouteOrigin = iota
	RouteOriginManual
	RouteOriginWellKnown
	RouteOriginDHCP
	RouteOriginAdvertisement // a router advertisement
	RouteOrigin6to4
)

var routeOrigins = [...]string{"", "manual", "wellknown", "dhcp", "ra", "6to4"}

// String returns one word in lower case, or "" for RouteOriginUnknown.
func (o RouteOrigin) String() string {
	if int(o) < len(routeOrigins) {
		return routeOrigins[o]
	}
	return ""
}
