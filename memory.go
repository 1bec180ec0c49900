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
	Backlog    uint32 // taken by packets that wait for the process to let go of the socket (Linux 3.11)
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
	return uint64(memoryFields[f].value(m)), true
}

// String returns the field's name: lower case, words joined by "_".
func (f MemoryField) String() string {
	if f < MemoryFields {
		return memoryFields[f].name
	}
	return "unknown"
}

// Kind says what the field counts.
func (f MemoryField) Kind() FieldKind {
	if f == MemoryDrops {
		return FieldCount
	}
	return FieldBytes
}

var memoryFields = [MemoryFields]struct {
	name  string
	value func(*Memory) uint32
}{
	MemoryRMemAlloc:  {"rmem_alloc", func(m *Memory) uint32 { return m.RMemAlloc }},
	MemoryRcvBuf:     {"rcvbuf", func(m *Memory) uint32 { return m.RcvBuf }},
	MemoryWMemAlloc:  {"wmem_alloc", func(m *Memory) uint32 { return m.WMemAlloc }},
	MemorySndBuf:     {"sndbuf", func(m *Memory) uint32 { return m.SndBuf }},
	MemoryFwdAlloc:   {"fwd_alloc", func(m *Memory) uint32 { return m.FwdAlloc }},
	MemoryWMemQueued: {"wmem_queued", func(m *Memory) uint32 { return m.WMemQueued }},
	MemoryOptMem:     {"optmem", func(m *Memory) uint32 { return m.OptMem }},
	MemoryBacklog:    {"backlog", func(m *Memory) uint32 { return m.Backlog }},
	MemoryDrops:      {"drops", func(m *Memory) uint32 { return m.Drops }},
}
