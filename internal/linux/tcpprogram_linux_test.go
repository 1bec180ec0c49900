package linux

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestTCPIterRefused(t *testing.T) {
	needRoot(t)
	if fd, err := bpfOpenIterator(tcpProgram(tcpLayout{}, 0), 1); err == nil {
		unix.Close(fd)
		t.Error("attached to what is no iterator")
	}
}

func BenchmarkTCPIterSetUp(b *testing.B) {
	for b.Loop() {
		iter, err := openTCPIterator(0, true)
		if err != nil {
			b.Fatal(err)
		}
		iter.Close()
	}
}
