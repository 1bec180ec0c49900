package linux

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
	"netstat/internal/linux/sysfile"
)

// describeFamily formats a row on one line.
func describeFamily(s netstat.Socket) string {
	end := func(a netstat.Addr) string {
		text := a.Name
		if a.IP.IsValid() {
			text += netip.AddrPortFrom(a.IP, a.Port).String()
		}
		if a.Scope != 0 {
			text += fmt.Sprintf("%%%d", a.Scope)
		}
		return text
	}
	return fmt.Sprintf("%s %v %d/%d/%d %q %q uid %d inode %d absent %b %s", s.Netid(), s.State, s.RecvQ, s.SendQ, s.MaxBacklog,
		end(s.Local), end(s.Remote), s.UID, s.Inode, s.Absent, describeDetail(s.Detail))
}

// describeDetail formats a detail with all that it points to.
func describeDetail(d netstat.Detail) string {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// familyPayload builds a record from a fixed part and attributes.
func familyPayload(fixed []byte, attributes ...[]byte) []byte {
	b := slices.Clone(fixed)
	for _, a := range attributes {
		b = append(b, a...)
	}
	return b
}

func familyAttribute(kind uint16, value ...any) []byte {
	var b []byte
	for _, v := range value {
		switch v := v.(type) {
		case []byte:
			b = append(b, v...)
		case string:
			b = append(b, v...)
		default:
			var err error
			if b, err = binary.Append(b, binary.NativeEndian, v); err != nil {
				panic(err)
			}
		}
	}
	a := binary.NativeEndian.AppendUint16(nil, uint16(netlink.AttributeSize+len(b)))
	a = append(binary.NativeEndian.AppendUint16(a, kind), b...)
	for len(a)%4 != 0 {
		a = append(a, 0)
	}
	return a
}

// familyRead reads a table from records.
func familyRead(t testing.TB, table netstat.Table, records ...[]byte) result {
	t.Helper()
	var messages [][]byte
	for _, r := range records {
		messages = append(messages, message(sockDiagByFamily, 2, r))
	}
	s := fakeSource(t, Options{}, &scriptedConn{replies: []reply{datagram(append(messages, done(0))...)}}, nil)
	s.interfaceName = func(index uint32) (string, error) {
		if index == 3 {
			return "eth0", nil
		}
		return "", syscall.ENODEV
	}
	return collect(s, table, netstat.Need{})
}

// xdpRecord has the format of struct xdp_diag_msg and its attributes, with a
// different number in each field.
func xdpRecord(index uint32) []byte {
	fixed := []byte{afXDP, 3, 0, 0}
	fixed = binary.NativeEndian.AppendUint32(fixed, 4242)
	fixed = binary.NativeEndian.AppendUint64(fixed, 77)
	return familyPayload(fixed,
		familyAttribute(xdpAttrInfo, index, uint32(2)), familyAttribute(xdpAttrUID, uint32(1000)),
		familyAttribute(xdpAttrRxRing, uint32(2048)), familyAttribute(xdpAttrTxRing, uint32(1024)),
		familyAttribute(xdpAttrUmem, uint64(1<<24), uint32(9), uint32(4096), uint32(4096), uint32(256), uint32(3), uint32(2), uint32(1), uint32(5)),
		familyAttribute(xdpAttrFillRing, uint32(512)), familyAttribute(xdpAttrCompletionRing, uint32(256)),
		familyAttribute(xdpAttrMemory, uint32(100), uint32(0), uint32(200), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0), uint32(3)),
		familyAttribute(xdpAttrStats, uint64(1), uint64(2), uint64(3), uint64(4), uint64(5), uint64(6)))
}

