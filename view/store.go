package view

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"netstat"
	"netstat/fact"
)

// chunkSize is the size in bytes of a chunk of an arena.
const chunkSize = 1 << 16

// arena stores byte strings one after another. Each is identified by its start.
type arena struct{ chunks [][]byte }

// add copies b and returns its position.
func (a *arena) add(b []byte) uint32 {
	last := len(a.chunks) - 1
	if last < 0 || len(a.chunks[last])+len(b) > cap(a.chunks[last]) {
		a.chunks = append(a.chunks, make([]byte, 0, max(chunkSize, len(b))))
		last++
	}
	at := uint32(last)<<16 | uint32(len(a.chunks[last]))
	a.chunks[last] = append(a.chunks[last], b...)
	return at
}

// at returns the bytes from a position to the end of its chunk.
func (a *arena) at(at uint32) []byte { return a.chunks[at>>16][at&(chunkSize-1):] }

// rowStore stores socket rows, each in about 35 bytes for TCP over IPv4. Values
// that most rows lack are kept in slices of their own.
type rowStore struct {
	arena   arena
	buf     []byte
	texts   []string // the first is ""
	known   map[string]uint32
	details []netstat.Detail
	tcp     []*netstat.TCPInfo
	memory  []*netstat.Memory
	owners  [][]fact.Owner
	peers   []*fact.Peer
	changed [][]string
	traffic []fact.Traffic
}

// text stores a text that several rows may share, and returns its number.
func (s *rowStore) text(t string) uint64 {
	if t == "" {
		return 0
	}
	n, ok := s.known[t]
	if !ok {
		if s.known == nil {
			s.known = make(map[string]uint32)
		}
		n = uint32(len(s.known) + 1)
		s.known[t] = n
		s.texts = append(s.texts, t)
	}
	return uint64(n)
}

func (s *rowStore) textAt(n uint64) string {
	if n == 0 {
		return ""
	}
	return s.texts[n-1]
}

// keep appends an element and returns its number, from 1.
func keep[T any](list *[]T, element T) uint64 {
	*list = append(*list, element)
	return uint64(len(*list))
}

// The parts of a row that are omitted if zero.
const (
	partMeta = 1 << iota // TOS, TClass, ULP, Autobound, Flags
	partNetns
	partNames
	partScopes
	partQueues
	partBacklog
	partUID
	partPID
	partMark
	partInode
	partCookie
	partCgroup
	partTimer
	partDetail
	partTCP
	partMemory
	partAbsent
	partOwners
	partNoOwners // owners were requested, but none was found
	partUnknown
	partUserName
	partCgroupPath
	partInterface
	partPeer
	partLabel // Record.Netns
	partChange
	partTraffic
)

func appendEnd(b []byte, a *netstat.Addr) []byte {
	switch {
	case !a.IP.IsValid():
		b = append(b, 0)
	case a.IP.Is4():
		ip := a.IP.As4()
		b = append(append(b, 4), ip[:]...)
	default:
		ip := a.IP.As16()
		b = append(append(b, 16), ip[:]...)
	}
	return binary.AppendUvarint(b, uint64(a.Port))
}

// rowReader decodes a row of a rowStore.
type rowReader struct{ b []byte }

func (r *rowReader) byte() byte {
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *rowReader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	r.b = r.b[size:]
	return n
}

func (r *rowReader) end(a *netstat.Addr) {
	switch r.byte() {
	case 4:
		a.IP = netip.AddrFrom4([4]byte(r.b))
		r.b = r.b[4:]
	case 16:
		a.IP = netip.AddrFrom16([16]byte(r.b))
		r.b = r.b[16:]
	}
	a.Port = uint16(r.number())
}

func flagBit(set bool, bit uint32) uint32 {
	if set {
		return bit
	}
	return 0
}

// parts returns the parts that a row has.
func (s *rowStore) parts(rec *fact.Record) uint32 {
	row := rec.Row
	k := &row.Socket
	return flagBit(k.TOS|k.TClass|uint8(k.ULP)|uint8(k.Flags) != 0 || k.Autobound, partMeta) |
		flagBit(k.Netns != 0, partNetns) |
		flagBit(k.Local.Name != "" || k.Remote.Name != "", partNames) |
		flagBit(k.Local.Scope|k.Remote.Scope != 0, partScopes) |
		flagBit(k.RecvQ|k.SendQ != 0, partQueues) |
		flagBit(k.MaxBacklog != 0, partBacklog) |
		flagBit(k.UID != 0, partUID) |
		flagBit(k.PID != 0, partPID) |
		flagBit(k.Mark != 0, partMark) |
		flagBit(k.Inode != 0, partInode) |
		flagBit(k.Cookie != 0, partCookie) |
		flagBit(k.Cgroup != 0, partCgroup) |
		flagBit(k.Timer != netstat.Timer{}, partTimer) |
		flagBit(k.Detail != nil, partDetail) |
		flagBit(k.TCP != nil, partTCP) |
		flagBit(k.Memory != nil, partMemory) |
		flagBit(k.Absent != 0, partAbsent) |
		flagBit(len(row.Owners) > 0, partOwners) |
		flagBit(row.Owners != nil && len(row.Owners) == 0, partNoOwners) |
		flagBit(row.Unknown != 0, partUnknown) |
		flagBit(row.UserName != "", partUserName) |
		flagBit(row.Cgroup != "", partCgroupPath) |
		flagBit(row.Interface != "", partInterface) |
		flagBit(row.Peer != nil, partPeer) |
		flagBit(rec.Netns != "", partLabel) |
		flagBit(rec.Change != fact.ChangeNone || rec.Changed != nil, partChange) |
		flagBit(row.Traffic != nil, partTraffic)
}

