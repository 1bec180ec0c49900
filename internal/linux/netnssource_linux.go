package linux

import (
	"io"
	"io/fs"
	"strconv"
	"strings"

	"netstat"
	"netstat/internal/linux/process"
)

// namespaceSource is a source in another network namespace. Its processes are
// still those of the host.
type namespaceSource struct {
	*source
	thread *process.Thread // nil once closed
}

// openInNamespace makes a source read everything that belongs to a network
// namespace in the given one.
func openInNamespace(s *source, n *netstat.Namespace) (netstat.Source, error) {
	if s.procRoot != "/proc" {
		return nil, openError("cannot enter a network namespace of " + s.procRoot)
	}
	thread, err := process.EnterNamespace(n)
	if err != nil {
		return nil, &netstat.OpError{Op: "open network namespace " + strconv.Quote(n.Label()), Err: err}
	}
	s.netns = uint32(n.Inode)
	s.dial = process.OnThread(thread, s.dial)
	s.dialNetfilter = process.OnThread(thread, s.dialNetfilter)
	s.dialRoutes = process.OnThread(thread, s.dialRoutes)
	s.dialLinks = process.OnThread(thread, s.dialLinks)
	s.openLinks = process.OnThread(thread, s.openLinks)
	openTCP := s.openTCP
	s.openTCP = func(family uint8, reading bool) (io.ReadCloser, error) {
		return process.OnThread(thread, func() (io.ReadCloser, error) { return openTCP(family, reading) })()
	}
	openUnix := s.openUnix
	s.openUnix = func(room int) (unixRecords, error) {
		return process.OnThread(thread, func() (unixRecords, error) { return openUnix(room) })()
	}
	openKernel := s.openKernel
	s.openKernel = func(tcp bool) (io.ReadCloser, error) {
		return process.OnThread(thread, func() (io.ReadCloser, error) { return openKernel(tcp) })()
	}
	dialEvents := s.dialEvents
	s.dialEvents = func(groups []int) (eventConn, error) {
		return process.OnThread(thread, func() (eventConn, error) { return dialEvents(groups) })()
	}
	if name := s.interfaceName; name != nil {
		s.interfaceName = func(index uint32) (string, error) {
			return process.OnThread(thread, func() (string, error) { return name(index) })()
		}
	}
	// /proc/net shows the namespace of the process; the files of the thread
	// show that of the thread, and every thread may open them.
	// /proc/sys/net shows the namespace of the thread that opens it.
	open := s.open
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasPrefix(path, "/proc/sys/net/") {
			return process.OnThread(thread, func() (io.ReadCloser, error) { return open(path) })()
		}
		if rest, ok := strings.CutPrefix(path, "/proc/net"); ok && (rest == "" || rest[0] == '/') {
			if thread.Closed() {
				return nil, fs.ErrClosed
			}
			path = thread.Net + rest
		}
		return open(path)
	}
	return &namespaceSource{s, thread}, nil
}

// Close also ends the thread.
func (s *namespaceSource) Close() error {
	err := s.source.Close()
	if s.thread != nil {
		s.thread.Close()
		s.thread = nil
	}
	return err
}
