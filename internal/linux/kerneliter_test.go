package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"netstat"
)

func TestKernelSockets(t *testing.T) {
	boom := errors.New("boom")
	cookies := func(n ...uint64) (b []byte) {
		for _, c := range n {
			b = binary.NativeEndian.AppendUint64(b, c)
		}
		return b
	}
	for _, test := range []struct {
		name     string
		udp, tcp []byte
		openErr  error
		not      bool
		want     []uint64
		err      error
	}{
		{name: "both", udp: cookies(1, 2), tcp: cookies(3), want: []uint64{1, 2, 3}},
		{name: "none"},
		{name: "cut", udp: append(cookies(1), 9, 9), want: []uint64{1}},
		{name: "refused", openErr: boom, err: boom},
		{name: "no privilege", not: true, err: errors.ErrUnsupported},
	} {
		s := fakeSource(t, Options{}, nil, nil)
		s.bpfAllowed = func() bool { return !test.not }
		s.openKernel = func(tcp bool) (io.ReadCloser, error) {
			if tcp {
				return io.NopCloser(bytes.NewReader(test.tcp)), test.openErr
			}
			return io.NopCloser(&chunkReader{text: string(test.udp), size: 3}), test.openErr
		}
		var o netstat.Owners
		var op *netstat.OpError
		if err := s.KernelSockets(context.Background(), &o); !errors.Is(err, test.err) || err != nil && !errors.As(err, &op) {
			t.Errorf("%s: %v", test.name, err)
		}
		for cookie := uint64(1); cookie < 12; cookie++ {
			want := netstat.OwnerUnheld
			for _, c := range test.want {
				if c == cookie {
					want = netstat.OwnerKernel
				}
			}
			if got := o.Unknown(&netstat.Socket{Inode: 50, Cookie: cookie}); got != want {
				t.Errorf("%s: cookie %d: %v", test.name, cookie, got)
			}
		}
	}
}
