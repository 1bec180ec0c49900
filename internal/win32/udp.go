package win32

import (
	"errors"
	"net/netip"

	"netstat"
)

// udp reads a table of UDP sockets. It ignores the states of interest: UDP sockets have
// no state.
func (rd *reading) udp() {
	l, class := rd.plain, uint32(classUDPPID)
	peers, known := rd.peerTable()
	if rd.asks(netstat.FactModule | netstat.FactCreated) {
		l, class = rd.module, classUDPModule
		rd.modules = rd.asks(netstat.FactModule)
	} else if !known { // peers are joined by process
		if read, _ := rd.withoutProcess(netstat.AllStates); read {
			return
		}
	}
	read := func() ([]byte, uint32) {
		return rd.grow(func(buf []byte, size *uint32) uint32 {
			return rd.api.extendedUDP(buf, size, rd.family, class)
		})
	}
	buf, code := read()
	if known && code == codeSuccess {
		before := countSockets(l, buf)
		after := before
		for try := 1; !rd.joinPeers(before, peers, after); try++ {
			if try == peersTries {
				rd.warning("read peers of", errPeersDiffer)
				break
			}
			// Sockets may have opened or closed between the calls.
			if peers, known = rd.peerTable(); !known {
				break
			}
			rd.release(buf)
			if buf, code = read(); code != codeSuccess {
				break
			}
			before, after = after, countSockets(l, buf)
		}
	}
	defer rd.release(buf)
	rd.pass(l, buf, code, netstat.AllStates)
}

const (
	// peersBuild is the first build whose headers declare the rows with peers (Windows
	// Server 2022). Older builds return another layout.
	peersBuild = 20348
	// peersTries is the number of attempts to match the table of peers with that of
	// sockets.
	peersTries = 4
)

var errPeersDiffer = errors.New("the table of peers does not match the table of sockets")

// udpKey is what a socket has in both tables.
type udpKey struct {
	ip   netip.Addr
	port uint16
	pid  uint32
}

func keyOf(s *netstat.Socket) udpKey { return udpKey{s.Local.IP, s.Local.Port, s.PID} }

// countSockets counts the sockets of a public table.
func countSockets(l *rowLayout, table []byte) map[udpKey]int {
	rows, _ := l.rows(table)
	counts := make(map[udpKey]int, len(rows)/l.size)
	var s netstat.Socket
	for ; len(rows) > 0; rows = rows[l.size:] {
		l.decode(rows[:l.size], &s)
		counts[keyOf(&s)]++
	}
	return counts
}

// peerTable reads the undocumented table of UDP sockets with their peers. known is
// false if the system lacks it, which is no error: such a system does not show peers
// itself.
func (rd *reading) peerTable() (table []byte, known bool) {
	if rd.api.build() < peersBuild {
		return nil, false
	}
	table, code := rd.api.udp2(rd.family)
	switch code {
	case codeSuccess:
		return table, true
	case codeNoData:
		return make([]byte, rd.second.table), true
	case codeProcNotFound, codeInvalidParameter, codeNotSupported, codeCallNotImplemented:
	default:
		rd.warning("read peers of", rd.win(code))
	}
	return nil, false
}

// joinPeers sets the peers of sockets if the table of peers is credible: it has each
// socket that the public table had both before and after, and none that neither had.
func (rd *reading) joinPeers(before map[udpKey]int, table []byte, after map[udpKey]int) bool {
	rd.peers = nil
	rows, short := rd.second.rows(table)
	if short {
		return false
	}
	peers := make(map[udpKey][]netstat.Addr, len(after))
	var s netstat.Socket
	for size := rd.second.size; len(rows) > 0; rows = rows[size:] {
		rd.second.decode(rows[:size], &s)
		key := keyOf(&s)
		peers[key] = append(peers[key], s.Remote)
		if len(peers[key]) > max(before[key], after[key]) {
			return false
		}
	}
	for key, count := range after {
		if len(peers[key]) < min(count, before[key]) {
			return false
		}
	}
	rd.peers = peers
	return true
}

// peer sets the remote end of a UDP socket if it is known: the unspecified address if
// it is not connected.
func (rd *reading) peer(s *netstat.Socket) {
	left := rd.peers[keyOf(s)]
	if len(left) == 0 {
		return
	}
	s.State, s.Remote = netstat.Closed, left[0]
	rd.peers[keyOf(s)] = left[1:]
	if s.Remote.Port != 0 || !s.Remote.IP.IsUnspecified() {
		s.State = netstat.Established
	}
}
