package linux

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"netstat"
)

// KernelSockets implements netstat.KernelSockets.
func (s *source) KernelSockets(ctx context.Context, o *netstat.Owners) error {
	var err error
	if s.openKernel == nil || s.procRoot != "/proc" || !s.useNetlink || !s.bpfAllowed() {
		err = errors.ErrUnsupported
	}
	for _, tcp := range []bool{false, true} {
		if err == nil {
			err = s.kernelSockets(ctx, tcp, o)
		}
	}
	if err != nil {
		return &netstat.OpError{Op: "find the kernel's sockets", Err: err}
	}
	return nil
}

func (s *source) kernelSockets(ctx context.Context, tcp bool, o *netstat.Owners) error {
	iter, err := s.openKernel(tcp)
	if err != nil {
		return err
	}
	defer iter.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	for kept := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := iter.Read(buf[kept:])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		kept = copy(buf, kernelRecords(buf[:kept+n], o.AddKernel))
	}
}

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
