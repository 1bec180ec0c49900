package resolve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func wantUser(t *testing.T, r *Resolver, uid uint32, want string) {
	t.Helper()
	name, ok := r.User(uid)
	if name != want || ok != (want != "") {
		t.Errorf("User(%d) = %q, %v; want %q", uid, name, ok, want)
	}
}

// passwdLines are lines and what getpwuid(3) of glibc 2.36 makes of them.
var passwdLines = []struct {
	line, name string
	uid        uint32
}{
	{"root:x:0:0:root:/root:/bin/sh", "root", 0},
	{" lead:x:1:1::/:", "lead", 1},
	{"#com:x:2:2::/:", "", 2},
	{"short:x:3", "", 3},
	{"short:x:4:", "", 4},
	{"short:x:5:5", "short", 5},
	{"short:x:6:6:", "short", 6},
	{"+plus:x:8:8::/:", "", 8},
	{"-minus:x:9:9::/:", "", 9},
	{"bad:x:ten:10::/:", "", 10},
	{"oct:x:013:0::/:", "oct", 13},
	{"hex:x:0x10:0::/:", "", 16},
	{"neg:x:-1:0::/:", "", 4294967295},
	{"big:x:4294967312:0::/:", "", 16},
	{"max:x:4294967294:0::/:", "max", 4294967294},
	{"blank:x: 21:21::/:", "blank", 21},
	{"blank:x:22 :22::/:", "", 22},
	{"group:x:23:x::/:", "", 23},
	{"group:x:27:-1::/:", "", 27},
	{"group:x:30:30x::/:", "", 30},
	{"with blank:x:24:24::/:", "with blank", 24},
	{"plus:x:+25:25::/:", "plus", 25},
	{"hash#x:x:26:26::/:", "hash#x", 26},
	{"nul\x00:x:31:31::/:", "", 31},
	{"nul:x:32:32\x00::/:", "nul", 32},
	{"cr\r:x:33:33::/:\r", "cr\r", 33},
	{"long:x:34:34:" + strings.Repeat("g", 300000), "long", 34},
	{"+", "", 0},
	{"", "", 0},
	{":::", "", 0},
}

func TestParsePasswd(t *testing.T) {
	for _, c := range passwdLines {
		p := parsePasswd(c.line)
		if got := p.names[c.uid]; got != c.name || c.name == "" && len(p.names) != 0 {
			t.Errorf("%.40q: %v, want %q", c.line, p.names, c.name)
		}
	}
	p := parsePasswd("# c\nfirst:x:20:20::/:\n\nsecond:x:20:20::/:\ngarbage\nlast:x:21:21")
	if want := map[uint32]string{20: "first", 21: "last"}; !maps.Equal(p.names, want) {
		t.Errorf("%v, want %v", p.names, want)
	}
}

func TestUsersBeyondFiles(t *testing.T) {
	for _, c := range []struct {
		conf        string
		want, wantN bool // without and with NIS entries in passwd
	}{
		{"", false, false},
		{"group: files sss", false, false},
		{"passwd: files", false, false},
		{"passwd:\tfiles systemd", true, true},
		{"passwd:files sss # comment", true, true},
		{"passwd: files # sss", false, false},
		{"#passwd: sss", false, false},
		{"passwd: files\npasswd: sss", true, true},
		{"passwd: sss\npasswd: files", false, false},
		{"  passwd : sss", true, true},
		{"passwd: compat", false, true},
		{"passwd: files [NOTFOUND=return]", false, false},
		{"passwd: files [!UNAVAIL=return SUCCESS=continue] ldap", true, true},
		{"passwd: files[NOTFOUND=return]ldap", true, true},
		{"passwd_compat: nis", false, false},
		{"passwd", false, false},
	} {
		if got := usersBeyondFiles(c.conf, false); got != c.want {
			t.Errorf("%q: %v", c.conf, got)
		}
		if got := usersBeyondFiles(c.conf, true); got != c.wantN {
			t.Errorf("%q with NIS entries: %v", c.conf, got)
		}
	}
}

