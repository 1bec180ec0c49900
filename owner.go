package netstat

import (
	"context"
	"slices"
)

// OwnerQuery selects the sockets whose owners to find.
type OwnerQuery struct {
	// Inodes are the sockets of interest; nil for every socket of the host. With a
	// list, a Source may stop once each has its first owner, unless All is set.
	Inodes []uint64
	// All requests every owner of each socket, not only the first.
	All bool
	// Threads requests a look at threads with a file table of their own
	// (unshare(CLONE_FILES) on Linux), which the process's list of open files does not
	// show. Their sockets count as their process's.
	Threads bool
	// Rings requests, for sockets that are in no process's open files, a look at those
	// registered with io_uring (Linux 6.14). Such a socket counts as held by each
	// process that has the ring open.
	Rings bool
}

// OwnerVia is how a process holds a socket. The zero value is ViaFile.
type OwnerVia uint8

const (
	// ViaFile means that a descriptor of the process or of one of its threads refers to
	// the socket.
	ViaFile OwnerVia = iota
	// ViaRing means that the socket is registered with an io_uring that the process has
	// open, and that no process has a descriptor of it.
	ViaRing
)

// String returns "io_uring" for ViaRing and "" for ViaFile.
func (v OwnerVia) String() string {
	if v == ViaRing {
		return "io_uring"
	}
	return ""
}

// Owners maps sockets, by inode, to the processes that hold them open. The zero value
// is empty and ready to use.
//
// It is one open-addressing table of first owners, 12 bytes a slot, because a host may
// have a million sockets; further owners of shared sockets are in a map.
type Owners struct {
	// Denied reports whether the open files of some process could not be listed for
	// lack of permission. A socket without an owner may have one there.
	Denied bool
	// Unread reports whether such a list could be opened but its entries not be read
	// (on Linux that needs CAP_SYS_PTRACE too). A socket without an owner may have one
	// there.
	Unread bool
	// Busy reports whether an io_uring was in use at every attempt to read it. A socket
	// without an owner may be registered with it.
	Busy bool
	// Hidden reports whether the system hides processes of other users (hidepid= of
	// proc(5)). A socket without an owner may have one there.
	Hidden bool
	// Confined reports whether processes in other pid namespaces were not inspected. A
	// socket without an owner may have one there.
	Confined bool
	// Failed reports whether the search ended with an error. A socket without an owner
	// may have one.
	Failed bool
	// Seen reports whether any process was found to hold any socket, requested or not.
	Seen bool

	inodes []uint64 // 0 is an empty slot: no socket has inode 0
	pids   []uint32
	n      int
	more   map[uint64][]uint32 // sorted
	// threads holds the pairs of which only a thread with a file table of its own is known.
	threads map[ownerPair]struct{}
	rings   map[uint64]struct{} // inodes of sockets held by ViaRing
	kernel  map[uint64]struct{} // by cookie
}

// ownerPair is a socket, by inode, and a process.
type ownerPair struct {
	inode uint64
	pid   uint32
}

// Incomplete reports whether owners may be missing because some process could not be
// inspected.
func (o *Owners) Incomplete() bool { return o.denied() || o.Busy }

// denied reports whether some process could not be inspected for lack of permission.
func (o *Owners) denied() bool { return o.Denied || o.Unread || o.Hidden }

// Grow makes room for n sockets in total.
func (o *Owners) Grow(n int) {
	size := 64
	for size*3/4 < n {
		size *= 2
	}
	if size > len(o.inodes) {
		o.resize(size)
	}
}

func (o *Owners) resize(size int) {
	inodes, pids := o.inodes, o.pids
	o.inodes, o.pids = make([]uint64, size), make([]uint32, size)
	for i, inode := range inodes {
		if inode != 0 {
			at := o.slot(inode)
			o.inodes[at], o.pids[at] = inode, pids[i]
		}
	}
}

// slot returns the index where inode is or would be stored.
func (o *Owners) slot(inode uint64) int {
	mask := uint64(len(o.inodes) - 1)
	// Fibonacci hashing: inodes are consecutive, and the high bits of the product
	// spread them evenly.
	at := inode * 0x9e3779b97f4a7c15 >> 32 & mask
	for o.inodes[at] != 0 && o.inodes[at] != inode {
		at = (at + 1) & mask
	}
	return int(at)
}

