package differential

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// linksRow returns the words of the row of the -i table for a name.
func linksRow(p printed, name string) []string {
	for line := range strings.Lines(p.Stdout) {
		if words := strings.Fields(line); len(words) > 0 && words[0] == name {
			return words
		}
	}
	return nil
}

// TestInterfaceLongName tests divergence I12: a name of 15 bytes, the longest possible,
// has its counters.
func TestInterfaceLongName(t *testing.T) {
	if !linksInside(t) {
		return
	}
	const long = "enx0250b612345a"
	linksIP(t, "link set lo up\nlink add "+long+" type veth peer name veth9\nlink set "+long+" up\nlink set veth9 up\naddr add 10.8.8.1/24 dev "+long+"\n")
	linksAwait(t, "UP", long, "veth9")
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err, "make a socket")
	must(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1), "SO_BROADCAST")
	for range 5 {
		must(t, unix.Sendto(fd, make([]byte, 100), 0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{10, 8, 8, 255}}), "send")
	}
	zero := strings.Fields("0 0 0 0 0 0 0 0")
	for _, env := range []string{"", "NETSTAT_SOURCE=proc"} {
		r := linksRun{lang: "C", env: env}
		original := linksRow(r.run(t, false, "-i"), long)
		if len(original) != 11 || !slices.Equal(original[2:10], zero) {
			t.Errorf("the original shows %q", original)
		}
		for _, args := range [][]string{{"-i"}, {"-i", long}, {"--interface=" + long}} {
			if ours := linksRow(r.run(t, true, args...), long); len(ours) != 11 || ours[6] == "0" || !slices.Equal(ours[:2], original[:2]) || ours[10] != original[10] {
				t.Errorf("%v %s: %q, originally %q", args, env, ours, original)
			}
		}
		// Blocks have the same numbers.
		for ours, want := range map[bool]bool{true: false, false: true} {
			_, block, _ := strings.Cut(r.run(t, ours, "-ie").Stdout, long+": ")
			block, _, _ = strings.Cut(block, "\n\n")
			if !strings.Contains(block, "TX packets ") || strings.Contains(block, "TX packets 0 ") != want {
				t.Errorf("-ie, ours %v:\n%s", ours, block)
			}
		}
		// The peer has the same counters, and a name that both programs read correctly.
		linksCompare(t, r, "-i", &linksDivergence{"I12", func(p *printed) {
			_, row, _ := strings.Cut(r.run(t, true, "-i", long).Stdout, "Flg\n")
			before, rest, _ := strings.Cut(p.Stdout, long)
			_, after, _ := strings.Cut(rest, "\n")
			p.Stdout = before + row + after
		}})
	}
}
