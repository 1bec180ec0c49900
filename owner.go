package netstat

import (
	"context"
	"slices"
)

// OwnerQuery says whose owners are wanted.
type OwnerQuery struct {
	// Inodes are the sockets of interest; nil for every socket of the host.
	// With a list, a Source may stop once each has its first owner, unless
	// All is set.
	Inodes []uint64
	// All asks for every owner of each socket, not only the first.
	All bool
	// Threads asks to look also at threads that have open files of their own
	// (unshare(CLONE_FILES) of Linux), which a process's list of open files
	// does not show. What they hold counts as their process's.
	Threads bool
	// Rings asks, for sockets that no process has among its open files, to
	// look also at what is registered with io_uring (Linux 6.14). What a ring
	// holds counts as held by each process that has the ring open.
	Rings bool
}

// OwnerVia is how a process holds a socket. The zero value is its open
// files, or those of its threads.
type OwnerVia uint8

const (
	// ViaFile means that a descriptor refers to the socket.
	ViaFile OwnerVia = iota
	// ViaRing means that the socket is registered with an io_uring that the process has
	// open, and no process has a descriptor of it.
	ViaRing
)

// String returns one lower-case word, empty for ViaFile.
func (v OwnerVia) String() string {
	if v == ViaRing {
		return "io_uring"
	}
	return ""
}

// Owners joins sockets to the processes that hold them open, by inode. The
// zero value is empty and ready to use.
//
// It is one open-addressing table of the first owners, 12 bytes a slot, since
// a host may hold a million sockets; further owners of shared sockets are kept
// aside.
type Owners struct {
	// Denied reports that the list of open files of some process could not be
	// opened for want of permission, so that a socket without an owner may have
	// one there.
	Denied bool
	// Unread reports that such a list could be opened, but not what it refers
	// to (on Linux that takes CAP_SYS_PTRACE too), so that a socket without an
	// owner may have one there.
	Unread bool
	// Busy reports that an io_uring was in use each time it was looked at, so
	// that a socket without an owner may be registered with it.
	Busy bool
	// Hidden says that the system is set up to hide processes of other users
	// (hidepid= of proc(5)), so that a socket without an owner may have one
	// there.
	Hidden bool
	// Confined says that processes outside the view of this one, in other
	// namespaces of processes, were not looked into, so that a socket without
	// an owner may have one there.
	Confined bool
	// Failed reports that the search ended with an error, so that a socket
	// without an owner may have one.
	Failed bool
	// Seen says that some process was found to hold a socket, wanted or not.
	Seen bool

	inodes []uint64 // 0 is an empty slot: no socket has inode 0
	pids   []uint32
	n      int
	more   map[uint64][]uint32 // sorted
	rings  map[uint64]struct{} // inodes of those held by ViaRing
	kernel map[uint64]struct{} // by cookie
}

// Incomplete reports whether some process could not be inspected, so that owners
// may be missing.
func (o *Owners) Incomplete() bool { return o.denied() || o.Busy }

// denied reports whether some process could not be inspected for want of
// permission.
func (o *Owners) denied() bool { return o.Denied || o.Unread || o.Hidden }

// Grow makes room for n sockets in all.
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

// slot returns where inode is or would be.
func (o *Owners) slot(inode uint64) int {
	mask := uint64(len(o.inodes) - 1)
	// Fibonacci hashing: inodes count up, so the multiplied high bits spread
	// them evenly.
	at := inode * 0x9e3779b97f4a7c15 >> 32 & mask
	for o.inodes[at] != 0 && o.inodes[at] != inode {
		at = (at + 1) & mask
	}
	return int(at)
}

