package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

type counterReader interface {
	Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error]
}

// collectCounters formats each counter as "group.name/part value".
func collectCounters(s counterReader, f netstat.Family) (got []string, errs []error) {
	for c, err := range s.Counters(context.Background(), f) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got = append(got, fmt.Sprintf("%s.%s/%d %d", c.Group, c.Name, c.Part, c.Value))
	}
	return got, errs
}

// TestCounterCaptures reads files of Linux 6.1 and 6.18.
func TestCounterCaptures(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"snmp", "netstat", "snmp6", "sctp/snmp"} {
		b, err := os.ReadFile("testdata/proc/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["/proc/net/"+name] = string(b)
	}
	for _, test := range []struct {
		family netstat.Family
		n      int
		want   []string
	}{
		{netstat.Inet, 20 + 29 + 6 + 15 + 9 + 9 + 125 + 18 + 56 + 32, []string{
			"Ip.InReceives/1 19", "Icmp.InDestUnreachs/2 4", "IcmpMsg.OutType8/3 1", "Tcp.MaxConn/4 18446744073709551615",
			"Udp.NoPorts/5 4", "UdpLite.MemErrors/6 0", "TcpExt.TCPHPHits/7 0", "IpExt.InOctets/8 8056",
			"MPTcpExt.MPCapableSYNRX/9 2", "Sctp.CurrEstab/10 14", "Sctp.InDataChunkDiscards/10 0",
		}},
		{netstat.Inet6, 92 + 15, []string{
			"Ip6.InReceives/1 19", "Icmp6.InMsgs/2 6", "Icmp6.OutType129/2 1", "Udp6.NoPorts/3 4", "UdpLite6.MemErrors/4 0",
			"Tcp.PassiveOpens/5 2",
		}},
	} {
		got, errs := collectCounters(fakeSource(t, Options{}, nil, files), test.family)
		if errs != nil {
			t.Errorf("%v: %v", test.family, errs)
		}
		if len(got) != test.n {
			t.Errorf("%v: %d counters, want %d", test.family, len(got), test.n)
		}
		for _, want := range test.want {
			if !slices.Contains(got, want) {
				t.Errorf("%v: no %q in %q", test.family, want, got)
			}
		}
	}
}

