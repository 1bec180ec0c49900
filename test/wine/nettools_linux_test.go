package wine

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// nettoolsScript runs net-tools in a mount namespace whose /proc has only the facts
// that Windows has too, so that net-tools treats the rest as missing. UDP sockets have
// no peers. Arguments: the directory, then net-tools' own.
const nettoolsScript = `set -e
root=$1
shift
mount --make-rprivate /
mount -t tmpfs proc "$root"
mkdir "$root/net"
for f in tcp tcp6 dev route; do cat /proc/net/$f >"$root/net/$f"; done
sed -E 's/^( *[0-9]+: \S+) \S+ ../\1 00000000:0000 07/' /proc/net/udp >"$root/net/udp"
sed -E 's/^( *[0-9]+: \S+) \S+ ../\1 00000000000000000000000000000000:0000 07/' /proc/net/udp6 >"$root/net/udp6"
mount --bind "$root" /proc
exec netstat "$@"
`

// nettoolsRun runs the original netstat in the namespace.
func nettoolsRun(t *testing.T, args ...string) Result {
	t.Helper()
	root := filepath.Join(shared.dir, "proc")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := shared.run(append(slices.Clip(shared.env), "LC_ALL=C"), "", "unshare",
		append([]string{"-m", "sh", "-c", nettoolsScript, "sh", root}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nettoolsOwner is the end of a row whose process Wine knows.
var nettoolsOwner = regexp.MustCompile(` \d+/\S+ *$`)

// TestNettools compares the net-tools dialect with the original, run on the same facts.
func TestNettools(t *testing.T) {
	for _, args := range []string{
		"-tan", "-ant", "-tn", "-ltn", "-tan4", "-tan6", "-tanW", "-n -t -v", "-tane", "-tano", "-tanp", "-ltunp", "-uan", "-luneop",
		"-n", "-an", "-vn", "-ln", "-xn", "-xan", "-wn", "-Un", "-Sn", "-tunwn", "-tunxn", "-xv",
		"--ax25", "--ipx", "--rose", "--x25", "--netrom", "-A ax25,ipx", "-M", "-Mn", "-tZ", "-rn", "-rn4", "-r --ax25", "-A ipx -r", "-r --rose", "-r --x25", "-r --ddp", "-rA bluetooth", "-rA ash",
		"--bogus", "-i --bogus", "-A bogus", "-rC --inet6 --bogus",
	} {
		commandTry(t, func() string {
			want := nettoolsRun(t, strings.Fields(args)...)
			stdout, stderr, code := commandRun(t, nil, append([]string{"--dialect=linux"}, strings.Fields(args)...)...)
			if a, b := nettoolsLines(args, stdout, false), nettoolsLines(args, string(want.Stdout), true); !slices.Equal(a, b) || code != want.Code {
				return fmt.Sprintf("%s: status %d\n%s\nnet-tools: %d\n%s", args, code, strings.Join(a, "\n"), want.Code, strings.Join(b, "\n"))
			}
			// net-tools prints messages about options before its usage, which is not
			// ours.
			a, _, _ := strings.Cut(stderr, "\nUsage:")
			b, _, _ := strings.Cut(string(want.Stderr), "\nusage:")
			a, b = strings.TrimSuffix(nettoolsName.ReplaceAllString(a, "netstat: "), "\n"), strings.TrimSuffix(b, "\n")
			if a != b {
				return fmt.Sprintf("%s: prints %q, net-tools %q", args, a, b)
			}
			return ""
		})
	}
}

// nettoolsName is the name of the program in messages about options.
var nettoolsName = regexp.MustCompile(`(?m)^[A-Z]:\\.*\.exe: `)

// nettoolsUnknown replaces columns of a row of net-tools that Windows does not know.
func nettoolsUnknown(f []string, args string) []string {
	f[1], f[2] = "-", "-" // queues
	first := 6
	if f[0][0] == 'u' {
		f[4], first = "*:*", 5
	}
	f = f[:first]
	for column, n := range map[string]int{"e": 2, "o": 1, "p": 1} { // user and inode, timer, program
		if word, _, _ := strings.Cut(args, " "); strings.Contains(word, column) {
			f = append(f, slices.Repeat([]string{"-"}, n)...)
		}
	}
	return f
}

// nettoolsLines prepares a report for comparison. Rows are sorted, because Linux's are
// in the order of hash tables.
func nettoolsLines(args, text string, original bool) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "tcp") || strings.HasPrefix(line, "udp") {
			line = nettoolsOwner.ReplaceAllString(line, " -")
			f := strings.Fields(line)
			if original {
				f = nettoolsUnknown(f, args)
			}
			line = strings.Join(f, " ")
		}
		// Wine takes a route to a host on this link for a route to this host.
		lines = append(lines, strings.Replace(line, "UHl ", "UH  ", 1))
	}
	slices.Sort(lines)
	return lines
}
