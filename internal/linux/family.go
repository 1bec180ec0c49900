package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/netlink"
)

// Address families, as sock_diag takes them (include/linux/socket.h).
const (
	afNetlink = 16
	afPacket  = 17
	afTIPC    = 30
	afVSock   = 40
	afSMC     = 43
	afXDP     = 44
)

// familyDump is a dump of sock_diag that is not one of the tables of source.inet:
// of another family, or of an Internet protocol that has more to tell.
type familyDump struct {
	// request is the payload of the request, which begins with the address
	// family.
	request []byte
	// decode fills s, of which only Table is set, from the payload of a
	// reply.
	decode func(payload []byte, s *netstat.Socket) familyVerdict
}

// familyVerdict is what became of a reply.
type familyVerdict uint8

const (
	familyRow familyVerdict = iota
	familyBogus
	familyNoRow // in order, but not a row
)

func (f *familyDump) appendMessage(b []byte, seq uint32) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, uint32(netlink.HeaderSize+len(f.request)))
	b = order.AppendUint16(b, sockDiagByFamily)
	b = order.AppendUint16(b, netlink.FlagRequest|netlink.FlagDump)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	return append(b, f.request...)
}

// familyRequest is the request that packet, netlink and XDP have in common
// (struct packet_diag_req and its kin): the family, a protocol, and what to
// show.
func familyRequest(family, protocol byte, show uint32) []byte {
	b := make([]byte, 20)
	b[0], b[1] = family, protocol
	binary.NativeEndian.PutUint32(b[8:], show)
	return b
}

// inetRequest is a struct inet_diag_req_v2 for every state. extensions are bits
// of idiag_ext; protocol goes into an attribute where it is too large for the
// field.
func inetRequest(family byte, protocol uint32, extensions byte) []byte {
	const inetDiagReqProtocol = 3 // INET_DIAG_REQ_PROTOCOL, Linux 5.9
	b := make([]byte, inetDiagReqV2Size)
	b[0], b[2] = family, extensions
	order := binary.NativeEndian
	order.PutUint32(b[4:], ^uint32(0))
	if protocol <= 255 {
		b[1] = byte(protocol)
		return b
	}
	// Kernels that do not know the attribute see protocol 0, which no table
	// has.
	b = order.AppendUint16(b, netlink.AttributeSize+4)
	b = order.AppendUint16(b, inetDiagReqProtocol)
	return order.AppendUint32(b, protocol)
}

// inetSettings reads what was set for a socket, and its memory, of an Internet
// protocol that has a struct of its own in the place of tcp_info.
type inetSettings struct {
	attributes *diagAttributes // nil where nothing in them is asked for
	asked      bool            // for FactAutobound
	// autobound are the cookies of those whose port the kernel chose, nil where
	// that is not known.
	autobound map[uint64]struct{}
}

// settingsOf readies what is asked of such a protocol's table beside its
// records, whose decoder passes their attributes on to decode.
func (s *source) settingsOf(ctx context.Context, t netstat.Table, n netstat.Need, protocol uint32) (i inetSettings) {
	if facts := n.Facts & diagAttributeFacts &^ netstat.FactTCPInfo; facts != 0 {
		i.attributes = &diagAttributes{facts: facts}
	}
	if i.asked = n.Facts&netstat.FactAutobound != 0; i.asked {
		i.autobound = s.inetAutobound(ctx, t, inetRequest(inetFamily(t), protocol, 0))
	}
	return i
}

// extensions are the bits of idiag_ext by which the attributes are asked for.
func (i *inetSettings) extensions() byte {
	if i.attributes == nil {
		return 0
	}
	return diagExtensions(i.attributes.facts)
}

