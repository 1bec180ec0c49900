package process

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"netstat"

	"golang.org/x/sys/unix"
)

// TestBPFReadOwners uses a pipe in place of an iterator.
func TestBPFReadOwners(t *testing.T) {
	record := func(b []byte, inode uint64, pid uint32) []byte {
		b = binary.NativeEndian.AppendUint64(b, inode)
		return binary.NativeEndian.AppendUint32(b, pid)
	}
	two := record(record(nil, 10, 1), 20, 2)
	for _, tc := range []struct {
		name string
		in   []byte
		open bool // whether reading would block, instead of reaching the end
		q    netstat.OwnerQuery
		n    int
		err  error
	}{
		{"whole", two, false, netstat.OwnerQuery{}, 2, nil},
		{"cut", two[:18], false, netstat.OwnerQuery{}, 1, io.ErrUnexpectedEOF},
		{"nothing", nil, false, netstat.OwnerQuery{}, 0, nil},
		{"EAGAIN for ever", two, true, netstat.OwnerQuery{}, 2, unix.EAGAIN},
		{"found", two, true, netstat.OwnerQuery{Inodes: []uint64{20}}, 1, nil},
	} {
		var pipe [2]int
		if err := unix.Pipe2(pipe[:], unix.O_NONBLOCK); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(pipe[1], tc.in); err != nil {
			t.Fatal(err)
		}
		if !tc.open {
			unix.Close(pipe[1])
		}
		c := newOwnerCollector(tc.q)
		if err := bpfReadOwners(context.Background(), pipe[0], c); !errors.Is(err, tc.err) || c.owners.Len() != tc.n {
			t.Errorf("%s: %d owners, %v", tc.name, c.owners.Len(), err)
		}
		unix.Close(pipe[0])
		if tc.open {
			unix.Close(pipe[1])
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := bpfReadOwners(ctx, -1, newOwnerCollector(netstat.OwnerQuery{})); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if err := bpfReadOwners(context.Background(), -1, newOwnerCollector(netstat.OwnerQuery{})); !errors.Is(err, unix.EBADF) {
		t.Errorf("no iterator: %v", err)
	}
}

// TestBPFReadOwnersPieces checks that records split between reads are joined.
func TestBPFReadOwnersPieces(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const n = 1000
	go func() {
		var b []byte
		for i := range uint64(n) {
			b = binary.NativeEndian.AppendUint64(b, i+1)
			b = binary.NativeEndian.AppendUint32(b, uint32(i+1))
		}
		for len(b) > 0 {
			piece := min(7, len(b))
			w.Write(b[:piece])
			b = b[piece:]
		}
		w.Close()
	}()
	c := newOwnerCollector(netstat.OwnerQuery{})
	if err := bpfReadOwners(context.Background(), int(r.Fd()), c); err != nil || c.owners.Len() != n {
		t.Errorf("%d owners, %v", c.owners.Len(), err)
	}
	if pid, _ := c.owners.First(n); pid != n {
		t.Errorf("owner %d", pid)
	}
}