func TestCounterFormats(t *testing.T) {
	long := strings.Repeat("x", maxLine+maxLine)
	for _, test := range []struct {
		file, text, want string
		bogus            bool
	}{
		{"snmp", "\n", "", false},
		{"snmp", "\n\nA: x y\nA: 1 2\n\nB: z\nB: 3", "A.x/1 1, A.y/1 2, B.z/2 3", false},
		{"snmp", "A: x y z\nB: 1\n", "A.x/1 1, A.y/1 0, A.z/1 0", false},
		{"snmp", "A: x\nA: 1 2\n", "A.x/1 1", false},
		{"snmp", "A: x\nA: 1\nA: x\nA: 2\n", "A.x/1 1, A.x/2 2", false},
		{"snmp", "A:\nA:\n: x\n: 1\n", "A./1 0, .x/2 1", false},
		{"snmp", "A:\tx \t y\r\nA:\t1\v2\r\n", "A.x/1 1, A.y\r/1 2", false},
		{"snmp", "A: a b c d e\nA: -1 +2 18446744073709551615 18446744073709551616 -99999999999999999999\n",
			"A.a/1 18446744073709551615, A.b/1 2, A.c/1 18446744073709551615, A.d/1 18446744073709551615, A.e/1 18446744073709551615", false},
		{"snmp", "A: a b c\nA: 1x 2 3\n", "A.a/1 1, A.b/1 0, A.c/1 0", false},
		{"snmp", "A: x\nA: 1\nB x\nB: 1\nC: x\nC: 1\n", "A.x/1 1", true},
		{"snmp", "A: x\nA 1\n", "", true},
		{"snmp", "A: x\nA: 1\nB: x\n", "A.x/1 1", true},
		{"snmp", "A: x\n\nA: 1\n", "", true},
		{"snmp", "A: x\nA: 1\n" + long + "\nB: x\nB: 1\n", "A.x/1 1, B.x/2 1", true},

		{"snmp6", "\n", "", false},
		{"snmp6", "Ip6A   \t1\nIp6B\t2\nUdp6A 3\nIp6A 4", "Ip6.A/1 1, Ip6.B/1 2, Udp6.A/2 3, Ip6.A/3 4", false},
		{"snmp6", "A 1\nB6 2\n6 3\n6A6B 4\n", ".A/1 1, .B6/1 2, .6/1 3, 6.A6B/2 4", false},
		{"snmp6", "\n  Ip6A -1 7\r\n \t\nIp6B 3.5\n", "Ip6.A/1 18446744073709551615, Ip6.B/1 3", false},
		{"snmp6", "Ip6A\nIp6B 1\nIp6C x\nIp6D 2\n", "Ip6.B/1 1, Ip6.D/1 2", true},
		{"snmp6", long + "\nIp6B 1\n", "Ip6.B/1 1", true},

		{"sctp/snmp", "\n", "Sctp./1 0", false},
		{"sctp/snmp", "SctpA 1\nSctp 2\nB 3\n", "Sctp.A/1 1, Sctp.Sctp/1 2, Sctp.B/1 3", false},
		{"sctp/snmp", "SctpA\n", "Sctp./1 0", true},
	} {
		path := "/proc/net/" + test.file
		family, files := netstat.Inet, map[string]string{path: test.text}
		switch test.file {
		case "snmp6":
			family, files["/proc/net/snmp"] = netstat.Inet6, "\n"
		case "sctp/snmp":
			files["/proc/net/snmp"] = "\n"
		}
		got, errs := collectCounters(fakeSource(t, Options{}, nil, files), family)
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s %.60q: %q, want %q", test.file, test.text, text, test.want)
		}
		if (len(errs) > 0) != test.bogus {
			t.Errorf("%s %.60q: errors %v", test.file, test.text, errs)
		}
		for _, err := range errs {
			var file *fs.PathError
			var op *netstat.OpError
			if !errors.Is(err, netstat.ErrBogusRecord) || !errors.As(err, &file) || !errors.As(err, &op) || file.Path != path {
				t.Errorf("%s %.60q: error %v", test.file, test.text, err)
			}
			if len(err.Error()) > 4*maxQuoted {
				t.Errorf("%s %.60q: the error is %d bytes long", test.file, test.text, len(err.Error()))
			}
		}
	}
}

// TestCounterTCP6 reads the counters that IPv6 shares with IPv4.
func TestCounterTCP6(t *testing.T) {
	files := map[string]string{
		"/proc/net/snmp6":   "Ip6A 1\n",
		"/proc/net/snmp":    "Ip: x\nIp: 1\nTcp: x\nUdp: 2\nUdp: x\nTcp: 3\nTcpExt: x\nTcpExt: 4\n",
		"/proc/net/netstat": "TcpExt: x\nTcpExt: 5\n",
	}
	got, errs := collectCounters(fakeSource(t, Options{}, nil, files), netstat.Inet6)
	if want := []string{"Ip6.A/1 1", "Tcp.x/2 2", "TcpExt.x/3 4"}; !slices.Equal(got, want) || errs != nil {
		t.Errorf("%q, %v; want %q", got, errs, want)
	}
}

// failingReader returns some text and then an error.
type failingReader struct {
	text io.Reader
	err  error
}

func (r *failingReader) Read(b []byte) (int, error) {
	n, err := r.text.Read(b)
	if err == io.EOF {
		err = r.err
	}
	return n, err
}

func (*failingReader) Close() error { return nil }

