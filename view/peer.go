package view

import (
	"net/netip"

	"netstat"
	"netstat/fact"
)

// Peers finds the peer of a connection that has both ends on this host: for
// unix sockets, TCP and UDP, within a network namespace or between two. Its
// rows come from any Source. All rows must be added before the first call of
// Peer, since a row may come before its peer. The zero value is empty and ready
// to use.
//
// It keeps no rows. An entry takes 28 bytes for IPv4 and 52 for IPv6, in a
// slice that grows by a quarter, and the index 5 to 11 bytes for each entry:
// for 100,000 sockets, 45 or 68 bytes each. A unix socket has an entry only
// while its connection waits to be accepted.
type Peers struct {
	v4 endTable[[4]byte]
	v6 endTable[[16]byte]

	unix map[uint64]uint64 // for connections not accepted yet: inode of the client to inode of the listener
	nat  map[natKey]natEnds
}

// endEntry is one end of a connection, or a socket without a remote address.
type endEntry[A comparable] struct {
	local, remote         A
	inode                 uint32
	localPort, remotePort uint16
	device                uint32 // index of the interface it is bound to, 0 for any
	netns                 uint32
	protocol              netstat.Protocol
	state                 netstat.State
}

// endTable is an index of entries by both addresses. It uses open addressing
// with entry numbers, 0 for an empty slot, so entries with equal addresses are
// found one after another.
type endTable[A comparable] struct {
	entries []endEntry[A]
	slots   []uint32
	hash    func(a, b A) uint64
}

func hash4(a, b [4]byte) uint64 {
	return uint64(a[0])<<56 | uint64(a[1])<<48 | uint64(a[2])<<40 | uint64(a[3])<<32 |
		uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
}

func hash16(a, b [16]byte) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, x := range [...][16]byte{a, b} {
		for _, c := range x {
			h = (h ^ uint64(c)) * 0x100000001b3
		}
	}
	return h
}