func TestXDP(t *testing.T) {
	got := familyRead(t, netstat.XDPTable, xdpRecord(3), xdpRecord(8), xdpRecord(0)[:20], xdpRecord(0))
	if got.err != nil || len(got.rows) != 3 || len(got.reports) != 1 {
		t.Fatalf("%+v", got)
	}
	want := netstat.Socket{
		Table: netstat.XDPTable, State: netstat.Closed, RecvQ: 100, SendQ: 200, UID: 1000, Inode: 4242, Cookie: 77,
		Local: netstat.Addr{Name: "eth0:q2", Scope: 3},
		Detail: &netstat.XDPDetail{
			Bound: true, Device: "eth0", Queue: 2, RxRing: 2048, TxRing: 1024, FillRing: 512, CompletionRing: 256,
			Memory: &netstat.XDPMemory{ID: 9, Size: 1 << 24, Pages: 4096, ChunkSize: 4096, Headroom: 256, Scope: 3, Queue: 2, ZeroCopy: true, Users: 5},
			Stats:  &netstat.XDPStats{RxDropped: 1, RxInvalid: 2, RxFull: 3, FillRingEmpty: 4, TxInvalid: 5, TxRingEmpty: 6},
		},
	}
	if !reflect.DeepEqual(got.rows[0], want) {
		t.Errorf("got  %s\nwant %s", describeFamily(got.rows[0]), describeFamily(want))
	}
	if name := got.rows[1].Local.Name; name != "if8:q2" {
		t.Errorf("an interface without a name: %q", name)
	}
	if row := got.rows[2]; row.Local.Name != "" || row.Detail.(*netstat.XDPDetail).Bound {
		t.Errorf("unbound: %s", describeFamily(row))
	}
}

// smcRecord is a connection of SMC-R or SMC-D. On loopback SMC falls back to
// TCP, so no capture has one.
func smcRecord(mode byte) []byte {
	order := binary.NativeEndian
	b := make([]byte, smcMsgSize)
	b[0], b[1], b[2] = afSMC, 21, mode
	binary.BigEndian.PutUint16(b[4:], 443)
	binary.BigEndian.PutUint16(b[6:], 50000)
	local, remote := netip.MustParseAddr("fe80::1").As16(), netip.MustParseAddr("fe80::2").As16()
	copy(b[8:], local[:])
	copy(b[24:], remote[:])
	order.PutUint32(b[40:], 3)
	order.PutUint64(b[44:], 99)
	order.PutUint32(b[52:], 1000)
	order.PutUint64(b[56:], 1<<33)
	conn := []any{uint32(7), uint32(65536), uint32(131072), uint32(262144)}
	for i := range uint32(4) {
		conn = append(conn, uint16(0), uint16(i+1), 100*i)
	}
	conn = append(conn, []byte{1, 2, 3, 4})
	for i := range uint32(3) {
		conn = append(conn, uint16(0), uint16(i+5), 1000*i)
	}
	field := func(text string, size int) string { return text + strings.Repeat("\x00", size-len(text)) }
	link := familyAttribute(smcAttrLink, []byte{2}, field("mlx5_0", smcDeviceSize), []byte{1},
		field("fe80::1", smcGIDSize), field("fe80::2", smcGIDSize), []byte{1})
	if mode == 2 {
		link = familyAttribute(smcAttrBuffer, uint32(5), uint32(0), uint64(1), uint64(2), uint64(3), uint64(4))
	}
	return familyPayload(b, familyAttribute(smcAttrShutdown, []byte{2}), familyAttribute(smcAttrFallback, int32(-5), uint32(0x03010000)),
		familyAttribute(smcAttrConn, conn...), link)
}

