package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// neighborMessage builds a message about a neighbour on a link.
func neighborMessage(family byte, index uint32, state uint16, flags byte, attributes ...[]byte) []byte {
	b := append([]byte{family, 0, 0, 0}, number32(index)...)
	b = binary.NativeEndian.AppendUint16(b, state)
	b = append(b, flags, 1)
	return message(rtmNewNeigh, 2, append(b, slices.Concat(attributes...)...))
}

func neighborSource(t testing.TB, c *scriptedConn) *source {
	s := fakeSource(t, Options{}, nil, nil)
	s.dialLinks = func() (netlink.Conn, error) {
		if c == nil {
			return nil, syscall.EPERM
		}
		return c, nil
	}
	s.interfaceName = func(index uint32) (string, error) {
		switch index {
		case 2, 3:
			return fmt.Sprintf("d%d", index), nil
		case 8:
			return "", syscall.EPERM
		}
		return "", syscall.ENODEV
	}
	return s
}

func neighborText(n netstat.Neighbor) string {
	text := fmt.Sprintf("%v %x %v %d %s", n.Address, n.HardwareAddr, n.State, n.Index, n.Interface)
	if n.Router {
		text += " router"
	}
	if n.Proxy {
		text += " proxy"
	}
	return text
}

// neighborLister is the part of netstat.Source that source implements on every
// system.
type neighborLister interface {
	Neighbors(context.Context, netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error]
}

func neighborsOf(ctx context.Context, q netstat.NeighborQuery, s neighborLister) (rows []string, err error) {
	for n, e := range s.Neighbors(ctx, q) {
		if e != nil {
			err = e
			continue
		}
		rows = append(rows, neighborText(n))
	}
	return rows, err
}

func TestNeighborDump(t *testing.T) {
	address := netlinkAttribute(ndaDestination, []byte{10, 0, 0, 2})
	other := netlinkAttribute(ndaDestination, []byte{10, 0, 0, 3})
	link := netlinkAttribute(ndaLinkAddress, []byte{2, 0, 0, 0, 0, 1})
	row := neighborMessage(afInet, 2, 0x02, 0, address, link)
	const text = "10.0.0.2 020000000001 reachable 2 d2"
	interrupted := withFlags(row, netlink.FlagInterrupted)
	incomplete := "dump neighbours of inet: " + netstat.ErrIncomplete.Error() + ": table changed during the dump"
	for _, test := range []struct {
		name    string
		replies []reply
		want    []string
		err     string
		sends   int
	}{
		{"no neighbours", []reply{datagram(done(0))}, nil, "", 1},
		{"several", []reply{datagram(row, neighborMessage(afInet, 3, 0x20, 0, other)), datagram(neighborMessage(afInet, 2, 0x80, ntfProxy, other), done(0))},
			[]string{text, "10.0.0.3  failed 3 d3", "10.0.0.3  permanent 2 d2 proxy"}, "", 1},
		{"a state that is not known", []reply{datagram(neighborMessage(afInet, 2, 0x100, 0, other), done(0))}, []string{"10.0.0.3  unknown 2 d2"}, "", 1},
		{"an interface that disappeared", []reply{datagram(neighborMessage(afInet, 9, 0x02, 0, other), row, done(0))}, []string{text}, "", 1},
		{"an interface without a name", []reply{datagram(neighborMessage(afInet, 8, 0x02, 0, other), row, done(0))}, []string{text},
			"look up the interfaces of neighbours of inet: " + syscall.EPERM.Error(), 1},
		{"inconsistent at first", []reply{datagram(interrupted, done(0)), datagram(row, done(0))}, []string{text}, "", 2},
		{"inconsistent", []reply{datagram(interrupted, done(0)), datagram(interrupted, done(0)), datagram(interrupted, done(0))}, []string{text}, incomplete, 3},
		{"refused", []reply{datagram(refusal(syscall.EOPNOTSUPP))}, nil, "dump neighbours of inet: " + syscall.EOPNOTSUPP.Error(), 1},
		{"without an address", []reply{datagram(neighborMessage(afInet, 2, 2, 0, link)), datagram(row, done(0))}, []string{text}, "", 2},
		{"of another family", []reply{datagram(neighborMessage(afInet6, 2, 2, 0, address)), datagram(row, done(0))}, []string{text}, "", 2},
	} {
		c := &scriptedConn{replies: test.replies}
		rows, err := neighborsOf(t.Context(), netstat.NeighborQuery{Family: netstat.Inet}, neighborSource(t, c))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if !slices.Equal(rows, test.want) || got != test.err || c.sends != test.sends || c.closed != c.sends {
			t.Errorf("%s: %q, error %q; %d dumps, %d closed", test.name, rows, got, c.sends, c.closed)
		}
	}
	proxy := neighborMessage(afInet, 2, 0, ntfProxy, other)
	c := &scriptedConn{replies: []reply{datagram(row, done(0)), datagram(proxy, neighborMessage(afInet, 0, 0, ntfProxy, address), done(0))}}
	rows, err := neighborsOf(t.Context(), netstat.NeighborQuery{Family: netstat.Inet, Proxies: true}, neighborSource(t, c))
	if want := []string{text, "10.0.0.3  unknown 2 d2 proxy", "10.0.0.2  unknown 0  proxy"}; !slices.Equal(rows, want) || err != nil || c.sends != 2 {
		t.Errorf("%q, %v, %d dumps", rows, err, c.sends)
	}
	six := neighborMessage(afInet6, 2, 0x04, ntfRouter, netlinkAttribute(ndaDestination, append([]byte{0xfe, 0x80}, make([]byte, 14)...)), link)
	rows, err = neighborsOf(t.Context(), netstat.NeighborQuery{Family: netstat.Inet6}, neighborSource(t, &scriptedConn{replies: []reply{datagram(six, done(0))}}))
	if !slices.Equal(rows, []string{"fe80:: 020000000001 stale 2 d2 router"}) || err != nil {
		t.Errorf("%q, %v", rows, err)
	}
}