func mix(h uint64, local, remote uint16, p netstat.Protocol) uint64 {
	h ^= uint64(local)<<32 ^ uint64(remote)<<8 ^ uint64(p)
	h *= 0x9e3779b97f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

func (t *endTable[A]) add(e endEntry[A]) {
	if (len(t.entries)+1)*4 > len(t.slots)*3 {
		t.slots = make([]uint32, max(64, len(t.slots)*2))
		for i := range t.entries {
			t.place(i)
		}
	}
	t.entries = append(t.entries, e)
	t.place(len(t.entries) - 1)
}

func (t *endTable[A]) place(i int) {
	e := &t.entries[i]
	mask := uint64(len(t.slots) - 1)
	at := mix(t.hash(e.local, e.remote), e.localPort, e.remotePort, e.protocol) & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = uint32(i + 1)
}

// next returns the next entry with these addresses, or nil after the last. at
// must be 0 for the first call; next updates it for the following ones.
func (t *endTable[A]) next(at *uint64, local, remote A, localPort, remotePort uint16, p netstat.Protocol) *endEntry[A] {
	if len(t.slots) == 0 {
		return nil
	}
	mask := uint64(len(t.slots) - 1)
	if *at == 0 {
		*at = mix(t.hash(local, remote), localPort, remotePort, p)&mask + 1
	}
	for {
		slot := t.slots[(*at-1)&mask]
		if slot == 0 {
			return nil
		}
		*at++
		e := &t.entries[slot-1]
		if e.local == local && e.remote == remote && e.localPort == localPort && e.remotePort == remotePort && e.protocol == p {
			return e
		}
	}
}

// ends holds the addresses of a connection as one of its sockets has them.
type ends struct {
	protocol      netstat.Protocol
	local, remote netip.AddrPort
}

// endsOf returns the addresses of a TCP or UDP socket. IPv4-mapped addresses
// become IPv4, as both ends of a connection are on the wire.
func endsOf(s *netstat.Socket) (e ends, ok bool) {
	switch s.Table.Protocol {
	case netstat.TCP, netstat.UDP, netstat.UDPLite:
	default:
		return e, false
	}
	if !s.Local.IP.IsValid() || !s.Remote.IP.IsValid() {
		return e, false
	}
	e.protocol = s.Table.Protocol
	e.local = netip.AddrPortFrom(s.Local.IP.Unmap(), s.Local.Port)
	e.remote = netip.AddrPortFrom(s.Remote.IP.Unmap(), s.Remote.Port)
	if e.local.Addr().Is4() != e.remote.Addr().Is4() {
		// An unspecified address gets the form of the other one's
		// family.
		switch any4 := netip.IPv4Unspecified(); {
		case e.remote.Addr().IsUnspecified():
			e.remote = netip.AddrPortFrom(any4, e.remote.Port())
		case e.local.Addr().IsUnspecified():
			e.local = netip.AddrPortFrom(any4, e.local.Port())
		}
	}
	return e, e.local.Addr().Is4() == e.remote.Addr().Is4()
}

func (e ends) reversed() ends { return ends{e.protocol, e.remote, e.local} }

// connected reports whether the socket has a remote address.
func (e ends) connected() bool { return e.remote.Port() != 0 }

// Add adds a row. It must have been read with FactPeer for unix sockets, and
// with FactInode for others.
func (p *Peers) Add(s *netstat.Socket) {
	if d, ok := s.Detail.(*netstat.UnixDetail); ok {
		for _, client := range d.Pending {
			if client == 0 {
				continue
			}
			if p.unix == nil {
				p.unix = make(map[uint64]uint64)
			}
			p.unix[uint64(client)] = s.Inode
		}
		return
	}
	e, ok := endsOf(s)
	if !ok || s.Inode > 1<<32-1 {
		return
	}
	if !e.connected() && e.local.Port() == 0 {
		return
	}
	if e.local.Addr().Is4() {
		p.v4.hash = hash4
		p.v4.add(endEntry[[4]byte]{
			local: e.local.Addr().As4(), remote: e.remote.Addr().As4(), inode: uint32(s.Inode),
			localPort: e.local.Port(), remotePort: e.remote.Port(), device: s.Local.Scope,
			netns: s.Netns, protocol: e.protocol, state: s.State,
		})
		return
	}
	p.v6.hash = hash16
	p.v6.add(endEntry[[16]byte]{
		local: e.local.Addr().As16(), remote: e.remote.Addr().As16(), inode: uint32(s.Inode),
		localPort: e.local.Port(), remotePort: e.remote.Port(), device: s.Local.Scope,
		netns: s.Netns, protocol: e.protocol, state: s.State,
	})
}

type natKey ends

// natEnds holds the addresses that the peer of a translated connection has.
type natEnds struct {
	ends      ends
	ambiguous bool
}

// AddNAT adds a translated connection, of any namespace.
func (p *Peers) AddNAT(s *netstat.NATSession) {
	switch s.Protocol {
	case netstat.TCP, netstat.UDP, netstat.UDPLite:
	default:
		return
	}
	// The initiator's socket has the addresses of Original, the responder's
	// those of Reply, each in its own direction.
	initiator := ends{s.Protocol, s.Original.Source, s.Original.Destination}
	responder := ends{s.Protocol, s.Reply.Source, s.Reply.Destination}
	if initiator == responder.reversed() {
		return
	}
	p.addNAT(initiator, responder)
	p.addNAT(responder, initiator)
}

func (p *Peers) addNAT(from, to ends) {
	if p.nat == nil {
		p.nat = make(map[natKey]natEnds)
	}
	known, ok := p.nat[natKey(from)]
	if ok && known.ends != to {
		known.ambiguous = true
		p.nat[natKey(from)] = known
		return
	}
	p.nat[natKey(from)] = natEnds{ends: to}
}

// candidates collects the sockets that may be the peer. Only a single candidate
// is an answer; choosing among several would be a guess.
type candidates struct {
	end   fact.PeerEnd
	count int
}

func (c *candidates) add(e fact.PeerEnd) {
	if c.count > 0 && c.end == e && e.Inode != 0 {
		return // the same socket, read twice
	}
	c.end, c.count = e, c.count+1
}

// Peer returns the peer of a socket. It returns false if the peer is not on
// this host or is ambiguous: two sockets have these addresses, or a translation
// is unknown.
func (p *Peers) Peer(s *netstat.Socket) (fact.PeerEnd, bool) {
	if d, ok := s.Detail.(*netstat.UnixDetail); ok {
		return p.unixPeer(s, d)
	}
	e, ok := endsOf(s)
	if !ok || !e.connected() {
		return fact.PeerEnd{}, false
	}
	// Within a namespace both sockets have the addresses untranslated.
	var same, other candidates
	var at uint64
	for c, device, ok := p.lookUp(&at, e.reversed()); ok; c, device, ok = p.lookUp(&at, e.reversed()) {
		switch {
		case c.Netns != s.Netns:
			other.add(c)
		// The devices of VRFs (virtual routing tables) separate equal
		// addresses.
		case device == 0 || s.Local.Scope == 0 || device == s.Local.Scope:
			same.add(c)
		}
	}
	if same.count > 0 {
		return p.answer(e, same)
	}
	if e.local.Addr().IsLoopback() || e.remote.Addr().IsLoopback() {
		other = candidates{} // loopback does not leave its namespace
	}
	// Each namespace on the path may translate once.
	const maxTranslations = 4
	for from, n := e, 0; n < maxTranslations; n++ {
		to, ok := p.nat[natKey(from)]
		if !ok {
			break
		}
		if to.ambiguous {
			return fact.PeerEnd{}, false
		}
		local := to.ends.local.Addr().IsLoopback() || to.ends.remote.Addr().IsLoopback()
		at = 0
		for c, _, ok := p.lookUp(&at, to.ends); ok; c, _, ok = p.lookUp(&at, to.ends) {
			if c.Netns == s.Netns || !local {
				c.Translated = true
				other.add(c)
			}
		}
		from = to.ends.reversed()
	}
	if other.count > 0 {
		return p.answer(e, other)
	}
	return p.receiver(s, e)
}

// lookUp returns the next socket with these addresses, as endTable.next does,
// and the device that it is bound to.
func (p *Peers) lookUp(at *uint64, e ends) (c fact.PeerEnd, device uint32, ok bool) {
	local, remote := e.local.Addr(), e.remote.Addr()
	switch {
	case local.Is4() && remote.Is4():
		if x := p.v4.next(at, local.As4(), remote.As4(), e.local.Port(), e.remote.Port(), e.protocol); x != nil {
			return fact.PeerEnd{Inode: uint64(x.inode), Netns: x.netns, State: x.state}, x.device, true
		}
	case local.Is6() && remote.Is6():
		if x := p.v6.next(at, local.As16(), remote.As16(), e.local.Port(), e.remote.Port(), e.protocol); x != nil {
			return fact.PeerEnd{Inode: uint64(x.inode), Netns: x.netns, State: x.state}, x.device, true
		}
	}
	return fact.PeerEnd{}, 0, false
}

// answer returns the candidate if there is only one. For a connection that is
// not accepted yet it returns the listener.
func (p *Peers) answer(e ends, c candidates) (fact.PeerEnd, bool) {
	if c.count != 1 {
		return fact.PeerEnd{}, false
	}
	waiting := c.end.Inode == 0 && e.protocol == netstat.TCP &&
		(c.end.State == netstat.Established || c.end.State == netstat.CloseWait || c.end.State == netstat.SynReceived)
	if !waiting {
		return c.end, true
	}
	c.end.Waiting = true
	if c.end.Translated {
		return c.end, true // the listener's address is unknown here
	}
	if l, ok := p.bound(e.reversed(), c.end.Netns, netstat.Listen); ok {
		c.end.Inode = l.Inode
	}
	return c.end, true
}

// receiver returns the unconnected UDP socket that receives what s sends to its
// remote address.
func (p *Peers) receiver(s *netstat.Socket, e ends) (fact.PeerEnd, bool) {
	if e.protocol == netstat.TCP {
		return fact.PeerEnd{}, false
	}
	return p.bound(e.reversed(), s.Netns, netstat.StateUnknown)
}

// bound returns the socket of a namespace that has no remote address and
// receives packets for e.local, in this state unless state is unknown. As in
// the kernel (compute_score of net/ipv4/udp.c and inet_hashtables.c), a socket
// bound to the address takes precedence over those bound to any address, and
// IPv4 over IPv6. It returns false if several are equal: how the kernel chooses
// among them is unknown here.
func (p *Peers) bound(e ends, netns uint32, state netstat.State) (fact.PeerEnd, bool) {
	ip := e.local.Addr()
	any4, any6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
	levels := [...]netip.Addr{ip, any4, any6}
	if ip.Is6() {
		levels[1] = any6
	}
	for i, local := range levels {
		// A TCP connection proves that the address is this host's and
		// that an IPv6 listener accepts IPv4. For UDP neither is known,
		// except for loopback.
		if i > 0 && e.protocol != netstat.TCP && (!ip.IsLoopback() || local.Is6() != ip.Is6()) {
			break
		}
		remote := any4
		if local.Is6() {
			remote = any6
		}
		var c candidates
		to := ends{e.protocol, netip.AddrPortFrom(local, e.local.Port()), netip.AddrPortFrom(remote, 0)}
		var at uint64
		for end, device, ok := p.lookUp(&at, to); ok; end, device, ok = p.lookUp(&at, to) {
			if end.Netns != netns || state != netstat.StateUnknown && end.State != state {
				continue
			}
			c.add(end)
			if device != 0 && i > 0 {
				c.count++ // unknown whether the packets come by that device
			}
		}
		if c.count == 1 {
			return c.end, true
		}
		if c.count > 1 {
			return fact.PeerEnd{}, false
		}
	}
	return fact.PeerEnd{}, false
}

func (p *Peers) unixPeer(s *netstat.Socket, d *netstat.UnixDetail) (fact.PeerEnd, bool) {
	if !d.Connected {
		return fact.PeerEnd{}, false
	}
	if d.PeerInode != 0 {
		return fact.PeerEnd{Inode: d.PeerInode, Netns: s.Netns, State: netstat.Connected}, true
	}
	if listener, ok := p.unix[s.Inode]; ok && s.Inode != 0 {
		return fact.PeerEnd{Inode: listener, Netns: s.Netns, State: netstat.Connecting, Waiting: true}, true
	}
	return fact.PeerEnd{}, false
}
