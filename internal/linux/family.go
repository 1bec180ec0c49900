package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"sync"
	"syscall"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/netlink"
)

// Address families for sock_diag (include/linux/socket.h).
const (
	afNetlink = 16
	afPacket  = 17
	afTIPC    = 30
	afVSock   = 40
	afSMC     = 43
	afXDP     = 44
)

// familyDump is a sock_diag dump that source.inet does not read: of another
// family, or of an Internet protocol with facts of its own.
type familyDump struct {
	// request is the payload of the request. It begins with the address
	// family.
	request []byte
	// decode fills s from the payload of a reply. Only s.Table is set
	// before.
	decode func(payload []byte, s *netstat.Socket) familyVerdict
}

// familyVerdict is the result of decoding a reply.
type familyVerdict uint8

const (
	familyRow familyVerdict = iota
	familyBogus
	familyNoRow // well-formed, but not a row
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

// familyRequest returns the request shared by packet, netlink and XDP (struct
// packet_diag_req and the like): the family, a protocol, and the attributes to
// show.
func familyRequest(family, protocol byte, show uint32) []byte {
	b := make([]byte, 20)
	b[0], b[1] = family, protocol
	binary.NativeEndian.PutUint32(b[8:], show)
	return b
}

// inetRequest returns a struct inet_diag_req_v2 for all states. extensions is a
// set of idiag_ext bits. A protocol too large for the field goes into an
// attribute.
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

// inetSettings reads the settings and memory of sockets of an Internet protocol
// that has its own struct in place of tcp_info.
type inetSettings struct {
	attributes *diagAttributes // nil if no fact in them is requested
	// autobound returns the cookies of sockets whose port the kernel chose, or
	// nil if unknown. It reads them at the first call. It is nil itself if
	// FactAutobound is not requested.
	autobound func() map[uint64]struct{}
}

// settingsOf prepares an inetSettings for a table of such a protocol. The
// decoder of its records passes their attributes to decode.
func (s *source) settingsOf(ctx context.Context, t netstat.Table, n netstat.Need, protocol uint32) (i inetSettings) {
	if facts := n.Facts & diagAttributeFacts &^ netstat.FactTCPInfo; facts != 0 {
		i.attributes = &diagAttributes{facts: facts}
	}
	if n.Facts&netstat.FactAutobound != 0 {
		i.autobound = sync.OnceValue(func() map[uint64]struct{} {
			return s.inetAutobound(ctx, t, inetRequest(inetFamily(t), protocol, 0))
		})
	}
	return i
}

// extensions returns the idiag_ext bits that request the attributes.
func (i *inetSettings) extensions() byte {
	if i.attributes == nil {
		return 0
	}
	return diagExtensions(i.attributes.facts)
}

// inetAutobound returns the cookies of sockets whose port the kernel chose, or
// nil if unknown. Only a filter in the kernel can test this.
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

// decode adds the facts in the attributes b to s.
func (i *inetSettings) decode(b []byte, s *netstat.Socket) {
	if i.attributes != nil {
		i.attributes.decode(b, s)
	}
	if i.autobound == nil {
		return
	}
	if chosen := i.autobound(); chosen != nil {
		_, s.Autobound = chosen[s.Cookie]
	} else {
		s.Absent |= netstat.FactAutobound
	}
}

// errOnlyNetlink means that a table cannot be read from files.
var errOnlyNetlink = errors.New("listed only over netlink, which is not used here")

// familyDiag reads a table over sock_diag. An error means that it yielded no
// row; it wraps errors.ErrUnsupported if the kernel does not support the dump.
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
		// The kernel has no handler for the family or protocol; before
		// 3.3 it has one only for inet_diag; or it has no sock_diag.
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

// refuseFamily remembers that the kernel does not dump a table, and the error.
func (s *source) refuseFamily(t netstat.Table, err error) {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return
	}
	if s.familyRefused == nil {
		s.familyRefused = make(map[netstat.Table]error)
	}
	s.familyRefused[t] = err
}

// familyOnly reads a table that only sock_diag provides.
func (s *source) familyOnly(ctx context.Context, t netstat.Table, n netstat.Need, f *familyDump, yield yieldFunc) {
	if err := s.familyDiag(ctx, t, n, f, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: err})
	}
}

// familyOrFile reads a table over sock_diag or, if that fails, from a file of
// /proc/net with a header.
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

// familyAttributes calls each with every attribute of b. It returns false if b
// is not a sequence of attributes.
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

// familyWords reads as many 32-bit words in native order as b holds.
func familyWords(b []byte, words ...*uint32) {
	for _, w := range words {
		if len(b) < 4 {
			return
		}
		*w = binary.NativeEndian.Uint32(b)
		b = b[4:]
	}
}

// familyLongs reads as many 64-bit words in native order as b holds.
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

// familyMemory decodes SK_MEMINFO_* (include/uapi/linux/sock_diag.h) for
// decoders that do not use diagAttributes. The zero value ignores
// Socket.Memory.
type familyMemory struct {
	wanted bool
	rows   slab[netstat.Memory]
}

func newFamilyMemory(n netstat.Need) familyMemory {
	return familyMemory{wanted: n.Facts&netstat.FactMemory != 0}
}

// queues sets the queues, the count of drops and, if requested, Memory. It is
// for sockets whose queues no other attribute holds.
func (f *familyMemory) queues(b []byte, s *netstat.Socket, drops *uint32) {
	var received, sent, skip uint32
	familyWords(b, &received, &skip, &sent, &skip, &skip, &skip, &skip, &skip, drops)
	s.RecvQ, s.SendQ = uint64(received), uint64(sent)
	f.take(b, s)
}

// take sets Memory, if requested. It is for sockets whose queues are read
// elsewhere.
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

// familyNames formats the names of addresses and looks up interface names, each
// once for a table.
type familyNames struct {
	lookup  func(index uint32) (string, error)
	devices map[uint32]string
	text    textSlab
	buf     []byte
}

// device returns the name of an interface, or "" if there is none.
func (f *familyNames) device(index uint32) string {
	if index == 0 || f.lookup == nil {
		return ""
	}
	name, ok := f.devices[index]
	if !ok {
		if f.devices == nil {
			f.devices = make(map[uint32]string)
		}
		// An interface that disappeared has no name. A refused lookup
		// is treated alike; the row then shows the number.
		name, _ = f.lookup(index)
		f.devices[index] = name
	}
	return name
}

// ofDevice puts the interface between before and after: its name, its number if
// the name is unknown, or "*" for all interfaces.
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

// pair joins two numbers; the value any is written as "*".
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