// TestNeighborAttributes decodes every attribute, and takes those that are too short for
// missing.
func TestNeighborAttributes(t *testing.T) {
	info := slices.Concat(number32(150), number32(1<<32-1), number32(0), number32(7))
	address := netlinkAttribute(ndaDestination, []byte{10, 0, 0, 2})
	long := make([]byte, 20) // of InfiniBand
	b := neighborMessage(afInet, 2, 0x04, ntfExtLearned|ntfOffloaded|ntfSticky, address,
		netlinkAttribute(ndaLinkAddress, long), netlinkAttribute(ndaCacheInfo, info), netlinkAttribute(ndaProbes, number32(3)),
		netlinkAttribute(ndaVLAN, []byte{0, 0}), netlinkAttribute(ndaVNI, number32(1<<32-1)), netlinkAttribute(ndaMaster, number32(5)),
		netlinkAttribute(ndaProtocol, []byte{186}), netlinkAttribute(ndaFlagsExt, number32(ntfExtManaged)))
	n, ok := decodeNeighbor(b[netlink.HeaderSize:], afInet)
	want := netstat.Neighbor{
		Address: netip.AddrFrom4([4]byte{10, 0, 0, 2}), HardwareAddr: long, State: netstat.NeighborStale, Index: 2,
		ExternLearn: true, Offloaded: true, Managed: true, Sticky: true, Protocol: 186, VNI: 1<<32 - 1, Master: 5,
		Confirmed: 1500 * time.Millisecond, Used: (1<<32 - 1) * 10 * time.Millisecond, RefCount: 7, Probes: 3, Known: 1<<8 - 1,
	}
	if !ok || !reflect.DeepEqual(n, want) {
		t.Errorf("%+v\nwant %+v", n, want)
	}
	var short [][]byte
	for _, kind := range []uint16{ndaCacheInfo, ndaProbes, ndaVLAN, ndaVNI, ndaMaster, ndaProtocol, ndaFlagsExt} {
		size := map[uint16]int{ndaCacheInfo: 15, ndaVLAN: 1, ndaProtocol: 0}[kind]
		if size == 0 && kind != ndaProtocol {
			size = 3
		}
		short = append(short, netlinkAttribute(kind, bytes.Repeat([]byte{0xff}, size)))
	}
	b = neighborMessage(afInet, 2, 0x04, 0, append(short, address)...)
	n, ok = decodeNeighbor(b[netlink.HeaderSize:], afInet)
	if want := (netstat.Neighbor{Address: want.Address, State: netstat.NeighborStale, Index: 2}); !ok || !reflect.DeepEqual(n, want) {
		t.Errorf("short: %+v", n)
	}
}

