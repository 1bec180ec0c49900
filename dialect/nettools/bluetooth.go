package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

const (
	widthBluetoothAddr  = 17
	widthBluetoothState = 9
	widthBluetoothUint  = 7
)

func bluetoothListening(s netstat.Socket) bool {
	return s.State == netstat.Listen || s.State == netstat.Bound
}

func keepConnectedBluetooth(s netstat.Socket) bool { return !bluetoothListening(s) }

func (r *report) headerL2CAP() {
	r.out.buf = append(r.out.buf, "Proto  Destination       Source            State         PSM DCID   SCID      IMTU    OMTU Security\n"...)
}

func (r *report) headerRFCOMM() {
	r.out.buf = append(r.out.buf, "Proto  Destination       Source            State     Channel\n"...)
}

// appendL2CAP appends a row. As in net-tools, the local address and channel are
// under the headings of the remote ones.
func (r *report) appendL2CAP(b []byte, s *netstat.Socket) []byte {
	d := detailOf[netstat.BluetoothDetail](s)
	b = appendBluetooth(append(b, "l2cap  "...), s, d)
	b = appendHexLower(append(b, " 0x"...), uint64(d.RemoteCID), 4)
	b = appendHexLower(append(b, " 0x"...), uint64(d.LocalCID), 4)
	b = ascii.AppendUintRight(append(b, ' '), uint64(d.MTUIn), widthBluetoothUint)
	b = ascii.AppendUintRight(append(b, ' '), uint64(d.MTUOut), widthBluetoothUint)
	security := "UNKNOWN"
	switch d.Security {
	case netstat.SecuritySDP:
		security = "SDP"
	case netstat.SecurityLow:
		security = "LOW"
	case netstat.SecurityMedium:
		security = "MEDIUM"
	case netstat.SecurityHigh:
		security = "HIGH"
	case netstat.SecurityFIPS:
		security = "FIPS"
	}
	return ascii.AppendLeft(append(b, ' '), security, widthBluetoothUint)
}

func (r *report) appendRFCOMM(b []byte, s *netstat.Socket) []byte {
	return appendBluetooth(append(b, "rfcomm "...), s, detailOf[netstat.BluetoothDetail](s))
}

func appendBluetooth(b []byte, s *netstat.Socket, d *netstat.BluetoothDetail) []byte {
	b = appendSafeLeft(b, or(s.Remote.Name, "*"), widthBluetoothAddr)
	b = appendSafeLeft(append(b, ' '), or(s.Local.Name, "*"), widthBluetoothAddr)
	b = ascii.AppendLeft(append(b, ' '), bluetoothState(s.State), widthBluetoothState)
	return ascii.AppendUintRight(append(b, ' '), uint64(d.Channel), widthBluetoothUint)
}

func bluetoothState(s netstat.State) string {
	switch s {
	case netstat.Connected:
		return "CONNECTED"
	case netstat.Open:
		return "OPEN"
	case netstat.Bound:
		return "BOUND"
	case netstat.Listen:
		return "LISTEN"
	case netstat.Connecting:
		return "CONNECT"
	case netstat.Accepting:
		return "CONNECT2"
	case netstat.Configuring:
		return "CONFIG"
	case netstat.Disconnecting:
		return "DISCONN"
	case netstat.Closed:
		return "CLOSED"
	}
	return "UNKNOWN"
}
