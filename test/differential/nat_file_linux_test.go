package differential

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// natDir creates a directory that every user may read.
func natDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "netstat-nat-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var natEtcFiles = map[string]string{
	"hosts": "127.0.0.1 localhost\n192.168.7.2 client\n203.0.113.9 a-server-with-a-long-name.example.org server\n" +
		"10.0.0.3 exactly-twenty-chars\n10.0.0.4 twenty-one-characters\n10.0.0.5 " + strings.Repeat("label.", 25) + "example\n",
	"services":      "ssh 22/tcp\nsmtp 25/tcp\ndomain 53/tcp\ndomain 53/udp\nhttp 80/tcp\nfirst 8080/tcp\nlast 8080/tcp\nrtp 7000/udp\n",
	"nsswitch.conf": "passwd: files\nhosts: files\nservices: files\nprotocols: files\nnetworks: files\n",
}

// natFiles are made-up tables of /proc/net/ip_masquerade.
var natFiles = map[string]string{
	"full": natHeader + natGood +
		"UDP 0A000002:0400 C0A80105:0035 F001 00000000     0     -5     599\n" +
		"ICMP 0A000002:0400 08080808:0000 F002 00000000     0     -5     599\n" +
		"ICMP C0A80702:0016 0A000003:0007 0019 1 2 3 100\n" +
		"TCP C0A80702:0016 0A000003:0050 0019 1 2 3 100\n" +
		"TCP 0A000003:1F90 0A000004:0050 0050 1 2 3 100\n" +
		"TCP 0A000005:0016 CB007109:0050 0019 1 2 3 100\n" +
		"UDP CB007109:1B58 0A000003:1B58 0035 FFFFFFFF -32768 32767 360000000\n" +
		"GRE 0A000002:0015 0A000003:0019 0016 1 1 2 100\n" +
		"ESP 0A000002:0000 0A000003:0000 0000 1 1 2 100\n" +
		"IP 00000000:0000 7F000001:0000 0000 1 1 2 0\n" +
		"TCP 0A000004:0000 FFFFFFFF:FFFF FFFF 1 1 2 6000\n",
	"old":      natOldHeader + "TCP 0A000002:0400 C0A80105:0050 F000 00001234     7   44999\nUDP C0A80702:0400 C0A80105:0035 F000 0 -7 0\n",
	"header":   natHeader,
	"unended":  natHeader + strings.TrimSuffix(natGood, "\n"),
	"no lines": strings.TrimSuffix(natHeader, "\n"),
	"blank":    natHeader + natGood + "\n   \n\t\n" + natGood + "\n",
	"narrow":   natHeader + "  TCP  A000002:15 A000003:19 16 1 1 2 6000\nTCP 0A000002:0400 C0A80105:0050 F000 1 40000 -40000 1 \t\r\n",
	"untitled": "something else\nTCP 0A000002:0400 C0A80105:0050 F000 00001234     7   44999\n",
	"crowded":  natHeader + "ICMP 1:2 3:4 5 6 7 8 599999\nICMP 1:2 3:4 5 6 7 8 600000\nICMP 1:2 3:4 5 6 7 8 9999999\nTCP 1:2 3:4 5 6 7 8 6000000\n",
	"many":     natHeader + strings.Repeat(natGood, 1500),
	// Divergence M2: net-tools prints only a message.
	"bad line":     natHeader + natGood + "bad\n" + natGood,
	"short line":   natHeader + "TCP 0A000002:0400 C0A80105:0050 F000 00001234 0 0\n" + natGood,
	"bad protocol": natHeader + natGood + "SCTP 0A000002:0400 C0A80105:0050 F000 1 0 0 1\n",
	"empty":        "",
}

// natApart is divergence M3: net-tools prints a name of four letters and a large number
// of minutes without a space between them.
var natApart = regexp.MustCompile(`(?m)^(icmp)(\d+:)`)

// natBad maps a file on which net-tools fails to our output for it with -Mn.
var natBad = map[string]string{
	"bad line":     natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)", "tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"short line":   natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"bad protocol": natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"empty":        "",
}

func natTable(rows ...string) string {
	return "IP masquerading entries\nprot   expire source               destination          ports\n" + strings.Join(rows, "\n") + "\n"
}

