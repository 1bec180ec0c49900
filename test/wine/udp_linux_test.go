package wine

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed udp/iphlpapi.c
var udpSource []byte

// TestCommandUDPPeers runs netstat.exe with an iphlpapi.dll that has the table of UDP
// peers, which Wine lacks: as a Windows version with the table, and as one without.
func TestCommandUDPPeers(t *testing.T) {
	h, err := StartHere(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	exe := commandExe(t)
	if err := h.Replace("iphlpapi", udpSource, exe, "-lws2_32"); err != nil {
		t.Fatal(err)
	}
	const (
		microsoft = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n"
		header    = "Active Internet connections (servers and established)\n" +
			"Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
	)
	blanks := func(rows ...string) string {
		text := ""
		for _, row := range rows {
			text += row + strings.Repeat(" ", 55-len(row)) + "\n"
		}
		return text
	}
	const classicPID = "                                    "
	with := []struct{ args, want string }{
		{"--dialect=windows -an", microsoft + blanks("  UDP    0.0.0.0:123            *:*", "  UDP    0.0.0.0:5353           *:*",
			"  UDP    0.0.0.0:5353           *:*") + "  UDP    192.0.2.5:50060        198.51.100.7:443       \n" +
			blanks("  UDP    [::]:123               *:*", "  UDP    [::]:5353              *:*", "  UDP    [::]:5353              *:*") +
			"  UDP    [fe80::5%7]:50061      [fe80::9%7]:443        \n"},
		{"--dialect=windows -ano -p udp", strings.Replace(microsoft, "State\n", "State           PID\n", 1) +
			"  UDP    0.0.0.0:123            *:*" + classicPID + "1000\n" +
			"  UDP    0.0.0.0:5353           *:*" + classicPID + "1008\n" +
			"  UDP    0.0.0.0:5353           *:*" + classicPID + "1008\n" +
			"  UDP    192.0.2.5:50060        198.51.100.7:443                       1004\n"},
		{"--dialect=linux -4uan", header +
			"udp        -      - 0.0.0.0:123             0.0.0.0:*                          \n" +
			"udp        -      - 192.0.2.5:50060         198.51.100.7:443        ESTABLISHED\n" +
			"udp        -      - 0.0.0.0:5353            0.0.0.0:*                          \n" +
			"udp        -      - 0.0.0.0:5353            0.0.0.0:*                          \n"},
		{"--dialect=windows -an --format=csv --columns=proto,local,remote,state,pid --filter remote_port==443",
			"proto,local,remote,state,pid\nudp,192.0.2.5:50060,198.51.100.7:443,ESTABLISHED,1004\nudp6,[fe80::5]:50061,[fe80::9]:443,ESTABLISHED,1004\n"},
	}
	without := []struct{ args, want string }{
		{"--dialect=windows -an -p udp", microsoft + blanks("  UDP    0.0.0.0:123            *:*", "  UDP    0.0.0.0:5353           *:*",
			"  UDP    0.0.0.0:5353           *:*", "  UDP    192.0.2.5:50060        *:*")},
		{"--dialect=windows -an --format=csv --columns=proto,local,remote,state,pid --filter local_port==50060",
			"proto,local,remote,state,pid\nudp,192.0.2.5:50060,,CLOSED,1004\n"},
	}
	for _, c := range []struct {
		build, env string
		cases      []struct{ args, want string }
	}{
		{"20348", "PEERS=", with},
		{"26100", "PEERS=refuse", without},
		{"19045", "PEERS=", without},
	} {
		if err := h.SetRegistry(`HKLM\Software\Microsoft\Windows NT\CurrentVersion`, "CurrentBuildNumber", c.build); err != nil {
			t.Fatal(err)
		}
		for _, one := range c.cases {
			r, err := h.RunEnv([]string{c.env}, exe, strings.Fields(one.args)...)
			got := strings.ReplaceAll(string(r.Stdout), "\r\n", "\n")
			if err != nil || r.Code != 0 || len(r.Stderr) > 0 || got != one.want {
				t.Errorf("%s, %s, %s: %v, status %d, %q\n%s\nwant\n%s", c.build, c.env, one.args, err, r.Code, r.Stderr,
					strings.ReplaceAll(got, " ", "·"), strings.ReplaceAll(one.want, " ", "·"))
			}
		}
	}
}
