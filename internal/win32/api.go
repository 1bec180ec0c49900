package win32

import (
	"context"
	"errors"
)

// api is every question that this package asks of Windows. Where a function
// returns a code, that is one of winerror.h; codeProcNotFound stands for an
// entry point that this system does not have.
//
// A function with a size takes the room in buf from it and, where that is too
// little, answers codeInsufficientBuffer with what it takes in it. Bytes that a
// function returns are the caller's.
type api struct {
	pointers *pointers

	// bare is GetTcpTable, GetTcp6Table, GetUdpTable or GetUdp6Table; sorted.
	bare func(r *tableReader, buf []byte, size *uint32) (code uint32)
	// extendedTCP and extendedUDP are GetExtendedTcpTable and
	// GetExtendedUdpTable, tcp2 is GetTcpTable2 or GetTcp6Table2; sorted.
	extendedTCP func(buf []byte, size *uint32, family, class uint32) (code uint32)
	extendedUDP func(buf []byte, size *uint32, family, class uint32) (code uint32)
	tcp2        func(buf []byte, size *uint32, family uint32) (code uint32)
	// bound is InternalGetBoundTcpEndpointTable or …Tcp6…, udp2 is
	// InternalGetUdpTable2 or …6…; all of the memory that they return.
	bound func(family uint32) (table []byte, code uint32)
	udp2  func(family uint32) (table []byte, code uint32)
	// ownerModule is GetOwnerModuleFromTcpEntry or one of its kin; the
	// pointers in buf count from base.
	ownerModule func(r *tableReader, row, buf []byte, size *uint32) (base uint64, code uint32)
	// estats is GetPerTcpConnectionEStats or …6…: what is collected of kind (TCP_ESTATS_TYPE)
	// of the connection in row, which has the layout of tableReader.bare. The
	// structures have their sizes; nil is one that is not wanted.
	estats func(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) (code uint32)
	// templates asks WMI for MSFT_NetTCPConnection.
	templates func(ctx context.Context) ([]appliedSetting, error)

	// statistics is one of GetIpStatisticsEx and its kin.
	statistics func(which statistic, buf []byte, family uint32) (code uint32)

	// adapters is GetAdaptersAddresses for both families; the pointers in buf
	// count from base.
	adapters func(buf []byte, size *uint32, flags uint32) (base uint64, code uint32)
	// interfaces, routes and ipInterfaces are GetIfTable2Ex,
	// GetIpForwardTable2 and GetIpInterfaceTable.
	interfaces   func() (table []byte, code uint32)
	routes       func(family uint32) (table []byte, code uint32)
	ipInterfaces func(family uint32) (table []byte, code uint32)
	// persistent reads the stored IPv4 routes off the registry.
	persistent func() (persistentRoutes, error)

	// processes lists the programs that run, without their directories.
	processes func() (map[uint32]string, error)
	// commandLine is NtQueryInformationProcess for ProcessCommandLineInformation: a
	// UNICODE_STRING whose text is behind it; the pointer in buf counts from base. The code is an
	// NTSTATUS, or why the process could not be opened.
	commandLine func(pid uint32, buf []byte, size *uint32) (base uint64, code uint32)
	// image, started, accountOf and accountName tell about a process: the
	// path of its program, when it began (a FILETIME), whose it is, and what
	// that account is called.
	image       func(pid uint32) (path string, code uint32)
	started     func(pid uint32) (filetime uint64, code uint32)
	accountOf   func(pid uint32) (sid string, code uint32)
	accountName func(sid string) string
	// packageName is the full name of the package that a process belongs to; for none the code
	// is codeNoPackage.
	packageName func(pid uint32) (name string, code uint32)
	// fileStamp is when a file was last written to (a FILETIME) and how large it is.
	fileStamp func(path string) (stamp fileStamp, code uint32)
	// version is the version resource of a file (GetFileVersionInfo).
	version func(path string, buf []byte, size *uint32) (code uint32)
	// verifyFile checks the signature in a file (WinVerifyTrust), verifyCatalog that of a catalog
	// that lists the file by its hash: SHA-256 or, with an empty algorithm, SHA-1. Neither asks the
	// network. The code is success if the signature is good, codeNotFound if no catalog has the file,
	// and else that of opening the file or of the check.
	verifyFile    func(path string) (signer string, code uint32)
	verifyCatalog func(path, algorithm string) (signer string, code uint32)
	// services is EnumServicesStatusEx for all services that run in
	// processes; the pointers in buf count from base. What takes more room is
	// codeMoreData.
	services func(buf []byte, size, count *uint32) (base uint64, code uint32)

	// build is the system's build number.
	build func() uint32
	// errorText is the system's text for a code, empty for none.
	errorText func(code uint32) string
}

// Buffers begin with firstSize bytes, which is enough for 18,000 sockets of any
// kind of row but those of components: asking twice costs twice. A table that
// grew between two calls is asked for again, so often.
const (
	firstSize = 1 << 20
	maxTries  = 10
)

// grow calls until the buffer is large enough, and returns that and the last
// code. The buffer is s's own, until release is called.
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

// maxBuffer is more than any table takes: sixteen million rows.
const maxBuffer = 1 << 30

// takeBuffer returns the source's buffer, or another one while that is in use:
// one table may be read within the loop over another.
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

// emptyFamily says whether a code means that there is nothing to list: no row,
// or no such version of IP.
func emptyFamily(code uint32) bool { return code == codeNoData || code == codeNotSupported }

var errTooShort = errors.New("shorter than its count says")
