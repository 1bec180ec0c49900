package resolve

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netstat/test/need"
)

// network is a fake name service that counts its lookups.
type network struct {
	delay time.Duration
	mu    sync.Mutex
	asked map[netip.Addr]int
	now   int // lookups in progress
	peak  int
}

func (n *network) lookup(ctx context.Context, ip netip.Addr) (string, error) {
	n.mu.Lock()
	if n.asked == nil {
		n.asked = make(map[netip.Addr]int)
	}
	n.asked[ip]++
	n.now++
	n.peak = max(n.peak, n.now)
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		n.now--
		n.mu.Unlock()
	}()
	select {
	case <-time.After(n.delay):
		return "host-" + ip.String(), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func addrs(n int) []netip.Addr {
	var list []netip.Addr
	for i := range n {
		list = append(list, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	return list
}

func wantHost(t *testing.T, r *Resolver, ip, want string) {
	t.Helper()
	name, ok := r.Host(netip.MustParseAddr(ip))
	if name != want || ok != (want != "") {
		t.Errorf("Host(%s) = %q, %v; want %q", ip, name, ok, want)
	}
}

func elapsed(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(start); got != want {
		t.Errorf("took %v, want %v", got, want)
	}
}

// Divergence 9.
func TestHostsLookedUpConcurrently(t *testing.T) {
	for _, c := range []struct {
		workers, peak int
		took          time.Duration
	}{
		{0, 200, 20 * time.Millisecond},
		{50, 50, 80 * time.Millisecond},
		{1, 1, 4 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{delay: 20 * time.Millisecond}
			r := New(Options{Lookup: n.lookup, Workers: c.workers})
			start := time.Now()
			for _, ip := range addrs(200) {
				r.WantHost(ip)
				r.WantHost(ip)
			}
			elapsed(t, start, 0)
			for _, ip := range addrs(200) {
				if name, ok := r.Host(ip); !ok || name != "host-"+ip.String() {
					t.Errorf("Host(%v) = %q, %v", ip, name, ok)
				}
			}
			elapsed(t, start, c.took)
			if n.peak != c.peak {
				t.Errorf("%d lookups at once, want %d", n.peak, c.peak)
			}
			for ip, times := range n.asked {
				if times != 1 {
					t.Errorf("%v looked up %d times", ip, times)
				}
			}
		})
	}
}

func TestHostUnwanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{delay: time.Second}
		r := New(Options{Lookup: n.lookup})
		wantHost(t, r, "10.0.0.1", "host-10.0.0.1")
		wantHost(t, r, "10.0.0.1", "host-10.0.0.1")
		wantHost(t, r, "fe80::1%eth0", "host-fe80::1")
		wantHost(t, r, "fe80::1", "host-fe80::1")
		wantHost(t, r, "::ffff:10.0.0.1", "host-::ffff:10.0.0.1")
		if len(n.asked) != 3 {
			t.Errorf("looked up %v", n.asked)
		}
		if _, ok := r.Host(netip.Addr{}); ok {
			t.Error("the invalid address has a name")
		}
		r.WantHost(netip.Addr{})
	})
}

// Divergence 10.
func TestTimeLimit(t *testing.T) {
	root := tree(t, map[string]string{"etc/nsswitch.conf": "passwd: files sss"})
	synctest.Test(t, func(t *testing.T) {
		n := &network{delay: 7 * time.Second}
		r := New(Options{Lookup: n.lookup, Root: root, Getent: func(context.Context, uint32) (string, error) {
			t.Error("user looked up after the time limit")
			return "", nil
		}})
		start := time.Now()
		r.WantHost(netip.MustParseAddr("10.0.0.1"))
		if r.HostReady(netip.MustParseAddr("10.0.0.1")) {
			t.Error("ready before the answer")
		}
		wantHost(t, r, "10.0.0.1", "")
		elapsed(t, start, DefaultTimeout)
		if !r.HostReady(netip.MustParseAddr("10.0.0.1")) {
			t.Error("not ready after the time limit")
		}
		wantHost(t, r, "10.0.0.2", "")
		wantUser(t, r, 1, "")
		elapsed(t, start, DefaultTimeout)

		if r.GaveUp() != 2 {
			t.Errorf("gave up %d names, want 2", r.GaveUp())
		}

		// A later report does not wait again for a lookup that an
		// earlier one waited for: the first answer comes after 2 s, the
		// second after 7 s.
		synctest.Wait()
		r.NextReport()
		wantHost(t, r, "10.0.0.1", "")
		elapsed(t, start, DefaultTimeout)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		wantHost(t, r, "10.0.0.1", "host-10.0.0.1")
		wantHost(t, r, "10.0.0.2", "")
		elapsed(t, start, 7*time.Second)

		time.Sleep(time.Minute)
		start = time.Now()
		wantHost(t, r, "10.0.0.2", "host-10.0.0.2") // known; no wait
		elapsed(t, start, 0)
	})
}

