/* An iphlpapi.dll with a few UDP sockets and the table of their peers, which Wine lacks. The
 * rows of the public table are declared by the compiler's headers; those with peers came with
 * the SDK of Windows Server 2022. PEERS=refuse in the environment denies that table. */
#define _WIN32_WINNT 0x0A00
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iprtrmib.h>
#include <udpmib.h>
#include <tcpmib.h>
#include <stddef.h>
#include <string.h>

#define EXPORT __declspec(dllexport)

typedef struct { DWORD dwLocalAddr, dwLocalPort, dwOwningPid; LARGE_INTEGER liCreateTimestamp;
	int dwFlags; ULONGLONG OwningModuleInfo[16]; DWORD dwRemoteAddr, dwRemotePort; } UDPROW2;
typedef struct { DWORD dwNumEntries; UDPROW2 table[1]; } UDPTABLE2;
typedef struct { UCHAR ucLocalAddr[16]; DWORD dwLocalScopeId, dwLocalPort, dwOwningPid; LARGE_INTEGER liCreateTimestamp;
	int dwFlags; ULONGLONG OwningModuleInfo[16]; UCHAR ucRemoteAddr[16]; DWORD dwRemoteScopeId, dwRemotePort; } UDP6ROW2;
typedef struct { DWORD dwNumEntries; UDP6ROW2 table[1]; } UDP6TABLE2;

/* Windows leaves the upper half of a port undefined. */
#define PORT(n) (htons(n) | 0xbeef0000u)
enum { BOUND, CONNECTED, TWICE, TWIN, ROWS };

static void row4(UDPROW2 *r, int i)
{
	memset(r, 0xcd, sizeof *r);
	r->dwLocalAddr = i == CONNECTED ? htonl(0xc0000205) : 0; /* 192.0.2.5 */
	r->dwLocalPort = PORT(i == BOUND ? 123 : i == CONNECTED ? 50060 : 5353);
	r->dwOwningPid = 1000 + 4 * (i == TWIN ? TWICE : i);
	r->dwRemoteAddr = i == CONNECTED ? htonl(0xc6336407) : 0; /* 198.51.100.7 */
	r->dwRemotePort = i == CONNECTED ? PORT(443) : 0;
}

static void row6(UDP6ROW2 *r, int i)
{
	memset(r, 0xcd, sizeof *r);
	memset(r->ucLocalAddr, 0, sizeof r->ucLocalAddr);
	memset(r->ucRemoteAddr, 0, sizeof r->ucRemoteAddr);
	r->dwLocalScopeId = r->dwRemoteScopeId = 0;
	r->dwLocalPort = PORT(i == BOUND ? 123 : i == CONNECTED ? 50061 : 5353);
	r->dwOwningPid = 1000 + 4 * (i == TWIN ? TWICE : i);
	r->dwRemotePort = 0;
	if (i == CONNECTED) {
		r->ucLocalAddr[0] = r->ucRemoteAddr[0] = 0xfe;
		r->ucLocalAddr[1] = r->ucRemoteAddr[1] = 0x80;
		r->ucLocalAddr[15] = 5;
		r->ucRemoteAddr[15] = 9;
		r->dwLocalScopeId = r->dwRemoteScopeId = 7;
		r->dwRemotePort = PORT(443);
	}
}

