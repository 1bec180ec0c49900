package differential

import (
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// TestInterfaceAltNames tests divergence I11: an interface selected by an alternative
// name is shown under its own name. ifconfig finds it too, but prints the given name,
// and then has neither addresses nor counters.
func TestInterfaceAltNames(t *testing.T) {
	if !linksInside(t) {
		return
	}
	const long = "a-name-of-more-than-fifteen-bytes"
	linksIP(t, `link set lo up
link add veth0 type veth peer name veth1
link set veth0 up
addr add 10.9.9.1/24 dev veth0
addr add 10.9.9.5/24 dev veth0 label veth0:1
link property add dev veth0 altname wan0 altname `+long+` altname a:b
link property add dev veth1 altname lan0
`)
	linksAwait(t, "DOWN", "veth0")
	veth0, err := net.InterfaceByName("veth0")
	must(t, err, "find veth0")
	if out, err := output(command(need.Program(t, "ifconfig", "net-tools"), []string{"wan0"}, 0, nil)); err != nil || !strings.HasPrefix(out.Stdout, "wan0: flags=") || strings.Contains(out.Stdout, "inet") {
		t.Errorf("ifconfig wan0: %v %v", out, err)
	}
	bound, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err, "make a socket")
	must(t, unix.BindToDevice(bound, "veth0"), "bind to veth0")
	must(t, unix.Listen(bound, 1), "listen")
	if rows := live.Run(t, "ss", "-Htan", "dev", "wan0"); strings.Count(rows, "\n") != 1 {
		t.Errorf("ss shows %q", rows)
	}
	linksIP(t, "link set dev veth0 alias \"up\tlink\x1b[31m\"\n")
	file := filepath.Join(t.TempDir(), "host.json")
	if p := (linksRun{lang: "C"}).run(t, true, "--snapshot", file); p.Exit != 0 {
		t.Fatal(p)
	}
	for _, r := range []struct {
		linksRun
		also []string
		long bool // names longer than an ioctl request are found
	}{
		{linksRun{lang: "C"}, nil, true},
		{linksRun{lang: "C", uid: linksUser}, nil, true},
		{linksRun{lang: "C"}, []string{"--replay", file}, true},
		{linksRun{lang: "C", env: "NETSTAT_SOURCE=proc"}, nil, false},
	} {
		run := func(args ...string) printed { return r.run(t, true, append(slices.Clone(r.also), args...)...) }
		names := map[string]string{"wan0": "veth0", "lan0": "veth1", "wan0:1": "veth0:1"}
		if r.long {
			names[long], names["a:b"], names[long+":1"] = "veth0", "veth0", "veth0:1"
		}
		for name, real := range names {
			for _, args := range [][]string{{"-i"}, {"-ie"}, {"-ea", "-i"}} {
				want := run(append(args, real)...)
				if got := run(append(args, name)...); got != want || got.Exit != 0 || !strings.Contains(got.Stdout, "\n"+real) {
					t.Errorf("%v %v %v %s: %v\n%s: %v", r.env, r.also, args, name, got, real, want)
				}
			}
			want := run("--interface=" + real)
			if got := run("--interface=" + name); got != want {
				t.Errorf("--interface=%s: %v", name, got)
			}
		}
		for _, name := range []string{"wan", "wan0:2", "wan00", ":1"} {
			if got, want := run("-i", name), (printed{"", name + ": error fetching interface information: Device not found\n", 1}); got != want {
				t.Errorf("-i %s: %v", name, got)
			}
		}
		got := run("--json", "-i", "wan0")
		var row struct {
			Name     string
			Index    int
			AltNames []string `json:"altnames"`
			Alias    string
		}
		if i := strings.Index(got.Stdout, `{"name":"veth0"`); i < 0 || json.NewDecoder(strings.NewReader(got.Stdout[i:])).Decode(&row) != nil || row.Index != veth0.Index {
			t.Fatalf("%v %v: %v", r.env, r.also, got)
		}
		if r.long && (!slices.Equal(row.AltNames, []string{"wan0", long, "a:b"}) || row.Alias != "up\tlink\x1b[31m") {
			t.Errorf("%v %v: %+v", r.env, r.also, row)
		}
		if r.long {
			if got := run("-i", "wan0", "--columns", "name,altnames,alias", "--format=csv"); !strings.Contains(got.Stdout, "veth0") || !strings.Contains(got.Stdout, long) {
				t.Errorf("%v", got)
			}
			if got := run("-i", "wan0", "--columns", "name,alias"); !strings.HasSuffix(got.Stdout, "veth0  up.link.[31m\n") {
				t.Errorf("%q", got.Stdout)
			}
		}
		if got := run("-tan", "--filter", "dev wan0"); r.env == "" && (got.Exit != 0 || strings.Count(got.Stdout, "\n") != 3) {
			t.Errorf("%v %v: %v", r.env, r.also, got)
		}
	}
}