// inetAutobound asks for the sockets whose port the kernel chose, which only a
// filter in the kernel can tell; nil where there is none.
func (s *source) inetAutobound(ctx context.Context, t netstat.Table, request []byte) map[uint64]struct{} {
	code := diagfilter.Compile(t.Family, &netstat.Condition{Kind: netstat.WhereAutobound}, nil, s.bytecode, s.localPorts()).Code
	order := binary.NativeEndian
	request = order.AppendUint16(request, uint16(netlink.AttributeSize+len(code)))
	request = append(order.AppendUint16(request, inetDiagReqBytecode), code...)
	chosen := map[uint64]struct{}{}
	decode := func(b []byte, row *netstat.Socket) familyVerdict {
		if len(b) < inetDiagMsgSize || b[0] != inetFamily(t) {
			return familyBogus
		}
		decodeDiag(b, row)
		chosen[row.Cookie] = struct{}{}
		return familyNoRow
	}
	if err := s.familyDiag(ctx, t, netstat.Need{}, &familyDump{request, decode}, func(netstat.Socket, error) bool { return true }); err != nil {
		return nil
	}
	return chosen
}

// decode fills s, which has the facts of its record, from the attributes b.
func (i *inetSettings) decode(b []byte, s *netstat.Socket) {
	if i.attributes != nil {
		i.attributes.decode(b, s)
	}
	switch {
	case !i.asked:
	case i.autobound == nil:
		s.Absent |= netstat.FactAutobound
	default:
		_, s.Autobound = i.autobound[s.Cookie]
	}
}

// errOnlyNetlink is why a table cannot be had from files.
var errOnlyNetlink = errors.New("only socket monitoring lists it, which is not to be used")

// familyDiag reads a table with sock_diag. An error means that nothing was
// yielded, and wraps errors.ErrUnsupported where the kernel does not do it.
func (s *source) familyDiag(ctx context.Context, t netstat.Table, n netstat.Need, f *familyDump, yield yieldFunc) error {
	if !s.useNetlink {
		return &detailedError{errors.ErrUnsupported, errOnlyNetlink}
	}
	if err := s.familyRefused[t]; err != nil {
		return err
	}
	d := diagDump{request: diagRequest{table: t}, family: f, report: n.Report}
	refusal := func(err error) error {
		switch err {
		// No handler for the family or protocol; in kernels before 3.3, none
		// for any but inet_diag's; no sock_diag at all.
		case syscall.ENOENT, syscall.EINVAL, syscall.EPROTONOSUPPORT, syscall.EOPNOTSUPP:
			return &detailedError{errors.ErrUnsupported, err}
		}
		return err
	}
	err := s.dumpTable(ctx, &d, n, func(err error) {
		s.refuseFamily(t, refusal(err))
	}, yield)
	if err != nil {
		err = refusal(err)
	}
	return err
}

// refuseFamily remembers that the kernel does not dump a table, and why.
func (s *source) refuseFamily(t netstat.Table, err error) {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return
	}
	if s.familyRefused == nil {
		s.familyRefused = make(map[netstat.Table]error)
	}
	s.familyRefused[t] = err
}

// familyOnly reads a table that only sock_diag has.
func (s *source) familyOnly(ctx context.Context, t netstat.Table, n netstat.Need, f *familyDump, yield yieldFunc) {
	if err := s.familyDiag(ctx, t, n, f, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: err})
	}
}

// familyOrFile reads a table that sock_diag has, or else a file of /proc/net
// with a header.
func (s *source) familyOrFile(ctx context.Context, t netstat.Table, n netstat.Need, f *familyDump, yield yieldFunc, parse parseSocket, file string) {
	if s.useNetlink {
		err := s.familyDiag(ctx, t, n, f, yield)
		if err == nil {
			return
		}
		if !s.useProc && !errors.Is(err, errors.ErrUnsupported) || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: err})
			return
		}
	}
	s.rareSockets(ctx, t, n, yield, true, parse, s.net(file))
}

