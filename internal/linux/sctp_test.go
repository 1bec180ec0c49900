package linux

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"netstat"
)

// describeSCTP formats a row on one line.
func describeSCTP(s netstat.Socket) string {
	d := s.Detail.(*netstat.SCTPDetail)
	end := func(a netstat.Addr, more []netstat.Addr) string {
		text := fmt.Sprintf("%v:%d", a.IP, a.Port)
		for _, m := range more {
			text += fmt.Sprintf(",%v:%d", m.IP, m.Port)
		}
		return text
	}
	if !d.Association {
		return fmt.Sprintf("%v %d %s uid %d inode %d", s.State, d.SocketState, end(s.Local, d.LocalMore), s.UID, s.Inode)
	}
	return fmt.Sprintf("%v %d %s %d/%d %s > %s uid %d inode %d", s.State, d.SocketState, d.AssocState, s.RecvQ, s.SendQ,
		end(s.Local, d.LocalMore), end(s.Remote, d.RemoteMore), s.UID, s.Inode)
}

// TestSCTPCapture reads the files of a host with all forms of endpoints and
// associations.
func TestSCTPCapture(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"eps", "assocs"} {
		b, err := os.ReadFile("testdata/proc/net/sctp/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["/proc/net/sctp/"+name] = string(b)
	}
	got := collect(fakeSource(t, Options{}, nil, files), netstat.SCTP4Table, netstat.Need{})
	if got.err != nil || len(got.reports) > 0 {
		t.Fatalf("error %v, reports %v", got.err, got.reports)
	}
	if len(got.rows) != 9+15 {
		t.Fatalf("%d rows, want 9 endpoints and 15 associations", len(got.rows))
	}
	for i, row := range got.rows {
		if row.Table != netstat.SCTP4Table || row.Detail.(*netstat.SCTPDetail).Association != (i >= 9) {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	for i, want := range map[int]string{
		0:  "LISTEN 10 127.0.0.1:5008 uid 0 inode 10533",
		2:  "LISTEN 10 fd00:1::1:5010,fd00:2::1:5010 uid 0 inode 10545",
		6:  "LISTEN 10 127.0.0.1:5003 uid 0 inode 10517",
		9:  "ESTABLISHED 1 ESTABLISHED 0/0 fd00:1::1:5010,fd00:2::1:5010 > fd00:1::1:6010 uid 0 inode 10547",
		11: "CLOSED 7 ESTABLISHED 0/0 127.0.0.1:34222,10.1.1.1:34222,10.1.2.1:34222 > 127.0.0.1:5003 uid 0 inode 10518",
		13: "LISTEN 10 ESTABLISHED 237/0 127.0.0.1:5003 > 127.0.0.1:34222,10.1.1.1:34222,10.1.2.1:34222 uid 0 inode 10517",
		21: "CLOSED 7 COOKIE-WAIT 0/0 10.1.1.1:41824,10.1.2.1:41824 > 10.1.9.9:5007 uid 0 inode 10531",
	} {
		if text := describeSCTP(got.rows[i]); text != want {
			t.Errorf("row %d: %s\nwant %s", i, text, want)
		}
	}
}

// TestSCTPOldFormat reads the older format, with fewer columns after the
// addresses and an asterisk on both addresses.
func TestSCTPOldFormat(t *testing.T) {
	text, err := os.ReadFile("testdata/sctp-assocs-2.6")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		s, ok := parseSCTPAssociation([]byte(line))
		if !ok {
			t.Fatalf("bogus: %q", line)
		}
		got = append(got, describeSCTP(s))
	}
	want := []string{
		"ESTABLISHED 1 ESTABLISHED 34/12 10.1.1.1:2905,10.1.2.1:2905 > 10.9.9.9:36412,10.9.8.9:36412,10.9.7.9:36412 uid 0 inode 22222",
		"ESTABLISHED 1 ESTABLISHED 0/0 2001:db8::1:2905 > 2001:db8::2:36413 uid 0 inode 22223",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSCTPBogus(t *testing.T) {
	for _, line := range []string{
		"", "nope", "a b 2 10 29 port 0 1 127.0.0.1", "a b 2 300 29 1 0 1 127.0.0.1", "a b 2 10 29 70000 0 1 127.0.0.1", "a b 2 10 29 1 0",
	} {
		if s, ok := parseSCTPEndpoint([]byte(line)); ok {
			t.Errorf("endpoint %q: %+v", line, s)
		}
	}
	for _, line := range []string{
		"", "a b 2 1 3 0 1 12 34 0 22222 2905 36412 10.1.1.1", "a b 2 1 3 0 1 12 34 0 22222 2905 <-> 10.1.1.1", "a b 2 1 3 0 1 -12 34 0 22222 2905 36412 10.1.1.1 <-> 10.1.1.2",
	} {
		if s, ok := parseSCTPAssociation([]byte(line)); ok {
			t.Errorf("association %q: %+v", line, s)
		}
	}
}

func TestSCTPMissingFiles(t *testing.T) {
	const eps = " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\na b 2 10 2    5008      0 10533 127.0.0.1 \nx\n"
	got := collect(fakeSource(t, Options{}, nil, map[string]string{"/proc/net/sctp/eps": eps}), netstat.SCTP4Table, netstat.Need{})
	if len(got.rows) != 1 || len(got.reports) != 1 || !errors.Is(got.err, errors.ErrUnsupported) {
		t.Errorf("without associations: %+v", got)
	}
	got = collect(fakeSource(t, Options{}, nil, nil), netstat.SCTP4Table, netstat.Need{})
	if len(got.rows) != 0 || !errors.Is(got.err, errors.ErrUnsupported) {
		t.Errorf("without files: %+v", got)
	}
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/sctp/eps": eps})
	for _, err := range s.Sockets(t.Context(), netstat.SCTP4Table, netstat.Need{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func FuzzSCTP(f *testing.F) {
	for _, name := range []string{"testdata/proc/net/sctp/eps", "testdata/proc/net/sctp/assocs", "testdata/sctp-eps-2.6", "testdata/sctp-assocs-2.6"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, parse := range []func([]byte) (netstat.Socket, bool){parseSCTPEndpoint, parseSCTPAssociation} {
			s, ok := parse([]byte(line))
			if !ok {
				if !reflect.DeepEqual(s, netstat.Socket{}) {
					t.Errorf("%q: row of a bogus line: %+v", line, s)
				}
				continue
			}
			d := s.Detail.(*netstat.SCTPDetail)
			for _, end := range []struct {
				first netstat.Addr
				more  []netstat.Addr
			}{{s.Local, d.LocalMore}, {s.Remote, d.RemoteMore}} {
				for _, a := range end.more {
					if a.IP == (netip.Addr{}) || a.Port != end.first.Port || !end.first.IP.IsValid() {
						t.Errorf("%q: address %+v after %+v", line, a, end.first)
					}
				}
			}
		}
	})
}
