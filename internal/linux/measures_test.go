package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

func measureCapture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/measures/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// measuresOf returns what a source measures, one text for each measure, and the
// errors.
func measuresOf(ctx context.Context, s *source) (all, errs []string) {
	for m, err := range s.Measures(ctx) {
		if err != nil {
			errs = append(errs, err.Error())
			continue
		}
		all = append(all, fmt.Sprintf("%v %s %d", m.Group, m.Name, m.Value))
	}
	return all, errs
}

// measureFilesOf618 returns the files of a Linux 6.18 with two processors, and sysctls.
func measureFilesOf618(t testing.TB) map[string]string {
	return map[string]string{
		"/proc/net/sockstat":          measureCapture(t, "sockstat-linux-6.18"),
		"/proc/net/sockstat6":         measureCapture(t, "sockstat6-linux-6.18"),
		"/proc/net/softnet_stat":      measureCapture(t, "softnet_stat-linux-6.18"),
		"/proc/net/stat/arp_cache":    measureCapture(t, "arp_cache-linux-6.18"),
		"/proc/net/stat/ndisc_cache":  measureCapture(t, "ndisc_cache-linux-6.18"),
		"/proc/net/stat/nf_conntrack": measureCapture(t, "nf_conntrack-linux-6.18"),

		"/proc/sys/net/core/somaxconn":                   "4096\n",
		"/proc/sys/net/ipv4/tcp_mem":                     "46344\t61795\t92688\n",
		"/proc/sys/net/ipv4/tcp_mtu_probing":             "-1\n",
		"/proc/sys/net/ipv6/neigh/default/gc_thresh3":    "1024\n",
		"/proc/sys/net/netfilter/nf_conntrack_max":       "262144\n",
		"/proc/sys/net/netfilter/nf_conntrack_count":     "50\n",
		"/proc/sys/net/ipv4/ip_local_port_range":         "32768\t60999\n",
		"/proc/sys/net/ipv4/ip_local_reserved_ports":     "22,32767-32769,40000,60999-65535\n",
		"/proc/sys/net/ipv4/ip_unprivileged_port_start":  "1024\n",
		"/proc/sys/net/netfilter/nf_conntrack_something": "x\n",
	}
}

func TestCapturedMeasures(t *testing.T) {
	all, errs := measuresOf(t.Context(), fakeSource(t, Options{}, nil, measureFilesOf618(t)))
	want := strings.Split(strings.TrimSpace(`
sockstat sockets.used 16
sockstat TCP.inuse 1
sockstat TCP.orphan 80
sockstat TCP.tw 0
sockstat TCP.alloc 83
sockstat TCP.mem 354
sockstat UDP.inuse 0
sockstat UDP.mem 221
sockstat UDPLITE.inuse 0
sockstat RAW.inuse 0
sockstat FRAG.inuse 0
sockstat FRAG.memory 0
sockstat TCP6.inuse 0
sockstat UDP6.inuse 0
sockstat UDPLITE6.inuse 0
sockstat RAW6.inuse 0
sockstat FRAG6.inuse 0
sockstat FRAG6.memory 0
softnet processed 497367299
softnet dropped 0
softnet time_squeeze 237
softnet received_rps 0
softnet flow_limit 0
softnet processed.cpu0 249742271
softnet dropped.cpu0 0
softnet time_squeeze.cpu0 112
softnet received_rps.cpu0 0
softnet flow_limit.cpu0 0
softnet processed.cpu1 247625028
softnet dropped.cpu1 0
softnet time_squeeze.cpu1 125
softnet received_rps.cpu1 0
softnet flow_limit.cpu1 0
arp_cache entries 20
arp_cache unresolved_discards 0
arp_cache table_fulls 0
ndisc_cache entries 15
ndisc_cache unresolved_discards 0
ndisc_cache table_fulls 0
nf_conntrack clashres 0
nf_conntrack found 0
nf_conntrack invalid 0
nf_conntrack chainlength 0
nf_conntrack insert 0
nf_conntrack insert_failed 0
nf_conntrack drop 0
nf_conntrack early_drop 0
nf_conntrack icmp_error 0
nf_conntrack expect_new 0
nf_conntrack expect_create 0
nf_conntrack expect_delete 0
nf_conntrack search_restart 0
sysctl net.core.somaxconn 4096
sysctl net.ipv4.tcp_mem.min 46344
sysctl net.ipv4.tcp_mem.pressure 61795
sysctl net.ipv4.tcp_mem.max 92688
sysctl net.ipv4.tcp_mtu_probing 18446744073709551615
sysctl net.ipv6.neigh.default.gc_thresh3 1024
sysctl net.netfilter.nf_conntrack_max 262144
nf_conntrack max 262144
sysctl net.netfilter.nf_conntrack_count 50
nf_conntrack count 50
ports first 32768
ports last 60999
ports excluded 4
`), "\n")
	want = append(want, fmt.Sprintf("host page_size %d", os.Getpagesize()))
	// Its scripted netlink is that of a kernel without netfilter.
	if !slices.Equal(all, want) || errs != nil {
		t.Errorf("%s\nerrors %q", strings.Join(all, "\n"), errs)
	}
}

