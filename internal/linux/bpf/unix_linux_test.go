package bpf

import (
	"encoding/binary"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

func TestUnixIterRefused(t *testing.T) {
	need.Root(t)
	if fd, err := openIterator(unixProgram(unixLayout{}, -1), 1); err == nil {
		unix.Close(fd)
		t.Error("attached to a function that is not an iterator")
	}
}

// TestUnixIterRoom checks that a pass without room for all sockets fails.
func TestUnixIterRoom(t *testing.T) {
	need.Root(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	for _, room := range []int{1, 1 << 16} {
		u, err := OpenUnix(room)
		if err != nil {
			t.Fatal(err)
		}
		b, err := u.Records()
		if room == 1 && err != ErrUnixShort || room > 1 && (err != nil || len(b) < 2*UnixSize || len(b)%UnixSize != 0) {
			t.Errorf("room for %d: %d bytes, error %v", room, len(b), err)
		}
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnixIterInode checks that the inodes are the same where kernels without
// sock.sk_ino have them.
func TestUnixIterInode(t *testing.T) {
	need.Root(t)
	f, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(f)
	var stat unix.Stat_t
	if err := unix.Fstat(f, &stat); err != nil {
		t.Fatal(err)
	}
	older := func(b []byte) (unixLayout, error) { return findUnixLayout(b, true) }
	for name, parse := range map[string]func([]byte) (unixLayout, error){"this kernel": parseUnixLayout, "older": older} {
		layout, err := readLayout(true, parse)
		if err != nil {
			t.Fatal(err)
		}
		u, err := openUnix(layout, 1<<16)
		if err != nil {
			t.Fatal(err)
		}
		b, err := u.Records()
		found := 0
		for ; len(b) >= UnixSize; b = b[UnixSize:] {
			if binary.NativeEndian.Uint32(b) == uint32(stat.Ino) {
				found++
			}
		}
		if err != nil || found != 1 {
			t.Errorf("%s: found %d times, error %v", name, found, err)
		}
		u.Close()
	}
}

// scriptedEnd is the reader of an iterator, one function for each read.
type scriptedEnd []func(b []byte) (int, error)

func (e *scriptedEnd) Read(b []byte) (int, error) {
	read := (*e)[0]
	*e = (*e)[1:]
	return read(b)
}

func (e *scriptedEnd) Close() error { return nil }

// TestUnixIterStuck checks that a pass goes on as long as it writes records.
func TestUnixIterStuck(t *testing.T) {
	const room = 5
	for name, pass := range map[string]struct {
		written []int // records at each timeout
		err     error
	}{
		"no wait":       {},
		"slow":          {written: []int{1, 2, 4}},
		"stuck at once": {written: []int{0}, err: ErrStuck},
		"stuck later":   {written: []int{3, 3}, err: ErrStuck},
	} {
		data := make([]byte, room*UnixSize)
		var end scriptedEnd
		for _, n := range pass.written {
			end = append(end, func([]byte) (int, error) {
				for i := range n {
					data[i*UnixSize+UnixKind] = 1
				}
				return 0, ErrStuck
			})
		}
		end = append(end,
			func(b []byte) (int, error) { return copy(b, binary.NativeEndian.AppendUint64(nil, 4)), nil },
			func([]byte) (int, error) { return 0, io.EOF })
		u := &Unix{room: room, data: data, end: &end}
		b, err := u.Records()
		if err != pass.err || err == nil && len(b) != 4*UnixSize {
			t.Errorf("%s: %d bytes, error %v", name, len(b), err)
		}
	}
}

func BenchmarkUnixIterSetUp(b *testing.B) {
	for b.Loop() {
		u, err := OpenUnix(1 << 16)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := u.Records(); err != nil {
			b.Fatal(err)
		}
		u.Close()
	}
}