// add stores a row and returns its position. It keeps pointers without copying
// what they point to, except for the Peer and the list of changes, which their
// owner reuses.
func (s *rowStore) add(rec *fact.Record) uint32 {
	row := rec.Row
	k := &row.Socket
	parts := s.parts(rec)
	b := binary.AppendUvarint(s.buf[:0], uint64(parts))
	b = append(b, byte(k.Table.Family), byte(k.Table.Protocol), byte(k.State))
	b = binary.AppendUvarint(b, uint64(row.Facts))
	b = appendEnd(appendEnd(b, &k.Local), &k.Remote)
	put := func(part uint32, numbers ...uint64) {
		if parts&part != 0 {
			for _, n := range numbers {
				b = binary.AppendUvarint(b, n)
			}
		}
	}
	if parts&partMeta != 0 {
		b = append(b, k.TOS, k.TClass, byte(k.ULP), byte(flagBit(k.Autobound, 1)), byte(k.Flags))
	}
	put(partNetns, uint64(k.Netns))
	if parts&partNames != 0 {
		put(partNames, s.text(k.Local.Name), s.text(k.Remote.Name))
	}
	put(partScopes, uint64(k.Local.Scope), uint64(k.Remote.Scope))
	put(partQueues, k.RecvQ, k.SendQ)
	put(partBacklog, uint64(k.MaxBacklog))
	put(partUID, uint64(k.UID))
	put(partPID, uint64(k.PID))
	put(partMark, uint64(k.Mark))
	put(partInode, k.Inode)
	put(partCookie, k.Cookie)
	put(partCgroup, k.Cgroup)
	put(partTimer, uint64(k.Timer.Kind), uint64(k.Timer.Code), uint64(k.Timer.Expires), uint64(k.Timer.Retransmits), uint64(k.Timer.Probes))
	if parts&partDetail != 0 {
		put(partDetail, keep(&s.details, k.Detail))
	}
	if parts&partTCP != 0 {
		put(partTCP, keep(&s.tcp, k.TCP))
	}
	if parts&partMemory != 0 {
		put(partMemory, keep(&s.memory, k.Memory))
	}
	put(partAbsent, uint64(k.Absent))
	if parts&partOwners != 0 {
		put(partOwners, s.keepOwners(row.Owners))
	}
	put(partUnknown, uint64(row.Unknown))
	put(partUserName, s.text(row.UserName))
	put(partCgroupPath, s.text(row.Cgroup))
	put(partInterface, s.text(row.Interface))
	if parts&partPeer != 0 {
		peer := *row.Peer
		put(partPeer, keep(&s.peers, &peer))
	}
	put(partLabel, s.text(rec.Netns))
	if parts&partChange != 0 {
		put(partChange, uint64(rec.Change), keep(&s.changed, append([]string(nil), rec.Changed...)))
	}
	if parts&partTraffic != 0 {
		put(partTraffic, keep(&s.traffic, *row.Traffic))
	}
	s.buf = b
	return s.arena.add(b)
}

// keepOwners stores a list of owners. Consecutive rows that share a list share
// the stored one.
func (s *rowStore) keepOwners(owners []fact.Owner) uint64 {
	if n := len(s.owners); n > 0 && len(s.owners[n-1]) == len(owners) && &s.owners[n-1][0] == &owners[0] {
		return uint64(n)
	}
	return keep(&s.owners, owners)
}

