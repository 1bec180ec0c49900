package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

// capturedFiles returns files of testdata under their paths on a running
// system.
func capturedFiles(t testing.TB, names ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["/"+name] = string(text)
	}
	return files
}

func rareText(s netstat.Socket) string {
	detail := ""
	if s.Detail != nil {
		detail = fmt.Sprintf(" %+v", reflect.ValueOf(s.Detail).Elem().Interface())
	}
	return fmt.Sprintf("%v %q:%d > %q:%d %d/%d uid %d inode %d%s", s.State, s.Local.Name, s.Local.Port, s.Remote.Name, s.Remote.Port,
		s.RecvQ, s.SendQ, s.UID, s.Inode, detail)
}

func TestRareSockets(t *testing.T) {
	for _, c := range []struct {
		table netstat.Table
		file  string
		want  []string
	}{
		{netstat.AX25Table, "proc/net/ax25", []string{
			`CONNECTING "NODE-1":0 > "NEIGH-9":0 0/0 uid 0 inode 0 {Device:bpq0 Digipeaters: SendSeq:0 RecvSeq:0}`,
			`UNCONNECTED "N0CALL-1":0 > "":0 0/0 uid 0 inode 10491 {Device:bpq0 Digipeaters: SendSeq:0 RecvSeq:0}`,
			`CONNECTING "USER-7":0 > "NOBODY-3":0 0/0 uid 0 inode 10490 {Device:bpq0 Digipeaters:DIGI-1,DIGI-2 SendSeq:0 RecvSeq:0}`,
			`CONNECTED "N0CALL-2":0 > "N0CALL-1":0 768/0 uid 0 inode 10489 {Device:bpq1 Digipeaters: SendSeq:0 RecvSeq:2}`,
			`CONNECTED "N0CALL-1":0 > "N0CALL-2":0 0/0 uid 0 inode 9944 {Device:bpq0 Digipeaters: SendSeq:2 RecvSeq:0}`,
			`UNCONNECTED "SRV-5":0 > "":0 0/0 uid 0 inode 9943 {Device:bpq1 Digipeaters: SendSeq:0 RecvSeq:0}`,
			`UNCONNECTED "N0CALL-2":0 > "":0 0/0 uid 0 inode 9940 {Device:bpq1 Digipeaters: SendSeq:0 RecvSeq:0}`,
		}},
		{netstat.NetROMTable, "proc/net/nr", []string{
			`CONNECTING "NODE-2":0 > "REMOT-4":0 0/0 uid 0 inode 10765 {Device:nr1 User:NODE-2 SendSeq:0 RecvSeq:0}`,
			`CONNECTED "NODE-1":0 > "NODE-2":0 768/0 uid 0 inode 10764 {Device:nr0 User:USER-1 SendSeq:0 RecvSeq:1}`,
			`CONNECTED "NODE-2":0 > "NODE-1":0 0/768 uid 0 inode 10761 {Device:nr1 User:USER-1 SendSeq:1 RecvSeq:0}`,
			`UNCONNECTED "NODE-1":0 > "":0 0/0 uid 0 inode 10760 {Device:nr0 User: SendSeq:0 RecvSeq:0}`,
		}},
		{netstat.ROSETable, "proc/net/rose", []string{
			`CONNECTING "1234567890":0 > "5550001111":0 0/0 uid 0 inode 10960 {Device:rose0 LocalCall:USER-3 RemoteCall:FAR-1 Channel:50 Neighbour:2}`,
			`CONNECTED "1234567890":0 > "1234567890":0 0/768 uid 0 inode 10959 {Device:rose0 LocalCall:SRV-1 RemoteCall:USER-2 Channel:50 Neighbour:1}`,
			`CONNECTED "1234567890":0 > "1234567890":0 768/0 uid 0 inode 10955 {Device:rose0 LocalCall:USER-2 RemoteCall:SRV-1 Channel:1 Neighbour:1}`,
			`UNCONNECTED "1234567890":0 > "":0 0/0 uid 0 inode 10954 {Device:rose0 LocalCall:SRV-1 RemoteCall: Channel:0 Neighbour:0}`,
		}},
		{netstat.X25Table, "proc/net/x25/socket", []string{
			`CONNECTED "20800123":0 > "10400456":0 1536/0 uid 0 inode 10224 {Device:x25b Channel:1 SendSeq:0 RecvSeq:2}`,
			`CONNECTED "10400456":0 > "20800123":0 0/0 uid 0 inode 10223 {Device:x25a Channel:1 SendSeq:2 RecvSeq:0}`,
			`UNCONNECTED "":0 > "":0 0/0 uid 0 inode 10222 {Device: Channel:0 SendSeq:0 RecvSeq:0}`,
			`UNCONNECTED "20800123":0 > "":0 0/0 uid 0 inode 10221 {Device: Channel:0 SendSeq:0 RecvSeq:0}`,
		}},
		{netstat.IPXTable, "proc/net/ipx/socket", []string{
			`CLOSED "00000001:000000000001":16387 > "":0 0/0 uid 0 inode 0`,
			`ESTABLISHED "12345678:0000000000AB":1105 > "12345678:00000000CDEF":16388 32/16 uid 33 inode 0`,
			`UNKNOWN "12345678":16387 > "":0 0/0 uid 0 inode 0`,
			`CLOSED "00000000:000000000000":16387 > "":0 305419896/4294967295 uid 65534 inode 0`,
			`UNKNOWN "FFFFFFFF:0000000000AB":16387 > "00000001:FFFFFFFFFFFF":257 0/0 uid 1000 inode 0`,
		}},
		{netstat.AppleTalkTable, "proc/net/atalk/socket", []string{
			`ESTABLISHED "1000:91":200 > "1000:91":72 0/0 uid 0 inode 0 {Type:dgram}`,
			`CLOSED "FF00:C3":253 > "":0 0/0 uid 0 inode 0 {Type:dgram}`,
			`CLOSED "1000:91":72 > "":0 0/0 uid 0 inode 0 {Type:dgram}`,
		}},
		{netstat.L2CAPTable, "sys/kernel/debug/bluetooth/l2cap", []string{
			`CONNECTED "00:aa:01:01:00:01":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:3 LocalCID:65 RemoteCID:65 MTUIn:1021 MTUOut:1021 Security:sdp}`,
			`CONNECTED "00:aa:01:00:00:00":0 > "00:aa:01:01:00:01":0 0/0 uid 0 inode 0 {Channel:3 LocalCID:65 RemoteCID:65 MTUIn:1021 MTUOut:1021 Security:low}`,
			`CONNECTED "00:aa:01:01:00:01":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:4099 LocalCID:64 RemoteCID:64 MTUIn:672 MTUOut:672 Security:low}`,
			`CONNECTED "00:aa:01:00:00:00":0 > "00:aa:01:01:00:01":0 0/0 uid 0 inode 0 {Channel:4099 LocalCID:64 RemoteCID:64 MTUIn:672 MTUOut:672 Security:low}`,
			`LISTEN "00:aa:01:01:00:01":0 > "":0 0/0 uid 0 inode 0 {Channel:4099 LocalCID:0 RemoteCID:0 MTUIn:672 MTUOut:0 Security:low}`,
			`LISTEN "":0 > "":0 0/0 uid 0 inode 0 {Channel:128 LocalCID:0 RemoteCID:0 MTUIn:672 MTUOut:0 Security:low}`,
			`BOUND "":0 > "":0 0/0 uid 0 inode 0 {Channel:25 LocalCID:0 RemoteCID:0 MTUIn:672 MTUOut:0 Security:low}`,
			`LISTEN "":0 > "":0 0/0 uid 0 inode 0 {Channel:4097 LocalCID:0 RemoteCID:0 MTUIn:672 MTUOut:0 Security:low}`,
			`LISTEN "":0 > "":0 0/0 uid 0 inode 0 {Channel:3 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:sdp}`,
		}},
		{netstat.RFCOMMTable, "sys/kernel/debug/bluetooth/rfcomm", []string{
			`CONNECTED "00:aa:01:01:00:01":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:9 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`,
			`CONNECTED "00:aa:01:00:00:00":0 > "00:aa:01:01:00:01":0 0/0 uid 0 inode 0 {Channel:9 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`,
			`LISTEN "00:aa:01:01:00:01":0 > "":0 0/0 uid 0 inode 0 {Channel:9 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`,
			`BOUND "":0 > "":0 0/0 uid 0 inode 0 {Channel:6 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`,
			`LISTEN "":0 > "":0 0/0 uid 0 inode 0 {Channel:5 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`,
		}},
	} {
		got := collect(fakeSource(t, Options{}, nil, capturedFiles(t, c.file)), c.table, netstat.Need{})
		if got.err != nil || len(got.reports) > 0 {
			t.Errorf("%v: error %v, reports %v", c.table, got.err, got.reports)
		}
		var text []string
		for _, s := range got.rows {
			if s.Table != c.table {
				t.Errorf("%v: a row of %v", c.table, s.Table)
			}
			text = append(text, rareText(s))
		}
		if !reflect.DeepEqual(text, c.want) {
			t.Errorf("%v:\ngot  %s\nwant %s", c.table, strings.Join(text, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

// TestRareLines parses lines that the captures lack.
func TestRareLines(t *testing.T) {
	const numbers = "0 8 10 0 3 0 300 0 0 0 10 5 2 256"
	for _, c := range []struct {
		table netstat.Table
		file  string
		line  string
		want  string // "" for a bogus line
	}{
		{netstat.AX25Table, "net/ax25", "(____ptrval____) ??? A-1* B-1,C-1*,D-1 4 127 126 " + numbers + " 77 88 99", `RECOVERING "A-1*":0 > "B-1":0 88/77 uid 0 inode 99 {Device: Digipeaters:C-1*,D-1 SendSeq:127 RecvSeq:126}`},
		{netstat.AX25Table, "net/ax25", "0 ax0 A B 5 1 2 " + numbers + " 7 8", `UNKNOWN "A":0 > "B":0 8/7 uid 0 inode 0 {Device:ax0 Digipeaters: SendSeq:1 RecvSeq:2}`},
		{netstat.AX25Table, "net/ax25", "0 ax0 A B -1 1 2", `UNKNOWN "A":0 > "B":0 0/0 uid 0 inode 0 {Device:ax0 Digipeaters: SendSeq:1 RecvSeq:2}`},
		{netstat.AX25Table, "net/ax25", "0 ax0 A B 3 1 2 " + numbers + " 7", ""},
		{netstat.AX25Table, "net/ax25", "0 ax0 A B 3 1", ""},
		{netstat.AX25Table, "net/ax25", "", ""},
		{netstat.NetROMTable, "net/nr", "A B C radio0 00/00 00/00 4 1 2 0 0/1 0/1 0/1 0/1 0/1 4 7 8", `UNKNOWN "C":0 > "B":0 8/7 uid 0 inode 0 {Device:radio0 User:A SendSeq:1 RecvSeq:2}`},
		{netstat.NetROMTable, "net/nr", "A B C nr0 00/00 00/00 3 1 2 0 0/1 0/1 0/1 0/1 0/1 4 7", ""},
		{netstat.ROSETable, "net/rose", "1 A 2 ??????-? ??? FFF 12345 4", `RECOVERING "2":0 > "1":0 0/0 uid 0 inode 0 {Device: LocalCall: RemoteCall:A Channel:4095 Neighbour:12345}`},
		{netstat.ROSETable, "net/rose", "1 A 2 B rose0 00A 00001 5", `ACCEPTING "2":0 > "1":0 0/0 uid 0 inode 0 {Device:rose0 LocalCall:B RemoteCall:A Channel:10 Neighbour:1}`},
		{netstat.ROSETable, "net/rose", "1 A 2 B rose0 00A 00001 6", `UNKNOWN "2":0 > "1":0 0/0 uid 0 inode 0 {Device:rose0 LocalCall:B RemoteCall:A Channel:10 Neighbour:1}`},
		{netstat.ROSETable, "net/rose", "1 A 2 B rose0 00A 00001", ""},
		{netstat.ROSETable, "net/rose", "1 A 2 B rose0 xyz 00001 3", ""},
		{netstat.X25Table, "net/x25/socket", "1 2 x25a FFF 5 1 2 0 0 0 0 0 0 7 8", `ACCEPTING "2":0 > "1":0 8/7 uid 0 inode 0 {Device:x25a Channel:4095 SendSeq:1 RecvSeq:2}`},
		{netstat.X25Table, "net/x25/socket", "1 2 x25a FFF 5 1 2 0 0 0 0 0 0 7", ""},
		{netstat.IPXTable, "net/ipx/socket", "12345678:00000000CDEF:123 Not_Connected 0 0 1 0", ""},
		{netstat.IPXTable, "net/ipx/socket", "12345678:0000CDEF:1234 Not_Connected 0 0 1 0", ""},
		{netstat.IPXTable, "net/ipx/socket", "12345678:1234 Nowhere 0 0 1 0", ""},
		{netstat.IPXTable, "net/ipx/socket", "12345678:1234 Not_Connected 0 0 1", ""},
		{netstat.IPXTable, "net/ipx/socket", "12345678:zzzz Not_Connected 0 0 1 0", ""},
		{netstat.IPXTable, "net/ipx/socket", "1234 Not_Connected 0 0 1 0", ""},
		{netstat.AppleTalkTable, "net/atalk/socket", "05 1000:91:C8 1000:91:48 00000010:00000020 01 1000", `ESTABLISHED "1000:91":200 > "1000:91":72 32/16 uid 1000 inode 0 {Type:seqpacket}`},
		{netstat.AppleTalkTable, "net/atalk/socket", "99 1000:91:C8 0000:00:00 00000010:00000020 05 1000", `UNKNOWN "1000:91":200 > "":0 32/16 uid 1000 inode 0 {Type:}`},
		{netstat.AppleTalkTable, "net/atalk/socket", "02 1000:91:C8 1000-91:48 00000010:00000020 01 1000", ""},
		{netstat.AppleTalkTable, "net/atalk/socket", "02 1000:91:C8 1000:91:4 00000010:00000020 01 1000", ""},
		{netstat.AppleTalkTable, "net/atalk/socket", "02 1000:91:C8 1000:91:48 00000010 01 1000", ""},
		{netstat.AppleTalkTable, "net/atalk/socket", "02 1000:91:C8 1000:91:48 00000010:00000020 01", ""},
		{netstat.L2CAPTable, "l2cap", "00:aa:01:01:00:01 (2) 00:aa:01:00:00:00 (1) 5 1 0x0040 0x0041 1 2 4 0", `CONNECTING "00:aa:01:01:00:01":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:1 LocalCID:64 RemoteCID:65 MTUIn:1 MTUOut:2 Security:fips}`},
		{netstat.L2CAPTable, "l2cap", "00:aa:01:01:00:01 00:aa:01:00:00:00 0 1 0x0040 0x0041 1 2 5 0", `UNKNOWN "00:aa:01:01:00:01":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:1 LocalCID:64 RemoteCID:65 MTUIn:1 MTUOut:2 Security:}`},
		{netstat.L2CAPTable, "l2cap", "00:aa:01:01:00:01 (2) 00:aa:01:00:00:00 (1) 5 1 0040 0x0041 1 2 4 0", ""},
		{netstat.L2CAPTable, "l2cap", "00:aa:01:01:00:01 (2) nowhere (1) 5 1 0x0040 0x0041 1 2 4 0", ""},
		{netstat.RFCOMMTable, "rfcomm", "00:00:00:00:00:00 00:aa:01:00:00:00 9 30", `CLOSED "":0 > "00:aa:01:00:00:00":0 0/0 uid 0 inode 0 {Channel:30 LocalCID:0 RemoteCID:0 MTUIn:0 MTUOut:0 Security:}`},
		{netstat.RFCOMMTable, "rfcomm", "00:00:00:00:00:00 00:aa:01:00:00:00 9", ""},
	} {
		text, path := "header\n"+c.line+"\n", "/proc/"+c.file
		switch c.table {
		case netstat.AX25Table:
			text = c.line + "\n"
		case netstat.L2CAPTable, netstat.RFCOMMTable:
			text, path = c.line+"\n", "/sys/kernel/debug/bluetooth/"+c.file
		}
		got := collect(fakeSource(t, Options{}, nil, map[string]string{path: text}), c.table, netstat.Need{})
		switch {
		case got.err != nil:
			t.Errorf("%v %q: %v", c.table, c.line, got.err)
		case c.want == "":
			if len(got.rows) != 0 || len(got.reports) != 1 || !errors.Is(got.reports[0], netstat.ErrBogusRecord) {
				t.Errorf("%v %q: %+v", c.table, c.line, got)
			}
		case len(got.rows) != 1 || len(got.reports) != 0 || rareText(got.rows[0]) != c.want:
			t.Errorf("%v %q:\ngot  %+v, reports %v\nwant %s", c.table, c.line, got.rows, got.reports, c.want)
		}
	}
}

func collectRareRoutes(s *source, f netstat.Family) (routes []string, reports int, err error) {
	for r, e := range s.RareRoutes(context.Background(), f, func(*netstat.OpError) { reports++ }) {
		if e != nil {
			return routes, reports, e
		}
		routes = append(routes, fmt.Sprintf("%+v", reflect.ValueOf(r).Elem().Interface()))
	}
	return routes, reports, nil
}

func TestRareRoutes(t *testing.T) {
	files := capturedFiles(t, "proc/net/ax25_route", "proc/net/nr_nodes", "proc/net/nr_neigh", "proc/net/rose_nodes", "proc/net/rose_neigh",
		"proc/net/x25/route", "proc/net/ipx/route", "proc/net/atalk/route")
	s := fakeSource(t, Options{}, nil, files)
	for f, want := range map[netstat.Family][]string{
		netstat.AX25: {
			"{Destination:FAR-2 Device:bpq0 Mode:0 Digipeaters:}",
			"{Destination:FAR-1 Device:bpq0 Mode:0 Digipeaters:DIGI-1}",
		},
		netstat.NetROM: {
			"{Destination:REMOT-5 Mnemonic:FIVE Quality:90 Neighbour:{Number:2 Known:true Callsign:NEIGH-8 Device:bpq0}}",
			"{Destination:REMOT-4 Mnemonic:REMNOD Quality:180 Neighbour:{Number:1 Known:true Callsign:NEIGH-9 Device:bpq0}}",
		},
		netstat.ROSE: {
			"{Destination:1234567890 Digits:10 Neighbours:[{Number:1 Known:true Callsign:RSLOOP-0 Device:}]}",
			"{Destination:5551230000 Digits:6 Neighbours:[{Number:3 Known:true Callsign:NEIGH-9 Device:bpq0}]}",
			"{Destination:5550000000 Digits:3 Neighbours:[{Number:2 Known:true Callsign:N0CALL-2 Device:bpq0}]}",
		},
		netstat.X25: {
			"{Destination:000000000000000 Digits:0 Device:x25a}",
			"{Destination:104000000000000 Digits:3 Device:x25b}",
			"{Destination:208000000000000 Digits:3 Device:x25a}",
		},
		netstat.IPX: {
			"{Destination:12345678 RouterNet:00000001 RouterNode:000000000001}",
			"{Destination:0000ABCD RouterNet: RouterNode:}",
			"{Destination:00000002 RouterNet:00000000 RouterNode:00000000000A}",
		},
	} {
		got, reports, err := collectRareRoutes(s, f)
		if err != nil || reports != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: error %v, %d reports\ngot  %s\nwant %s", f, err, reports, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	got, _, err := collectRareRoutes(s, netstat.AppleTalk)
	if err != nil || len(got) != 17 || got[0] != "{Destination:2000:00 Gateway:1000:07 Up:true ViaGateway:true Host:false Device:veth0}" ||
		got[16] != "{Destination:0000:00 Gateway:0000:00 Up:true ViaGateway:false Host:true Device:lo}" {
		t.Errorf("appletalk: %v, %q", err, got)
	}
	for _, f := range []netstat.Family{netstat.Unix, netstat.Bluetooth, netstat.Inet} {
		if _, _, err := collectRareRoutes(s, f); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v: error %v", f, err)
		}
	}
}

func TestRareRouteLines(t *testing.T) {
	neighbours := map[uint32]netstat.RareNeighbour{2: {Number: 2, Known: true, Callsign: "N-2", Device: "ax0"}}
	netrom := func(b []byte) netstat.RareRoute { return parseNetROMRoute(b, neighbours) }
	rose := func(b []byte) netstat.RareRoute { return parseROSERoute(b, neighbours) }
	for _, c := range []struct {
		parse func([]byte) netstat.RareRoute
		line  string
		want  string // "" for a bogus line
	}{
		{parseAX25Route, "default   ???     vc A-1 B-1", "{Destination:default Device: Mode:2 Digipeaters:A-1,B-1}"},
		{parseAX25Route, "A-1       ax0     dg", "{Destination:A-1 Device:ax0 Mode:1 Digipeaters:}"},
		{parseAX25Route, "A-1       ax0", ""},
		{netrom, "NOCALL-12 *        2 3  180   6 00001  255 255 00002  100   4 00003", "{Destination:NOCALL-12 Mnemonic: Quality:255 Neighbour:{Number:2 Known:true Callsign:N-2 Device:ax0}}"},
		{netrom, "NOCALL-13 A B      1 1    5   6 00001", "{Destination:NOCALL-13 Mnemonic:A B Quality:5 Neighbour:{Number:1 Known:false Callsign: Device:}}"},
		{netrom, "A * 1 1 5 6 2", "{Destination:A Mnemonic: Quality:5 Neighbour:{Number:2 Known:true Callsign:N-2 Device:ax0}}"},
		{netrom, "A * 2 1 5 6 2", ""},
		{netrom, "A * 1 1 5 6", ""},
		{netrom, "A *", ""},
		{rose, "1234567890 0010 2 00001 00002", "{Destination:1234567890 Digits:10 Neighbours:[{Number:1 Known:false Callsign: Device:} {Number:2 Known:true Callsign:N-2 Device:ax0}]}"},
		{rose, "1234567890 0010 0", "{Destination:1234567890 Digits:10 Neighbours:[]}"},
		{rose, "1234567890 0010 2 00001", ""},
		{rose, "1234567890 0010 4294967295", ""},
		{rose, "1234567890", ""},
		{parseX25Route, "12 16 ???", "{Destination:12 Digits:16 Device:}"},
		{parseX25Route, "12 16", ""},
		{parseX25Route, "12 -1 x", ""},
		{parseIPXRoute, "12345678 Directly Connected", "{Destination:12345678 RouterNet: RouterNode:}"},
		{parseIPXRoute, "12345678 Directly Wrong", ""},
		{parseIPXRoute, "123 00000001 000000000001", ""},
		{parseAppleTalkRoute, "1:0 0:0 1", ""},
		{parseAppleTalkRoute, "10 00 1 lo", ""},
	} {
		route := c.parse([]byte(c.line))
		if c.want == "" {
			if route != nil {
				t.Errorf("%q: %+v", c.line, route)
			}
			continue
		}
		if route == nil {
			t.Errorf("%q: bogus, want %s", c.line, c.want)
			continue
		}
		if got := fmt.Sprintf("%+v", reflect.ValueOf(route).Elem().Interface()); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
	if n, ok := parseNeighbour([]byte("00002 N-2")); ok {
		t.Errorf("neighbour without a device: %+v", n)
	}
}

// TestRareMissing checks that a missing file means not supported, and that a
// denied one is a failure, except in debugfs, which only root can read.
func TestRareMissing(t *testing.T) {
	s := fakeSource(t, Options{}, nil, nil)
	for _, table := range []netstat.Table{
		netstat.AX25Table, netstat.NetROMTable, netstat.ROSETable, netstat.X25Table, netstat.IPXTable, netstat.AppleTalkTable,
		netstat.L2CAPTable, netstat.RFCOMMTable,
	} {
		if got := collect(s, table, netstat.Need{}); !errors.Is(got.err, errors.ErrUnsupported) {
			t.Errorf("%v: error %v", table, got.err)
		}
		if table.Family == netstat.Bluetooth {
			continue
		}
		if _, _, err := collectRareRoutes(s, table.Family); !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("routes of %v: error %v", table, err)
		}
	}
	inner := s.open
	var paths []string
	s.open = func(path string) (io.ReadCloser, error) {
		paths = append(paths, path)
		if strings.HasSuffix(path, "socket") {
			return nil, syscall.ENOTDIR
		}
		return nil, syscall.EACCES
	}
	for _, table := range []netstat.Table{netstat.AX25Table, netstat.IPXTable} {
		got := collect(s, table, netstat.Need{})
		if errors.Is(got.err, errors.ErrUnsupported) || !errors.Is(got.err, fs.ErrPermission) {
			t.Errorf("%v: error %v", table, got.err)
		}
	}
	if got := collect(s, netstat.L2CAPTable, netstat.Need{}); !errors.Is(got.err, errors.ErrUnsupported) {
		t.Errorf("l2cap: error %v", got.err)
	}
	want := []string{"/proc/net/ax25", "/proc/net/ipx/socket", "/proc/net/ipx", "/sys/kernel/debug/bluetooth/l2cap"}
	if !reflect.DeepEqual(paths, want) {
		t.Errorf("opened %q, want %q", paths, want)
	}
	s.open = inner
	s.procRoot = "/copy/proc"
	if got := s.debug("x"); got != "/copy/sys/kernel/debug/x" {
		t.Errorf("debugfs of a copy is %s", got)
	}
}

// TestRareNeighboursMissing checks a missing file of neighbours, which is the
// second one.
func TestRareNeighboursMissing(t *testing.T) {
	files := capturedFiles(t, "proc/net/nr_nodes")
	_, _, err := collectRareRoutes(fakeSource(t, Options{}, nil, files), netstat.NetROM)
	var file *fs.PathError
	if !errors.As(err, &file) || file.Path != "/proc/net/nr_neigh" || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
	files["/proc/net/nr_neigh"] = "header\nbogus\n00002 NEIGH-8   bpq0   10    0     2      0\n"
	routes, reports, err := collectRareRoutes(fakeSource(t, Options{}, nil, files), netstat.NetROM)
	if err != nil || reports != 1 || len(routes) != 2 {
		t.Errorf("error %v, %d reports, routes %q", err, reports, routes)
	}
}

// TestRareAllocations checks that rows do not cost an allocation each.
func TestRareAllocations(t *testing.T) {
	for table, c := range map[netstat.Table]struct{ path, header, line string }{
		netstat.AX25Table:      {"/proc/net/ax25", "", "0 ax0 A-1 B-1,C-1 3 1 2 0 8 10 0 3 0 300 0 0 0 10 5 2 256 77 88 %d\n"},
		netstat.ROSETable:      {"/proc/net/rose", "h\n", "5550001111 FAR-1     1234567890 USER-3    rose0 032 00002  1  0  0  0 198 200 180 180   5   0/000     0     0 %d\n"},
		netstat.IPXTable:       {"/proc/net/ipx/socket", "h\n", "12345678:0000000000AB:0451  12345678:00000000CDEF:4004  00000010  00000020  01     033\n"},
		netstat.AppleTalkTable: {"/proc/net/atalk/socket", "h\n", "02   1000:91:C8  1000:91:48  00000000:00000000 01 0\n"},
		netstat.X25Table:       {"/proc/net/x25/socket", "h\n", "10400456   20800123   x25b  001  3  0  2  0   0   3 200 180 180     0  1536 %d\n"},
		netstat.L2CAPTable: {
			"/sys/kernel/debug/bluetooth/l2cap", "", "00:aa:01:01:00:01 (0) 00:aa:01:00:00:00 (0) 1 3 0x0041 0x0041 1021 1021 0 0\n",
		},
	} {
		const rows = 20000
		var text strings.Builder
		text.WriteString(c.header)
		for i := range rows {
			text.WriteString(strings.Replace(c.line, "%d", strconv.Itoa(i+1), 1))
		}
		s := fakeSource(t, Options{}, nil, map[string]string{c.path: text.String()})
		n := 0
		allocs := testing.AllocsPerRun(1, func() {
			for _, err := range s.Sockets(t.Context(), table, netstat.Need{}) {
				if err == nil {
					n++
				}
			}
		})
		if n != 2*rows || allocs > rows/20 {
			t.Errorf("%v: %d rows, %v allocations for %d", table, n, allocs, rows)
		}
	}
}

// fuzzSockets passes a line to decoders of sockets and to a decoder of routes.
// The resulting names must be words of the line.
func fuzzSockets(f *testing.F, parsers func() []parseSocket, routes func(line []byte) netstat.RareRoute, seeds ...string) {
	for _, text := range capturedFiles(f, seeds...) {
		for line := range strings.Lines(text) {
			f.Add(strings.TrimSuffix(line, "\n"))
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		for i, parse := range parsers() {
			var s netstat.Socket
			if !parse([]byte(line), &s) {
				continue
			}
			for _, name := range []string{s.Local.Name, s.Remote.Name} {
				if !strings.Contains(line, name) || strings.ContainsAny(name, " \t\n") {
					t.Errorf("parser %d, %q: name %q", i, line, name)
				}
			}
			if netstat.AllStates&(1<<s.State) == 0 {
				t.Errorf("parser %d, %q: state %d", i, line, s.State)
			}
		}
		if routes != nil {
			if r := routes([]byte(line)); r != nil && reflect.ValueOf(r).IsNil() {
				t.Errorf("%q: a route that is nil", line)
			}
		}
	})
}

func FuzzAX25(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(ax25Parser).parse} }, parseAX25Route, "proc/net/ax25", "proc/net/ax25_route")
}

func FuzzNetROM(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(netromParser).parse} }, func(line []byte) netstat.RareRoute {
		n, _ := parseNeighbour(line)
		return parseNetROMRoute(line, map[uint32]netstat.RareNeighbour{n.Number: n})
	}, "proc/net/nr", "proc/net/nr_nodes", "proc/net/nr_neigh")
}

func FuzzROSE(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(roseParser).parse} }, func(line []byte) netstat.RareRoute {
		return parseROSERoute(line, nil)
	}, "proc/net/rose", "proc/net/rose_nodes", "proc/net/rose_neigh")
}

func FuzzX25(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(x25Parser).parse} }, parseX25Route, "proc/net/x25/socket", "proc/net/x25/route")
}

func FuzzIPX(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(ipxParser).parse} }, parseIPXRoute, "proc/net/ipx/socket", "proc/net/ipx/route")
}

func FuzzAppleTalk(f *testing.F) {
	fuzzSockets(f, func() []parseSocket { return []parseSocket{new(appletalkParser).parse} }, parseAppleTalkRoute, "proc/net/atalk/socket", "proc/net/atalk/route")
}

func FuzzBluetooth(f *testing.F) {
	fuzzSockets(f, func() []parseSocket {
		var p bluetoothParser
		return []parseSocket{p.l2cap, p.rfcomm}
	}, nil, "sys/kernel/debug/bluetooth/l2cap", "sys/kernel/debug/bluetooth/rfcomm")
}