func TestGetentOnce(t *testing.T) {
	asked := map[uint32]int{}
	o := Options{
		Root: tree(t, map[string]string{
			"etc/passwd":        "root:x:0:0::/:\n+\n",
			"etc/nsswitch.conf": "passwd: files sss",
		}),
		Getent: func(_ context.Context, uid uint32) (string, error) {
			asked[uid]++
			switch uid {
			case 1:
				return "ldap user", nil
			case 2:
				return "", nil
			}
			return "ignored", errors.New("no such user")
		},
	}
	r := New(o)
	for range 3 {
		wantUser(t, r, 0, "root")
		wantUser(t, r, 1, "ldap user")
		wantUser(t, r, 2, "")
		wantUser(t, r, 3, "")
		r.NextReport()
	}
	if want := map[uint32]int{1: 1, 2: 1, 3: 1}; !maps.Equal(asked, want) {
		t.Errorf("looked up %v, want %v", asked, want)
	}

	o.Root = tree(t, map[string]string{"etc/nsswitch.conf": "passwd: files"})
	o.Getent = func(context.Context, uint32) (string, error) {
		t.Error("getent run although it knows no other users")
		return "", nil
	}
	wantUser(t, New(o), 1, "")
}

func TestSlowGetent(t *testing.T) {
	root := tree(t, map[string]string{"etc/nsswitch.conf": "passwd: files sss"})
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := New(Options{Root: root, Timeout: 3 * time.Second, Getent: func(ctx context.Context, uid uint32) (string, error) {
			asked.Add(1)
			select {
			case <-time.After(time.Duration(uid) * time.Second):
				return fmt.Sprint("user", uid), nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}})
		start := time.Now()
		wantUser(t, r, 1, "user1")
		wantUser(t, r, 4, "") // 2 s are left
		elapsed(t, start, 3*time.Second)
		wantUser(t, r, 2, "") // no time is left: not even started
		if asked.Load() != 2 {
			t.Errorf("%d getents, want 2", asked.Load())
		}
		r.NextReport()
		wantUser(t, r, 4, "") // already waited for
		time.Sleep(2 * time.Second)
		synctest.Wait()
		wantUser(t, r, 4, "user4")
		elapsed(t, start, 5*time.Second)
		wantUser(t, r, 3600, "")
		time.Sleep(lookupLimit)
		r.NextReport()
		start = time.Now()
		wantUser(t, r, 3600, "")
		elapsed(t, start, 0)
	})
}

