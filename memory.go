package netstat

// Memory is what a socket's memory is used for, in bytes but for Drops
// (SK_MEMINFO_* of include/uapi/linux/sock_diag.h). A Memory is not changed
// once it is delivered.
type Memory struct {
	// Known are the fields that were told, which older kernels have fewer of.
	Known MemoryFieldSet

	RMemAlloc  uint32 // taken by what was received and not read yet
	RcvBuf     uint32 // limit of that
	WMemAlloc  uint32 // taken by what was handed to the layers below and not sent yet
	SndBuf     uint32 // limit of WMemQueued
	FwdAlloc   uint32 // allocated in advance and not used yet
	WMemQueued uint32 // taken by what was written and not acknowledged yet
	OptMem     uint32 // taken by options, filters and ancillary data
	Backlog    uint32 // taken by packets that wait for the process to let go of the socket (Linux 3.11); of no listening socket
	Drops      uint32 // packets dropped since the socket was made, for want of memory among others (Linux 4.9)
}

// MemoryField names a number in a [Memory], as [TCPField] does for TCPInfo.
type MemoryField uint8

const (
	MemoryRMemAlloc MemoryField = iota
	MemoryRcvBuf
	MemoryWMemAlloc
	MemorySndBuf
	MemoryFwdAlloc
	MemoryWMemQueued
	MemoryOptMem
	MemoryBacklog
	MemoryDrops

	MemoryFields // how many there are
)

// MemoryFieldSet is a set of fields. The zero value is the empty set.
type MemoryFieldSet uint16

// Has reports whether f is in the set.
func (s MemoryFieldSet) Has(f MemoryField) bool { return f < MemoryFields && s&(1<<f) != 0 }

// Value returns the number of a field and false where it was not told.
func (m *Memory) Value(f MemoryField) (uint64, bool) {
	if !m.Known.Has(f) {
		return 0, false
	}
	return uint64(*memoryFields[f].at(m)), true
}

// Set sets the number of a field and makes it known; a field that does not exist is
// left alone.
func (m *Memory) Set(f MemoryField, n uint32) {
	if f < MemoryFields {
		*memoryFields[f].at(m) = n
		m.Known |= 1 << f
	}
}

// String returns the field's name: lower case, words joined by "_".
func (f MemoryField) String() string {
	if f < MemoryFields {
		return memoryFields[f].name
	}
	return "unknown"
}

// About says what the field is in half a sentence, empty for one that does not exist.
func (f MemoryField) About() string {
	if f < MemoryFields {
		return memoryFields[f].about
	}
	return ""
}

// Kind says what the field counts.
func (f MemoryField) Kind() FieldKind {
	if f < MemoryFields {
		return memoryFields[f].kind
	}
	return FieldCount
}

var memoryFields = [MemoryFields]struct {
	name  string
	kind  FieldKind
	at    func(*Memory) *uint32
	about string
}{
	MemoryRMemAlloc:  {"rmem_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.RMemAlloc }, "memory taken by what was received"},
	MemoryRcvBuf:     {"rcvbuf", FieldBytes, func(m *Memory) *uint32 { return &m.RcvBuf }, "its limit"},
	MemoryWMemAlloc:  {"wmem_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.WMemAlloc }, "memory taken by what was handed to the layers below"},
	MemorySndBuf:     {"sndbuf", FieldBytes, func(m *Memory) *uint32 { return &m.SndBuf }, "limit of wmem_queued"},
	MemoryFwdAlloc:   {"fwd_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.FwdAlloc }, "allocated in advance"},
	MemoryWMemQueued: {"wmem_queued", FieldBytes, func(m *Memory) *uint32 { return &m.WMemQueued }, "memory taken by what was written and not acknowledged"},
	MemoryOptMem:     {"optmem", FieldBytes, func(m *Memory) *uint32 { return &m.OptMem }, "memory taken by options and filters"},
	MemoryBacklog:    {"backlog", FieldBytes, func(m *Memory) *uint32 { return &m.Backlog }, "memory taken by packets that wait for the process to let go of the socket; connections that wait are recvq, up to max_backlog"},
	MemoryDrops:      {"drops", FieldCount, func(m *Memory) *uint32 { return &m.Drops }, "packets dropped"},
}
