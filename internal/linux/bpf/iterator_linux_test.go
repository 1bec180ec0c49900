package bpf

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

// TestReadLayout checks that the kernel's type information is the same mapped
// and read.
func TestReadLayout(t *testing.T) {
	need.Root(t)
	mapped, err := readLayout(true, parseOwnerLayout)
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
	b, err := readBTF(int(f.Fd()), int(st.Size()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	read, err := parseOwnerLayout(b)
	if err != nil || read != mapped {
		t.Errorf("read %+v, %v\nmapped %+v", read, err, mapped)
	}
	if _, err := readBTF(int(f.Fd()), 1); err == nil {
		t.Error("no error at the end of the file")
	}
}

func TestIteratorRefused(t *testing.T) {
	need.Root(t)
	if fd, err := openIterator(ownerProgram(ownerLayout{}, false, false), 1); err == nil {
		unix.Close(fd)
		t.Error("attached to a function that is not an iterator")
	}
}

func BenchmarkReadLayout(b *testing.B) {
	for b.Loop() {
		if _, err := readLayout(true, parseOwnerLayout); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadBTF(b *testing.B) {
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
		data, err := readBTF(int(f.Fd()), int(st.Size()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := parseOwnerLayout(data); err != nil {
			b.Fatal(err)
		}
		unix.Munmap(data)
	}
}

func BenchmarkOpenIterator(b *testing.B) {
	l, err := readLayout(true, parseOwnerLayout)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fd, err := openIterator(ownerProgram(l, false, false), l.iterFunc)
		if err != nil {
			b.Fatal(err)
		}
		unix.Close(fd)
	}
}