func TestRunGetent(t *testing.T) {
	script := func(text string) string {
		path := filepath.Join(t.TempDir(), "getent")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ script, want string }{
		{`[ "$#:$1:$2" = 2:passwd:4294967294 ] && echo "one:x:$2:5::/:"`, "one"},
		{`echo "other:x:5:5::/:"; echo "one:x:$2:5::/:"`, "one"},
		{`echo "other:x:5:5::/:"`, ""},
		{`echo garbage`, ""},
		{`echo "one:x:$2:5::/:"; exit 2`, ""},
		{`exit 2`, ""},
	} {
		name, err := runGetent(t.Context(), script(c.script), 4294967294)
		if name != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.script, name, err, c.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if name, err := runGetent(ctx, script("exec sleep 600"), 1); err == nil {
		t.Errorf("a hung getent returned %q", name)
	}
}

func FuzzPasswd(f *testing.F) {
	for _, c := range passwdLines {
		if len(c.line) < 100 {
			f.Add(c.line)
		}
	}
	f.Add("first:x:20:20::/:\nsecond:x:20:20::/:\n")
	f.Fuzz(func(t *testing.T, text string) {
		p := parsePasswd(text)
		var again strings.Builder
		for _, uid := range slices.Sorted(maps.Keys(p.names)) {
			name := p.names[uid]
			if name == "" || strings.ContainsAny(name, ":\n\x00") || strings.ContainsAny(name[:1], "#+- \t\v\f\r") {
				t.Fatalf("bad name %q", name)
			}
			fmt.Fprintf(&again, "%s:x:%d:0::/:\n", name, uid)
		}
		if got := parsePasswd(again.String()); !maps.Equal(got.names, p.names) {
			t.Errorf("%v rewritten is %v", p.names, got.names)
		}
		// The first entry of a uid wins, whatever follows.
		if got := parsePasswd(again.String() + text); !maps.Equal(got.names, p.names) {
			t.Errorf("%v doubled is %v", p.names, got.names)
		}
	})
}

func FuzzNsswitch(f *testing.F) {
	f.Add("passwd: files [NOTFOUND=return] sss # x\n")
	f.Add("passwd:compat\nhosts: files dns")
	f.Fuzz(func(t *testing.T, conf string) {
		// The last line of a database wins.
		if usersBeyondFiles(conf+"\npasswd: files", true) {
			t.Error("files counts as another source")
		}
		if !usersBeyondFiles(conf+"\npasswd: files sss", false) {
			t.Error("sss is ignored")
		}
		if usersBeyondFiles(conf, false) && !usersBeyondFiles(conf, true) {
			t.Error("NIS entries remove users")
		}
	})
}

// TestUsersLookedUpConcurrently checks that a few users are looked up at once.
func TestUsersLookedUpConcurrently(t *testing.T) {
	root := tree(t, map[string]string{"etc/passwd": "root:x:0:0::/:", "etc/nsswitch.conf": "passwd: files ldap"})
	synctest.Test(t, func(t *testing.T) {
		var now, peak atomic.Int32
		r := New(Options{Root: root, Getent: func(_ context.Context, uid uint32) (string, error) {
			peak.Store(max(peak.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return fmt.Sprint("user", uid), nil
		}})
		start := time.Now()
		if !r.UserReady(0) || r.UserReady(1) {
			t.Error("ready: want the user of passwd alone")
		}
		for uid := range uint32(2 * userWorkers) {
			r.WantUser(uid)
		}
		for uid := range uint32(2 * userWorkers) {
			if uid > 0 {
				wantUser(t, r, uid, fmt.Sprint("user", uid))
			}
		}
		elapsed(t, start, 2*time.Second)
		if !r.UserReady(1) || peak.Load() != userWorkers {
			t.Errorf("ready %v, %d at once", r.UserReady(1), peak.Load())
		}
	})
}

// TestOutOfFiles checks that without descriptors lookups continue with fewer
// workers, and that no name is lost.
func TestOutOfFiles(t *testing.T) {
	var lookups, open atomic.Int32
	r := New(Options{Lookup: func(_ context.Context, ip netip.Addr) (string, error) {
		lookups.Add(1)
		defer open.Add(-1)
		if open.Add(1) > 2 {
			return "", &net.DNSError{Err: "dial udp: socket: " + syscall.EMFILE.Error()}
		}
		return "host-" + ip.String(), nil
	}})
	for _, ip := range addrs(500) {
		r.WantHost(ip)
	}
	for _, ip := range addrs(500) {
		if name, _ := r.Host(ip); name != "host-"+ip.String() {
			t.Fatalf("Host(%v) = %q", ip, name)
		}
	}
}

// TestTooFewDescriptors checks that without descriptors for lookups hosts have
// the names in the hosts file, and that this is reported once.
func TestTooFewDescriptors(t *testing.T) {
	r := New(Options{Root: tree(t, map[string]string{"etc/hosts": "10.0.0.1 near\n"})})
	r.sized = true // without workers
	for range 2 {
		near, ok := r.Host(netip.MustParseAddr("10.0.0.1"))
		far, farOK := r.Host(netip.MustParseAddr("10.0.0.2"))
		if near != "near" || !ok || farOK || r.GaveUp() != 0 || !r.HostReady(netip.MustParseAddr("10.0.0.2")) {
			t.Errorf("%q %v, %q %v, %d given up", near, ok, far, farOK, r.GaveUp())
		}
	}
	if list := r.Problems(); len(list) != 1 || list[0] != errNoRoom {
		t.Errorf("problems %v", list)
	}
	if list := r.Problems(); list != nil {
		t.Errorf("again: %v", list)
	}
}

// TestProblems checks that a missing file is not a problem, and an unreadable
// one is.
func TestProblems(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc/services"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := New(Options{Root: root})
	_, _ = r.Service(1, "tcp")
	_, _ = r.User(1)
	var file *fs.PathError
	list := r.Problems()
	if len(list) != 1 || !errors.As(list[0], &file) || filepath.Base(file.Path) != "services" {
		t.Errorf("problems %v", list)
	}
}
