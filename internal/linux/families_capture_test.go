//go:build 386 || amd64 || arm || arm64 || loong64 || riscv64

package linux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// familyCaptures lists the recorded answers of two kernels on little-endian
// machines. The XDP diag module was built from the source of Linux 6.1.
var familyCaptures = [...]string{"testdata/families/linux-6.1", "testdata/families/linux-6.18"}

// familyCapture returns a source that replays the recorded answers of a kernel
// for a table. Details need several dumps, which the file has in sequence.
func familyCapture(t testing.TB, dir string, table netstat.Table) *source {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(dir, "proc"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[filepath.ToSlash(strings.TrimPrefix(path, dir))] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, table.String()))
	if errors.Is(err, os.ErrNotExist) {
		return fakeSource(t, Options{}, nil, files)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &scriptedConn{}
	for start, at := 0, 0; at < len(b); {
		size := int(binary.NativeEndian.Uint32(b[at:])+3) &^ 3
		kind := binary.NativeEndian.Uint16(b[at+4:])
		// The replay numbers the dumps itself.
		binary.NativeEndian.PutUint32(b[at+8:], 0)
		at += size
		if kind == netlink.TypeDone {
			c.replies = append(c.replies, reply{data: b[start:at]})
			start = at
		}
	}
	if table.Protocol == netstat.MPTCP {
		// The first connection leads to the two dumps of subflows.
		last := len(c.replies) - 1
		c.replies = append(c.replies[last:], c.replies[:last]...)
	}
	s := fakeSource(t, Options{}, c, files)
	s.interfaceName = func(index uint32) (string, error) { return map[uint32]string{1: "lo"}[index], nil }
	return s
}

// TestFamilyCaptures decodes the answers of Linux 6.1 and 6.18 about sockets of
// every family. TestFamilies made these sockets and compared the rows with ss
// at that time. Linux 6.1 is Debian's kernel in test/vm.
// NETSTAT_UPDATE_FAMILIES rewrites the texts.
func TestFamilyCaptures(t *testing.T) {
	for _, dir := range familyCaptures {
		var text strings.Builder
		for _, r := range tables {
			if r.of.Family <= netstat.Bluetooth && r.of.Protocol < netstat.SCTP {
				continue
			}
			got := collect(familyCapture(t, dir, *r.of), *r.of, netstat.Need{Facts: netstat.FactDetail})
			if errors.Is(got.err, errors.ErrUnsupported) && len(got.rows) == 0 {
				continue
			}
			if got.err != nil || len(got.reports) > 0 {
				t.Errorf("%s, %v: error %v, reports %v", dir, *r.of, got.err, got.reports)
			}
			for _, row := range got.rows {
				fmt.Fprintf(&text, "%s cookie %x\n", describeFamily(row), row.Cookie)
			}
		}
		golden := dir + ".txt"
		if os.Getenv("NETSTAT_UPDATE_FAMILIES") != "" {
			if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		got, wanted := strings.Split(text.String(), "\n"), strings.Split(string(want), "\n")
		if !slices.Equal(got, wanted) {
			t.Errorf("%s:\ngot  %s\nwant %s", dir, text.String(), want)
		}
	}
}

// TestFamilyEarlyStop stops early in each table.
func TestFamilyEarlyStop(t *testing.T) {
	for _, r := range tables {
		if r.of.Family <= netstat.Bluetooth && r.of.Protocol < netstat.SCTP {
			continue
		}
		s := familyCapture(t, "testdata/families/linux-6.1", *r.of)
		rows := 0
		for _, err := range s.Sockets(t.Context(), *r.of, netstat.Need{Facts: netstat.FactDetail}) {
			if rows++; err != nil && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%v: %v", *r.of, err)
			}
			break
		}
		// The dumps of MPTCP's subflows were read to their ends.
		if s.conn != nil && r.of.Protocol != netstat.MPTCP && *r.of != netstat.CANTable && *r.of != netstat.KeyTable && rows > 0 {
			t.Errorf("%v: an unfinished dump was kept", *r.of)
		}
	}
}

// FuzzFamilies checks that no record makes a decoder panic, and that each row
// belongs to its table.
func FuzzFamilies(f *testing.F) {
	for _, dir := range familyCaptures {
		entries, err := os.ReadDir(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				f.Fatal(err)
			}
			for len(b) > 0 {
				m, rest, ok := netlink.NextMessage(b)
				if !ok {
					f.Fatalf("%s/%s is not a sequence of messages", dir, e.Name())
				}
				f.Add(m[netlink.HeaderSize:])
				b = rest
			}
		}
	}
	f.Add(xdpRecord(3))
	f.Add(smcRecord(0))
	f.Add(smcRecord(2))
	f.Fuzz(func(t *testing.T, b []byte) {
		names := familyNames{lookup: func(uint32) (string, error) { return "lo", nil }}
		release := func() (int, int) { return 6, 8 }
		for table, decode := range map[netstat.Table]func([]byte, *netstat.Socket) familyVerdict{
			netstat.PacketTable:  (&packetParser{names: names}).decode,
			netstat.NetlinkTable: (&netlinkParser{}).decode,
			netstat.VSockTable:   (&vsockParser{}).decode,
			netstat.XDPTable:     (&xdpParser{names: names}).decode,
			netstat.TIPCTable:    (&tipcParser{}).decode,
			netstat.SMCTable:     decodeSMC,
			netstat.MPTCP6Table:  (&mptcpParser{family: afInet6}).decode,
			netstat.DCCP4Table:   (&dccpParser{family: afInet, release: release}).decode,
			netstat.SCTP4Table:   (&sctpDiagParser{family: afInet}).decode,
		} {
			s := netstat.Socket{Table: table}
			before := bytes.Clone(b)
			if decode(b, &s) == familyRow && (s.Detail == nil || s.Table != table || s.Netid() == "") {
				t.Errorf("%v: %+v", table, s)
			}
			if !bytes.Equal(b, before) {
				t.Errorf("%v: the record was changed", table)
			}
		}
		if len(b) >= inetDiagMsgSize {
			if token, _, ok := decodeSubflow(b); ok != (token != 0) && ok {
				t.Errorf("a subflow of nothing")
			}
		}
	})
}