// Add records that process pid holds the socket with this inode. The lowest pid is the
// first owner. Adding a pair again changes nothing; inode 0 is ignored.
func (o *Owners) Add(inode uint64, pid uint32) {
	if inode == 0 {
		return
	}
	o.Seen = true
	delete(o.threads, ownerPair{inode, pid})
	if o.n >= len(o.inodes)*3/4 {
		o.resize(max(64, len(o.inodes)*2))
	}
	at := o.slot(inode)
	if o.inodes[at] == 0 {
		o.inodes[at], o.pids[at] = inode, pid
		o.n++
		return
	}
	if o.pids[at] == pid {
		return
	}
	if pid < o.pids[at] {
		o.pids[at], pid = pid, o.pids[at]
	}
	i, found := slices.BinarySearch(o.more[inode], pid)
	if found {
		return
	}
	if o.more == nil {
		o.more = make(map[uint64][]uint32)
	}
	o.more[inode] = slices.Insert(o.more[inode], i, pid)
}

// AddThread is like Add for a process of which a thread with a file table of its own holds
// the socket.
func (o *Owners) AddThread(inode uint64, pid uint32) {
	if inode == 0 || slices.Contains(o.All(nil, inode), pid) {
		return
	}
	o.Add(inode, pid)
	if o.threads == nil {
		o.threads = make(map[ownerPair]struct{})
	}
	o.threads[ownerPair{inode, pid}] = struct{}{}
}

// ByThread reports whether a process is known to hold a socket only by AddThread.
func (o *Owners) ByThread(inode uint64, pid uint32) bool {
	_, ok := o.threads[ownerPair{inode, pid}]
	return ok
}

// AddRing is like Add for a process that holds the socket by an io_uring. It ignores a
// socket for which a process with a descriptor is known.
func (o *Owners) AddRing(inode uint64, pid uint32) {
	if _, known := o.First(inode); known && o.Via(inode) == ViaFile || inode == 0 {
		return
	}
	o.Add(inode, pid)
	if o.rings == nil {
		o.rings = make(map[uint64]struct{})
	}
	o.rings[inode] = struct{}{}
}

// Via returns how the owners of a socket hold it; ViaFile if no owner is known.
func (o *Owners) Via(inode uint64) OwnerVia {
	if _, ok := o.rings[inode]; ok {
		return ViaRing
	}
	return ViaFile
}

// Len returns the number of sockets with an owner.
func (o *Owners) Len() int { return o.n }

// First returns the owner with the lowest pid; false if none is known.
func (o *Owners) First(inode uint64) (pid uint32, ok bool) {
	if inode == 0 || o.n == 0 {
		return 0, false
	}
	at := o.slot(inode)
	return o.pids[at], o.inodes[at] != 0
}

// All appends every known owner of a socket to pids, in ascending order.
func (o *Owners) All(pids []uint32, inode uint64) []uint32 {
	first, ok := o.First(inode)
	if !ok {
		return pids
	}
	return append(append(pids, first), o.more[inode]...)
}

// OwnerUnknown is the reason why a socket has no known owner. The zero value means that
// it has one.
type OwnerUnknown uint8

const (
	OwnerKnown OwnerUnknown = iota
	// OwnerTimeWait: the processes have closed the connection; only the kernel still
	// keeps it (state TIME-WAIT).
	OwnerTimeWait
	// OwnerRequest: the peer is opening the connection (state SYN-RECEIVED).
	OwnerRequest
	// OwnerPending: the connection is open and waits to be accepted by the listening
	// process.
	OwnerPending
	// OwnerClosed: every process has closed the socket; the kernel still sends the rest
	// or waits for the peer.
	OwnerClosed
	// OwnerKernel: the kernel created the socket for itself, as a VXLAN tunnel does. It
	// is known only after [KernelSockets]; for netlink sockets the row shows it.
	OwnerKernel
	// OwnerDenied: a process that could not be inspected for lack of permission
	// (Owners.Denied, Owners.Unread) or is hidden (Owners.Hidden) may hold it.
	OwnerDenied
	// OwnerConfined: a process in another pid namespace, which was not inspected, may
	// hold it.
	OwnerConfined
	// OwnerUnheld: every process was inspected and none has it among its open files. It
	// is in a message between processes (SCM_RIGHTS), registered with io_uring (unless
	// OwnerQuery.Rings was set and the kernel reports it), in use by an io_uring
	// request, open in a thread with a file table of its own (unless OwnerQuery.Threads
	// was set), used by the kernel itself, or was opened or closed during the search.
	OwnerUnheld
	// OwnerReasonUnknown: the row does not identify its socket (Socket.Inode was not
	// requested, or the table lacks it), or the search ended with an error
	// (Owners.Failed).
	OwnerReasonUnknown
)

