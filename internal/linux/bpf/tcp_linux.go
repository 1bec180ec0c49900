package bpf

import (
	"io"

	"golang.org/x/sys/unix"
)

var tcpSockets layout[tcpLayout]

// OpenTCP begins a pass over the TCP sockets in this thread's network
// namespace: of one address family, or of both if family is 0. [TCPRecordSize]
// and the constants next to it describe what it reads. For reading see
// [OpenOwners].
func OpenTCP(family uint8, reading bool) (io.ReadCloser, error) {
	layout, err := tcpSockets.get(reading, parseTCPLayout)
	if err != nil {
		return nil, err
	}
	iter, err := openIterator(tcpProgram(layout, family), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	return cat(iter)
}
