package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
)

// Mapped or read, the kernel's type information says the same.
func TestBPFKernelLayout(t *testing.T) {
	needRoot(t)
	mapped, err := bpfKernelLayout(true, parseOwnerLayout)
	if err != nil {
		t.Fatalf("this kernel has no usable type information: %v", err)
	}
	f, err := os.Open("/sys/kernel/btf/vmlinux")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bpfReadBTF(int(f.Fd()), int(st.Size()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	read, err := parseOwnerLayout(b)
	if err != nil || read != mapped {
		t.Errorf("read %+v, %v\nmapped %+v", read, err, mapped)
	}
	if _, err := bpfReadBTF(int(f.Fd()), 1); err == nil {
		t.Error("no error at the end of the file")
	}
}

func TestBPFIteratorRefused(t *testing.T) {
	needRoot(t)
	if fd, err := bpfOpenIterator(ownerProgram(ownerLayout{}, false, false), 1); err == nil {
		unix.Close(fd)
		t.Error("attached to what is no iterator")
	}
}

// Any file can stand for an iterator.
func TestBPFReadOwners(t *testing.T) {
	record := func(b []byte, inode uint64, pid uint32) []byte {
		b = binary.NativeEndian.AppendUint64(b, inode)
		return binary.NativeEndian.AppendUint32(b, pid)
	}
	two := record(record(nil, 10, 1), 20, 2)
	for _, tc := range []struct {
		name string
		in   []byte
		open bool // nothing to read yet, instead of the end
		q    netstat.OwnerQuery
		n    int
		err  error
	}{
		{"whole", two, false, netstat.OwnerQuery{}, 2, nil},
		{"cut", two[:18], false, netstat.OwnerQuery{}, 1, io.ErrUnexpectedEOF},
		{"nothing", nil, false, netstat.OwnerQuery{}, 0, nil},
		{"again and again", two, true, netstat.OwnerQuery{}, 2, unix.EAGAIN},
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

// Records that come in pieces are put together.
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

func BenchmarkBPFKernelLayout(b *testing.B) {
	for b.Loop() {
		if _, err := bpfKernelLayout(true, parseOwnerLayout); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBPFKernelLayoutRead(b *testing.B) {
	f, err := os.Open("/sys/kernel/btf/vmlinux")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f.Seek(0, 0)
		data, err := bpfReadBTF(int(f.Fd()), int(st.Size()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := parseOwnerLayout(data); err != nil {
			b.Fatal(err)
		}
		unix.Munmap(data)
	}
}

func BenchmarkBPFOpenIterator(b *testing.B) {
	l, err := bpfKernelLayout(true, parseOwnerLayout)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fd, err := bpfOpenIterator(ownerProgram(l, false, false), l.iterFunc)
		if err != nil {
			b.Fatal(err)
		}
		unix.Close(fd)
	}
}
