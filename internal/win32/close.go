package win32

import (
	"context"
	"encoding/binary"
	"io/fs"
	"time"

	"netstat"
)

// stateDeleteTCB is MIB_TCP_STATE_DELETE_TCB, the only state that SetTcpEntry can set.
const stateDeleteTCB = 12

// codeMidNotFound is ERROR_MR_MID_NOT_FOUND, which SetTcpEntry is reported to return to a
// user who is no administrator. Not verified on a real Windows.
const codeMidNotFound = 317

// CloseSocket implements netstat.Closer with SetTcpEntry, which knows no other sockets
// than TCP connections over IPv4. Windows gives connections no number that is never
// used again: the connection must still have the process of the row right before the
// call.
func (s *source) CloseSocket(row *netstat.Socket) error {
	if row.Table != netstat.TCP4Table || row.State == netstat.Listen || row.State == netstat.TimeWait {
		return opError("close", row.Table, errNotHere)
	}
	if !s.present(row) {
		return opError("close", row.Table, fs.ErrNotExist)
	}
	switch code := s.api.setTCPEntry(encodeTCPRow(row)); code {
	case codeSuccess:
		return s.ensureClosed(row)
	case codeMidNotFound:
		return opError("close", row.Table, fs.ErrPermission)
	case codeNotFound, codeInvalidParameter:
		return opError("close", row.Table, fs.ErrNotExist)
	default:
		return opError("close", row.Table, s.win(code))
	}
}

// errStillThere reports a call without effect. Wine 8.0 has such a SetTcpEntry.
type errStillThere struct{}

func (errStillThere) Error() string {
	return "the system reports success, but the connection is still there"
}

// Tries to find a closed connection gone, and the time between them.
const (
	closeTries = 10
	closeWait  = 20 * time.Millisecond
)

// ensureClosed returns an error if the connection of a row stays. Whether Windows removes
// it before SetTcpEntry returns is not documented.
func (s *source) ensureClosed(row *netstat.Socket) error {
	for range closeTries {
		if !s.present(row) {
			return nil
		}
		time.Sleep(closeWait)
	}
	return opError("close", row.Table, errStillThere{})
}

// present reports whether the connection of a row exists, in the same process.
func (s *source) present(row *netstat.Socket) bool {
	for r, err := range s.Sockets(context.Background(), row.Table, netstat.Need{Facts: netstat.FactInode}) {
		if err == nil && r.Local.IP == row.Local.IP && r.Local.Port == row.Local.Port &&
			r.Remote.IP == row.Remote.IP && r.Remote.Port == row.Remote.Port && r.PID == row.PID {
			return true
		}
	}
	return false
}

// encodeTCPRow returns the MIB_TCPROW that asks to delete a connection.
func encodeTCPRow(row *netstat.Socket) []byte {
	l := &rowTCPBare
	b := make([]byte, l.size)
	binary.LittleEndian.PutUint32(b[l.state:], stateDeleteTCB)
	local, remote := row.Local.IP.As4(), row.Remote.IP.As4()
	copy(b[l.local:], local[:])
	copy(b[l.remote:], remote[:])
	binary.BigEndian.PutUint16(b[l.localPort:], row.Local.Port)
	binary.BigEndian.PutUint16(b[l.remotePort:], row.Remote.Port)
	return b
}