func TestNeighborFailures(t *testing.T) {
	row := neighborMessage(afInet, 2, 2, 0, netlinkAttribute(ndaDestination, []byte{10, 0, 0, 2}))
	for range neighborSource(t, &scriptedConn{replies: []reply{datagram(row, row, done(0))}}).Neighbors(t.Context(), netstat.NeighborQuery{Family: netstat.Inet}) {
		break
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	files := fakeSource(t, Options{Source: "proc"}, nil, nil)
	for _, test := range []struct {
		ctx    context.Context
		family netstat.Family
		s      *source
		err    error
	}{
		{t.Context(), netstat.Inet, neighborSource(t, nil), syscall.EPERM},
		{t.Context(), netstat.Unix, neighborSource(t, nil), errors.ErrUnsupported},
		{t.Context(), netstat.Inet, files, errors.ErrUnsupported},
		{canceled, netstat.Inet, neighborSource(t, &scriptedConn{replies: []reply{datagram(row, done(0))}}), context.Canceled},
	} {
		rows, err := neighborsOf(test.ctx, netstat.NeighborQuery{Family: test.family}, test.s)
		var op *netstat.OpError
		if rows != nil || !errors.Is(err, test.err) || !errors.As(err, &op) || op.Table.Family != test.family {
			t.Errorf("%q, %v, want %v", rows, err, test.err)
		}
	}
}

func FuzzNeighborMessage(f *testing.F) {
	four := neighborMessage(afInet, 2, 0x02, 0, netlinkAttribute(ndaDestination, []byte{10, 0, 0, 2}), netlinkAttribute(ndaLinkAddress, []byte{2, 0, 0, 0, 0, 1}),
		netlinkAttribute(ndaCacheInfo, make([]byte, 16)), netlinkAttribute(ndaProbes, number32(3)), netlinkAttribute(ndaVLAN, []byte{1, 0}),
		netlinkAttribute(ndaVNI, number32(4)), netlinkAttribute(ndaMaster, number32(5)), netlinkAttribute(ndaProtocol, []byte{186}), netlinkAttribute(ndaFlagsExt, number32(1)))
	six := neighborMessage(afInet6, 2, 0x80, ntfRouter|ntfProxy, netlinkAttribute(ndaDestination, make([]byte, 16)))
	f.Add(four[netlink.HeaderSize:], false)
	f.Add(six[netlink.HeaderSize:], true)
	f.Fuzz(func(t *testing.T, b []byte, v6 bool) {
		family := byte(afInet)
		if v6 {
			family = afInet6
		}
		before := bytes.Clone(b)
		n, ok := decodeNeighbor(b, family)
		if ok != n.Address.IsValid() || ok && n.Address.Is6() != v6 || n.State.String() == "" || n.Interface != "" {
			t.Errorf("%x: %+v, %v", b, n, ok)
		}
		if len(n.HardwareAddr) > 0 {
			n.HardwareAddr[0]++ // it is a copy
		}
		if !bytes.Equal(b, before) {
			t.Errorf("%x was changed", before)
		}
	})
}
