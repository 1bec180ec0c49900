package linux

import (
	"context"
	"errors"
	"io"
	"netstat"
	"netstat/internal/linux/bpf"
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
		// no type information, no iterator of this type, or not
		// permitted
		return &detailedError{errors.ErrUnsupported, err}
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
		kept = copy(buf, bpf.KernelRecords(buf[:kept+n], o.AddKernel))
	}
}