func TestCounterFailures(t *testing.T) {
	files := map[string]string{
		"/proc/net/snmp": "A: x\nA: 1\n", "/proc/net/netstat": "B: x\nB: 2\n",
		"/proc/net/sctp/snmp": "SctpA 3\n", "/proc/net/snmp6": "Ip6A 4\n",
	}
	for _, test := range []struct {
		family    netstat.Family
		file      string
		err       error
		midway    bool
		want, say string
	}{
		{netstat.Inet, "snmp", syscall.ENOENT, false, "", "read counters: open /proc/net/snmp: no such file or directory"},
		{netstat.Inet, "snmp", syscall.EACCES, false, "B.x/1 2, Sctp.A/2 3", "read counters: open /proc/net/snmp: permission denied"},
		{netstat.Inet, "snmp", nil, false, "B.x/1 2, Sctp.A/2 3", "read counters: read /proc/net/snmp: " + errEmptyFile.Error()},
		{netstat.Inet, "netstat", nil, false, "A.x/1 1, Sctp.A/2 3", "read counters: read /proc/net/netstat: " + errEmptyFile.Error()},
		{netstat.Inet6, "snmp6", nil, false, "", "read counters: read /proc/net/snmp6: " + errEmptyFile.Error()},
		{netstat.Inet, "netstat", syscall.ENOENT, false, "A.x/1 1, Sctp.A/2 3", ""},
		{netstat.Inet, "netstat", syscall.EACCES, false, "A.x/1 1, Sctp.A/2 3", "read counters: open /proc/net/netstat: permission denied"},
		{netstat.Inet, "sctp/snmp", syscall.ENOENT, false, "A.x/1 1, B.x/2 2", ""},
		{netstat.Inet, "snmp", syscall.EIO, true, "A.x/1 1, B.x/2 2, Sctp.A/3 3", "read counters: read /proc/net/snmp: input/output error"},
		{netstat.Inet, "sctp/snmp", syscall.EIO, true, "A.x/1 1, B.x/2 2, Sctp.A/3 3", "read counters: read /proc/net/sctp/snmp: input/output error"},
		{netstat.Inet6, "snmp6", syscall.ENOENT, false, "", "read counters: open /proc/net/snmp6: no such file or directory"},
		{netstat.Inet6, "snmp6", syscall.EIO, true, "Ip6.A/1 4", "read counters: read /proc/net/snmp6: input/output error"},
		{netstat.Inet6, "snmp", syscall.ENOENT, false, "Ip6.A/1 4", "read counters: open /proc/net/snmp: no such file or directory"},
		{netstat.Inet6, "netstat", syscall.EACCES, false, "Ip6.A/1 4", ""},
		{netstat.AX25, "", nil, false, "", "read counters: unsupported operation"},
	} {
		s := fakeSource(t, Options{}, nil, files)
		open := s.open
		s.open = func(path string) (io.ReadCloser, error) {
			f, err := open(path)
			switch {
			case path != "/proc/net/"+test.file:
				return f, err
			case test.midway:
				return &failingReader{f, test.err}, nil
			case test.err == nil:
				return io.NopCloser(strings.NewReader("")), nil
			}
			return nil, test.err
		}
		got, errs := collectCounters(s, test.family)
		say := ""
		if err := errors.Join(errs...); err != nil {
			say = err.Error()
		}
		if text := strings.Join(got, ", "); text != test.want || say != test.say {
			t.Errorf("%v, %s: %v: %q and %q, want %q and %q", test.family, test.file, test.err, text, say, test.want, test.say)
		}
	}
	if _, errs := collectCounters(fakeSource(t, Options{}, nil, nil), netstat.Unix); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("unix: %v", errs)
	}
}

func TestCountersStop(t *testing.T) {
	files := map[string]string{
		"/proc/net/snmp": "A: x y\nA: 1 2\n", "/proc/net/netstat": "B: x\nB: 2\n",
		"/proc/net/sctp/snmp": "SctpA 3\n",
	}
	for stop := 1; stop <= 4; stop++ {
		n := 0
		for range fakeSource(t, Options{}, nil, files).Counters(t.Context(), netstat.Inet) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d counters, want %d", n, stop)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for c, err := range fakeSource(t, Options{}, nil, files).Counters(ctx, netstat.Inet) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %+v, %v", c, err)
		}
	}
}