func TestSMC(t *testing.T) {
	got := familyRead(t, netstat.SMCTable, smcRecord(0), smcRecord(2), smcRecord(9), smcRecord(0)[:60])
	if got.err != nil || len(got.rows) != 3 || len(got.reports) != 1 {
		t.Fatalf("%+v", got)
	}
	cursor := func(wrap uint16, count uint32) netstat.SMCCursor { return netstat.SMCCursor{Wrap: wrap, Count: count} }
	detail := netstat.SMCDetail{
		SMCState: "PEERCLOSEWAIT2", Mode: netstat.SMCR, SendClosed: true, FallbackReason: -5, PeerDiagnosis: 0x03010000,
		Conn: &netstat.SMCConn{
			Token: 7, SendBuf: 65536, Receive: 131072, PeerRecv: 262144,
			RxProduced: cursor(1, 0), RxConsumed: cursor(2, 100), TxProduced: cursor(3, 200), TxConsumed: cursor(4, 300),
			TxPrepared: cursor(5, 0), TxSent: cursor(6, 1000), TxDone: cursor(7, 2000),
			RxFlags: 1, RxStateFlags: 2, TxFlags: 3, TxStateFlags: 4,
		},
		Link: &netstat.SMCLink{Server: true, ID: 2, Device: "mlx5_0", Port: 1, GID: "fe80::1", PeerGID: "fe80::2"},
	}
	want := netstat.Socket{
		Table: netstat.SMCTable, State: netstat.FinWait2, UID: 1000, Inode: 1 << 33, Cookie: 99, Absent: netstat.FactQueues,
		Local:  netstat.Addr{IP: netip.MustParseAddr("fe80::1"), Port: 443, Scope: 3},
		Remote: netstat.Addr{IP: netip.MustParseAddr("fe80::2"), Port: 50000, Scope: 3},
		Detail: &detail,
	}
	if !reflect.DeepEqual(got.rows[0], want) {
		t.Errorf("got  %s\nwant %s", describeFamily(got.rows[0]), describeFamily(want))
	}
	detail.Mode, detail.Link = netstat.SMCD, nil
	detail.DMB = &netstat.SMCBuffer{Link: 5, PeerGID: 1, GID: 2, Token: 3, PeerToken: 4}
	if !reflect.DeepEqual(got.rows[1], want) {
		t.Errorf("SMC-D:\ngot  %s\nwant %s", describeFamily(got.rows[1]), describeFamily(want))
	}
	if mode := got.rows[2].Detail.(*netstat.SMCDetail).Mode; mode != netstat.SMCUnknown {
		t.Errorf("mode 9 is %v", mode)
	}
}

// TestTIPCGroup decodes what requires more than one node or a group.
func TestTIPCGroup(t *testing.T) {
	record := familyAttribute(tipcAttrSock,
		familyAttribute(tipcSockRef, uint32(5)), familyAttribute(tipcSockAddr, uint32(0x01001002)),
		familyAttribute(tipcSockType, uint32(4)), familyAttribute(tipcSockState, uint32(8)),
		familyAttribute(tipcSockInode, uint32(6)), familyAttribute(tipcSockUID, uint32(7)), familyAttribute(tipcSockCookie, uint64(8)),
		familyAttribute(tipcSockStat,
			familyAttribute(tipcStatRecv, uint32(1)), familyAttribute(tipcStatSend, uint32(2)), familyAttribute(tipcStatDrop, uint32(3)),
			familyAttribute(tipcStatLinkCong), familyAttribute(tipcStatConnCong)),
		familyAttribute(tipcSockGroup,
			familyAttribute(tipcGroupID, uint32(4711)), familyAttribute(tipcGroupInstance, uint32(9)), familyAttribute(tipcGroupNext, uint32(10)),
			familyAttribute(tipcGroupOpen), familyAttribute(tipcGroupNode), familyAttribute(tipcGroupCluster)))
	broken := slices.Clone(record)
	binary.NativeEndian.PutUint16(broken[4:], 3)
	got := familyRead(t, netstat.TIPCTable, record, broken, familyAttribute(99))
	want := netstat.Socket{
		Table: netstat.TIPCTable, State: netstat.CloseWait, RecvQ: 1, SendQ: 2, UID: 7, Inode: 6, Cookie: 8,
		Local: netstat.Addr{Name: "16781314:5"},
		Detail: &netstat.TIPCDetail{
			Type: netstat.TypeRDM, Node: 0x01001002, Reference: 5, LinkCongested: true, PeerCongested: true, Drops: 3,
			Group: &netstat.TIPCGroup{ID: 4711, Instance: 9, Open: true, NodeScope: true, ClusterScope: true, BroadcastNext: 10},
		},
	}
	if got.err != nil || len(got.rows) != 1 || len(got.reports) != 2 || !reflect.DeepEqual(got.rows[0], want) {
		t.Fatalf("%+v", got)
	}
}