// TestTimeLimitCountsWaiting checks that only waiting counts, not the caller's
// own time.
func TestTimeLimitCountsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{delay: 2 * time.Second}
		r := New(Options{Lookup: n.lookup, Timeout: 3 * time.Second})
		wantHost(t, r, "10.0.0.1", "host-10.0.0.1")
		time.Sleep(time.Minute)
		start := time.Now()
		wantHost(t, r, "10.0.0.2", "")
		elapsed(t, start, time.Second)
		time.Sleep(n.delay) // let the lookup end before the test
	})
}

// Divergence 24: the first report that has waited a second for names prints a warning.
func TestSlow(t *testing.T) {
	root := tree(t, map[string]string{"etc/nsswitch.conf": "passwd: files sss"})
	const hosts, users = "host names from the name server", "user names from the name service"
	for _, c := range []struct {
		delay, timeout time.Duration
		user           bool
		said           string
		after          time.Duration
	}{
		{7 * time.Second, 0, false, hosts, time.Second},
		{7 * time.Second, 0, true, users, time.Second},
		{7 * time.Second, 1500 * time.Millisecond, false, hosts, time.Second},
		{time.Second + 1, 0, false, hosts, time.Second},
		{time.Second - 1, 0, false, "", 0},
		{7 * time.Second, time.Second, false, "", 0},
		{7 * time.Second, -1, false, "", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			start, said := time.Now(), ""
			n := &network{delay: c.delay}
			r := New(Options{Root: root, Lookup: n.lookup, Timeout: c.timeout,
				Getent: func(ctx context.Context, _ uint32) (string, error) { return n.lookup(ctx, netip.Addr{}) },
				Slow: func(names string) {
					said += names
					elapsed(t, start, c.after)
				}})
			ask := func() {
				if c.user {
					r.User(1)
				} else {
					r.WantHost(netip.MustParseAddr("10.0.0.2"))
					r.Host(netip.MustParseAddr("10.0.0.1"))
					r.Host(netip.MustParseAddr("10.0.0.2"))
				}
			}
			ask()
			if said != c.said {
				t.Errorf("%+v: said %q", c, said)
			}
			r.NextReport()
			r.Host(netip.MustParseAddr("10.0.0.3"))
			if said != c.said {
				t.Errorf("%+v: said %q in a later report", c, said)
			}
			time.Sleep(lookupLimit)
		})
	}
}

// Several short waits of one report count together.
func TestSlowTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, said := time.Now(), 0
		n := &network{delay: 400 * time.Millisecond}
		r := New(Options{Lookup: n.lookup, Workers: 1, Slow: func(string) {
			said++
			elapsed(t, start, time.Second)
		}})
		for _, ip := range addrs(4) {
			r.Host(ip)
		}
		if said != 1 {
			t.Errorf("said %d times", said)
		}
	})
}

func TestUnboundedLookupEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{delay: time.Hour}
		r := New(Options{Lookup: n.lookup, Workers: 1})
		start := time.Now()
		wantHost(t, r, "10.0.0.1", "")
		time.Sleep(lookupLimit)
		r.NextReport()
		restart := time.Now()
		wantHost(t, r, "10.0.0.1", "")
		elapsed(t, restart, 0)
		elapsed(t, start, DefaultTimeout+lookupLimit)
	})
}

func TestNoNameIsRemembered(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
	}{{"", nil}, {"", errors.New("no such host")}, {"ignored", errors.New("no such host")}} {
		asked := 0
		r := New(Options{Lookup: func(context.Context, netip.Addr) (string, error) {
			asked++
			return c.name, c.err
		}})
		for range 3 {
			wantHost(t, r, "10.0.0.1", "")
			r.NextReport()
		}
		if asked != 1 {
			t.Errorf("looked up %d times", asked)
		}
	}
}

func TestNextReportForgetsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{delay: time.Second}
		r := New(Options{Lookup: n.lookup, Workers: 2})
		for _, ip := range addrs(10) {
			r.WantHost(ip)
		}
		synctest.Wait()
		r.NextReport()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(n.asked) != 2 {
			t.Errorf("%d lookups, want only the 2 that had begun", len(n.asked))
		}
		start := time.Now()
		wantHost(t, r, "10.0.0.1", "host-10.0.0.1")
		elapsed(t, start, 0)
		wantHost(t, r, "10.0.0.9", "host-10.0.0.9")
		elapsed(t, start, time.Second)
	})
}

func TestNeverWait(t *testing.T) {
	r := New(Options{
		Timeout: -1,
		Root:    tree(t, map[string]string{"etc/passwd": "root:x:0:0::/:", "etc/services": "http 80/tcp"}),
		Lookup: func(context.Context, netip.Addr) (string, error) {
			t.Error("host looked up")
			return "", nil
		},
		Getent: func(context.Context, uint32) (string, error) {
			t.Error("user looked up")
			return "", nil
		},
	})
	ip := netip.MustParseAddr("10.0.0.1")
	for range 2 {
		r.WantHost(ip)
		wantHost(t, r, "10.0.0.1", "")
		if !r.HostReady(ip) {
			t.Error("not ready")
		}
		wantUser(t, r, 1, "")
		wantUser(t, r, 0, "root")
		wantService(t, r, 80, "tcp", "http")
		r.NextReport()
	}
}

func TestKnownNamesAllocateNothing(t *testing.T) {
	n := &network{}
	r := New(Options{
		Lookup: n.lookup,
		Root:   tree(t, map[string]string{"etc/passwd": "root:x:0:0::/:", "etc/services": "http 80/tcp", "etc/protocols": "icmp 1"}),
	})
	ip := netip.MustParseAddr("fe80::1%eth0")
	row := func() {
		r.WantHost(ip)
		r.Host(ip)
		r.HostReady(ip)
		r.Service(80, "tcp")
		r.Service(81, "udp")
		r.Protocol(1)
		r.User(0)
	}
	row()
	if a := testing.AllocsPerRun(100, row); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

// TestDNS queries a name server on the loopback through package net. Divergence 28 is
// which names are valid.
func TestDNS(t *testing.T) {
	need.Loopback(t)
	dns := nameServer(t, map[string][]string{
		"1.2.0.192.in-addr.arpa":       {"one.example", "other.example"},
		"2.2.0.192.in-addr.arpa":       {"es\x1b[31mcape.example", "good.example"},
		"3.2.0.192.in-addr.arpa":       {"bl ank.example"},
		"4.2.0.192.in-addr.arpa":       {"UPPER_score.Example"},
		"5.2.0.192.in-addr.arpa":       {""},
		"7.2.0.192.in-addr.arpa":       {"192.0.2.8"},
		"8.2.0.192.in-addr.arpa":       {"a-.example"},
		reverse6("20010db8", "000001"): {"six.example"},
	})
	for _, c := range []struct{ ip, want string }{
		{"192.0.2.1", "one.example"},
		{"192.0.2.2", "good.example"},
		{"192.0.2.3", ""},
		{"192.0.2.4", "UPPER_score.Example"},
		{"192.0.2.5", "."},
		{"192.0.2.6", ""},
		{"192.0.2.7", ""},
		{"192.0.2.8", ""},
		{"2001:db8::1", "six.example"},
		{"::ffff:192.0.2.1", "one.example"},
	} {
		name, err := lookupAddr(t.Context(), dns, netip.MustParseAddr(c.ip))
		if name != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.ip, name, err, c.want)
		}
	}
}

// reverse6 returns the ip6.arpa name of an address, given its first and last
// digits.
func reverse6(first, last string) string {
	digits := first + strings.Repeat("0", 32-len(first)-len(last)) + last
	var name strings.Builder
	for i := len(digits) - 1; i >= 0; i-- {
		name.WriteByte(digits[i])
		name.WriteByte('.')
	}
	return name.String() + "ip6.arpa"
}