// familyAttributes calls each with the attributes of b. It returns false where
// b is not a sequence of attributes.
func familyAttributes(b []byte, each func(kind uint16, value []byte)) bool {
	for len(b) > 0 {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return false
		}
		each(kind, value)
		b = rest
	}
	return true
}

// familyWords reads native words, as many as there are.
func familyWords(b []byte, words ...*uint32) {
	for _, w := range words {
		if len(b) < 4 {
			return
		}
		*w = binary.NativeEndian.Uint32(b)
		b = b[4:]
	}
}

// familyLongs does the same for words of 64 bits.
func familyLongs(b []byte, longs ...*uint64) {
	for _, l := range longs {
		if len(b) < 8 {
			return
		}
		*l = binary.NativeEndian.Uint64(b)
		b = b[8:]
	}
}

func familyCookie(b []byte) uint64 {
	order := binary.NativeEndian
	return uint64(order.Uint32(b)) | uint64(order.Uint32(b[4:]))<<32
}

// familyMemory takes SK_MEMINFO_* (include/uapi/linux/sock_diag.h) for decoders
// that do not read diagAttributes. The zero value is for callers who did not
// ask for Socket.Memory.
type familyMemory struct {
	wanted bool
	rows   slab[netstat.Memory]
}

func newFamilyMemory(n netstat.Need) familyMemory {
	return familyMemory{wanted: n.Facts&netstat.FactMemory != 0}
}

// queues takes the queues, which other attributes do not have, the count of
// what was dropped, and Memory where it was asked for.
func (f *familyMemory) queues(b []byte, s *netstat.Socket, drops *uint32) {
	var received, sent, skip uint32
	familyWords(b, &received, &skip, &sent, &skip, &skip, &skip, &skip, &skip, drops)
	s.RecvQ, s.SendQ = uint64(received), uint64(sent)
	f.take(b, s)
}

// take is queues for sockets that have their queues elsewhere.
func (f *familyMemory) take(b []byte, s *netstat.Socket) {
	if f.wanted && len(b) >= 4 {
		s.Memory = f.rows.next()
		decodeMemory(b, s)
	}
}

func socketTypeOf(number uint32) netstat.SocketType {
	if number < uint32(len(unixTypes)) {
		return unixTypes[number]
	}
	return netstat.TypeUnknown
}

// familyNames makes the names of ends, and looks up those of interfaces, each
// once for a table.
type familyNames struct {
	lookup  func(index uint32) (string, error)
	devices map[uint32]string
	text    textSlab
	buf     []byte
}

// device returns the name of an interface, empty if there is none.
func (f *familyNames) device(index uint32) string {
	if index == 0 || f.lookup == nil {
		return ""
	}
	name, ok := f.devices[index]
	if !ok {
		if f.devices == nil {
			f.devices = make(map[uint32]string)
		}
		// One that has gone meanwhile has no name; a refusal has the same
		// effect, and the number is shown for it.
		name, _ = f.lookup(index)
		f.devices[index] = name
	}
	return name
}

// ofDevice joins what with the interface, "*" for all and its number where it
// has no name.
func (f *familyNames) ofDevice(before string, index uint32, device, after string) string {
	b := append(f.buf[:0], before...)
	switch {
	case device != "":
		b = append(b, device...)
	case index != 0:
		b = strconv.AppendUint(append(b, "if"...), uint64(index), 10)
	default:
		b = append(b, '*')
	}
	f.buf = append(b, after...)
	return f.text.string(f.buf)
}

// pair joins two numbers, of which any is written as an asterisk.
func (f *familyNames) pair(a, b, any uint32) string {
	f.buf = f.buf[:0]
	for i, n := range [...]uint32{a, b} {
		if i > 0 {
			f.buf = append(f.buf, ':')
		}
		if n == any && any != 0 {
			f.buf = append(f.buf, '*')
		} else {
			f.buf = strconv.AppendUint(f.buf, uint64(n), 10)
		}
	}
	return f.text.string(f.buf)
}