// TestDCCPStates checks that PARTOPEN has a different number since Linux 6.8.
func TestDCCPStates(t *testing.T) {
	for _, test := range []struct {
		release string
		want    string
	}{
		{"6.1.0-56-amd64\n", "OPEN ESTABLISHED, PARTOPEN PARTOPEN, PASSIVE_CLOSEREQ CLOSE-WAIT, PASSIVE_CLOSEREQ CLOSE-WAIT,  UNKNOWN"},
		{"6.8.12\n", "OPEN ESTABLISHED, PARTOPEN PARTOPEN, PARTOPEN PARTOPEN, PASSIVE_CLOSEREQ CLOSE-WAIT,  UNKNOWN"},
		{"nonsense", "OPEN ESTABLISHED, PARTOPEN PARTOPEN, PASSIVE_CLOSEREQ CLOSE-WAIT, PASSIVE_CLOSEREQ CLOSE-WAIT,  UNKNOWN"},
	} {
		var messages [][]byte
		for _, state := range []byte{1, 13, 14, 15, 16} {
			messages = append(messages, message(sockDiagByFamily, 2, diagMsg(afInet, state, netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2"), 0, 5)))
		}
		messages = append(messages, done(0))
		s := fakeSource(t, Options{}, &scriptedConn{replies: []reply{datagram(messages...)}}, map[string]string{"/proc/sys/kernel/osrelease": test.release})
		var states []string
		for _, row := range collect(s, netstat.DCCP4Table, netstat.Need{}).rows {
			states = append(states, row.Detail.(*netstat.DCCPDetail).DCCPState+" "+row.State.String())
		}
		if got := strings.Join(states, ", "); got != test.want {
			t.Errorf("%q: %s, want %s", test.release, got, test.want)
		}
	}
	for text, want := range map[string][2]int{"6.18.44-fc": {6, 18}, "5.10": {5, 10}, "7": {}, "": {}, "a.b": {}, "6.": {}} {
		if major, minor := sysfile.ParseRelease([]byte(text)); major != want[0] || minor != want[1] {
			t.Errorf("release %q: %d.%d", text, major, minor)
		}
	}
}

func TestNetlinkGroups(t *testing.T) {
	words := func(w ...uint32) (b []byte) {
		for _, v := range w {
			b = binary.NativeEndian.AppendUint32(b, v)
		}
		return b
	}
	for _, test := range []struct {
		b    []byte
		big  bool
		want []uint32
	}{
		{nil, false, nil},
		{words(0, 0), false, nil},
		{words(1, 2, 0, 0), false, []uint32{1, 2}},
		{words(2, 1, 0, 3), true, []uint32{1, 2, 3}},
		{words(1, 2, 3), true, []uint32{1, 2, 3}},
	} {
		if got := netlinkGroups(test.b, test.big); !slices.Equal(got, test.want) {
			t.Errorf("%v, %v: %v, want %v", test.b, test.big, got, test.want)
		}
	}
	d := &netstat.NetlinkDetail{Groups: []uint32{0x11, 2}}
	for group, want := range map[uint32]bool{0: false, 1: true, 2: false, 5: true, 34: true, 33: false, 65: false, 1<<32 - 1: false} {
		if d.InGroup(group) != want {
			t.Errorf("group %d: %v", group, !want)
		}
	}
}

// TestFamilyRefusals checks that a family which the kernel does not list is
// reported after a single dump, and that a family with a file is read from it.
func TestFamilyRefusals(t *testing.T) {
	const packetFile = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" +
		"0000000051b7b84f 3      3    0003   0     1 12288  7      12151 \nbogus\n"
	const netlinkFile = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n" +
		"00000000a444dfb2 0   618        00000011 0        0        0     2        0        12153   \n" +
		"00000000a444dfb2 16  -4100      00000000 0        0        00000000fe     2        9        12154   \n"
	files := map[string]string{"/proc/net/packet": packetFile, "/proc/net/netlink": netlinkFile}
	for _, table := range []netstat.Table{
		netstat.PacketTable, netstat.NetlinkTable, netstat.MPTCP4Table, netstat.DCCP6Table, netstat.VSockTable, netstat.XDPTable, netstat.TIPCTable, netstat.SMCTable,
	} {
		hasFile := files["/proc/net/"+table.String()] != ""
		for _, code := range []syscall.Errno{syscall.ENOENT, syscall.EINVAL, syscall.EPERM} {
			for _, mode := range []string{"", "netlink"} {
				c := &scriptedConn{replies: []reply{datagram(refusal(code))}}
				s := fakeSource(t, Options{Source: mode}, c, files)
				for range 2 {
					got := collect(s, table, netstat.Need{})
					if fellBack := hasFile && (mode == "" || code != syscall.EPERM); fellBack {
						if got.err != nil || len(got.rows) == 0 {
							t.Errorf("%v, %v, %q: %+v", table, code, mode, got)
						}
						continue
					}
					var op *netstat.OpError
					if !errors.As(got.err, &op) || op.Table != table || !errors.Is(got.err, code) || len(got.rows) > 0 {
						t.Errorf("%v, %v, %q: %+v", table, code, mode, got)
					}
					if errors.Is(got.err, errors.ErrUnsupported) != (code != syscall.EPERM) {
						t.Errorf("%v, %v, %q: %v", table, code, mode, got.err)
					}
				}
				if c.sends != 1 {
					t.Errorf("%v, %v, %q: %d dumps", table, code, mode, c.sends)
				}
			}
		}
		// Netlink is missing, or not to be used.
		for _, s := range []*source{fakeSource(t, Options{}, nil, files), fakeSource(t, Options{Source: "proc"}, nil, files)} {
			if got := collect(s, table, netstat.Need{}); !hasFile && !errors.Is(got.err, errors.ErrUnsupported) || hasFile && len(got.rows) == 0 {
				t.Errorf("%v: %+v", table, got)
			}
		}
	}

	got := collect(fakeSource(t, Options{}, nil, files), netstat.PacketTable, netstat.Need{})
	if len(got.rows) != 1 || len(got.reports) != 1 || got.rows[0].UID != 7 || got.rows[0].RecvQ != 12288 || got.rows[0].Local.Name != "*:*" {
		t.Errorf("packet: %+v", got)
	}
	got = collect(fakeSource(t, Options{}, nil, files), netstat.NetlinkTable, netstat.Need{})
	if len(got.rows) != 2 {
		t.Fatalf("netlink: %+v", got)
	}
	if d := got.rows[1].Detail.(*netstat.NetlinkDetail); d.Port != 1<<32-4100 || !d.Dumping || d.Drops != 9 || got.rows[1].Local.Name != "genl:4294963196" {
		t.Errorf("netlink: %s", describeFamily(got.rows[1]))
	}
}

// TestMPTCPSubflows checks the connection of a subflow and how the subflow was
// established. The flags are those observed with three addresses and a backup
// endpoint (Linux 6.18).
func TestMPTCPSubflows(t *testing.T) {
	local, remote := netip.MustParseAddrPort("10.9.0.1:4000"), netip.MustParseAddrPort("10.9.0.3:52303")
	subflow := func(token, flags uint32, id byte) []byte {
		return message(sockDiagByFamily, 2, familyPayload(diagMsg(afInet, 1, local, remote, 0, 0),
			familyAttribute(diagULPInfo, familyAttribute(1, "mptcp\x00"), familyAttribute(ulpInfoMPTCP,
				familyAttribute(subflowTokenLocal, token), familyAttribute(subflowFlags, flags),
				familyAttribute(subflowIDRemote, []byte{id}), familyAttribute(subflowIDLocal, []byte{0})))))
	}
	info := make([]byte, mptcpInfoSize)
	binary.NativeEndian.PutUint32(info[12:], 7)
	plain := message(sockDiagByFamily, 2, diagMsg(afInet, 1, local, remote, 0, 9))
	connection := datagram(message(sockDiagByFamily, 2, familyPayload(diagMsg(afInet, 1, local, remote, 0, 5), familyAttribute(diagInfo, info))), done(0))
	c := &scriptedConn{replies: []reply{
		connection,
		datagram(plain, subflow(7, 0xc3, 0), subflow(8, 0xc3, 0), subflow(7, 0xdc, 2), done(0)),
		datagram(done(0)),
	}}
	got := collect(fakeSource(t, Options{}, c, nil), netstat.MPTCP4Table, netstat.Need{Facts: netstat.FactDetail})
	if got.err != nil || len(got.reports) > 0 || len(got.rows) != 1 {
		t.Fatalf("%+v", got)
	}
	first := netstat.MPTCPSubflow{
		State: netstat.Established, Local: netstat.Addr{IP: local.Addr(), Port: 4000}, Remote: netstat.Addr{IP: remote.Addr(), Port: 52303},
		Established: true,
	}
	joined := first
	joined.Join, joined.Backup, joined.RemoteID = true, true, 2
	d, ok := got.rows[0].Detail.(*netstat.MPTCPDetail)
	if want := []netstat.MPTCPSubflow{first, joined}; !ok || !reflect.DeepEqual(d.Subflows, want) {
		t.Errorf("got  %+v\nwant %+v", d.Subflows, want)
	}
}

// TestMPTCPSubflowsUnknown checks that sockets are listed even if the dump of
// TCP fails.
func TestMPTCPSubflowsUnknown(t *testing.T) {
	info := make([]byte, mptcpInfoSize)
	binary.NativeEndian.PutUint32(info[12:], 7)
	record := familyPayload(diagMsg(afInet, 1, netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2"), 0, 5), familyAttribute(diagInfo, info))
	connection := datagram(message(sockDiagByFamily, 2, record), done(0))
	c := &scriptedConn{replies: []reply{connection, datagram(refusal(syscall.EPERM))}}
	got := collect(fakeSource(t, Options{}, c, nil), netstat.MPTCP4Table, netstat.Need{Facts: netstat.FactDetail})
	if got.err != nil || len(got.rows) != 1 || len(got.reports) != 1 || !errors.Is(got.reports[0], syscall.EPERM) {
		t.Errorf("%+v", got)
	}
}

// TestMPTCPUnconnected checks that no subflows are looked for if there are only listeners.
func TestMPTCPUnconnected(t *testing.T) {
	listener := diagMsg(afInet, 10, netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("0.0.0.0:0"), 0, 5)
	answer := datagram(message(sockDiagByFamily, 2, familyPayload(listener, familyAttribute(diagInfo, make([]byte, mptcpInfoSize)))), done(0))
	c := &scriptedConn{replies: []reply{answer}}
	got := collect(fakeSource(t, Options{}, c, nil), netstat.MPTCP4Table, netstat.Need{Facts: netstat.FactDetail})
	if got.err != nil || len(got.rows) != 1 || len(got.reports) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSCTPDiagFallsBack checks that the files are read if the kernel has no
// handler or refuses the dump.
func TestSCTPDiagFallsBack(t *testing.T) {
	files := map[string]string{"/proc/net/sctp/eps": "ENDPT LPORT\n a b 2 10 29 5008 0 10533 127.0.0.1\n", "/proc/net/sctp/assocs": "ASSOC LPORT\n"}
	for _, code := range []syscall.Errno{syscall.ENOENT, syscall.EPERM} {
		c := &scriptedConn{replies: []reply{datagram(refusal(code))}}
		got := collect(fakeSource(t, Options{}, c, files), netstat.SCTP4Table, netstat.Need{Facts: netstat.FactDetail})
		if got.err != nil || len(got.rows) != 1 || len(got.reports) > 0 {
			t.Errorf("%v: %+v", code, got)
		}
	}
	c := &scriptedConn{replies: []reply{datagram(refusal(syscall.EPERM))}}
	if got := collect(fakeSource(t, Options{Source: "netlink"}, c, files), netstat.SCTP4Table, netstat.Need{Facts: netstat.FactDetail}); !errors.Is(got.err, syscall.EPERM) {
		t.Errorf("forced: %+v", got)
	}
	// A failure of the second family is an error, because rows were already
	// delivered.
	c = &scriptedConn{replies: []reply{datagram(done(0)), datagram(refusal(syscall.EPERM))}}
	if got := collect(fakeSource(t, Options{}, c, files), netstat.SCTP4Table, netstat.Need{Facts: netstat.FactDetail}); !errors.Is(got.err, syscall.EPERM) {
		t.Errorf("IPv6: %+v", got)
	}
	// Without a request for details the order stays that of the files.
	c = &scriptedConn{replies: []reply{datagram(done(0)), datagram(done(0))}}
	if got := collect(fakeSource(t, Options{}, c, files), netstat.SCTP4Table, netstat.Need{}); len(got.rows) != 1 || c.sends > 0 {
		t.Errorf("unasked: %+v", got)
	}
}

func TestCANLines(t *testing.T) {
	var p canParser
	for line, want := range map[string]familyVerdict{
		"": familyNoRow, "receive list 'rx_all':": familyNoRow, "  (any: no entry)": familyNoRow,
		"  device   can_id   can_mask  function  userdata   matches  ident":               familyNoRow,
		"   vcan0     000    00000000  0000000044abcff9  000000007f3db3fa         0  raw": familyRow,
		"   vcan0     000    00000000  (null)  (null)  12  bcm":                           familyRow,
		"   vcan0     xyz    00000000  1  2         0  raw":                               familyBogus,
		"   vcan0     000    00000000  1  2         0":                                    familyBogus,
		"   vcan0     100000000    0  1  2         0 raw":                                 familyBogus,
	} {
		if got := p.parse([]byte(line), &netstat.Socket{}, "all"); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

func TestNetid(t *testing.T) {
	for want, s := range map[string]netstat.Socket{
		"tcp6": {Table: netstat.TCP6Table}, "icmp6": {Table: netstat.ICMP6Table}, "unix": {Table: netstat.UnixTable},
		"u_seq": {Table: netstat.UnixTable, Detail: &netstat.UnixDetail{Type: netstat.TypeSeqpacket}},
		"p_raw": {Table: netstat.PacketTable, Detail: &netstat.PacketDetail{Type: netstat.TypeRaw}},
		"p_dgr": {Table: netstat.PacketTable, Detail: &netstat.PacketDetail{Type: netstat.TypeDgram}},
		"v_dgr": {Table: netstat.VSockTable, Detail: &netstat.VSockDetail{Type: netstat.TypeDgram}},
		"ti_rd": {Table: netstat.TIPCTable, Detail: &netstat.TIPCDetail{Type: netstat.TypeRDM}},
		"nl":    {Table: netstat.NetlinkTable}, "vsock": {Table: netstat.VSockTable},
	} {
		if got := s.Netid(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for number, want := range map[netstat.EtherType]string{3: "*", 0x0806: "arp", 0x88b5: "[34997]", 0: "[0]"} {
		if got := number.String(); got != want {
			t.Errorf("%#x: %q, want %q", int(number), got, want)
		}
	}
	for number, want := range map[netstat.NetlinkProtocol]string{0: "rtnl", 16: "genl", 17: "17", 22: "smc", 31: "31"} {
		if got := number.String(); got != want {
			t.Errorf("%d: %q, want %q", int(number), got, want)
		}
	}
}

// FuzzFamilyLines checks the same for lines of files.
func FuzzFamilyLines(f *testing.F) {
	for _, file := range []string{"packet", "netlink", "pfkey", "can/rcvlist_eff", "can/rcvlist_all"} {
		b, err := os.ReadFile("testdata/families/linux-6.1/proc/net/" + file)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		var p canParser
		for table, parse := range map[netstat.Table]parseSocket{
			netstat.PacketTable:  (&packetParser{}).parse,
			netstat.NetlinkTable: (&netlinkParser{}).parse,
			netstat.KeyTable:     parseKey,
			netstat.CANTable:     func(line []byte, s *netstat.Socket) bool { return p.parse(line, s, "all") == familyRow },
		} {
			s := netstat.Socket{Table: table}
			if parse([]byte(line), &s) && (s.Detail == nil || s.Table != table) {
				t.Errorf("%v, %q: %+v", table, line, s)
			}
		}
	})
}