func TestMeasureFailures(t *testing.T) {
	denied := errors.New("denied")
	for _, test := range []struct {
		name   string
		change func(files map[string]string)
		fail   map[string]error
		errs   []string
		lost   int // measures that the captured files have beside those
	}{
		{name: "nothing optional", change: func(files map[string]string) {
			for path := range files {
				if strings.Contains(path, "/stat/") || strings.HasSuffix(path, "sockstat6") {
					delete(files, path)
				}
			}
		}, lost: 6 + 3 + 3 + 13},
		{name: "no sockstat", change: func(files map[string]string) { delete(files, "/proc/net/sockstat") },
			errs: []string{"read measures: open /proc/net/sockstat: no such file or directory"}, lost: 12},
		{name: "no sysctls", change: func(files map[string]string) {
			for path := range files {
				if strings.HasPrefix(path, "/proc/sys/") {
					delete(files, path)
				}
			}
		}, errs: []string{"read measures: open /proc/sys/net: file does not exist"}, lost: 13},
		{name: "no ports", change: func(files map[string]string) { delete(files, "/proc/sys/net/ipv4/ip_local_port_range") }, lost: 3},
		{name: "no reserved ports", change: func(files map[string]string) { delete(files, "/proc/sys/net/ipv4/ip_local_reserved_ports") }, lost: 1},
		{name: "denied", fail: map[string]error{"/proc/net/stat/arp_cache": denied, "/proc/sys/net/core/somaxconn": denied, "/proc/sys/net/ipv4/ip_local_port_range": denied},
			errs: []string{
				"read measures: open /proc/net/stat/arp_cache: denied", "read measures: open /proc/sys/net/core/somaxconn: denied",
				"read measures: open /proc/sys/net/ipv4/ip_local_port_range: denied",
			}, lost: 3 + 1 + 3},
		{name: "empty", change: func(files map[string]string) { files["/proc/net/softnet_stat"] = "" },
			errs: []string{"read measures: read /proc/net/softnet_stat: " + errEmptyFile.Error()}, lost: 15},
		{name: "malformed", change: func(files map[string]string) {
			files["/proc/net/softnet_stat"] = "00000001 x\n"
			files["/proc/net/sockstat"] = "hello\nTCP: inuse 1\n"
			files["/proc/net/stat/nf_conntrack"] = "entries drop\n00000001 00000002 \n-1\n"
			files["/proc/sys/net/core/somaxconn"] = "many\n"
			files["/proc/sys/net/ipv4/tcp_mem"] = "1 2\n"
			files["/proc/sys/net/ipv4/ip_local_port_range"] = "5 4\n"
		}, errs: []string{
			`read measures: parse /proc/net/sockstat: malformed record: "hello"`,
			`read measures: parse /proc/net/softnet_stat: malformed record: "00000001 x"`,
			`read measures: parse /proc/net/stat/nf_conntrack: malformed record: "-1"`,
			`read measures: parse /proc/sys/net/core/somaxconn: malformed record: "many\n"`,
			`read measures: parse /proc/sys/net/ipv4/tcp_mem: malformed record: "1 2\n"`,
			`read measures: parse /proc/sys/net/ipv4/ip_local_port_range: malformed record: "5 4\n"`,
		}, lost: 15 + 11 + 12 + 1 + 3 + 3},
	} {
		files := measureFilesOf618(t)
		whole, _ := measuresOf(t.Context(), fakeSource(t, Options{}, nil, files))
		if test.change != nil {
			test.change(files)
		}
		s := fakeSource(t, Options{}, nil, files)
		open := s.open
		s.open = func(path string) (io.ReadCloser, error) {
			if err := test.fail[path]; err != nil {
				return nil, err
			}
			return open(path)
		}
		all, errs := measuresOf(t.Context(), s)
		for i := range errs {
			errs[i] = strings.Replace(errs[i], netstat.ErrBogusRecord.Error(), "malformed record", 1)
		}
		if !slices.Equal(errs, test.errs) || len(all) != len(whole)-test.lost {
			t.Errorf("%s: %d of %d measures, errors %q", test.name, len(all), len(whole), errs)
		}
	}
}

