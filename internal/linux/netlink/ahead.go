package netlink

import "encoding/binary"

// Ahead receives the datagrams of a dump for a [Reader]. From the second
// datagram it receives on a goroutine while the caller works on the previous
// one. The kernel writes a dump in the reading process, which takes as long as
// decoding and printing it. A dump of one datagram starts no goroutine.
type Ahead struct {
	Conn Conn   // receives the dump; the request must have been sent
	Buf  []byte // for the first datagram; later ones use buffers of its length

	began      bool
	ended      bool // whether the datagram returned last ends the dump
	free, full chan []byte
	err        error // valid when full is closed
	current    []byte
}

// aheadBuffers is the number of datagrams that may wait.
const aheadBuffers = 3

// next returns the next datagram, which is valid until the next call.
func (a *Ahead) next() ([]byte, error) {
	switch {
	case !a.began:
		a.began = true
		b, last, err := a.receive(a.Buf)
		a.ended = last
		return b, err
	case a.ended:
		return nil, ErrGarbled
	case a.full == nil:
		a.free, a.full = make(chan []byte, aheadBuffers), make(chan []byte, aheadBuffers)
		a.free <- a.Buf
		for range aheadBuffers - 1 {
			a.free <- make([]byte, len(a.Buf))
		}
		go a.run(a.free, a.full)
	default:
		a.free <- a.current[:cap(a.current)]
	}
	b, ok := <-a.full
	if !ok {
		return nil, a.err
	}
	a.current = b
	return b, nil
}

func (a *Ahead) run(free <-chan []byte, full chan<- []byte) {
	defer close(full)
	for buf := range free {
		b, last, err := a.receive(buf)
		if err != nil {
			a.err = err
			return
		}
		full <- b
		if last {
			a.err = ErrGarbled
			return
		}
	}
}

// receive reads one datagram and reports whether it ends the dump.
func (a *Ahead) receive(buf []byte) (b []byte, last bool, err error) {
	n, truncated, err := a.Conn.Receive(buf)
	if err != nil {
		return nil, false, err
	}
	if truncated {
		return nil, false, ErrTruncated
	}
	for rest := buf[:n]; len(rest) > 0; {
		message, r, ok := NextMessage(rest)
		if !ok {
			break
		}
		rest = r
		switch binary.NativeEndian.Uint16(message[4:]) {
		case TypeDone, TypeError, TypeOverrun:
			last = true
		}
	}
	return buf[:n], last, nil
}

// Stop waits until no goroutine reads from the connection.
func (a *Ahead) Stop() {
	if a.full == nil {
		return
	}
	close(a.free)
	for range a.full {
	}
}
