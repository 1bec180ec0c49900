package netstat

import (
	"slices"
	"time"
)

// OwnerQuery says whose owners are wanted.
type OwnerQuery struct {
	// Inodes are the sockets of interest; nil for every socket of the host.
	// With a list, a Source may stop once each has its first owner, unless
	// All is set.
	Inodes []uint64
	// All asks for every owner of each socket, not only the first.
	All bool
}

// Owners joins sockets to the processes that hold them open, by inode. The
// zero value is empty and ready to use.
//
// It is one open-addressing table of the first owners, 12 bytes a slot, since
// a host may hold a million sockets; further owners of shared sockets are kept
// aside.
type Owners struct {
	// Denied says that some process could not be looked into, so that a
	// socket without an owner may have one after all.
	Denied bool
	// Seen says that some process was found to hold a socket, wanted or not.
	Seen bool

	inodes []uint64 // 0 is an empty slot: no socket has inode 0
	pids   []uint32
	n      int
	more   map[uint64][]uint32 // sorted
}

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

// Add records that process pid holds the socket with this inode. The first
// one recorded is the first owner; recording the same pair again changes
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
	i, found := slices.BinarySearch(o.more[inode], pid)
	if found {
		return
	}
	if o.more == nil {
		o.more = make(map[uint64][]uint32)
	}
	o.more[inode] = slices.Insert(o.more[inode], i, pid)
}

// Len returns how many sockets have an owner.
func (o *Owners) Len() int { return o.n }

// First returns the owner of a socket that was recorded first, which on a
// running host is the one with the lowest pid, and false where none is known.
func (o *Owners) First(inode uint64) (pid uint32, ok bool) {
	if inode == 0 || o.n == 0 {
		return 0, false
	}
	at := o.slot(inode)
	return o.pids[at], o.inodes[at] != 0
}

// All appends every known owner of a socket to pids: the first owner, then the
// others by pid.
func (o *Owners) All(pids []uint32, inode uint64) []uint32 {
	first, ok := o.First(inode)
	if !ok {
		return pids
	}
	return append(append(pids, first), o.more[inode]...)
}

// ProcessFacts are facts about a process, each of which costs a read.
type ProcessFacts uint8

const (
	FactArgv0      ProcessFacts = 1 << iota // Process.Argv0
	FactContext                             // Process.Context
	FactExecutable                          // Process.Executable
	FactServices                            // Process.Services
	FactUser                                // Process.User
	FactStarted                             // Process.Started
)

// Process is one process of a host. Its texts come from other users: pass
// them through ascii.AppendSafe before a terminal sees them.
type Process struct {
	PID uint32
	// Argv0 is the first string of the command line, exactly, cut at 511
	// bytes. A process can set it to anything; it is empty for kernel
	// threads and zombies. Windows tells the command line to the owner only:
	// there it is the file name of the program.
	Argv0 string
	// Context is the SELinux security context, empty where there is none.
	Context string
	// Executable is the path of the program's file, empty where the system
	// does not tell: kernel threads, processes of others. On Windows it is
	// the file name alone, without a backslash, where the path may not be
	// read.
	Executable string
	// Services are the names of the services that run in the process. Windows
	// only.
	Services []string
	// User is whose process it is, as the system writes it: DOMAIN\name on
	// Windows, the effective uid in decimal on Linux. Empty where not known.
	User string
	// Started is when the process began, zero where not known.
	Started time.Time
}
