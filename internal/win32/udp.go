package win32

import (
	"errors"
	"net/netip"

	"netstat"
)

// udp reads a table of UDP sockets. Its states of interest do not matter: a
// UDP socket has none.
func (rd *reading) udp() {
	l, class := rd.plain, uint32(classUDPPID)
	if rd.asks(netstat.FactModule | netstat.FactCreated) {
		l, class = rd.module, classUDPModule
		rd.modules = rd.asks(netstat.FactModule)
	} else if !rd.udpPeers { // which are told apart by their processes
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
	if rd.udpPeers && code == codeSuccess {
		err := rd.readPeers(l, buf)
		if errors.Is(err, errPeersDiffer) {
			// A socket may have come or gone between the two calls.
			rd.release(buf)
			if buf, code = read(); code == codeSuccess {
				err = rd.readPeers(l, buf)
			}
		}
		if err != nil {
			rd.flaw("read peers of", err)
		}
	}
	defer rd.release(buf)
	rd.pass(l, buf, code, netstat.AllStates)
}

// peersBuild is the first build whose headers declare the rows with peers
// (Windows Server 2022). What older ones return has another layout.
const peersBuild = 20348

var (
	errPeersDiffer = errors.New("the table of peers does not match that of sockets")
	errPeersBuild  = &detailedError{errors.ErrUnsupported, "this build of Windows has no known table of peers"}
)

// udpKey is what a socket has in both tables.
type udpKey struct {
	ip   netip.Addr
	port uint16
	pid  uint32
}

func keyOf(s *netstat.Socket) udpKey { return udpKey{s.Local.IP, s.Local.Port, s.PID} }

// readPeers reads the undocumented table of UDP sockets with their peers. It is
// believed only if it has exactly the sockets that the public one has.
func (rd *reading) readPeers(l *rowLayout, table []byte) error {
	rd.peers = nil
	if rd.api.build() < peersBuild {
		return errPeersBuild
	}
	second, code := rd.api.udp2(rd.family)
	if code != codeSuccess {
		return rd.win(code)
	}
	rows, short := rd.second.rows(second)
	if short {
		return errPeersDiffer
	}
	peers := make(map[udpKey][]netstat.Addr)
	var s netstat.Socket
	n := 0
	for size := rd.second.size; len(rows) > 0; rows = rows[size:] {
		rd.second.decode(rows[:size], &s)
		peers[keyOf(&s)] = append(peers[keyOf(&s)], s.Remote)
		n++
	}
	known := make(map[udpKey]int, len(peers))
	rows, _ = l.rows(table)
	for ; len(rows) > 0; rows = rows[l.size:] {
		l.decode(rows[:l.size], &s)
		known[keyOf(&s)]++
		n--
	}
	for key, count := range known {
		if len(peers[key]) != count {
			return errPeersDiffer
		}
	}
	if n != 0 {
		return errPeersDiffer
	}
	rd.peers = peers
	return nil
}

// peer sets the remote end of a UDP socket, if it is known: the unspecified
// address for one that is not connected.
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