// natArgs are compared over the full table.
var natArgs = []string{
	"-M", "-Mn", "-Me", "-Mne", "-Mee", "-Mnee", "--masquerade", "--masq -n", "-M --numeric-hosts", "-M --numeric-ports",
	"-M --numeric-users", "-M --numeric-hosts --numeric-ports", "-Me --numeric-hosts", "-Mv", "-Mnv", "-Ma", "-Mna", "-Mnae",
	"-Ml", "-MnW", "-MW", "-Mno", "-Mnp", "-Mnoep", "-MnN", "-MN", "-MnC", "-MnF", "-Mnt", "-Mnu", "-Mntuw", "-MnS", "-MnU",
	"-Mn4", "-Mn6", "-Mn46", "-Mnx", "-Mng", "-Mng4", "-Mn -A ipx", "-Mn -A inet,unix,ax25", "--mas --numeric --ext", "-Mnd", "-nM eth0",
}

// natRefused fail while the command line is parsed. The usage is not compared:
// divergence 4.
var natRefused = []string{"-MM", "-Mr", "-Mi", "-Ms", "-rM", "--masquerade=x", "-MnQ"}

func TestMasqueradeFile(t *testing.T) {
	oracle, ours := bothPrograms(t)
	etc := natDir(t, natEtcFiles)
	compare := func(r natRun, args string) {
		t.Helper()
		argv := strings.Fields(args)
		want := r.run(t, append([]string{oracle}, argv...)...)
		want.Stdout = natApart.ReplaceAll(want.Stdout, []byte("$1 $2"))
		r.env = append(slices.Clone(r.env), "NETSTAT_SOURCE=proc")
		if diff := difference(want, r.run(t, append([]string{ours}, argv...)...), nil); diff != "" {
			t.Errorf("%s %v uid %d: %s", args, r.env, r.user, diff)
		}
	}
	locales := [][]string{{"LC_ALL=C"}, {"LANG=C.UTF-8"}}
	for name, text := range natFiles {
		t.Run(name, func(t *testing.T) {
			proc := natDir(t, map[string]string{"net/ip_masquerade": text})
			args := []string{"-M", "-Mn", "-Mne"}
			if name == "full" {
				args = natArgs
			}
			for _, a := range args {
				for i, locale := range locales {
					r := natRun{proc: proc, etc: etc, env: locale}
					if want, bad := natBad[name]; bad {
						natCompareBad(t, r, oracle, ours, want)
						continue
					}
					compare(r, a)
					if i == 0 {
						r.user = natNoone
						compare(r, a)
					}
				}
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/tcp": ""})
		for _, a := range []string{"-M", "-Mn", "-Mnev", "-Mc", "-Mn -A ipx", "-Mt6"} {
			compare(natRun{proc: proc, etc: etc, env: locales[0]}, a)
			compare(natRun{proc: proc, etc: etc, env: locales[1], user: natNoone}, a)
		}
	})
	t.Run("rejected", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/ip_masquerade": natFiles["full"]})
		r := natRun{proc: proc, etc: etc, env: locales[0]}
		for _, a := range natRefused {
			argv := strings.Fields(a)
			want, got := r.run(t, append([]string{oracle}, argv...)...), r.run(t, append([]string{ours}, argv...)...)
			if got.Exit != want.Exit || len(want.Stdout) != 0 || len(got.Stdout) != 0 || !bytes.Contains(got.Stderr, []byte("sage: netstat")) {
				t.Errorf("%s: exit %d, want %d; %q", a, got.Exit, want.Exit, got.Stderr)
			}
		}
	})
	t.Run("repeated", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/ip_masquerade": natFiles["full"]})
		r := natRun{proc: proc, etc: etc, env: locales[0]}
		once := r.run(t, oracle, "-Mne").Stdout
		for _, argv := range [][]string{{oracle, "-Mnec"}, {ours, "-Mnec"}, {ours, "-Mne", "0.01"}} {
			if got := r.runReports(t, 2*len(once), argv...); !bytes.Equal(got, append(slices.Clone(once), once...)) {
				t.Errorf("%q printed %q", argv, got)
			}
		}
	})
}

// natCompareBad checks divergence M2: net-tools ends with an internal error where ours
// shows what can be read, with the same exit code.
func natCompareBad(t *testing.T, r natRun, oracle, ours, want string) {
	t.Helper()
	theirs := r.run(t, oracle, "-Mn")
	if theirs.Exit != 255 || len(theirs.Stdout) != 0 || !bytes.Contains(theirs.Stderr, []byte("Internal Error")) {
		t.Errorf("net-tools: exit %d, %q, %q", theirs.Exit, theirs.Stdout, theirs.Stderr)
	}
	r.env = append(slices.Clone(r.env), "NETSTAT_SOURCE=proc")
	got := r.run(t, ours, "-Mn")
	if got.Exit != 255 || string(got.Stdout) != want || !bytes.HasPrefix(got.Stderr, []byte("netstat: read NAT sessions: ")) {
		t.Errorf("ours: exit %d, %q, %q", got.Exit, got.Stdout, got.Stderr)
	}
}
