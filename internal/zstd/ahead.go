package zstd

import "errors"

const (
	// framesAhead is the number of frames that an Ahead has in memory.
	framesAhead = 3
	// headroom is the number of bytes that fit in front of a frame.
	headroom = 64 << 10
	// longestAhead is the length of the longest frame that an Ahead decodes.
	longestAhead = 4 << 20
)

// ErrLong means that an Ahead met a frame that is too long for it, or does not say its size.
var ErrLong = errors.New("zstd frame longer than 4 MiB")

// Ahead decodes frames in a goroutine while its caller works on those before. Stop it.
type Ahead struct {
	decoded chan aheadFrame
	free    chan []byte
	stop    chan struct{}
	last    []byte // what Next returned last, and more in front of it
	err     error
}

// aheadFrame is a decoded frame, from an index of b on, or the error after the last one.
type aheadFrame struct {
	b    []byte
	from int
	err  error
}

// NewAhead returns an Ahead that goes on with r at the start of a frame, but leaves out some
// bytes. Nothing else may use r until Stop returns.
func NewAhead(r *Reader, leaveOut int) *Ahead {
	a := &Ahead{decoded: make(chan aheadFrame), free: make(chan []byte, framesAhead), stop: make(chan struct{})}
	for range framesAhead {
		a.free <- nil
	}
	go a.decode(r, leaveOut)
	return a
}

func (a *Ahead) decode(r *Reader, leaveOut int) {
	defer close(a.decoded)
	for f := (aheadFrame{}); f.err == nil; {
		select {
		case f.b = <-a.free:
		case <-a.stop:
			return
		}
		f.b, f.err = r.whole(f.b)
		f.from = min(headroom+leaveOut, len(f.b))
		leaveOut -= f.from - headroom
		select {
		case a.decoded <- f:
		case <-a.stop:
			return
		}
	}
}

// whole decodes the next frame with data behind headroom, in b if it is large enough.
func (r *Reader) whole(b []byte) ([]byte, error) {
	if cap(b) < headroom {
		b = make([]byte, headroom)
	}
	r.out, r.unread, r.keep = b[:headroom], headroom, headroom
	for !r.inside {
		if err := r.next(); err != nil {
			return r.out, err
		}
	}
	if !r.frame.hasSize || r.frame.size > longestAhead {
		return r.out, ErrLong
	}
	r.moveTo(headroom, headroom+int(r.frame.size)+maxBlock)
	for r.inside {
		if err := r.next(); err != nil {
			return r.out, err
		}
	}
	return r.out, nil
}

// Next is like Reader.Next.
func (a *Ahead) Next(keep int) ([]byte, error) {
	kept := a.last[len(a.last)-keep:]
	for a.err == nil {
		f := <-a.decoded
		a.err = f.err
		if f.from == len(f.b) {
			a.free <- f.b
			continue
		}
		b := f.b
		if keep > f.from {
			b = append(make([]byte, keep, 2*keep+len(f.b)), f.b[f.from:]...)
			f.from = keep
		}
		copy(b[f.from-keep:], kept)
		if a.last != nil {
			a.free <- a.last
		}
		a.last = b
		return b[f.from-keep:], nil
	}
	return kept, a.err
}

// Stop ends the goroutine. Do not use the Ahead any more.
func (a *Ahead) Stop() {
	close(a.stop)
	for range a.decoded {
	}
}
