package linux

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
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
