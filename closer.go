package netstat

// Closer is implemented by a Source that can close sockets of the running host.
type Closer interface {
	// CloseSocket closes the socket that a row of this Source describes. The row must
	// have been read with FactInode and FactInterface. A TCP peer gets a reset, and the
	// processes that hold the socket an error (ECONNABORTED on Linux).
	//
	// It closes no other socket: if the socket of the row is gone, even if another one
	// has its addresses, the error wraps fs.ErrNotExist. It wraps fs.ErrPermission if the
	// caller may not close sockets, and errors.ErrUnsupported if this socket cannot be
	// closed.
	//
	// Linux needs CAP_NET_ADMIN and a kernel with SOCK_DESTROY (net/core/sock_diag.c;
	// CONFIG_INET_DIAG_DESTROY). Windows closes TCP connections over IPv4 for an
	// administrator (SetTcpEntry of iphlpapi.h).
	CloseSocket(s *Socket) error
}
