package linux

import (
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
)

// Open returns a Source for the running system. It does no more than check the
// options; what is refused shows when a table is read. The error is an
// *netstat.OpError for options that are unknown or contradict each other.
func Open(o Options) (netstat.Source, error) {
	s, err := newSource(o)
	if err != nil {
		return nil, err
	}
	s.dial = dialDiag
	s.dialNetfilter = dialNetfilter
	s.dialRoutes = dialRoutes
	s.dialLinks = dialLinks
	s.openLinks = openLinks
	s.open = openFile
	s.openTCP = openTCPIterator
	s.bpfAllowed = ownerBPFAllowed
	s.release = kernelRelease
	s.booted = sync.OnceValues(func() (time.Time, error) { return readBoot(s.procRoot) })
	return s, nil
}

// Owners implements netstat.Source.
func (s *source) Owners(ctx context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	s.held = heldTCP{}
	return findOwners(ctx, s.procRoot, s.ownerMethod, q)
}

// Process implements netstat.Source.
func (s *source) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	p, err := readProcess(s.procRoot, pid, facts)
	if err != nil || facts&netstat.FactStarted == 0 {
		return p, err
	}
	boot, err := s.booted()
	if err != nil {
		return p, &netstat.OpError{Op: "read process", Err: err}
	}
	age, err := readStart(s.procRoot, pid)
	if err != nil {
		return p, &netstat.OpError{Op: "read process", Err: err}
	}
	p.Started = boot.Add(age)
	return p, nil
}

func kernelRelease() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// fd is an open file without what package os adds to one: the poller, the
// finalizer and the import.
type fd int

func openFile(path string) (io.ReadCloser, error) {
	for {
		f, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return fd(f), nil
		}
		if err != unix.EINTR {
			return nil, err
		}
	}
}

func (f fd) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (f fd) Close() error { return unix.Close(int(f)) }
