package linux

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// groupSource is a source whose files cannot be read.
func groupSource(t testing.TB, o Options, c *scriptedConn, refused int) *source {
	s := fakeSource(t, o, nil, nil)
	s.open = refusals[refused].open
	s.dialLinks = func() (netlink.Conn, error) {
		if c == nil {
			return nil, syscall.EPERM
		}
		return c, nil
	}
	s.interfaceName = func(index uint32) (string, error) {
		if name, ok := refusedNames[index]; ok {
			return name, nil
		}
		return "", syscall.ENODEV
	}
	return s
}

// TestCapturedGroups compares a dump and the file of the same moment: they have
// the same groups except for the numbers of users.
func TestCapturedGroups(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	users := regexp.MustCompile(`\d+$`)
	for family, name := range map[netstat.Family]string{netstat.Inet: "mcast4", netstat.Inet6: "mcast6"} {
		want, _, err := groupsOf(fakeSource(t, Options{}, nil, map[string]string{
			"/proc/net/igmp": string(refusedCapture(t, "igmp")), "/proc/net/igmp6": string(refusedCapture(t, "igmp6")),
		}), family)
		if n := map[netstat.Family]int{netstat.Inet: 4, netstat.Inet6: 20}[family]; len(want) != n || err != nil {
			t.Fatalf("%v: %q, %v", family, want, err)
		}
		for i := range want {
			want[i] = users.ReplaceAllString(want[i], "0")
		}
		for k, refusal := range refusals {
			c := &scriptedConn{replies: []reply{{data: refusedCapture(t, name+"-linux-6.18-le")}}}
			rows, reports, err := groupsOf(groupSource(t, Options{}, c, k), family)
			if !slices.Equal(rows, want) || err != nil || len(reports) != 1 || !regexp.MustCompile("^"+groupsUnknown+" "+family.String()+": ").MatchString(reports[0]) || c.closed != 1 {
				t.Errorf("%v, %s: %q, want %q; %q, %v, closed %d times", family, refusal.name, rows, want, reports, err, c.closed)
			}
			for _, o := range []Options{{}, {Source: "proc"}} {
				if rows, reports, err := groupsOf(groupSource(t, o, nil, k), family); !errors.Is(err, refusal.cause) || rows != nil || reports != nil {
					t.Errorf("%v, %s, no dump: %q, %q, %v", family, refusal.name, rows, reports, err)
				}
			}
		}
	}
}

func groupMessage(family byte, index uint32, attributes ...[]byte) []byte {
	b := append([]byte{family, 128, 0, 0}, number32(index)...)
	return message(rtmGetMulticast, 2, append(b, slices.Concat(attributes...)...))
}

func TestGroupDumpFaults(t *testing.T) {
	group := netlinkAttribute(ifaMulticast, []byte{224, 0, 0, 1})
	row := groupMessage(afInet, 2, group)
	interrupted := withFlags(row, netlink.FlagInterrupted)
	unknown := groupsUnknown + " inet: permission denied"
	for _, test := range []struct {
		name          string
		refused       int
		replies       []reply
		want, reports []string
		err           error
	}{
		{"kernels before 6.15", 0, []reply{datagram(refusal(syscall.EOPNOTSUPP))}, nil, nil, syscall.EACCES},
		{"no groups", 0, []reply{datagram(done(0))}, nil, []string{unknown}, nil},
		{"no groups and no file", 2, []reply{datagram(done(0))}, nil, nil, syscall.ENOENT},
		{"no groups and an empty file", 3, []reply{datagram(done(0))}, nil, nil, nil},
		{"inconsistent at first", 0, []reply{datagram(interrupted, done(0)), datagram(row, done(0))}, []string{"2 d1 224.0.0.1 0"}, []string{unknown}, nil},
		{"inconsistent", 0, []reply{datagram(interrupted, done(0)), datagram(interrupted, done(0)), datagram(interrupted, done(0))},
			[]string{"2 d1 224.0.0.1 0"}, []string{unknown, "dump groups of inet: incomplete: table changed during the dump"}, nil},
		{"garbled", 0, []reply{datagram(groupMessage(afInet, 2), done(0)), datagram(row, done(0))}, []string{"2 d1 224.0.0.1 0"}, []string{unknown}, nil},
		{"an interface that disappeared", 0, []reply{datagram(groupMessage(afInet, 9, group), row, done(0))}, []string{"2 d1 224.0.0.1 0"}, []string{unknown}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &scriptedConn{replies: test.replies}
			rows, reports, err := groupsOf(groupSource(t, Options{}, c, test.refused), netstat.Inet)
			if !slices.Equal(rows, test.want) || !slices.Equal(reports, test.reports) || !errors.Is(err, test.err) || c.closed != c.sends {
				t.Errorf("rows %q, reports %q, error %v; closed %d of %d", rows, reports, err, c.closed, c.sends)
			}
		})
	}
	s := groupSource(t, Options{}, &scriptedConn{replies: []reply{datagram(row, done(0))}}, 0)
	s.interfaceName = func(uint32) (string, error) { return "", syscall.EPERM }
	if rows, _, err := groupsOf(s, netstat.Inet); rows != nil || !errors.Is(err, syscall.EPERM) {
		t.Errorf("interfaces without names: %q, %v", rows, err)
	}
}

func FuzzGroupMessage(f *testing.F) {
	f.Add(groupMessage(afInet, 2, netlinkAttribute(ifaMulticast, []byte{224, 0, 0, 1}))[netlink.HeaderSize:], false)
	f.Add(groupMessage(afInet6, 2, netlinkAttribute(ifaMulticast, make([]byte, 16)), netlinkAttribute(6, make([]byte, 16)))[netlink.HeaderSize:], true)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		family := byte(afInet)
		if six {
			family = afInet6
		}
		m, ok := decodeGroup(b, family)
		if ok != m.Group.IsValid() || ok && m.Group.Is6() != six || m.Users != 0 {
			t.Errorf("%x: %s, %v", b, fmt.Sprint(m), ok)
		}
	})
}
