package linux

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"netstat"
)

// bluetoothStates maps the enumeration of include/net/bluetooth/bluetooth.h,
// where BT_CONNECTED is 1.
var bluetoothStates = [...]netstat.State{
	1: netstat.Connected, netstat.Open, netstat.Bound, netstat.Listen, netstat.Connecting,
	netstat.Accepting, netstat.Configuring, netstat.Disconnecting, netstat.Closed,
}

// bluetoothSecurity maps BT_SECURITY_SDP and so on (bluetooth(7)).
var bluetoothSecurity = [...]netstat.BluetoothSecurity{
	netstat.SecuritySDP, netstat.SecurityLow, netstat.SecurityMedium, netstat.SecurityHigh, netstat.SecurityFIPS,
}

// l2cap and rfcomm read files of debugfs. The files of /proc/net have inodes
// but no addresses, and share no field with these.
func (s *source) l2cap(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p bluetoothParser
	s.bluetooth(ctx, r, n, yield, "bluetooth/l2cap", p.l2cap)
}

func (s *source) rfcomm(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p bluetoothParser
	s.bluetooth(ctx, r, n, yield, "bluetooth/rfcomm", p.rfcomm)
}

func (s *source) bluetooth(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc, file string, parse parseSocket) {
	s.rareSockets(ctx, r.table, n, func(row netstat.Socket, err error) bool {
		// If debugfs is denied, its files are not supported.
		if errors.Is(err, fs.ErrPermission) {
			err = &netstat.OpError{Op: "read", Table: r.table, Err: &detailedError{errors.ErrUnsupported, err}}
		}
		return yield(row, err)
	}, false, parse, s.debug(file))
}

type bluetoothParser struct {
	names   textSlab
	details slab[netstat.BluetoothDetail]
}

// l2cap parses a line as l2cap_debugfs_show (net/bluetooth/l2cap_core.c) writes
// it:
//
//	src (type) dst (type) state psm 0xscid 0xdcid imtu omtu sec_level mode
func (p *bluetoothParser) l2cap(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	if !p.ends(&f, s) {
		return false
	}
	state, ok1 := f.decimal()
	psm, ok2 := f.uint32()
	local, ok3 := f.prefixedHex()
	remote, ok4 := f.prefixedHex()
	in, ok5 := f.uint32()
	out, ok6 := f.uint32()
	security, ok7 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 {
		return false
	}
	d := p.details.next()
	d.Channel = psm
	d.LocalCID, d.RemoteCID, d.MTUIn, d.MTUOut = local, remote, in, out
	if security < uint64(len(bluetoothSecurity)) {
		d.Security = bluetoothSecurity[security]
	}
	s.State = bluetoothState(state)
	s.Detail = d
	return true
}

// rfcomm parses a line as rfcomm_sock_debugfs_show
// (net/bluetooth/rfcomm/sock.c) writes it:
//
//	src dst state channel
func (p *bluetoothParser) rfcomm(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	if !p.ends(&f, s) {
		return false
	}
	state, ok1 := f.decimal()
	channel, ok2 := f.uint32()
	if !ok1 || !ok2 {
		return false
	}
	d := p.details.next()
	d.Channel = channel
	s.State = bluetoothState(state)
	s.Detail = d
	return true
}

func bluetoothState(number uint64) netstat.State {
	if number < uint64(len(bluetoothStates)) {
		return bluetoothStates[number]
	}
	return netstat.StateUnknown
}

// ends reads the local and the remote address. Each may be followed by its type
// in parentheses.
func (p *bluetoothParser) ends(f *scanner, s *netstat.Socket) bool {
	for _, a := range [...]*netstat.Addr{&s.Local, &s.Remote} {
		word := f.word()
		if len(word) != len("00:00:00:00:00:00") || bytes.Count(word, []byte{':'}) != 5 {
			return false
		}
		a.Name = ""
		if string(word) != "00:00:00:00:00:00" {
			a.Name = p.names.string(word)
		}
		f.skipBlanks()
		if f.literal('(') {
			f.word()
		}
	}
	return true
}

// prefixedHex reads a hexadecimal number with the prefix 0x.
func (p *scanner) prefixedHex() (v uint32, ok bool) {
	p.skipBlanks()
	if !p.literal('0') || !p.literal('x') {
		return 0, false
	}
	return p.hex32()
}
