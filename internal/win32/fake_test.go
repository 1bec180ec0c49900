package win32

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"net/netip"
	"testing"

	"netstat"
)

// win32Row is a row to encode.
type win32Row struct {
	local, remote           string // address:port
	localScope, remoteScope uint32
	state, pid, offload     uint32
	created                 uint64
}

// encode builds a row of a table, with every byte outside known fields filled.
func (l *rowLayout) encode(r win32Row) []byte {
	b := make([]byte, l.size)
	for i := range b {
		b[i] = 0xee
	}
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	end := func(text string, addr, scope, port int, zone uint32) {
		ap := netip.MustParseAddrPort(text)
		copy(b[addr:], ap.Addr().AsSlice())
		if l.scoped {
			put(scope, zone)
		}
		binary.BigEndian.PutUint16(b[port:], ap.Port())
	}
	end(r.local, l.local, l.localScope, l.localPort, r.localScope)
	if l.remotePort > 0 {
		end(r.remote, l.remote, l.remoteScope, l.remotePort, r.remoteScope)
	}
	if l.state >= 0 {
		put(l.state, r.state)
	}
	if l.pid > 0 {
		put(l.pid, r.pid)
	}
	if l.created > 0 {
		binary.LittleEndian.PutUint64(b[l.created:], r.created)
	}
	if l.offload > 0 {
		put(l.offload, r.offload)
	}
	return b
}

func (l *rowLayout) encodeTable(rows ...win32Row) []byte {
	b := make([]byte, l.table)
	binary.LittleEndian.PutUint32(b, uint32(len(rows)))
	for _, r := range rows {
		b = append(b, l.encode(r)...)
	}
	return b
}

// win32Answer returns a table as Windows does.
func win32Answer(table []byte) func(buf []byte, size *uint32) uint32 {
	return func(buf []byte, size *uint32) uint32 {
		room := *size
		*size = uint32(len(table))
		if len(table) > int(room) {
			return codeInsufficientBuffer
		}
		copy(buf, table)
		return codeSuccess
	}
}

// win32Missing is a Windows that lacks every entry point.
func win32Missing() api {
	return api{
		pointers:    &pointers64,
		bare:        func(*tableReader, []byte, *uint32) uint32 { return codeProcNotFound },
		extendedTCP: func([]byte, *uint32, uint32, uint32) uint32 { return codeProcNotFound },
		extendedUDP: func([]byte, *uint32, uint32, uint32) uint32 { return codeProcNotFound },
		tcp2:        func([]byte, *uint32, uint32) uint32 { return codeProcNotFound },
		bound:       func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		udp2:        func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		ownerModule: func(*tableReader, []byte, []byte, *uint32) (uint64, uint32) { return 0, codeProcNotFound },
		estats:      func(*tableReader, []byte, uint32, []byte, []byte, []byte) uint32 { return codeProcNotFound },
		setTCPEntry: func([]byte) uint32 { return codeProcNotFound },
		templates: func(context.Context) ([]appliedSetting, error) {
			return nil, &winError{code: codeInvalidNamespace}
		},
		statistics:   func(statistic, []byte, uint32) uint32 { return codeProcNotFound },
		adapters:     func([]byte, *uint32, uint32) (uint64, uint32) { return 0, codeProcNotFound },
		interfaces:   func() ([]byte, uint32) { return nil, codeProcNotFound },
		routes:       func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		ipInterfaces: func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		bestRoute:    func(uint32, []byte, []byte, []byte, []byte) uint32 { return codeProcNotFound },
		unicast:      func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		neighbors:    func(uint32) ([]byte, uint32) { return nil, codeProcNotFound },
		portSettings: func(context.Context, string) ([]portSetting, error) {
			return nil, &winError{code: codeInvalidNamespace}
		},
		persistent:    func() (persistentRoutes, error) { return persistentRoutes{}, errors.New("no registry") },
		processes:     func() (map[uint32]string, error) { return nil, errors.New("no snapshot") },
		commandLine:   func(uint32, []byte, *uint32) (uint64, uint32) { return 0, codeProcNotFound },
		image:         func(uint32) (string, uint32) { return "", codeProcNotFound },
		started:       func(uint32) (uint64, uint32) { return 0, codeProcNotFound },
		accountOf:     func(uint32) (string, uint32) { return "", codeProcNotFound },
		accountName:   func(string) string { return "" },
		packageName:   func(uint32) (string, uint32) { return "", codeProcNotFound },
		fileStamp:     func(string) (fileStamp, uint32) { return fileStamp{}, codeProcNotFound },
		version:       func(string, []byte, *uint32) uint32 { return codeProcNotFound },
		verifyFile:    func(string) (string, uint32) { return "", codeProcNotFound },
		verifyCatalog: func(string, string) (string, uint32) { return "", codeProcNotFound },
		services:      func([]byte, *uint32, *uint32) (uint64, uint32) { return 0, codeProcNotFound },
		build:         func() uint32 { return 19045 },
	}
}

// win32Rows is a Windows that answers every question about TCP and UDP with the same
// rows, in the requested layout.
func win32Rows(rows map[netstat.Table][]win32Row) api {
	a := win32Missing()
	table := func(buf []byte, size *uint32, family uint32, p netstat.Protocol, pick func(r *tableReader) *rowLayout) uint32 {
		for i := range tables {
			if r := &tables[i]; r.family == family && r.table.Protocol == p {
				return win32Answer(pick(r).encodeTable(rows[r.table]...))(buf, size)
			}
		}
		return codeInvalidParameter
	}
	class := func(n uint32) func(r *tableReader) *rowLayout {
		return func(r *tableReader) *rowLayout {
			switch n {
			case classTCPPID, classUDPPID:
				return r.plain
			case classTCPModule, classUDPModule:
				return r.module
			}
			panic("unknown class")
		}
	}
	a.bare = func(r *tableReader, buf []byte, size *uint32) uint32 {
		return table(buf, size, r.family, r.table.Protocol, func(r *tableReader) *rowLayout { return r.bare })
	}
	a.extendedTCP = func(buf []byte, size *uint32, family, n uint32) uint32 {
		return table(buf, size, family, netstat.TCP, class(n))
	}
	a.extendedUDP = func(buf []byte, size *uint32, family, n uint32) uint32 {
		return table(buf, size, family, netstat.UDP, class(n))
	}
	a.tcp2 = func(buf []byte, size *uint32, family uint32) uint32 {
		return table(buf, size, family, netstat.TCP, func(r *tableReader) *rowLayout { return r.second })
	}
	return a
}

func win32Source(t *testing.T, a api, o Options) *source {
	t.Helper()
	s, err := newSource(o, a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// win32Gather returns the rows of a sequence and its errors.
func win32Gather[T any](t *testing.T, seq iter.Seq2[T, error]) (rows []T, errs []error) {
	t.Helper()
	for row, err := range seq {
		if err == nil {
			rows = append(rows, row)
			continue
		}
		var op *netstat.OpError
		if !errors.As(err, &op) {
			t.Errorf("error of type %T: %v", err, err)
		}
		errs = append(errs, err)
	}
	return rows, errs
}

func win32AddrPort(a netstat.Addr) string { return netip.AddrPortFrom(a.IP, a.Port).String() }
