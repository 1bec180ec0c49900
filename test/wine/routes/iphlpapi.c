/* An iphlpapi.dll of a made-up host with a network card and a tunnel: the tables that Wine
 * lacks or leaves half empty, and GetBestRoute2. Every structure is that of the compiler's
 * headers; what is not set is 0xcd. */
#define _WIN32_WINNT 0x0A00
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define EXPORT __declspec(dllexport)
enum { LOOPBACK = 1, CARD = 14, TUNNEL = 21 };

static void *rows(size_t first, size_t size, ULONG n)
{
	ULONG *table = malloc(first + n * size);
	memset(table, 0xcd, first + n * size);
	table[0] = n;
	return table;
}

static void ip4(SOCKADDR_INET *a, unsigned long ip)
{
	memset(a, 0, sizeof *a);
	a->Ipv4.sin_family = AF_INET;
	a->Ipv4.sin_addr.s_addr = htonl(ip);
}

static void ip6(SOCKADDR_INET *a, int first, int second, int last)
{
	memset(a, 0, sizeof *a);
	a->Ipv6.sin6_family = AF_INET6;
	a->Ipv6.sin6_addr.u.Byte[0] = first;
	a->Ipv6.sin6_addr.u.Byte[1] = second;
	a->Ipv6.sin6_addr.u.Byte[15] = last;
}

EXPORT VOID WINAPI FreeMibTable(PVOID table) { free(table); }

static void card(MIB_IF_ROW2 *r, ULONG index)
{
	memset(r, 0, sizeof *r);
	r->InterfaceIndex = index;
	wcscpy(r->Alias, index == CARD ? L"Ethernet 2" : L"Teredo");
	wcscpy(r->Description, index == CARD ? L"Invented Network Card" : L"Invented Tunnel");
	r->InterfaceGuid.Data1 = index;
	r->NetworkGuid.Data1 = 0xabc;
	r->Mtu = index == CARD ? 1500 : 1280;
	r->Type = index == CARD ? 6 : 131;
	r->TunnelType = index == CARD ? TUNNEL_TYPE_NONE : TUNNEL_TYPE_TEREDO;
	r->MediaType = index == CARD ? 0 : 15;
	r->PhysicalMediumType = index == CARD ? 14 : 0;
	r->AccessType = index == CARD ? NET_IF_ACCESS_BROADCAST : NET_IF_ACCESS_POINT_TO_POINT;
	r->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
	r->ConnectionType = index == CARD ? NET_IF_CONNECTION_DEDICATED : NET_IF_CONNECTION_DEMAND;
	r->InterfaceAndOperStatusFlags.HardwareInterface = index == CARD;
	r->InterfaceAndOperStatusFlags.ConnectorPresent = index == CARD;
	r->InterfaceAndOperStatusFlags.Paused = index == TUNNEL;
	r->OperStatus = index == CARD ? IfOperStatusUp : IfOperStatusDormant;
	r->AdminStatus = NET_IF_ADMIN_STATUS_UP;
	r->MediaConnectState = index == CARD ? MediaConnectStateConnected : MediaConnectStateUnknown;
	if (index == CARD) {
		r->PhysicalAddressLength = 6;
		memcpy(r->PhysicalAddress, "\x02\0\0\0\0\x0e", 6);
		memcpy(r->PermanentPhysicalAddress, "\0\x50\xcc\0\0\x0e", 6);
		r->TransmitLinkSpeed = 1000000000;
		r->ReceiveLinkSpeed = 2500000000u;
	}
	r->InOctets = 1ull << 40;
	r->InUcastPkts = 1001;
	r->InNUcastPkts = 1002;
	r->InDiscards = 1003;
	r->InErrors = 1004;
	r->InUnknownProtos = 1005;
	r->InUcastOctets = 1006;
	r->InMulticastOctets = 1007;
	r->InBroadcastOctets = 1008;
	r->OutOctets = 1ull << 41;
	r->OutUcastPkts = 2001;
	r->OutNUcastPkts = 2002;
	r->OutDiscards = 2003;
	r->OutErrors = 2004;
	r->OutUcastOctets = 2006;
	r->OutMulticastOctets = 2007;
	r->OutBroadcastOctets = 2008;
}

