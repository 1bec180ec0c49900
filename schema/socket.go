package schema

import (
	"math"
	"strconv"

	"netstat"
)

// AppendSocket appends a socket as an object. facts are the requested facts; it omits
// the fields of others and those of Socket.Absent, whose zero has no meaning. owners
// are the processes that hold the socket: an empty list means that none was found, nil
// that owners were not searched for.
func AppendSocket(b []byte, s *netstat.Socket, facts netstat.Facts, owners []netstat.Process) []byte {
	facts |= netstat.FactQueues
	have := facts &^ s.Absent
	b = AppendTable(append(b, '{'), s.Table)
	if s.State != netstat.StateUnknown {
		b = appendWord(b, "state", s.State.String())
	}
	b = appendAddr(b, "local", &s.Local)
	b = appendAddr(b, "remote", &s.Remote)
	if have&netstat.FactQueues != 0 {
		b = strconv.AppendUint(append(b, `,"recv_queue":`...), s.RecvQ, 10)
		b = strconv.AppendUint(append(b, `,"send_queue":`...), s.SendQ, 10)
	}
	b = appendCount(b, "max_backlog", uint64(s.MaxBacklog))
	if have&netstat.FactUID != 0 {
		b = strconv.AppendUint(append(b, `,"uid":`...), uint64(s.UID), 10)
	}
	b = appendCount(b, "pid", uint64(s.PID))
	if have&netstat.FactInode != 0 {
		b = strconv.AppendUint(append(b, `,"inode":`...), s.Inode, 10)
	}
	b = appendCount(b, "cookie", s.Cookie)
	told := s.Table.Facts()
	if have&netstat.FactTimer != 0 && (told&netstat.FactTimer != 0 || s.Timer != netstat.Timer{}) {
		b = appendTimer(b, s)
	}
	b = appendDetail(b, s.Detail)
	if facts&laterFacts != 0 {
		b = appendLater(b, s, have, told)
	}
	b = appendCount(b, "netns_inode", uint64(s.Netns))
	if s.Absent != 0 {
		b = AppendFacts(b, "absent", s.Absent&facts&^told)
	}
	if owners != nil {
		b = append(b, `,"owners":[`...)
		for i := range owners {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendProcess(b, &owners[i])
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// laterFacts are the facts that appendLater appends.
const laterFacts = netstat.FactMark | netstat.FactCgroup | netstat.FactTOS | netstat.FactULP |
	netstat.FactAutobound | netstat.FactTCPInfo | netstat.FactMemory | netstat.FactShutdown | netstat.FactV6Only

// appendLater appends the rarely requested facts.
func appendLater(b []byte, s *netstat.Socket, have, told netstat.Facts) []byte {
	if have&netstat.FactTOS != 0 {
		if told&netstat.FactTOS != 0 || s.TOS != 0 {
			b = appendUint(b, "tos", uint64(s.TOS))
		}
		if told&netstat.FactTOS != 0 && s.Table.Family == netstat.Inet6 || s.TClass != 0 {
			b = appendUint(b, "tclass", uint64(s.TClass))
		}
	}
	if have&netstat.FactULP != 0 {
		b = appendNamed(b, "ulp", ulpNames.names(), s.ULP)
	}
	if have&netstat.FactAutobound != 0 && (told&netstat.FactAutobound != 0 || s.Autobound) {
		b = appendBool(b, "autobound", s.Autobound)
	}
	if have&netstat.FactShutdown != 0 && (told&netstat.FactShutdown != 0 || s.Flags&(netstat.ReceiveClosed|netstat.SendClosed) != 0) {
		b = appendBool(b, "receive_closed", s.Flags&netstat.ReceiveClosed != 0)
		b = appendBool(b, "send_closed", s.Flags&netstat.SendClosed != 0)
	}
	if have&netstat.FactV6Only != 0 && (told&netstat.FactV6Only != 0 || s.Flags&netstat.V6Only != 0) {
		b = appendBool(b, "v6only", s.Flags&netstat.V6Only != 0)
	}
	if have&netstat.FactMark != 0 && (told&netstat.FactMark != 0 || s.Mark != 0) {
		b = appendUint(b, "mark", uint64(s.Mark))
	}
	if have&netstat.FactCgroup != 0 && (told&netstat.FactCgroup != 0 || s.Cgroup != 0) {
		b = appendUint(b, "cgroup_id", s.Cgroup)
	}
	if have&netstat.FactTCPInfo != 0 && s.TCP != nil {
		if rate, ok := s.TCP.SendRate(); ok {
			b = appendUint(b, "send_rate", rate)
		}
		b = appendTCPInfo(b, s.TCP)
	}
	if have&netstat.FactMemory != 0 && s.Memory != nil {
		b = appendMemory(b, s.Memory)
	}
	return b
}

func appendTimer(b []byte, s *netstat.Socket) []byte {
	t := &s.Timer
	b = appendNamed(b, "timer", timerNames.names(), t.Kind)
	b = appendCount(b, "timer_code", uint64(t.Code))
	if t.Kind != netstat.TimerNone || t.Expires != 0 {
		b = appendSeconds(b, "timer_expires", t.Expires)
	}
	if s.Table.Protocol == netstat.TCP || t.Retransmits != 0 || t.Probes != 0 {
		b = appendUint(b, "retransmits", uint64(t.Retransmits))
		b = appendUint(b, "probes", uint64(t.Probes))
	}
	return b
}

// appendAddr appends the fields of one end to an object that already has fields:
// local_address, local_port, local_scope, local_name.
func appendAddr(b []byte, end string, a *netstat.Addr) []byte {
	if a.IP.IsValid() {
		b = append(append(b, ',', '"'), end...)
		b = append(b, `_address":"`...)
		b = append(a.IP.WithZone("").AppendTo(b), '"')
	}
	if a.IP.IsValid() || a.Port != 0 {
		b = append(append(b, ',', '"'), end...)
		b = strconv.AppendUint(append(b, `_port":`...), uint64(a.Port), 10)
	}
	if a.Scope != 0 {
		b = append(append(b, ',', '"'), end...)
		b = strconv.AppendUint(append(b, `_scope":`...), uint64(a.Scope), 10)
	}
	if a.Name != "" {
		switch end {
		case "local":
			return AppendText(b, "local_name", a.Name)
		case "remote":
			return AppendText(b, "remote_name", a.Name)
		default:
			return AppendText(b, end+"_name", a.Name)
		}
	}
	return b
}

// appendAddrs appends a list of addresses as objects.
func appendAddrs(b []byte, key string, list []netstat.Addr) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(appendKey(b, key), '[')
	for i := range list {
		a := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendIP(append(b, '{'), "address", a.IP)
		b = appendUint(b, "port", uint64(a.Port))
		b = appendCount(b, "scope", uint64(a.Scope))
		b = append(AppendText(b, "name", a.Name), '}')
	}
	return append(b, ']')
}

func (r *Reader) addrs() []netstat.Addr {
	var list []netstat.Addr
	r.Array(func() {
		var a netstat.Addr
		var name ExactText
		r.Object(func(key []byte) {
			switch string(key) {
			case "address":
				a.IP = r.IP()
			case "port":
				a.Port = uint16(r.Uint(math.MaxUint16))
			case "scope":
				a.Scope = uint32(r.Uint(math.MaxUint32))
			default:
				r.textOrSkip(key, "name", &name)
			}
		})
		a.Name = name.s
		list = append(list, a)
	})
	return list
}

func (r *Reader) textOrSkip(key []byte, name string, to *ExactText) {
	if !r.TextField(key, name, to) {
		r.Skip()
	}
}

// Socket reads what AppendSocket wrote with these facts. It appends owners to the given
// list; looked reports whether the socket has a list of owners.
func (r *Reader) Socket(facts netstat.Facts, owners []netstat.Process) (s netstat.Socket, found []netstat.Process, looked bool) {
	looked = r.socket(&s, facts, facts, &owners)
	return s, owners, looked
}

// PartOfSocket is like Socket without owners. It skips the inside of TCP and the memory
// unless they are wanted: they are most of the text. See also CutSockets.
func (r *Reader) PartOfSocket(facts, wanted netstat.Facts) (s netstat.Socket) {
	r.socket(&s, facts, wanted, nil)
	return s
}

// SocketOwners reads only the inode of a socket and the process numbers of its owners, which
// it appends to the given list.
func (r *Reader) SocketOwners(owners []uint32) (inode uint64, found []uint32) {
	r.Object(func(key []byte) {
		switch string(key) {
		case "inode":
			inode = r.Uint(math.MaxUint64)
		case "owners":
			r.Array(func() { owners = append(owners, r.Process().PID) })
		default:
			r.pass()
		}
	})
	return inode, owners
}

func (r *Reader) socket(s *netstat.Socket, facts, wanted netstat.Facts, owners *[]netstat.Process) (looked bool) {
	if r.sockets == nil {
		r.sockets = new(lastSocket)
	}
	l, others := r.sockets, 0
	if owners != nil {
		others = len(*owners)
	}
	fresh := func() {
		l.socketFields = socketFields{}
		if looked = false; owners != nil {
			*owners = (*owners)[:others]
		}
	}
	if l.until = ""; owners == nil && r.Offset() < r.cutBefore {
		l.until = wantedFrom(wanted)
	}
	r.row(&l.lastRow, fresh, func(key []byte) {
		switch string(key) {
		case "state":
			l.socket.State = r.State()
		case "local_address":
			l.socket.Local.IP = r.IP()
		case "local_port":
			l.socket.Local.Port = uint16(r.Uint(math.MaxUint16))
		case "local_scope":
			l.socket.Local.Scope = uint32(r.Uint(math.MaxUint32))
		case "remote_address":
			l.socket.Remote.IP = r.IP()
		case "remote_port":
			l.socket.Remote.Port = uint16(r.Uint(math.MaxUint16))
		case "remote_scope":
			l.socket.Remote.Scope = uint32(r.Uint(math.MaxUint32))
		case "recv_queue":
			l.socket.RecvQ = r.Uint(math.MaxUint64)
			l.got |= netstat.FactQueues
		case "send_queue":
			l.socket.SendQ = r.Uint(math.MaxUint64)
			l.got |= netstat.FactQueues
		case "max_backlog":
			l.socket.MaxBacklog = uint32(r.Uint(math.MaxUint32))
		case "uid":
			l.socket.UID = uint32(r.Uint(math.MaxUint32))
			l.got |= netstat.FactUID
		case "pid":
			l.socket.PID = uint32(r.Uint(math.MaxUint32))
		case "inode":
			l.socket.Inode = r.Uint(math.MaxUint64)
			l.got |= netstat.FactInode
		case "cookie":
			l.socket.Cookie = r.Uint(math.MaxUint64)
		case "timer":
			l.socket.Timer.Kind = netstat.TimerKind(r.name(timerNames.names()))
			l.got |= netstat.FactTimer
		case "timer_code":
			l.socket.Timer.Code = uint8(r.Uint(math.MaxUint8))
		case "timer_expires":
			l.socket.Timer.Expires = r.Seconds()
		case "retransmits":
			l.socket.Timer.Retransmits = uint32(r.Uint(math.MaxUint32))
		case "probes":
			l.socket.Timer.Probes = uint32(r.Uint(math.MaxUint32))
		case "detail":
			l.socket.Detail = r.detail()
		case "tos":
			l.socket.TOS = uint8(r.Uint(math.MaxUint8))
			l.got |= netstat.FactTOS
		case "tclass":
			l.socket.TClass = uint8(r.Uint(math.MaxUint8))
		case "ulp":
			l.socket.ULP = netstat.ULP(r.name(ulpNames.names()))
		case "autobound":
			l.socket.Autobound = r.Bool()
			l.got |= netstat.FactAutobound
		case "receive_closed":
			r.socketFlag(&l.socket, netstat.ReceiveClosed)
			l.got |= netstat.FactShutdown
		case "send_closed":
			r.socketFlag(&l.socket, netstat.SendClosed)
			l.got |= netstat.FactShutdown
		case "v6only":
			r.socketFlag(&l.socket, netstat.V6Only)
			l.got |= netstat.FactV6Only
		case "mark":
			l.socket.Mark = r.uint32()
			l.got |= netstat.FactMark
		case "cgroup_id":
			l.socket.Cgroup = r.Uint(math.MaxUint64)
			l.got |= netstat.FactCgroup
		case "tcp_info":
			if l.socket.TCP = nil; wanted&netstat.FactTCPInfo == 0 {
				r.pass()
				break
			}
			l.socket.TCP = r.tcpInfo()
		case "memory":
			if l.socket.Memory = nil; wanted&netstat.FactMemory == 0 {
				r.pass()
				break
			}
			l.socket.Memory = r.memory()
		case "netns_inode":
			l.socket.Netns = r.uint32()
		case "absent":
			l.absent = r.Facts()
		case "owners":
			if owners == nil {
				r.pass()
				break
			}
			looked = true
			r.Array(func() { *owners = append(*owners, r.Process()) })
		default:
			if !r.TableField(key, &l.socket.Table) && !r.TextField(key, "local_name", &l.local) {
				r.textOrSkip(key, "remote_name", &l.remote)
			}
		}
	})
	if l.cut {
		facts &= wanted
	}
	*s = l.socket
	if d, ok := s.Detail.(*netstat.UnixDetail); ok && d.Accepting && s.State == netstat.Unconnected {
		s.State = netstat.Listen // as written by older programs
	}
	s.Local.Name, s.Remote.Name = l.local.s, l.remote.s
	s.Absent = s.Table.Facts()&(facts|netstat.FactQueues)&^l.got | l.absent
	return looked
}

// lastSocket is the socket that was read last.
type lastSocket struct {
	lastRow
	socketFields
}

// socketFields is what the fields of a socket say.
type socketFields struct {
	socket        netstat.Socket
	local, remote ExactText
	got, absent   netstat.Facts
}

func (r *Reader) socketFlag(s *netstat.Socket, f netstat.SocketFlags) {
	s.Flags &^= f
	if r.Bool() {
		s.Flags |= f
	}
}
