package netstat

// Memory is the memory use of a socket, in bytes except Drops (SK_MEMINFO_* in
// include/uapi/linux/sock_diag.h). A Memory is immutable once delivered.
type Memory struct {
	// Known is the set of known fields; older kernels have fewer.
	Known MemoryFieldSet

	RMemAlloc  uint32 // received data not read yet
	RcvBuf     uint32 // limit of RMemAlloc
	WMemAlloc  uint32 // data passed to lower layers and not sent yet
	SndBuf     uint32 // limit of WMemQueued
	FwdAlloc   uint32 // allocated in advance and not used yet
	WMemQueued uint32 // data written and not acknowledged yet
	OptMem     uint32 // options, filters and ancillary data
	Backlog    uint32 // packets queued while a process holds the socket lock (Linux 3.11); not of a listening socket
	Drops      uint32 // packets dropped since the socket was created, for lack of memory among other reasons (Linux 4.9)
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

	MemoryFields // number of fields
)

// MemoryFieldSet is a set of fields. The zero value is the empty set.
type MemoryFieldSet uint16

// Has reports whether f is in the set.
func (s MemoryFieldSet) Has(f MemoryField) bool { return f < MemoryFields && s&(1<<f) != 0 }

// Value returns the number of a field; false if it is unknown.
func (m *Memory) Value(f MemoryField) (uint64, bool) {
	if !m.Known.Has(f) {
		return 0, false
	}
	return uint64(*memoryFields[f].at(m)), true
}

// Set sets the number of a field and marks it known. It ignores a field that does not
// exist.
func (m *Memory) Set(f MemoryField, n uint32) {
	if f < MemoryFields {
		*memoryFields[f].at(m) = n
		m.Known |= 1 << f
	}
}

// String returns the name of the field: lower case, words joined by "_".
func (f MemoryField) String() string {
	if f < MemoryFields {
		return memoryFields[f].name
	}
	return "unknown"
}

// About returns a one-line description of the field, or "" if the field does not exist.
func (f MemoryField) About() string {
	if f < MemoryFields {
		return memoryFields[f].about
	}
	return ""
}

// AboutZH returns what About does, in Chinese.
func (f MemoryField) AboutZH() string {
	if f < MemoryFields {
		return memoryFields[f].aboutZH
	}
	return ""
}

// Kind returns the unit of the field.
func (f MemoryField) Kind() FieldKind {
	if f < MemoryFields {
		return memoryFields[f].kind
	}
	return FieldCount
}

var memoryFields = [MemoryFields]struct {
	name    string
	kind    FieldKind
	at      func(*Memory) *uint32
	about   string
	aboutZH string // about in Chinese
}{
	MemoryRMemAlloc:  {"rmem_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.RMemAlloc }, "memory used by received data", "已接收数据占用的内存"},
	MemoryRcvBuf:     {"rcvbuf", FieldBytes, func(m *Memory) *uint32 { return &m.RcvBuf }, "limit of rmem_alloc", "rmem_alloc 的上限"},
	MemoryWMemAlloc:  {"wmem_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.WMemAlloc }, "memory used by data passed to lower layers", "已交给下层的数据占用的内存"},
	MemorySndBuf:     {"sndbuf", FieldBytes, func(m *Memory) *uint32 { return &m.SndBuf }, "limit of wmem_queued", "wmem_queued 的上限"},
	MemoryFwdAlloc:   {"fwd_alloc", FieldBytes, func(m *Memory) *uint32 { return &m.FwdAlloc }, "memory allocated in advance", "预先分配的内存"},
	MemoryWMemQueued: {"wmem_queued", FieldBytes, func(m *Memory) *uint32 { return &m.WMemQueued }, "memory used by data written and not acknowledged", "已写入而未确认的数据占用的内存"},
	MemoryOptMem:     {"optmem", FieldBytes, func(m *Memory) *uint32 { return &m.OptMem }, "memory used by options and filters", "选项和过滤器占用的内存"},
	MemoryBacklog:    {"backlog", FieldBytes, func(m *Memory) *uint32 { return &m.Backlog }, "memory of packets that wait for the socket lock; connections waiting to be accepted are recvq, up to max_backlog", "进程锁定套接字时排队的包占用的内存；等待接受的连接见 recvq，其上限见 max_backlog"},
	MemoryDrops:      {"drops", FieldCount, func(m *Memory) *uint32 { return &m.Drops }, "packets dropped", "丢弃的数据包数"},
}