// nameServer serves PTR records (RFC 1035). It returns a Resolver that uses it,
// whatever the host's resolv.conf contains.
func nameServer(t *testing.T, zone map[string][]string) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := answerPTR(buf[:n], zone); reply != nil {
				conn.WriteTo(reply, from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func answerPTR(query []byte, zone map[string][]string) []byte {
	const header = 12
	var labels []string
	i := header
	for i < len(query) && query[i] != 0 {
		end := i + 1 + int(query[i])
		if end > len(query) {
			return nil
		}
		labels = append(labels, string(query[i+1:end]))
		i = end
	}
	i += 5 // the root label, type and class
	if i > len(query) {
		return nil
	}
	names, found := zone[strings.Join(labels, ".")]
	rcode := byte(0)
	if !found {
		rcode = 3
	}
	reply := append([]byte{query[0], query[1], 0x81, 0x80 | rcode, 0, 1, 0, byte(len(names)), 0, 0, 0, 0}, query[header:i]...)
	for _, name := range names {
		var data []byte
		for label := range strings.SplitSeq(name, ".") {
			if label != "" {
				data = append(append(data, byte(len(label))), label...)
			}
		}
		data = append(data, 0)
		// A pointer to the question, PTR, IN, 60 s.
		reply = append(reply, 0xc0, header, 0, 12, 0, 1, 0, 0, 0, 60, 0, byte(len(data)))
		reply = append(reply, data...)
	}
	return reply
}

func BenchmarkHostKnown(b *testing.B) {
	n := &network{}
	r := New(Options{Lookup: n.lookup})
	ip := netip.MustParseAddr("10.0.0.1")
	r.Host(ip)
	b.ReportAllocs()
	for b.Loop() {
		r.Host(ip)
	}
}

// BenchmarkHosts200 looks up 200 names, each in 20 ms.
func BenchmarkHosts200(b *testing.B) {
	list := addrs(200)
	for b.Loop() {
		n := &network{delay: 20 * time.Millisecond}
		r := New(Options{Lookup: n.lookup})
		for _, ip := range list {
			r.WantHost(ip)
		}
		for _, ip := range list {
			r.Host(ip)
		}
	}
}

// Divergence 26 is among the lines: one without a name.
func TestLocalHosts(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := `# 10.0.0.9 comment
127.0.0.1	localhost localhost.localdomain # the first name counts
127.0.0.1 second-line
  ::1 ip6-localhost
fe80::1%eth0 zoned
10.0.0.1
300.0.0.1 no-address
192.0.2.1 absolute.example.org.
::ffff:10.0.0.2 mapped
10.0.0.2 later
192.0.2.2 büro"1"
`
	if err := os.WriteFile(filepath.Join(root, "etc", "hosts"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := New(Options{Root: root, Lookup: func(context.Context, netip.Addr) (string, error) {
		t.Error("a name was looked up")
		return "", nil
	}})
	want := map[netip.Addr]string{
		netip.MustParseAddr("127.0.0.1"):       "localhost",
		netip.MustParseAddr("::1"):             "ip6-localhost",
		netip.MustParseAddr("192.0.2.1"):       "absolute.example.org.",
		netip.MustParseAddr("::ffff:10.0.0.2"): "mapped",
		netip.MustParseAddr("10.0.0.2"):        "mapped",
		netip.MustParseAddr("192.0.2.2"):       `büro"1"`,
	}
	if got := r.LocalHosts(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := New(Options{Root: filepath.Join(root, "nowhere")}).LocalHosts(); len(got) > 0 {
		t.Errorf("%v of no file", got)
	}
}

// TestHostsFileFirst checks that /etc/hosts answers without a lookup unless DNS comes
// first. A line of ::1 names 127.0.0.1 too, as gethostbyaddr(3) has it.
func TestHostsFileFirst(t *testing.T) {
	for conf, file := range map[string]bool{
		"":              true,
		"hosts:\tfiles": true,
		"hosts: files mdns4_minimal [NOTFOUND=return] dns": true,
		"hosts: resolve [!UNAVAIL=return] files dns":       true,
		"passwd: dns files":                                true,
		"hosts: dns files":                                 false,
		"hosts: dns":                                       false,
		"hosts:":                                           false,
		"hosts: [files=x] dns\n":                           false,
	} {
		r := New(Options{Root: tree(t, map[string]string{
			"etc/hosts": "::1 ip6-localhost\n127.0.0.1 localhost\n", "etc/nsswitch.conf": conf,
		})})
		r.hostPool.lookup = func(context.Context, request) (string, error) { return "looked-up", nil }
		want := "looked-up"
		if file && r.system { // another system's own lookup reads its file
			want = "ip6-localhost"
		}
		wantHost(t, r, "127.0.0.1", want)
		wantHost(t, r, "::1", want)
		wantHost(t, r, "192.0.2.9", "looked-up")
	}
}
