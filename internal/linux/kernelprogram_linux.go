package linux

import (
	"io"

	"golang.org/x/sys/unix"
)

// openKernelIterator begins a pass over the UDP or TCP sockets of this thread's
// network namespace. It is read by a process of its own, for the reason that
// tcpIterator has.
func openKernelIterator(tcp bool) (io.ReadCloser, error) {
	name := "bpf_iter_udp"
	if tcp {
		name = "bpf_iter_tcp"
	}
	layout, err := bpfKernelLayout(true, func(b []byte) (kernelLayout, error) { return parseKernelLayout(b, name) })
	if err != nil {
		return nil, err
	}
	iter, err := bpfOpenIterator(kernelProgram(layout, tcp), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	return catTCP(iter)
}