// load sets the record and its row to the stored values.
func (s *rowStore) load(at uint32, rec *fact.Record, row *fact.Row) {
	r := rowReader{s.arena.at(at)}
	parts := uint32(r.number())
	*row = fact.Row{}
	*rec = fact.Record{Row: row}
	k := &row.Socket
	k.Table.Family, k.Table.Protocol, k.State = netstat.Family(r.byte()), netstat.Protocol(r.byte()), netstat.State(r.byte())
	row.Facts = netstat.Facts(r.number())
	r.end(&k.Local)
	r.end(&k.Remote)
	has := func(part uint32) bool { return parts&part != 0 }
	if has(partMeta) {
		k.TOS, k.TClass, k.ULP, k.Autobound, k.Flags = r.byte(), r.byte(), netstat.ULP(r.byte()), r.byte() != 0, netstat.SocketFlags(r.byte())
	}
	if has(partNetns) {
		k.Netns = uint32(r.number())
	}
	if has(partNames) {
		k.Local.Name, k.Remote.Name = s.textAt(r.number()), s.textAt(r.number())
	}
	if has(partScopes) {
		k.Local.Scope, k.Remote.Scope = uint32(r.number()), uint32(r.number())
	}
	if has(partQueues) {
		k.RecvQ, k.SendQ = r.number(), r.number()
	}
	if has(partBacklog) {
		k.MaxBacklog = uint32(r.number())
	}
	if has(partUID) {
		k.UID = uint32(r.number())
	}
	if has(partPID) {
		k.PID = uint32(r.number())
	}
	if has(partMark) {
		k.Mark = uint32(r.number())
	}
	if has(partInode) {
		k.Inode = r.number()
	}
	if has(partCookie) {
		k.Cookie = r.number()
	}
	if has(partCgroup) {
		k.Cgroup = r.number()
	}
	if has(partTimer) {
		k.Timer = r.timer()
	}
	if has(partDetail) {
		k.Detail = s.details[r.number()-1]
	}
	if has(partTCP) {
		k.TCP = s.tcp[r.number()-1]
	}
	if has(partMemory) {
		k.Memory = s.memory[r.number()-1]
	}
	if has(partAbsent) {
		k.Absent = netstat.Facts(r.number())
	}
	if has(partOwners) {
		row.Owners = s.owners[r.number()-1]
	}
	if has(partNoOwners) {
		row.Owners = noOwners
	}
	if has(partUnknown) {
		row.Unknown = netstat.OwnerUnknown(r.number())
	}
	if has(partUserName) {
		row.UserName = s.textAt(r.number())
	}
	if has(partCgroupPath) {
		row.Cgroup = s.textAt(r.number())
	}
	if has(partInterface) {
		row.Interface = s.textAt(r.number())
	}
	if has(partPeer) {
		row.Peer = s.peers[r.number()-1]
	}
	if has(partLabel) {
		rec.Netns = s.textAt(r.number())
	}
	if has(partChange) {
		rec.Change, rec.Changed = fact.Change(r.number()), s.changed[r.number()-1]
	}
	if has(partTraffic) {
		row.Traffic = &s.traffic[r.number()-1]
	}
}

func (r *rowReader) timer() (t netstat.Timer) {
	t.Kind, t.Code = netstat.TimerKind(r.number()), uint8(r.number())
	t.Expires = durationOf(r.number())
	t.Retransmits, t.Probes = uint32(r.number()), uint32(r.number())
	return t
}

// recordStore stores records of any view.
type recordStore struct {
	rows   rowStore
	others []fact.Record
}

// add stores a record and returns its number for load.
func (s *recordStore) add(r *fact.Record) uint32 {
	if r.Row != nil {
		return s.rows.add(r)
	}
	s.others = append(s.others, cloneRecord(r))
	return uint32(len(s.others) - 1)
}

// load sets rec to a stored record of the same view. row provides space for a
// socket.
func (s *recordStore) load(at uint32, rec *fact.Record, row *fact.Row) {
	if len(s.others) > 0 {
		*rec = s.others[at]
		return
	}
	s.rows.load(at, rec, row)
}

// cloneRecord returns a copy that stays valid of a record of a view other than
// sockets.
func cloneRecord(r *fact.Record) fact.Record {
	c := *r
	c.Changed = append([]string(nil), r.Changed...)
	switch {
	case r.Route != nil:
		c.Route = clonePointer(r.Route)
		if d := r.Route.Detail; d != nil { // the source reuses it
			c.Route.Detail = clonePointer(d)
			c.Route.Detail.NextHops = slices.Clone(d.NextHops)
		}
	case r.Interface != nil:
		c.Interface = clonePointer(r.Interface)
	case r.Membership != nil:
		c.Membership = clonePointer(r.Membership)
	case r.Counter != nil:
		c.Counter = clonePointer(r.Counter)
	case r.NATSession != nil:
		c.NATSession = clonePointer(r.NATSession)
	case r.Tracked != nil:
		c.Tracked = clonePointer(r.Tracked)
	case r.Neighbor != nil:
		c.Neighbor = clonePointer(r.Neighbor)
	case r.Rule != nil:
		c.Rule = clonePointer(r.Rule)
	case r.Lookup != nil:
		c.Lookup = clonePointer(r.Lookup)
	case r.Finding != nil:
		c.Finding = clonePointer(r.Finding)
	case r.Group != nil:
		g := *r.Group
		g.Keys = append([]fact.Value(nil), g.Keys...)
		g.Totals = append([]fact.Value(nil), g.Totals...)
		c.Group = &g
	}
	if r.Rates != nil {
		c.Rates = clonePointer(r.Rates)
	}
	return c
}

func clonePointer[T any](p *T) *T {
	c := *p
	return &c
}

var noOwners = []fact.Owner{}
