package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"

	"netstat"
)

// groupHex formats a group as the machine stores it, read as a number.
func groupHex(a, b, c, d byte) string {
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{a, b, c, d}))
}

var (
	allHosts = groupHex(224, 0, 0, 1)
	mdns     = groupHex(224, 0, 0, 251)
	group4   = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n" +
		"1\tlo        :     1      V3\n\t\t\t\t" + allHosts + "     1 0:00000000\t\t0\n" +
		"12\tfifteen_chars_x:     2      V3\n\t\t\t\t" + mdns + "    17 0:00000000\t\t0\n\t\t\t\t" + allHosts + " 4294967295 0:00000000\t\t0\n"
	group6 = "12   veth0           ff0200000000000000000001ffa512d0     2 00000004 0\n"
)

func groupsOf(s *source, f netstat.Family) (rows, reports []string, err error) {
	q := netstat.GroupQuery{Family: f, Report: func(e *netstat.OpError) {
		var record *netstat.RecordError
		if !errors.As(e, &record) || !errors.Is(e, netstat.ErrBogusRecord) {
			reports = append(reports, e.Error())
			return
		}
		reports = append(reports, fmt.Sprint(record.Line))
	}}
	for m, e := range s.Groups(context.Background(), q) {
		if e != nil {
			err = e
			continue
		}
		rows = append(rows, fmt.Sprintf("%d %s %v %d", m.Index, m.Interface, m.Group, m.Users))
	}
	return rows, reports, err
}

func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name, igmp, igmp6 string
		want, reports     []string
	}{
		{"as Linux 6.18 writes them", group4, group6,
			[]string{"1 lo 224.0.0.1 1", "12 fifteen_chars_x 224.0.0.251 17", "12 fifteen_chars_x 224.0.0.1 -1", "12 veth0 ff02::1:ffa5:12d0 2"}, nil},
		{"empty", "", "", nil, nil},
		{"only a header", "Idx\n", "", nil, nil},
		{
			"nonsense", group4 + "\t\t\t\tzz\n\t\t\t\t01\n\t\t\t\t010000E0\nx\n5\n\t\t\t\t010000E0 1\n5\t:\n", "bad\n1\n1 x\n1 x ff02 1\n1 x ff020000000000000000000000000001\n" + group6,
			[]string{"1 lo 224.0.0.1 1", "12 fifteen_chars_x 224.0.0.251 17", "12 fifteen_chars_x 224.0.0.1 -1", "12 veth0 ff02::1:ffa5:12d0 2"},
			[]string{"6", "7", "8", "9", "10", "11", "12", "0", "1", "2", "3", "4"},
		},
		{"names with any bytes", "Idx\n1\t\x1b[1m\xff:     1 V3\n\t\t\t\t" + allHosts + " 1\n", "1 \x1b[1m\xff ff020000000000000000000000000001 1",
			[]string{"1 \x1b[1m\xff 224.0.0.1 1", "1 \x1b[1m\xff ff02::1 1"}, nil},
		{"a name with a colon, as no kernel has", "Idx\n1\ta:b:c:     1 V3\n\t\t\t\t" + allHosts + " 1\n", "", []string{"1 a:b:c 224.0.0.1 1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fakeSource(t, Options{ProcRoot: "/copy"}, nil, map[string]string{"/copy/net/igmp": c.igmp, "/copy/net/igmp6": c.igmp6})
			rows, reports, err := groupsOf(s, netstat.Inet)
			rows6, reports6, err6 := groupsOf(s, netstat.Inet6)
			if rows = append(rows, rows6...); !slices.Equal(rows, c.want) || err != nil || err6 != nil {
				t.Errorf("rows %q, %v, %v", rows, err, err6)
			}
			if reports = append(reports, reports6...); !slices.Equal(reports, c.reports) {
				t.Errorf("reports %q, want %q", reports, c.reports)
			}
		})
	}
}

// TestGroupsFail checks that a file that fails ends the report (divergence I9).
func TestGroupsFail(t *testing.T) {
	s := fakeSource(t, Options{}, nil, nil)
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6, netstat.Unix} {
		if rows, _, err := groupsOf(s, f); !errors.Is(err, errors.ErrUnsupported) || rows != nil {
			t.Errorf("%v: %v, %v", f, rows, err)
		}
	}
	s.open = func(string) (io.ReadCloser, error) { return &interfaceFile{group6}, nil }
	if rows, _, err := groupsOf(s, netstat.Inet6); !errors.Is(err, syscall.EIO) || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range s.Groups(ctx, netstat.GroupQuery{Family: netstat.Inet}) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func FuzzParseGroups(f *testing.F) {
	f.Add([]byte("1\tlo        :     1      V3"), []byte("\t\t\t\t010000E0     1 0:00000000\t\t0"), []byte(group6))
	f.Fuzz(func(t *testing.T, device, group, line6 []byte) {
		var m netstat.Membership
		p := groupParser{begun: true}
		p.parse(device, &m)
		if p.parse(group, &m) == lineRow && (!m.Group.Is4() || m.Interface == "") {
			t.Errorf("%+v", m)
		}
		p = groupParser{}
		if p.parse6(line6, &m) == lineRow && (!m.Group.Is6() || m.Interface == "") {
			t.Errorf("%+v", m)
		}
	})
}
