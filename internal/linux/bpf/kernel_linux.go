package bpf

import (
	"io"

	"golang.org/x/sys/unix"
)

var udpKernel, tcpKernel layout[kernelLayout]

// OpenKernel begins a pass over the kernel's own UDP or TCP sockets in this
// thread's network namespace. [KernelRecords] decodes what it reads. Another
// process reads the iterator; see catReader.
func OpenKernel(tcp bool) (io.ReadCloser, error) {
	name, known := "bpf_iter_udp", &udpKernel
	if tcp {
		name, known = "bpf_iter_tcp", &tcpKernel
	}
	layout, err := known.get(true, func(b []byte) (kernelLayout, error) { return parseKernelLayout(b, name) })
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
