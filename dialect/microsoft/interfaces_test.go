package microsoft

import (
	"errors"
	"strings"
	"testing"

	"netstat"
)

// TestInterfaceSums checks that a sum over no interface is 0, and blank only if
// a number is unknown.
func TestInterfaceSums(t *testing.T) {
	loopback := netstat.Interface{
		Name: "lo", Flags: netstat.InterfaceUp | netstat.InterfaceLoopback, HasCounters: true,
		Receive:  netstat.InterfaceCounters{Bytes: 9, Packets: 9, Absent: netstat.CountsNonUnicast},
		Transmit: netstat.InterfaceCounters{Bytes: 9, Packets: 9, Absent: netstat.CountsNonUnicast},
	}
	partial := netstat.Interface{Name: "lo", Partial: true, HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 9}}
	silent := netstat.Interface{Name: "eth0"}
	counting := netstat.Interface{
		Name: "eth0", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 7, Packets: 6, Absent: netstat.CountsNonUnicast},
		Transmit: netstat.InterfaceCounters{Bytes: 5, Packets: 4, Absent: netstat.CountsNonUnicast},
	}
	const zeros = "0 0|0 0|0 0|0 0|0 0|0"
	for _, c := range []struct {
		name  string
		links []netstat.Interface
		fail  error
		lack  error
		want  string
	}{
		{"only the loopback", []netstat.Interface{loopback}, nil, nil, zeros},
		{"only the loopback, in part", []netstat.Interface{partial}, nil, nil, zeros},
		{"none", nil, nil, nil, zeros},
		{"one without counters", []netstat.Interface{loopback, silent}, nil, nil, "|||||"},
		{"failed list", []netstat.Interface{loopback}, errors.New("boom"), nil, "|||||"},
		{"incomplete list", []netstat.Interface{loopback}, nil, errors.New("boom"), "|||||"},
		{"one without some counters", []netstat.Interface{loopback, counting}, nil, nil, "7 5|6 4||0 0|0 0|0"},
	} {
		h := windowsHost()
		h.Links, h.LinksErr = c.links, c.fail
		if c.lack != nil {
			h.Warnings = []*netstat.OpError{{Op: "list interfaces", Err: c.lack}}
		}
		stdout, _, _ := answerEnv(t, h, func(*Env) {}, "-e")
		var rows []string
		for _, label := range english.interfaceLabels {
			_, rest, ok := strings.Cut(stdout, "\n"+label)
			if !ok {
				t.Fatalf("%s: no row %q in\n%s", c.name, label, stdout)
			}
			rest, _, _ = strings.Cut(rest, "\n")
			rows = append(rows, strings.Join(strings.Fields(rest), " "))
		}
		if got := strings.Join(rows, "|"); got != c.want {
			t.Errorf("%s: %q, want %q\n%s", c.name, got, c.want, stdout)
		}
	}
}
