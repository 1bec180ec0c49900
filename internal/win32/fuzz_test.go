package win32

import (
	"encoding/binary"
	"math"
	"net/netip"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"netstat"
)

func win32Seed(f *testing.F, name string) []byte {
	f.Helper()
	b, err := os.ReadFile("testdata/wine-8.0/" + name)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// FuzzRows decodes a table in every row layout.
func FuzzRows(f *testing.F) {
	for _, name := range []string{"tcp-pid", "tcp-2", "tcp-module", "tcp6-pid", "tcp6-2", "udp-pid", "udp6-module"} {
		f.Add(win32Seed(f, name))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, table []byte) {
		for i := range tables {
			r := &tables[i]
			for _, l := range []*rowLayout{r.bare, r.plain, r.module, r.second} {
				rows, short := l.rows(table)
				if len(rows)%l.size != 0 || len(table) >= 4 && !short && uint64(word(table, 0)) != uint64(len(rows)/l.size) {
					t.Fatalf("%d bytes of rows of %d, %v", len(rows), l.size, short)
				}
				var s netstat.Socket
				for ; len(rows) > 0; rows = rows[l.size:] {
					l.decode(rows, &s)
					if s.Local.IP.Is4() != (l.addr == 4) || s.Local.Scope != 0 && !s.Local.IP.IsLinkLocalUnicast() && !s.Local.IP.IsLinkLocalMulticast() {
						t.Fatalf("%+v", s.Local)
					}
					if l.offload > 0 {
						l.offloadOf(rows)
					}
					if l.created > 0 {
						if c := fileTime(quad(rows, l.created)); !c.IsZero() && c.Year() < 1601 {
							t.Fatal(c)
						}
					}
				}
			}
		}
	})
}

// win32Both calls f for both pointer sizes.
func win32Both(f func(p *pointers)) { f(&pointers32); f(&pointers64) }

func win32Text(t *testing.T, text string) {
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		t.Fatalf("%q", text)
	}
}

func FuzzOwnerModule(f *testing.F) {
	win32Both(func(p *pointers) {
		f.Add(win32Module(p, win32Base, "RpcSs", `C:\Windows\rpcss.dll`), uint64(win32Base))
	})
	f.Add([]byte{1}, uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, memory []byte, base uint64) {
		win32Both(func(p *pointers) {
			name, path := decodeOwnerModule(memory, base, p)
			win32Text(t, name)
			win32Text(t, path)
		})
	})
}

func FuzzAdapters(f *testing.F) {
	b := win32Seed(f, "adapters")
	f.Add(b[8:], binary.LittleEndian.Uint64(b))
	win32Both(func(p *pointers) { f.Add(win32Adapters(p, win32Base, win32Host...), uint64(win32Base)) })
	f.Fuzz(func(t *testing.T, memory []byte, base uint64) {
		win32Both(func(p *pointers) {
			all, _ := decodeAdapters(memory, base, p)
			for i := range all {
				var iface netstat.Interface
				all[i].model(&iface, true)
				win32Text(t, iface.Name)
				win32Text(t, iface.Description)
				if len(iface.HardwareAddr) > adapterPhysSize {
					t.Fatal(iface.HardwareAddr)
				}
				for _, a := range iface.Addrs {
					if !a.Prefix.IsValid() {
						t.Fatalf("%+v", a)
					}
				}
			}
		})
	})
}

// FuzzInterfaces fuzzes only the fields that are not plain numbers: with rows of 1352
// bytes the fuzzer would only shorten its input.
func FuzzInterfaces(f *testing.F) {
	f.Add(win32UTF16("Ethernet"), win32UTF16("Intel(R) 82574L"), uint32(6), uint32(6), uint32(2), byte(1), 1)
	f.Add([]byte("\x3d\xd8"), make([]byte, 600), uint32(33), uint32(131), uint32(13), byte(2), 0)
	f.Fuzz(func(t *testing.T, alias, description []byte, physLength, typ, tunnel uint32, flags byte, missing int) {
		row := make([]byte, ifSize)
		copy(row[ifDescription:ifDescription+ifTextSize], description)
		copy(row[ifAlias:ifAlias+ifTextSize], alias)
		win32Put(row, ifPhysLength, physLength)
		win32Put(row, ifType, typ)
		win32Put(row, ifTunnelType, tunnel)
		row[ifFlags] = flags
		table := win32Counted(ifTable, row, row)
		a := win32Missing()
		a.interfaces = func() ([]byte, uint32) { return table[:len(table)-missing&(ifSize-1)], codeSuccess }
		s, err := newSource(Options{}, a)
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := s.readInterfaces()
		if len(rows) > 2 || flags&ifFilterInterface != 0 && len(rows) > 0 {
			t.Fatalf("%d rows", len(rows))
		}
		for i := range rows {
			i := rows[i].model()
			win32Text(t, i.Name)
			win32Text(t, i.Description)
			l := rows[0].link
			win32Text(t, l.GUID)
			if len(l.PermanentAddr) > ifPhysSize || l.Carrier && !l.HasCarrier || l.Numbers.Known>>netstat.LinkNumberCount != 0 {
				t.Fatalf("%+v", l)
			}
			if len(i.HardwareAddr) > ifPhysSize || i.Receive.Absent != absentReceive {
				t.Fatalf("%+v", i)
			}
		}
	})
}