EXPORT DWORD WINAPI GetExtendedUdpTable(PVOID buf, PDWORD size, BOOL order, ULONG family, UDP_TABLE_CLASS class, ULONG reserved)
{
	MIB_UDPTABLE_OWNER_PID *t4 = buf;
	MIB_UDP6TABLE_OWNER_PID *t6 = buf;
	DWORD room = *size, want = family == AF_INET ? offsetof(MIB_UDPTABLE_OWNER_PID, table) + ROWS * sizeof t4->table[0]
		: offsetof(MIB_UDP6TABLE_OWNER_PID, table) + ROWS * sizeof t6->table[0];
	int i;
	if (class != UDP_TABLE_OWNER_PID)
		return ERROR_INVALID_PARAMETER;
	*size = want;
	if (room < want)
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < ROWS; i++) {
		UDPROW2 r4;
		UDP6ROW2 r6;
		row4(&r4, i);
		row6(&r6, i);
		if (family == AF_INET) {
			t4->table[i].dwLocalAddr = r4.dwLocalAddr;
			t4->table[i].dwLocalPort = r4.dwLocalPort;
			t4->table[i].dwOwningPid = r4.dwOwningPid;
		} else {
			memcpy(t6->table[i].ucLocalAddr, r6.ucLocalAddr, sizeof r6.ucLocalAddr);
			t6->table[i].dwLocalScopeId = r6.dwLocalScopeId;
			t6->table[i].dwLocalPort = r6.dwLocalPort;
			t6->table[i].dwOwningPid = r6.dwOwningPid;
		}
	}
	t4->dwNumEntries = ROWS;
	return NO_ERROR;
}

static BOOL refused(void)
{
	char text[16] = "";
	GetEnvironmentVariableA("PEERS", text, sizeof text);
	return strcmp(text, "refuse") == 0;
}

/* Rows in a different order than in the public table, and more memory than needed. */
EXPORT ULONG WINAPI InternalGetUdpTable2(UDPTABLE2 **table, HANDLE heap, ULONG flags)
{
	int i;
	if (refused())
		return ERROR_INVALID_PARAMETER;
	*table = HeapAlloc(heap, flags, offsetof(UDPTABLE2, table) + (ROWS + 1) * sizeof(UDPROW2) + 4);
	(*table)->dwNumEntries = ROWS;
	for (i = 0; i < ROWS; i++)
		row4(&(*table)->table[i], ROWS - 1 - i);
	return NO_ERROR;
}

EXPORT ULONG WINAPI InternalGetUdp6Table2(UDP6TABLE2 **table, HANDLE heap, ULONG flags)
{
	int i;
	if (refused())
		return ERROR_INVALID_PARAMETER;
	*table = HeapAlloc(heap, flags, offsetof(UDP6TABLE2, table) + ROWS * sizeof(UDP6ROW2));
	(*table)->dwNumEntries = ROWS;
	for (i = 0; i < ROWS; i++)
		row6(&(*table)->table[i], ROWS - 1 - i);
	return NO_ERROR;
}

/* The other calls of the test: empty tables. */
EXPORT DWORD WINAPI GetExtendedTcpTable(PVOID buf, PDWORD size, BOOL order, ULONG family, TCP_TABLE_CLASS class, ULONG reserved)
{
	return ERROR_NO_DATA;
}

EXPORT ULONG WINAPI GetTcpTable(PMIB_TCPTABLE table, PULONG size, BOOL order) { return ERROR_NO_DATA; }
EXPORT ULONG WINAPI GetTcp6Table(PMIB_TCP6TABLE table, PULONG size, BOOL order) { return ERROR_NO_DATA; }

EXPORT ULONG WINAPI GetUdpTable(PMIB_UDPTABLE table, PULONG size, BOOL order)
{
	ULONG room = *size;
	int i;
	*size = offsetof(MIB_UDPTABLE, table) + ROWS * sizeof table->table[0];
	if (room < *size)
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < ROWS; i++) {
		UDPROW2 r;
		row4(&r, i);
		table->table[i].dwLocalAddr = r.dwLocalAddr;
		table->table[i].dwLocalPort = r.dwLocalPort;
	}
	table->dwNumEntries = ROWS;
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetUdp6Table(PMIB_UDP6TABLE table, PULONG size, BOOL order)
{
	ULONG room = *size;
	int i;
	*size = offsetof(MIB_UDP6TABLE, table) + ROWS * sizeof table->table[0];
	if (room < *size)
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < ROWS; i++) {
		UDP6ROW2 r;
		row6(&r, i);
		memcpy(table->table[i].dwLocalAddr.s6_addr, r.ucLocalAddr, sizeof r.ucLocalAddr);
		table->table[i].dwLocalScopeId = r.dwLocalScopeId;
		table->table[i].dwLocalPort = r.dwLocalPort;
	}
	table->dwNumEntries = ROWS;
	return NO_ERROR;
}