func TestMeasuresStop(t *testing.T) {
	files := measureFilesOf618(t)
	files["/proc/net/softnet_stat"] = "" // an error in between
	s := fakeSource(t, Options{}, nil, files)
	all, errs := measuresOf(t.Context(), s)
	for stop := 1; stop <= len(all)+len(errs); stop++ {
		n := 0
		for range s.Measures(t.Context()) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d pairs, want %d", n, stop)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range s.Measures(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors after the end", n)
	}
}

// TestCopiedProc checks a directory with the files of another host: this host's
// page size says nothing about it.
func TestCopiedProc(t *testing.T) {
	files := map[string]string{}
	for path, text := range measureFilesOf618(t) {
		files[strings.Replace(path, "/proc", "/copy", 1)] = text
	}
	all, errs := measuresOf(t.Context(), fakeSource(t, Options{ProcRoot: "/copy"}, nil, files))
	if len(all) != 65 || errs != nil || slices.ContainsFunc(all, func(m string) bool { return strings.HasPrefix(m, "host") }) {
		t.Errorf("%d measures, %q", len(all), errs)
	}
}

// onceReader is a sysctl: the kernel cuts the text to the size of the first read,
// and returns nothing for a second one.
type onceReader struct {
	text string
	done bool
}

func (r *onceReader) Read(b []byte) (int, error) {
	if r.done {
		return 0, io.EOF
	}
	r.done = true
	return copy(b, r.text), nil
}

func (r *onceReader) Close() error { return nil }

func TestLongSysctl(t *testing.T) {
	var ports strings.Builder
	for port := 1; port < 1<<16; port += 2 {
		fmt.Fprintf(&ports, "%d,", port)
	}
	s := fakeSource(t, Options{}, nil, measureFilesOf618(t))
	open := s.open
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasSuffix(path, "ip_local_reserved_ports") {
			return &onceReader{text: ports.String()}, nil
		}
		return open(path)
	}
	all, errs := measuresOf(t.Context(), s)
	if !slices.Contains(all, "ports excluded 14116") || errs != nil {
		t.Errorf("%q, %q", all[len(all)-2:], errs)
	}
	// A file without an end.
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasSuffix(path, "sockstat") {
			return io.NopCloser(endless{}), nil
		}
		return open(path)
	}
	if _, errs := measuresOf(t.Context(), s); len(errs) != 1 || !strings.Contains(errs[0], syscall.EFBIG.Error()) {
		t.Errorf("%q", errs)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestMeasureErrors checks what callers find in an error.
func TestMeasureErrors(t *testing.T) {
	s := fakeSource(t, Options{}, nil, nil)
	s.open = func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }
	n := 0
	for m, err := range s.Measures(t.Context()) {
		if err == nil {
			continue
		}
		n++
		var op *netstat.OpError
		if !errors.As(err, &op) || !errors.Is(err, fs.ErrPermission) || m != (netstat.Measure{}) {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if n != len(measureFiles)+len(sysctls)+1 {
		t.Errorf("%d errors", n)
	}
}
