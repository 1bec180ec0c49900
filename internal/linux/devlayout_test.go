package linux

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"netstat"
)

// TestDevLayouts reads files of real kernels and invented ones: known columns
// are read by their names, and other layouts are refused.
func TestDevLayouts(t *testing.T) {
	// The counters of eth0, equal in all files.
	receive := netstat.InterfaceCounters{Bytes: 901500, Packets: 3005, Errors: 1, Dropped: 2, FIFO: 3, Frame: 4, Compressed: 10, Multicast: 11, Absent: absentReceive | dumpedReceive}
	transmit := netstat.InterfaceCounters{Bytes: 402000, Packets: 2010, Errors: 5, Dropped: 6, FIFO: 7, Collisions: 8, Carrier: 9, Compressed: 12, Absent: absentTransmit | dumpedTransmit}
	older := [2]netstat.InterfaceCounters{receive, transmit}
	older[0].Compressed, older[0].Multicast, older[1].Compressed = 0, 0, 0
	older[0].Absent |= netstat.CountsCompressed | netstat.CountsMulticast
	older[1].Absent |= netstat.CountsCompressed
	for _, test := range []struct {
		file string
		want [2]netstat.InterfaceCounters
		err  string
	}{
		{"linux-2.2", [2]netstat.InterfaceCounters{receive, transmit}, ""},
		{"linux-2.1", older, ""},
		{"other-order", [2]netstat.InterfaceCounters{receive, transmit}, ""},
		{"linux-2.0", older, "/proc/net/dev has no column bytes of Receive"},
		{"no-frame", older, "/proc/net/dev has no column frame of Receive"},
		{"twice", older, "/proc/net/dev has two columns bytes of Receive"},
		{"other-table", older, "/proc/net/dev has an unknown header"},
		{"one-line", older, "/proc/net/dev has no header"},
		{"empty", older, "/proc/net/dev has no header"},
	} {
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile("testdata/dev/" + test.file)
			if err != nil {
				t.Fatal(err)
			}
			s := linkSource(t, Options{ProcRoot: "/copy"}, nil, nil, map[string]string{"/copy/net/dev": string(text)})
			names, all, _, err := interfacesOf(s, netstat.InterfaceQuery{})
			if test.err != "" {
				if want := "read interfaces: " + test.err; err == nil || err.Error() != want || !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, netstat.ErrIncomplete) || names != nil {
					t.Errorf("%v, error %v", names, err)
				}
				return
			}
			if err != nil || strings.Join(names, " ") != "lo eth0" {
				t.Fatalf("%v, error %v", names, err)
			}
			if got := [2]netstat.InterfaceCounters{all[1].Receive, all[1].Transmit}; got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestDevLayoutUnknown checks that the facts from other sources are shown and
// the unknown layout is reported.
func TestDevLayoutUnknown(t *testing.T) {
	text, err := os.ReadFile("testdata/dev/no-frame")
	if err != nil {
		t.Fatal(err)
	}
	links := &scriptedLinks{mtu: map[string]uint32{"eth0": 1}, list: []netstat.InterfaceAddr{{Label: "eth0"}}}
	s := linkSource(t, Options{Source: "proc"}, nil, links, map[string]string{"/proc/net/dev": string(text)})
	names, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{})
	if err != nil || len(names) != 1 || all[0].HasCounters || len(reports) != 1 || !errors.Is(reports[0], errors.ErrUnsupported) {
		t.Errorf("%+v, %v, error %v", all, reports, err)
	}
}

func knownLayout(t testing.TB) (d devLayout) {
	if err := d.parse([]byte(devColumnsLine)); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDev(t *testing.T) {
	all := netstat.Interface{
		Name: "veth0", HasCounters: true,
		Receive:  netstat.InterfaceCounters{Bytes: 1, Packets: 2, Errors: 3, Dropped: 4, FIFO: 5, Frame: 6, Compressed: 7, Multicast: 8},
		Transmit: netstat.InterfaceCounters{Bytes: 9, Packets: 10, Errors: 11, Dropped: 12, FIFO: 13, Collisions: 14, Carrier: 15, Compressed: 16},
	}
	layout := knownLayout(t)
	const most = "18446744073709551615"
	for line, want := range map[string]*netstat.Interface{
		" veth0:       1       2    3    4    5     6          7         8        9      10   11   12   13    14      15         16": &all,
		"veth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17": &all,
		"x: " + most + " 99999999999999999999":            {Name: "x", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 1<<64 - 1, Packets: 1<<64 - 1}},
		"x:":                                              {Name: "x", HasCounters: true},
		"a name far longer than any kernel allows, with blanks: 1": {Name: "a name far longer than any kernel allows, with blanks", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 1}},
		"x: a": {Name: "x", HasCounters: true},
		"x":    nil, "": nil, ":": nil, "   : 1": nil,
	} {
		if want != nil {
			want.Receive.Absent, want.Transmit.Absent = absentReceive|dumpedReceive, absentTransmit|dumpedTransmit
		}
		var got netstat.Interface
		if ok := layout.parseDev([]byte(line), &got, &textSlab{}); ok != (want != nil) || ok && !reflect.DeepEqual(got, *want) {
			t.Errorf("parseDev(%q) = %+v, %v", line, got, ok)
		}
	}
}

func FuzzParseDev(f *testing.F) {
	f.Add([]byte(devColumnsLine), []byte(" veth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"))
	f.Add([]byte(" face |packets errs drop|bytes"), []byte("x:1"))
	f.Fuzz(func(t *testing.T, header, line []byte) {
		var d devLayout
		if d.parse(header) != nil {
			return
		}
		var i netstat.Interface
		if ok := d.parseDev(line, &i, &textSlab{}); ok && (i.Name == "" || strings.Contains(i.Name, ":")) {
			t.Errorf("%+v", i)
		}
	})
}