var ownerUnknownNames = [...]string{
	"", "time-wait", "request", "pending", "closed", "kernel", "permission", "namespace", "unheld", "unknown",
}

// String returns a lower-case word, or "" for OwnerKnown.
func (u OwnerUnknown) String() string {
	if int(u) < len(ownerUnknownNames) {
		return ownerUnknownNames[u]
	}
	return "unknown"
}

// None reports whether no process can hold the socket: the kernel keeps the rest of a
// connection, or created the socket for itself. It is false if the owner is only unknown.
func (u OwnerUnknown) None() bool {
	switch u {
	case OwnerTimeWait, OwnerRequest, OwnerPending, OwnerClosed, OwnerKernel:
		return true
	}
	return false
}

// AddKernel records that the kernel created the socket with this Socket.Cookie for
// itself. Cookie 0 is ignored.
func (o *Owners) AddKernel(cookie uint64) {
	if cookie == 0 {
		return
	}
	if o.kernel == nil {
		o.kernel = make(map[uint64]struct{})
	}
	o.kernel[cookie] = struct{}{}
}

// Kernel appends the cookies of all sockets recorded by AddKernel, in ascending order.
func (o *Owners) Kernel(cookies []uint64) []uint64 {
	at := len(cookies)
	for cookie := range o.kernel {
		cookies = append(cookies, cookie)
	}
	slices.Sort(cookies[at:])
	return cookies
}

// KernelSockets is implemented by a Source that can list the sockets which the kernel
// created for itself. It is useful only for UDP and TCP sockets that have an inode but
// no known owner.
type KernelSockets interface {
	// KernelSockets adds to o the UDP and TCP sockets of the Source's network namespace
	// that the kernel created for itself. The error is an *OpError; it wraps
	// errors.ErrUnsupported if the way of reading or this process's privileges do not
	// allow it. Sockets added before an error are correct.
	KernelSockets(ctx context.Context, o *Owners) error
}

// Unknown returns why no owner of s is known; OwnerKnown if one is. It returns
// OwnerReasonUnknown after a failed search. If several reasons may apply, it returns the
// first of OwnerDenied, OwnerConfined and OwnerUnheld.
func (o *Owners) Unknown(s *Socket) OwnerUnknown {
	if s.PID != 0 {
		return OwnerKnown
	}
	if s.Inode == 0 {
		return s.withoutInode()
	}
	if _, ok := o.First(s.Inode); ok {
		return OwnerKnown
	}
	_, kernel := o.kernel[s.Cookie]
	switch {
	case kernel, s.kernelNetlink():
		return OwnerKernel
	case o.Failed:
		return OwnerReasonUnknown
	case o.denied():
		return OwnerDenied
	case o.Confined:
		return OwnerConfined
	}
	return OwnerUnheld
}

// kernelNetlink reports whether a netlink socket is one of the kernel's own. A
// process's socket has a port, unless it has joined groups before its first message.
func (s *Socket) kernelNetlink() bool {
	d, ok := s.Detail.(*NetlinkDetail)
	return ok && d.Port == 0 && d.Groups == nil
}

// withoutInode returns why a socket has no inode, from its state. A connection has none
// until it is accepted, and none after its last process closes it.
func (s *Socket) withoutInode() OwnerUnknown {
	if s.Absent&FactInode != 0 {
		return OwnerReasonUnknown
	}
	switch s.State {
	case TimeWait:
		return OwnerTimeWait
	case SynReceived, NewSynRecv:
		return OwnerRequest
	}
	switch {
	case s.Table == UnixTable:
		switch s.State {
		case Connecting:
			return OwnerPending
		case Disconnecting:
			return OwnerClosed
		}
	case s.Table.Protocol == TCP:
		switch s.State {
		case Established, CloseWait:
			return OwnerPending
		case FinWait1, FinWait2, Closing, LastAck:
			return OwnerClosed
		}
	}
	return OwnerReasonUnknown
}
