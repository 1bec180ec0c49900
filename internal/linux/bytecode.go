package linux

import (
	"encoding/binary"

	"netstat"
)

// Conditions of struct inet_diag_bc_op (include/uapi/linux/inet_diag.h).
const (
	bytecodeLocalCond  = 7 // INET_DIAG_BC_S_COND
	bytecodeRemoteCond = 8 // INET_DIAG_BC_D_COND

	bytecodeOpSize   = 4
	hostCondSize     = 8
	hostCondAnyPort  = ^uint32(0)
	hostCondAnyIP    = 0 // AF_UNSPEC
	bytecodeRejectBy = 4 // a jump that far beyond the end rejects
)

// compileHints returns the inet_diag filter for hints about the two ends of
// the sockets of family f, nil if they restrict nothing. The filter passes at
// least the rows that the hints ask for.
//
// A host condition tests address and port together, and every kernel with
// sock_diag has it, which the smaller S_EQ and D_EQ (Linux 4.16) are not.
func compileHints(f netstat.Family, local, remote netstat.EndHint) []byte {
	b := appendHostCond(nil, bytecodeLocalCond, f, local)
	b = appendHostCond(b, bytecodeRemoteCond, f, remote)
	for at := 0; at < len(b); at += int(b[at+1]) {
		binary.NativeEndian.PutUint16(b[at+2:], uint16(len(b)-at+bytecodeRejectBy))
	}
	return b
}

// appendHostCond appends one condition, whose jump for "no" is left open.
func appendHostCond(b []byte, code byte, f netstat.Family, h netstat.EndHint) []byte {
	var (
		family = byte(hostCondAnyIP)
		bits   int
		addr   []byte
	)
	// The kernel compares an IPv4 condition with IPv4-mapped addresses of
	// IPv6 sockets, but never an IPv6 one with IPv4 sockets.
	if p := h.Prefix; p.IsValid() && p.Bits() > 0 && (p.Addr().Is4() || f == netstat.Inet6) {
		family, bits, addr = afInet, p.Bits(), p.Addr().AsSlice()
		if !p.Addr().Is4() {
			family = afInet6
		}
	}
	port := hostCondAnyPort
	if h.Port != 0 {
		port = uint32(h.Port)
	}
	if family == hostCondAnyIP && port == hostCondAnyPort {
		return b
	}
	b = append(b, code, byte(bytecodeOpSize+hostCondSize+len(addr)), 0, 0)
	b = append(b, family, byte(bits), 0, 0)
	b = binary.NativeEndian.AppendUint32(b, port)
	return append(b, addr...)
}