func FuzzRoutes(f *testing.F) {
	f.Add(win32Seed(f, "routes"))
	f.Fuzz(func(t *testing.T, table []byte) {
		rows, _ := countedRows(table, forwardTable, forwardSize)
		for ; len(rows) > 0; rows = rows[forwardSize:] {
			row, ok := decodeRoute(rows)
			if !ok {
				continue
			}
			r := row.model(netstat.Inet, nil, true)
			if !r.Destination.IsValid() || r.Flags.Has(netstat.RouteGateway) != r.Gateway.IsValid() {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func FuzzServices(f *testing.F) {
	b := win32Seed(f, "services")
	f.Add(b[12:], binary.LittleEndian.Uint64(b), word(b, 8))
	win32Both(func(p *pointers) {
		f.Add(win32Services(p, win32Base, netstat.Process{PID: 7, Argv0: "RpcSs"}), uint64(win32Base), uint32(1))
	})
	f.Fuzz(func(t *testing.T, memory []byte, base uint64, count uint32) {
		win32Both(func(p *pointers) {
			n := 0
			for pid, names := range decodeServices(memory, base, count, p) {
				for _, name := range names {
					if n++; name == "" || pid == 0 {
						t.Fatalf("%d: %q", pid, name)
					}
					win32Text(t, name)
				}
			}
			if uint64(n) > uint64(count) {
				t.Fatalf("%d services of %d", n, count)
			}
		})
	})
}

func FuzzPersistent(f *testing.F) {
	f.Add("0.0.0.0,0.0.0.0,192.168.187.254,1")
	f.Add("192.0.2.7,255.255.255.255,10.0.0.1,-1")
	f.Add(",,,")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := parsePersistent(text)
		if ok && (!r.Destination.IsValid() || !r.Destination.Addr().Is4() || (r.Metric == 0) != r.InterfaceMetric) || !ok && r != (netstat.Route{}) {
			t.Fatalf("%q: %+v", text, r)
		}
		if a, ok := parseAddr(text); ok && a == (netip.Addr{}) {
			t.Fatalf("%q", text)
		}
	})
}

func FuzzVariant(f *testing.F) {
	f.Add(make([]byte, 24))
	f.Add([]byte{17, 0, 0, 0, 0, 0, 0, 0, 4, 9, 9, 9, 9, 9, 9, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < pointers32.variantSize {
			return
		}
		if v := decodeVariant(b); v.numberOrNull() != -1 && (v.null || v.isText) {
			t.Fatalf("%+v", v)
		}
	})
}

func TestVariant(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want int
	}{
		{[]byte{17, 0, 0, 0, 0, 0, 0, 0, 200, 1, 1, 1}, 200},
		{[]byte{3, 0, 0, 0, 0, 0, 0, 0, 0x50, 0xc3, 0, 0}, 50000},
		{[]byte{2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 9, 9}, 7},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0}, -1},
		{[]byte{8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0}, -1},
	} {
		v := decodeVariant(append(c.b, 0, 0, 0, 0))
		if v.numberOrNull() != c.want || v.isText != (c.b[0] == 8) {
			t.Errorf("%v: %+v", c.b, v)
		}
	}
}

func TestUTF16Text(t *testing.T) {
	for _, c := range []struct {
		b    string
		want string
	}{
		{"", ""}, {"a", ""}, {"a\x00b\x00", "ab"}, {"a\x00\x00\x00b\x00", "a"}, {"\x2d\x4e", "中"},
		{"\x3d\xd8\x00\xde", "😀"}, {"\x3d\xd8a\x00", "\ufffda"}, {"\x3d\xd8", "\ufffd"}, {"\x00\xde", "\ufffd"},
	} {
		if got := utf16Text([]byte(c.b)); got != c.want {
			t.Errorf("%q: %q, want %q", c.b, got, c.want)
		}
	}
}