// Add records that process pid holds the socket with this inode. The one
// with the lowest pid is the first owner; recording the same pair again changes
// nothing, and inode 0 is ignored.
func (o *Owners) Add(inode uint64, pid uint32) {
	if inode == 0 {
		return
	}
	o.Seen = true
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

// AddRing is Add for a process that holds the socket by an io_uring. It ignores
// a socket of which some process is known that has a descriptor.
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

// Via returns how the owners of a socket hold it, ViaFile where none is
// known.
func (o *Owners) Via(inode uint64) OwnerVia {
	if _, ok := o.rings[inode]; ok {
		return ViaRing
	}
	return ViaFile
}

// Len returns how many sockets have an owner.
func (o *Owners) Len() int { return o.n }

// First returns the owner of a socket with the lowest pid, false where none is
// known.
func (o *Owners) First(inode uint64) (pid uint32, ok bool) {
	if inode == 0 || o.n == 0 {
		return 0, false
	}
	at := o.slot(inode)
	return o.pids[at], o.inodes[at] != 0
}

// All appends every known owner of a socket to pids, in order.
func (o *Owners) All(pids []uint32, inode uint64) []uint32 {
	first, ok := o.First(inode)
	if !ok {
		return pids
	}
	return append(append(pids, first), o.more[inode]...)
}

// OwnerUnknown says why no owner of a socket is known. The zero value means that
// one is.
type OwnerUnknown uint8

const (
	OwnerKnown OwnerUnknown = iota
	// OwnerTimeWait: the kernel alone keeps the rest of a connection that its
	// processes have closed (state TIME-WAIT).
	OwnerTimeWait
	// OwnerRequest: the connection is being opened by the other end (state
	// SYN-RECEIVED).
	OwnerRequest
	// OwnerPending: the connection is open and waits for the process that
	// listens to accept it.
	OwnerPending
	// OwnerClosed: every process has closed it, and the kernel still sends
	// what is left or waits for the other end.
	OwnerClosed
	// OwnerKernel: the kernel made the socket for itself, as a VXLAN tunnel
	// does; known only after [KernelSockets], of netlink sockets by the row.
	OwnerKernel
	// OwnerDenied: some process could not be inspected for want of permission
	// (Owners.Denied, Owners.Unread), or is hidden (Owners.Hidden), and may hold
	// it.
	OwnerDenied
	// OwnerConfined: processes in other namespaces of processes were not
	// looked into, and may hold it.
	OwnerConfined
	// OwnerUnheld: every process was inspected and none has it among its open
	// files. It is under way in a message between processes (SCM_RIGHTS),
	// registered with io_uring (unless OwnerQuery.Rings was set and the kernel
	// tells), in use by a request of io_uring, open in a thread with files of
	// its own (unless OwnerQuery.Threads was set), used by the kernel itself, or
	// was closed or made while the search went on.
	OwnerUnheld
	// OwnerNotTold: the row does not say which socket it is (Socket.Inode was
	// not asked for, or the table does not have it), so that none can be found,
	// or the search ended with an error (Owners.Failed).
	OwnerNotTold
)

var ownerUnknownNames = [...]string{
	"", "time-wait", "request", "pending", "closed", "kernel", "permission", "namespace", "unheld", "not-told",
}

// String returns one lower-case word, empty for OwnerKnown.
func (u OwnerUnknown) String() string {
	if int(u) < len(ownerUnknownNames) {
		return ownerUnknownNames[u]
	}
	return "not-told"
}

// None reports whether no process can hold the socket, and not only that none is
// known: the kernel keeps the rest of a connection, or made the socket for itself.
func (u OwnerUnknown) None() bool {
	switch u {
	case OwnerTimeWait, OwnerRequest, OwnerPending, OwnerClosed, OwnerKernel:
		return true
	}
	return false
}

// AddKernel records that the kernel made the socket with this Socket.Cookie for
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

// Kernel appends the cookies of all sockets that AddKernel recorded, in order.
func (o *Owners) Kernel(cookies []uint64) []uint64 {
	at := len(cookies)
	for cookie := range o.kernel {
		cookies = append(cookies, cookie)
	}
	slices.Sort(cookies[at:])
	return cookies
}

// KernelSockets is implemented by a Source that can tell which sockets the
// kernel made for itself. It is worth asking only where the owner of a UDP or
// TCP socket is unknown though the socket has an inode.
type KernelSockets interface {
	// KernelSockets adds to o the UDP and TCP sockets of the Source's network
	// namespace that the kernel made for itself. The error is an *OpError; it
	// wraps errors.ErrUnsupported where the way of reading or this process's
	// privilege does not allow it. What was added before is right.
	KernelSockets(ctx context.Context, o *Owners) error
}

// Unknown says why no owner of s is known, OwnerKnown where one is. It claims
// no more than the row and the search tell: OwnerNotTold after a search that
// failed, and where several reasons may hold, the first of OwnerDenied,
// OwnerConfined and OwnerUnheld.
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
		return OwnerNotTold
	case o.denied():
		return OwnerDenied
	case o.Confined:
		return OwnerConfined
	}
	return OwnerUnheld
}

// kernelNetlink reports whether a netlink socket is one of the kernel's own. A
// process's has a port, but for one that has joined groups before its first
// message.
func (s *Socket) kernelNetlink() bool {
	d, ok := s.Detail.(*NetlinkDetail)
	return ok && d.Port == 0 && d.Groups == nil
}

// withoutInode says why a socket has no inode, from its state. A connection has
// none until it is accepted, and none from when its last process closes it.
func (s *Socket) withoutInode() OwnerUnknown {
	if s.Absent&FactInode != 0 {
		return OwnerNotTold
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
	return OwnerNotTold
}