EXPORT DWORD WINAPI GetIfTable2Ex(MIB_IF_TABLE_LEVEL level, PMIB_IF_TABLE2 *table)
{
	if (level != MibIfTableNormal)
		return ERROR_INVALID_PARAMETER;
	*table = rows(offsetof(MIB_IF_TABLE2, Table), sizeof(MIB_IF_ROW2), 2);
	card(&(*table)->Table[0], CARD);
	card(&(*table)->Table[1], TUNNEL);
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetAdaptersAddresses(ULONG family, ULONG flags, PVOID reserved, PIP_ADAPTER_ADDRESSES buf, PULONG size)
{
	struct all {
		IP_ADAPTER_ADDRESSES card, tunnel;
		IP_ADAPTER_UNICAST_ADDRESS_LH one, two;
		SOCKADDR_INET ip[2];
	} *a = (struct all *)buf;
	ULONG room = *size;
	*size = sizeof *a;
	if (room < sizeof *a)
		return ERROR_BUFFER_OVERFLOW;
	memset(a, 0, sizeof *a);
	a->card.IfIndex = a->card.Ipv6IfIndex = CARD;
	a->card.FriendlyName = L"Ethernet 2";
	a->card.Description = L"Invented Network Card";
	a->card.Ipv4Metric = 25;
	a->card.Ipv6Metric = 35;
	a->card.Next = &a->tunnel;
	a->tunnel.IfIndex = a->tunnel.Ipv6IfIndex = TUNNEL;
	a->tunnel.FriendlyName = L"Teredo";
	a->tunnel.Description = L"Invented Tunnel";
	if (!(flags & GAA_FLAG_SKIP_UNICAST)) {
		a->card.FirstUnicastAddress = (void *)&a->one;
		ip4(&a->ip[0], 0xc0000205); /* 192.0.2.5 */
		a->one.Address.lpSockaddr = (void *)&a->ip[0];
		a->one.Address.iSockaddrLength = sizeof(SOCKADDR_IN);
		a->one.OnLinkPrefixLength = 24;
		a->one.Next = &a->two;
		ip6(&a->ip[1], 0x20, 1, 5);
		a->two.Address.lpSockaddr = (void *)&a->ip[1];
		a->two.Address.iSockaddrLength = sizeof(SOCKADDR_IN6);
		a->two.OnLinkPrefixLength = 64;
	}
	return NO_ERROR;
}

EXPORT DWORD WINAPI GetIpInterfaceTable(ADDRESS_FAMILY family, PMIB_IPINTERFACE_TABLE *table)
{
	*table = rows(offsetof(MIB_IPINTERFACE_TABLE, Table), sizeof(MIB_IPINTERFACE_ROW), 1);
	(*table)->Table[0].Family = family;
	(*table)->Table[0].InterfaceIndex = CARD;
	(*table)->Table[0].Metric = 45;
	(*table)->Table[0].NlMtu = 1400;
	return NO_ERROR;
}

EXPORT DWORD WINAPI GetUnicastIpAddressTable(ADDRESS_FAMILY family, PMIB_UNICASTIPADDRESS_TABLE *table)
{
	MIB_UNICASTIPADDRESS_ROW *r;
	if (family != AF_UNSPEC)
		return ERROR_INVALID_PARAMETER;
	*table = rows(offsetof(MIB_UNICASTIPADDRESS_TABLE, Table), sizeof(MIB_UNICASTIPADDRESS_ROW), 2);
	r = (*table)->Table;
	ip4(&r[0].Address, 0xc0000205);
	r[0].InterfaceIndex = CARD;
	r[0].PrefixOrigin = IpPrefixOriginDhcp;
	r[0].SuffixOrigin = IpSuffixOriginDhcp;
	r[0].ValidLifetime = r[0].PreferredLifetime = 86400;
	r[0].SkipAsSource = 0;
	r[0].DadState = IpDadStatePreferred;
	ip6(&r[1].Address, 0x20, 1, 5);
	r[1].InterfaceIndex = CARD;
	r[1].PrefixOrigin = IpPrefixOriginRouterAdvertisement;
	r[1].SuffixOrigin = IpSuffixOriginRandom;
	r[1].ValidLifetime = 0xffffffff;
	r[1].PreferredLifetime = 0;
	r[1].SkipAsSource = 1;
	r[1].DadState = IpDadStateDeprecated;
	return NO_ERROR;
}

EXPORT DWORD WINAPI GetIpNetTable2(ADDRESS_FAMILY family, PMIB_IPNET_TABLE2 *table)
{
	MIB_IPNET_ROW2 *r;
	ULONG i;
	*table = rows(offsetof(MIB_IPNET_TABLE2, Table), sizeof(MIB_IPNET_ROW2), 2);
	r = (*table)->Table;
	for (i = 0; i < 2; i++) {
		if (family == AF_INET)
			ip4(&r[i].Address, 0xc0000201 + i); /* 192.0.2.1 */
		else
			ip6(&r[i].Address, 0xfe, 0x80, 1 + i);
		r[i].InterfaceIndex = CARD;
		memcpy(r[i].PhysicalAddress, "\x02\0\0\0\0\x01", 6);
		r[i].PhysicalAddressLength = i == 0 ? 6 : 0;
		r[i].State = i == 0 ? NlnsReachable : NlnsUnreachable;
		r[i].Flags = 0;
		r[i].IsRouter = i == 0;
		r[i].IsUnreachable = i == 1;
		r[i].ReachabilityTime.LastReachable = 30500;
	}
	return NO_ERROR;
}

static void route(MIB_IPFORWARD_ROW2 *r, ULONG index, int bits, ULONG metric, NL_ROUTE_PROTOCOL protocol, NL_ROUTE_ORIGIN origin)
{
	r->InterfaceIndex = index;
	r->DestinationPrefix.PrefixLength = bits;
	r->ValidLifetime = r->PreferredLifetime = 0xffffffff;
	r->Metric = metric;
	r->Protocol = protocol;
	r->Loopback = r->AutoconfigureAddress = r->Publish = r->Immortal = 0;
	r->Age = 61;
	r->Origin = origin;
}

static void default4(MIB_IPFORWARD_ROW2 *r)
{
	route(r, CARD, 0, 0, RouteProtocolNetMgmt, NlroDHCP);
	ip4(&r->DestinationPrefix.Prefix, 0);
	ip4(&r->NextHop, 0xc0000201);
	r->ValidLifetime = 86400;
	r->PreferredLifetime = 43200;
}

EXPORT DWORD WINAPI GetIpForwardTable2(ADDRESS_FAMILY family, PMIB_IPFORWARD_TABLE2 *table)
{
	MIB_IPFORWARD_ROW2 *r;
	*table = rows(offsetof(MIB_IPFORWARD_TABLE2, Table), sizeof(MIB_IPFORWARD_ROW2), family == AF_INET ? 3 : 1);
	r = (*table)->Table;
	if (family == AF_INET6) {
		route(r, CARD, 0, 256, RouteProtocolNetMgmt, NlroRouterAdvertisement);
		ip6(&r->DestinationPrefix.Prefix, 0, 0, 0);
		ip6(&r->NextHop, 0xfe, 0x80, 1);
		r->Publish = 1;
		return NO_ERROR;
	}
	default4(&r[0]);
	route(&r[1], CARD, 32, 256, RouteProtocolLocal, NlroManual);
	ip4(&r[1].DestinationPrefix.Prefix, 0xc0000205);
	ip4(&r[1].NextHop, 0);
	r[1].Loopback = r[1].Immortal = 1;
	route(&r[2], CARD, 32, 256, RouteProtocolLocal, NlroManual);
	ip4(&r[2].DestinationPrefix.Prefix, 0xc00002ff); /* 192.0.2.255 */
	ip4(&r[2].NextHop, 0);
	return NO_ERROR;
}

EXPORT DWORD WINAPI GetBestRoute2(NET_LUID *luid, NET_IFINDEX index, const SOCKADDR_INET *source, const SOCKADDR_INET *destination,
	ULONG options, PMIB_IPFORWARD_ROW2 best, SOCKADDR_INET *from)
{
	if (luid || options || !destination || !best || !from)
		return ERROR_INVALID_PARAMETER;
	if (index && index != CARD)
		return ERROR_NOT_FOUND;
	memset(best, 0xcd, sizeof *best);
	if (destination->si_family == AF_INET6) {
		if (destination->Ipv6.sin6_addr.u.Byte[0] != 0x20)
			return ERROR_NETWORK_UNREACHABLE;
		route(best, CARD, 0, 256, RouteProtocolNetMgmt, NlroRouterAdvertisement);
		ip6(&best->DestinationPrefix.Prefix, 0, 0, 0);
		ip6(&best->NextHop, 0xfe, 0x80, 1);
		ip6(from, 0x20, 1, 5);
	} else if (destination->si_family == AF_INET) {
		default4(best);
		ip4(from, 0xc0000205);
		if (source && source->Ipv4.sin_addr.s_addr != from->Ipv4.sin_addr.s_addr)
			return ERROR_NOT_FOUND;
	} else
		return ERROR_INVALID_PARAMETER;
	return NO_ERROR;
}
