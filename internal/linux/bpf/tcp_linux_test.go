package bpf

import (
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

func TestTCPIterRefused(t *testing.T) {
	need.Root(t)
	if fd, err := openIterator(tcpProgram(tcpLayout{}, 0), 1); err == nil {
		unix.Close(fd)
		t.Error("attached to a function that is not an iterator")
	}
}

func BenchmarkTCPIterSetUp(b *testing.B) {
	for b.Loop() {
		iter, err := OpenTCP(0, true)
		if err != nil {
			b.Fatal(err)
		}
		iter.Close()
	}
}
