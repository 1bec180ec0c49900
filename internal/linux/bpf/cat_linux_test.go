package bpf

import (
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCat uses a pipe in place of an iterator.
func TestCat(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(pipe[1], []byte("abc")); err != nil {
		t.Fatal(err)
	}
	c, err := cat(pipe[0])
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(pipe[0])
	b := make([]byte, 10)
	// read waits until cat has started.
	read := func() (n int, err error) {
		for err = ErrStuck; err == ErrStuck; {
			n, err = c.Read(b)
		}
		return n, err
	}
	if n, err := read(); string(b[:n]) != "abc" || err != nil {
		t.Errorf("%q, %v", b[:n], err)
	}
	if n, err := c.Read(b); n != 0 || err != ErrStuck {
		t.Errorf("while nothing comes: %d bytes, %v", n, err)
	}
	unix.Close(pipe[1])
	if n, err := read(); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := unix.Wait4(c.(*catReader).pid, nil, 0, nil); err != unix.ECHILD {
		t.Errorf("cat is still there: %v", err)
	}
}