// FuzzCounters checks what holds for any file: every value of a well-formed
// file is returned unchanged, and no more.
func FuzzCounters(f *testing.F) {
	// Short ones, because go test minimizes what it finds, which takes
	// time.
	f.Add("Ip: Forwarding DefaultTTL\nIp: 2 64\nTcp: MaxConn\nTcp: -1\n", false)
	f.Add("\nA: x\nA: +1\nIcmpMsg:\nIcmpMsg:", false)
	f.Add("Ip6InReceives      \t18446744073709551616\nUdp6InErrors\t3\n", true)
	f.Add("Ip6 1\nA\n6B6 +2", true)
	f.Fuzz(func(t *testing.T, text string, single bool) {
		if text == "" {
			return // an error; see TestCounterFailures
		}
		files := map[string]string{"/proc/net/snmp": text}
		family := netstat.Inet
		if single {
			family, files = netstat.Inet6, map[string]string{"/proc/net/snmp": "\n", "/proc/net/snmp6": text}
		}
		s := fakeSource(t, Options{}, nil, files)
		read := func() (all []netstat.Counter, failed error) {
			for c, err := range s.Counters(t.Context(), family) {
				if err != nil {
					failed = err
					continue
				}
				all = append(all, c)
			}
			return all, failed
		}
		first, failed := read()
		if failed != nil && !errors.Is(failed, netstat.ErrBogusRecord) {
			t.Fatal(failed)
		}
		part := uint32(0)
		var again strings.Builder
		for i, c := range first {
			if c.Part != part && c.Part != part+1 || c.Part == 0 {
				t.Fatalf("counter %d: part %d after %d", i, c.Part, part)
			}
			if !strings.Contains(text, c.Group) || !strings.Contains(text, c.Name) {
				t.Fatalf("%+v is not in %q", c, text)
			}
			// Written in the kernel's format, it must read the
			// same.
			if single {
				fmt.Fprintf(&again, "%-32s\t%d\n", c.Group+c.Name, c.Value)
			} else if c.Part != part {
				var names, values strings.Builder
				for _, d := range first[i:] {
					if d.Part != c.Part {
						break
					}
					if d.Name != "" {
						names.WriteString(" " + d.Name)
						fmt.Fprintf(&values, " %d", d.Value)
					}
				}
				fmt.Fprintf(&again, "%s:%s\n%s:%s\n", c.Group, &names, c.Group, &values)
			}
			part = c.Part
		}
		if len(text) > 100000 {
			return
		}
		files[map[bool]string{false: "/proc/net/snmp", true: "/proc/net/snmp6"}[single]] = again.String() + "\n"
		if second, err := read(); err != nil || !slices.Equal(first, second) {
			t.Fatalf("%q read again as %q: %v\n%+v\n%+v", text, again.String(), err, first, second)
		}
	})
}

func TestCountersAllocations(t *testing.T) {
	cost := func(n int) float64 {
		files := map[string]string{
			"/proc/net/snmp":  "Foo:" + strings.Repeat(" Name", n) + "\nFoo:" + strings.Repeat(" 12345", n) + "\n",
			"/proc/net/snmp6": strings.Repeat("Ip6Name 12345\n", n),
		}
		s := fakeSource(t, Options{}, nil, files)
		return testing.AllocsPerRun(5, func() {
			for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
				for range s.Counters(t.Context(), f) {
				}
			}
		})
	}
	// Lines become strings in large pieces, and the buffer grows.
	if few, many := cost(200), cost(2000); many > few+10 {
		t.Errorf("%v allocations for 200 counters, %v for 2000", few, many)
	}
}
