package bpf

import (
	"io"

	"golang.org/x/sys/unix"
)

// OpenKernel begins a pass over the UDP or TCP sockets of this thread's
// network namespace that are the kernel's own; [KernelRecords] takes what it
// reads. It is read by a process of its own, for the reason that catReader has.
func OpenKernel(tcp bool) (io.ReadCloser, error) {
	name := "bpf_iter_udp"
	if tcp {
		name = "bpf_iter_tcp"
	}
	layout, err := readLayout(true, func(b []byte) (kernelLayout, error) { return parseKernelLayout(b, name) })
	if err != nil {
		return nil, err
	}
	iter, err := openIterator(kernelProgram(layout, tcp), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	return cat(iter)
}
