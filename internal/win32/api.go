package win32

import (
	"context"
	"errors"
)

// api is every question that this package asks Windows. A code is one of winerror.h;
// codeProcNotFound means that this system lacks the entry point.
//
// A function with a size reads the room in buf from it. If that is too little, it
// returns codeInsufficientBuffer and stores the required size. The caller owns the
// returned bytes.
type api struct {
	pointers *pointers

	// bare is GetTcpTable, GetTcp6Table, GetUdpTable or GetUdp6Table; sorted.
	bare func(r *tableReader, buf []byte, size *uint32) (code uint32)
	// extendedTCP and extendedUDP are GetExtendedTcpTable and GetExtendedUdpTable; tcp2
	// is GetTcpTable2 or GetTcp6Table2; sorted.
	extendedTCP func(buf []byte, size *uint32, family, class uint32) (code uint32)
	extendedUDP func(buf []byte, size *uint32, family, class uint32) (code uint32)
	tcp2        func(buf []byte, size *uint32, family uint32) (code uint32)
	// bound is InternalGetBoundTcpEndpointTable or …Tcp6…, udp2 is InternalGetUdpTable2
	// or …6…. The whole allocation is returned.
	bound func(family uint32) (table []byte, code uint32)
	udp2  func(family uint32) (table []byte, code uint32)
	// ownerModule is GetOwnerModuleFromTcpEntry or a similar function; pointers in buf
	// count from base.
	ownerModule func(r *tableReader, row, buf []byte, size *uint32) (base uint64, code uint32)
	// estats is GetPerTcpConnectionEStats or …6…: the statistics of type kind
	// (TCP_ESTATS_TYPE) of the connection in row, which has the layout of
	// tableReader.bare. The structures have their sizes; nil skips one.
	estats func(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) (code uint32)
	// setTCPEntry is SetTcpEntry for a MIB_TCPROW.
	setTCPEntry func(row []byte) (code uint32)
	// templates queries WMI for MSFT_NetTCPConnection.
	templates func(ctx context.Context) ([]appliedSetting, error)

	// statistics is GetIpStatisticsEx or a similar function.
	statistics func(which statistic, buf []byte, family uint32) (code uint32)

	// adapters is GetAdaptersAddresses for both families; pointers in buf count from
	// base.
	adapters func(buf []byte, size *uint32, flags uint32) (base uint64, code uint32)
	// interfaces, routes and ipInterfaces are GetIfTable2Ex,
	// GetIpForwardTable2 and GetIpInterfaceTable.
	interfaces   func() (table []byte, code uint32)
	routes       func(family uint32) (table []byte, code uint32)
	ipInterfaces func(family uint32) (table []byte, code uint32)
	// bestRoute is GetBestRoute2 for packets through the interface index, 0 for any, from
	// the SOCKADDR_INET source, nil for any. It stores a MIB_IPFORWARD_ROW2 and the
	// SOCKADDR_INET of the best source address.
	bestRoute func(index uint32, source, destination, row, best []byte) (code uint32)
	// unicast is GetUnicastIpAddressTable.
	unicast func(family uint32) (table []byte, code uint32)
	// neighbors is GetIpNetTable2.
	neighbors func(family uint32) (table []byte, code uint32)
	// portSettings queries WMI for MSFT_NetTCPSetting or MSFT_NetUDPSetting.
	portSettings func(ctx context.Context, protocol string) ([]portSetting, error)
	// persistent reads the stored IPv4 routes from the registry.
	persistent func() (persistentRoutes, error)

	// processes returns the file names of the running programs by pid.
	processes func() (map[uint32]string, error)
	// commandLine is NtQueryInformationProcess for ProcessCommandLineInformation: a
	// UNICODE_STRING followed by its text; the pointer in buf counts from base. The
	// code is an NTSTATUS, or the error of opening the process.
	commandLine func(pid uint32, buf []byte, size *uint32) (base uint64, code uint32)
	// image, started, accountOf and accountName return facts about a process: the path
	// of its program, its start time (a FILETIME), its account's SID, and the name of
	// an account.
	image       func(pid uint32) (path string, code uint32)
	started     func(pid uint32) (filetime uint64, code uint32)
	accountOf   func(pid uint32) (sid string, code uint32)
	accountName func(sid string) string
	// packageName returns the full name of the package of a process. The code is
	// codeNoPackage if it has none.
	packageName func(pid uint32) (name string, code uint32)
	// fileStamp returns the last write time (a FILETIME) and the size of a file.
	fileStamp func(path string) (stamp fileStamp, code uint32)
	// version reads the version resource of a file (GetFileVersionInfo).
	version func(path string, buf []byte, size *uint32) (code uint32)
	// verifyFile checks the signature in a file (WinVerifyTrust). verifyCatalog checks
	// that of a catalog that lists the file by its hash: SHA-256 or, with an empty
	// algorithm, SHA-1. Neither uses the network. The code is success if the signature
	// is good, codeNotFound if no catalog lists the file, and otherwise that of opening
	// the file or of the check.
	verifyFile    func(path string) (signer string, code uint32)
	verifyCatalog func(path, algorithm string) (signer string, code uint32)
	// services is EnumServicesStatusEx for all services running in processes; pointers
	// in buf count from base. Too little room is codeMoreData.
	services func(buf []byte, size, count *uint32) (base uint64, code uint32)

	// build returns the system's build number.
	build func() uint32
	// errorText returns the system's text for a code, or "".
	errorText func(code uint32) string
}

// Buffers start with firstSize bytes, enough for 18,000 sockets without modules: a
// second call costs as much as the first. A table that grew between two calls is read
// again, up to this number of times.
const (
	firstSize = 1 << 20
	maxTries  = 10
)

// grow calls until the buffer is large enough, and returns the buffer and the last
// code. The buffer belongs to s until release is called.
func (s *source) grow(call func(buf []byte, size *uint32) uint32) (buf []byte, code uint32) {
	buf = s.takeBuffer()
	for range maxTries {
		size := uint32(len(buf))
		code = call(buf, &size)
		switch code {
		case codeInsufficientBuffer, codeBufferOverflow, codeMoreData, statusInfoLengthMismatch, statusBufferTooSmall:
		default:
			return buf, code
		}
		want := max(uint64(size), 2*uint64(len(buf)))
		want += want / 4
		if want > maxBuffer {
			return buf, code
		}
		buf = make([]byte, want)
	}
	return buf, code
}

// maxBuffer is more than any table needs: sixteen million rows.
const maxBuffer = 1 << 30

// takeBuffer returns the source's buffer, or a new one while that is in use: a caller
// may read one table while iterating over another.
func (s *source) takeBuffer() []byte {
	buf := s.buf
	s.buf = nil
	if buf == nil {
		buf = make([]byte, firstSize)
	}
	return buf
}

func (s *source) release(buf []byte) {
	if len(buf) > len(s.buf) {
		s.buf = buf
	}
}

// emptyFamily reports whether a code means that there is nothing to list: no rows, or
// no such version of IP.
func emptyFamily(code uint32) bool { return code == codeNoData || code == codeNotSupported }

var errTooShort = errors.New("row count exceeds the table")
