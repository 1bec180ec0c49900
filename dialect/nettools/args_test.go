package nettools

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat/options"
	"netstat/test/need"
)

var argRecord = flag.Bool("args.record", false, "rewrite testdata/args.tsv with the answers of net-tools")

var argTestEnv = Environment{Version: func() string { return "1.2.3" }}

func argSELinux() bool { return true }

func TestParseMeaning(t *testing.T) {
	selinux := Environment{SELinux: argSELinux}
	posix := Environment{Posix: true}
	allNumeric := Command{NumericHosts: true, NumericPorts: true, NumericUsers: true}
	tests := []struct {
		line string // words separated by single spaces
		env  Environment
		want Command
	}{
		{line: "", want: Command{}},
		{line: "-tulpn", want: Command{TCP: true, UDP: true, Listening: true, Programs: true,
			NumericHosts: true, NumericPorts: true, NumericUsers: true}},
		{line: "-U -S -w -2 -f", want: Command{UDPLite: true, SCTP: true, Raw: true, L2CAP: true, RFCOMM: true}},
		{line: "--udplite --sctp --raw --l2cap --rfcomm", want: Command{UDPLite: true, SCTP: true, Raw: true, L2CAP: true, RFCOMM: true}},
		{line: "-agvoWNFCd", want: Command{All: true, Groups: true, Verbose: true, Timers: true, Wide: true, Symbolic: true, FIB: true, Cache: true}},
		{line: "--all --groups --verbose --timers --wide --symbolic --fib --cache",
			want: Command{All: true, Groups: true, Verbose: true, Timers: true, Wide: true, Symbolic: true, FIB: true, Cache: true}},
		{line: "-n", want: allNumeric},
		{line: "--numeric", want: allNumeric},
		{line: "--numeric-h --numeric-p --numeric-u", want: allNumeric},
		{line: "--numeric-ports", want: Command{NumericPorts: true}},
		{line: "-e --extend -ee", want: Command{Extend: 4}},
		{line: "--conte", env: selinux, want: Command{Context: true, Programs: true}},
		{line: "-Z", env: selinux, want: Command{Context: true, Programs: true}},
		{line: "-r", want: Command{Action: ActionRoutes}},
		{line: "-gr", want: Command{Action: ActionRoutes, Groups: true}},
		{line: "--masq", want: Command{Action: ActionMasquerade}},
		{line: "-s", want: Command{Action: ActionStatistics}},
		{line: "a -t b -n -- -u", want: Command{TCP: true, NumericHosts: true, NumericPorts: true, NumericUsers: true, Ignored: []string{"a", "b", "-u"}}},
		{line: "-t x -u", env: posix, want: Command{TCP: true, Ignored: []string{"x", "-u"}}},
		{line: "-t - -u", want: Command{TCP: true, UDP: true, Ignored: []string{"-"}}},

		{line: "-64x", want: Command{Families: []string{"inet6", "inet", "unix"}}},
		{line: "-A ip,ip6,tcpip -Aunix --prot=x25 --protocol rose", want: Command{Families: []string{"inet", "inet6", "inet", "unix", "x25", "rose"}}},
		{line: "-A ax25,ipx,appletalk,netrom,ddp,econet,ash,bluetooth",
			want: Command{Families: []string{"ax25", "ipx", "ddp", "netrom", "ddp", "ec", "ash", "bluetooth"}}},
		{line: "--ax25 --x25 --ip --ipx --appletalk --netrom --inet --inet6 --ddp --rose --unix --bluetooth --tcpip",
			want: Command{Families: []string{"ax25", "x25", "inet", "ipx", "ddp", "netrom", "inet", "inet6", "ddp", "rose", "unix", "bluetooth", "inet"}}},
		{line: "-A" + strings.Repeat("inet,", 99) + "inet", want: Command{Families: slices.Repeat([]string{"inet"}, 100)}},

		{line: "-c", want: Command{Continuous: true, Interval: time.Second}},
		{line: "-c 5", want: Command{Continuous: true, Interval: 5 * time.Second}},
		{line: "0.5", want: Command{Interval: 500 * time.Millisecond}},
		{line: ".25 -t", want: Command{TCP: true, Interval: 250 * time.Millisecond}},
		{line: "2. x", want: Command{Ignored: []string{"2.", "x"}}},
		{line: "x 2.", want: Command{Interval: 2 * time.Second, Ignored: []string{"x"}}},
		{line: "1 2", want: Command{Interval: 2 * time.Second, Ignored: []string{"1"}}},
		{line: "1e1", want: Command{Interval: 10 * time.Second}},
		{line: "-- +1", want: Command{Interval: time.Second}},
		{line: "5s", want: Command{Ignored: []string{"5s"}}},
		{line: "inf", want: Command{Ignored: []string{"inf"}}},
		{line: "NaN", want: Command{Ignored: []string{"NaN"}}},
		{line: "0x10", want: Command{Ignored: []string{"0x10"}}},
		{line: "e1", want: Command{Ignored: []string{"e1"}}},
		{line: "1_0", want: Command{Ignored: []string{"1_0"}}},
		{line: "1,5", want: Command{Ignored: []string{"1,5"}}},

		{line: "-i", want: Command{Action: ActionInterfaces}},
		{line: "-i eth0", want: Command{Action: ActionInterfaces, Interface: "eth0"}},
		{line: "-i eth0 2", want: Command{Action: ActionInterfaces, Interface: "eth0", Interval: 2 * time.Second}},
		{line: "-i 2", want: Command{Action: ActionInterfaces, Interval: 2 * time.Second}},
		{line: "2 eth0 -i eth1", want: Command{Action: ActionInterfaces, Interface: "eth0", Ignored: []string{"2", "eth1"}}},
		{line: "-i ", want: Command{Action: ActionInterfaces, Ignored: []string{""}}},
		{line: "--interfaces eth0", want: Command{Action: ActionInterfaces, Interface: "eth0"}},
		{line: "--interface=0 eth0 3", want: Command{Action: ActionInterfaces, Interface: "0", Interval: 3 * time.Second, Ignored: []string{"eth0"}}},
		{line: "--inte=eth0", want: Command{Action: ActionInterfaces, Interface: "eth0"}},
		{line: "-r eth0", want: Command{Action: ActionRoutes, Ignored: []string{"eth0"}}},

		{line: "–all –tcp –u –-", want: Command{All: true, TCP: true, UDP: true}},
		{line: "–nap —rou — –", want: Command{Action: ActionRoutes, All: true, Programs: true, Ignored: []string{"—", "–"},
			NumericHosts: true, NumericPorts: true, NumericUsers: true}},
		{line: "–resolve-timeout=2 -- –all", want: Command{Ignored: []string{"–all"},
			Options: options.Options{ResolveTimeout: 2 * time.Second, ResolveTimeoutSet: true}}},
		{line: "--resolve-timeout 2", want: Command{Options: options.Options{ResolveTimeout: 2 * time.Second, ResolveTimeoutSet: true}}},
		{line: "--resolve-timeout=250ms", want: Command{Options: options.Options{ResolveTimeout: 250 * time.Millisecond, ResolveTimeoutSet: true}}},
		{line: "--help=filter -r --hel=col", want: Command{Action: ActionRoutes, Options: options.Options{Help: "columns"}}},
		{line: "--res 1.5 --res=0", want: Command{Options: options.Options{ResolveTimeoutSet: true}}},
	}
	for _, tt := range tests {
		got, exit := Parse(argWords(tt.line), tt.env)
		if exit != nil {
			t.Errorf("%q: exit %+v", tt.line, *exit)
		} else if !reflect.DeepEqual(*got, tt.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", tt.line, *got, tt.want)
		}
	}
}

func argWords(line string) []string {
	if line == "" {
		return []string{"netstat"}
	}
	return append([]string{"netstat"}, strings.Split(line, " ")...)
}

func TestParseWithoutProgramName(t *testing.T) {
	got, exit := Parse(nil, Environment{})
	if exit != nil || !reflect.DeepEqual(*got, Command{}) {
		t.Errorf("got %+v, %+v", got, exit)
	}
}

// TestManualOptions checks that every option in the manual is known.
func TestManualOptions(t *testing.T) {
	const manual = `-t --tcp -u --udp -w --raw -l --listening -a --all -n --numeric
		--numeric-hosts --numeric-ports --numeric-users -N --symbolic
		-e --extend -o --timers -p --program --programs -v --verbose
		-c --continuous -r --route -i --interfaces --interface=eth0 -g --groups
		-M --masquerade -s --statistics -F -C -x --unix --inet --ip --ax25 --ipx
		--netrom --ddp --protocol=inet,unix,ipx,ax25,netrom,ddp -Ainet
		-tunpl -nap 5`
	for _, word := range strings.Fields(manual) {
		if _, exit := Parse([]string{"netstat", word}, argTestEnv); exit != nil {
			t.Errorf("%s: %+v", word, *exit)
		}
	}
	for _, word := range strings.Fields("-V --version -h --help") {
		if _, exit := Parse([]string{"netstat", word}, argTestEnv); exit == nil || exit.Code != 0 {
			t.Errorf("%s: %+v", word, exit)
		}
	}
}

// argDivergences lists the command lines where Parse intentionally ends
// otherwise than net-tools 2.10. TestAgainstNetTools checks both columns.
var argDivergences = []struct {
	words        []string
	ours, theirs argOutcome // the zero value if parsing does not end the program
	why          string
}{
	{words: []string{"--interfaces=lo", "-h"}, ours: argOutcome{what: "help"},
		theirs: argOutcome{3, "usage", "netstat: option '--interfaces' doesn't allow an argument"},
		why:    "the manual has --interface=iface"},
	{words: []string{"--int=", "-h"}, ours: argOutcome{3, "", "netstat: option '--interfaces=' needs a name after '='"},
		theirs: argOutcome{3, "usage", "netstat: option '--interfaces' doesn't allow an argument"},
		why:    "an empty variable in a script must not mean all interfaces"},
	{words: []string{"--help=x"}, ours: argOutcome{3, "", "netstat: unknown help topic 'x' (known: filter, columns, states, formats, families, namespaces, diagnose, examples)"},
		theirs: argOutcome{3, "usage", "netstat: option '--help' doesn't allow an argument"},
		why:    "--help=TOPIC explains a topic"},
	{words: []string{"--he=", "-h"}, ours: argOutcome{3, "", "netstat: option '--help=' needs a name after '='"},
		theirs: argOutcome{3, "usage", "netstat: option '--help' doesn't allow an argument"},
		why:    "--help=TOPIC explains a topic"},
	{words: []string{"--colums", "-h"}, ours: argOutcome{3, "", "netstat: unknown option --colums: did you mean --columns? (try 'netstat -h')"},
		theirs: argOutcome{3, "usage", "netstat: unrecognized option '--colums'"},
		why:    "a mistake in one of our options is one line"},
	{words: []string{"–help"}, ours: argOutcome{what: "help"},
		why: "divergence 25: a web page or word processor replaces hyphens by a dash"},
	{words: []string{"--tcpip", "-h"}, ours: argOutcome{what: "help"},
		theirs: argOutcome{0, "help", "netstat.c: Internal Error `longopts 1 range'."},
		why:    "--tcpip works"},
	{words: []string{"--resolve-timeout=1", "-h"}, ours: argOutcome{what: "help"},
		theirs: argOutcome{3, "usage", "netstat: unrecognized option '--resolve-timeout=1'"},
		why:    "our own option"},
	{words: []string{"--res", "1", "-h"}, ours: argOutcome{what: "help"},
		theirs: argOutcome{3, "usage", "netstat: unrecognized option '--res'"},
		why:    "our own option, abbreviated"},
	{words: []string{"-s", "0"}, ours: argOutcome{3, "", "netstat: bad delay '0': must be a positive number of seconds, such as 5 or 0.5"},
		why: "the manual has a delay"},
	{words: append(slices.Repeat([]string{"-4"}, 52), "-h"), ours: argOutcome{what: "help"},
		theirs: argOutcome{0, "help", "Too much address family arguments."},
		why:    "no limit on families"},
	{words: []string{"-A" + strings.Repeat("inet,", 60) + "inet", "-h"}, ours: argOutcome{what: "help"},
		theirs: argOutcome{1, "", "Unknown address family `'."},
		why:    "a long list is not cut"},
}

// argOutcome is the way in which parsing ends the program.
type argOutcome struct {
	code    int
	what    string // "usage" (on standard error), "help", "version", or ""
	message string // text on standard error before any usage
}

func (o argOutcome) String() string {
	return strconv.Itoa(o.code) + "\t" + o.what + "\t" + o.message
}

// argCut returns the part of text before the usage text, which begins with
// usage, and whether text contains it.
func argCut(text, usage string) (message string, cut bool) {
	i := strings.Index(text, usage)
	if i < 0 {
		return strings.TrimSuffix(text, "\n"), false
	}
	return strings.TrimSuffix(text[:i], "\n"), true
}

func argOurs(words []string) argOutcome {
	_, exit := Parse(words, argTestEnv)
	if exit == nil {
		return argOutcome{}
	}
	message, usage := argCut(exit.Stderr, Usage(""))
	o := argOutcome{code: exit.Code, message: message}
	switch {
	case usage:
		o.what = "usage"
	case exit.Stdout == Usage(""):
		o.what = "help"
	case strings.HasPrefix(exit.Stdout, "net-tools "):
		o.what = "version"
	}
	return o
}

func TestDeclaredDivergences(t *testing.T) {
	for _, d := range argDivergences {
		if got := argOurs(append([]string{"netstat"}, d.words...)); got != d.ours {
			t.Errorf("%q: got %v, want %v", d.words, got, d.ours)
		}
	}
}

// TestOwnMistakes checks mistakes in options and operands that net-tools does
// not have.
func TestOwnMistakes(t *testing.T) {
	const delay = "': must be a positive number of seconds, such as 5 or 0.5\n"
	const wait = "' for --resolve-timeout: must be a number of seconds, or a duration such as 500ms\n"
	tests := []struct{ line, want string }{
		{"0", "netstat: bad delay '0" + delay},
		{"-t x 0.0", "netstat: bad delay '0.0" + delay},
		{"-- -5", "netstat: bad delay '-5" + delay},
		{"1e400", "netstat: bad delay '1e400" + delay},
		{"-- -1e400", "netstat: bad delay '-1e400" + delay},
		{"9223372037", "netstat: bad delay '9223372037" + delay},
		{"1e-10", "netstat: bad delay '1e-10" + delay},
		{"--resolve-timeout=", "netstat: bad value '" + wait},
		{"--resolve-timeout -1", "netstat: bad value '-1" + wait},
		{"--resolve-timeout -1s", "netstat: bad value '-1s" + wait},
		{"--resolve-timeout soon", "netstat: bad value 'soon" + wait},
		{"--resolve-timeout 1e400", "netstat: bad value '1e400" + wait},
	}
	for _, tt := range tests {
		_, exit := Parse(argWords(tt.line), argTestEnv)
		if want := (Exit{Code: 3, Stderr: tt.want}); exit == nil || *exit != want {
			t.Errorf("%q: got %+v, want %+v", tt.line, exit, want)
		}
	}
}

// TestMistakes checks the exact lines about long options. A mistake in one of our
// options, or in a word most similar to one, is one line that begins with this program's
// name. Any other mistake is net-tools' line, with the name as typed, and the usage.
func TestMistakes(t *testing.T) {
	const try = " (try 'netstat -h')\n"
	for _, c := range []struct{ line, want string }{
		{"--colums=local", "netstat: unknown option --colums: did you mean --columns?" + try},
		{"-tan --JSON", "netstat: unknown option --JSON: did you mean --json?" + try},
		{"--stats", "netstat: unknown option --stats: did you mean --state?" + try},
		{"--port", "netstat: option --port needs a value: --port=LIST" + try},
		{"--json=x", "netstat: option --json takes no value" + try},
		{"--re 1", "netstat: option --re is ambiguous: --resolve-timeout, --redact, --replay or --record" + try},
		{"--format=jsn", "netstat: unknown format 'jsn': did you mean json? (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)\n"},
		{"--format=\x1b", "netstat: unknown format '.' (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)\n"},
		{"--dialect=windws", "netstat: unknown dialect 'windws': did you mean windows? (known: linux, windows)\n"},
		{"--color=of", "netstat: unknown --color value 'of' (known: auto, always, never)\n"},
		{"--help=fliter", "netstat: unknown help topic 'fliter': did you mean filter? (known: filter, columns, states, formats, families, namespaces, diagnose, examples)\n"},
		{"--limit=0", "netstat: bad value '0' for --limit: must be a positive number\n"},
		{"--bogus", "./ns: unrecognized option '--bogus'\n" + Usage("")},
		{"--bogus=x", "./ns: unrecognized option '--bogus=x'\n" + Usage("")},
		{"--listning", "./ns: unrecognized option '--listning'\n" + Usage("")},
		{"--all=x", "./ns: option '--all' doesn't allow an argument\n" + Usage("")},
		{"--num", "./ns: option '--num' is ambiguous; possibilities: '--numeric' '--numeric-hosts' '--numeric-ports' '--numeric-users'\n" + Usage("")},
		{"-Q", "./ns: invalid option -- 'Q'\n" + Usage("")},
	} {
		words := argWords(c.line)
		words[0] = "./ns"
		if _, exit := Parse(words, argTestEnv); exit == nil || *exit != (Exit{Code: ExitMistake, Stderr: c.want}) {
			t.Errorf("%q: got %+v, want %s", c.line, exit, c.want)
		}
	}
}

// TestOwnOptionsKeepAbbreviations checks that no own option is the beginning of a classic
// one, which would take its abbreviation. Without a topic, --help is the classic option.
func TestOwnOptionsKeepAbbreviations(t *testing.T) {
	for _, own := range options.All {
		for _, classic := range argClassic {
			if classic.long != "" && strings.HasPrefix(classic.long, own.Name) && own.Name != "help" {
				t.Errorf("--%s abbreviates --%s", own.Name, classic.long)
			}
		}
	}
}

func TestSELinuxIsCalledOnlyForContext(t *testing.T) {
	asked := 0
	env := Environment{SELinux: func() bool { asked++; return false }}
	if Parse([]string{"netstat", "-tnp"}, env); asked != 0 {
		t.Error("SELinux called without -Z")
	}
	_, exit := Parse([]string{"netstat", "-ZQ"}, env)
	want := Exit{Code: 1, Stderr: "SELinux is not enabled on this machine.\n"}
	if asked != 1 || exit == nil || *exit != want {
		t.Errorf("called %d times, got %+v", asked, exit)
	}
}

// argCases returns the command lines of testdata/args.tsv. All of them end
// during parsing.
func argCases() [][]string {
	var cases [][]string
	for _, line := range []string{
		"-h", "--help", "-V", "--version", "-V -h", "-h -V", "-h -Q", "-Q -h", "-?", "-?h", "-h?",
		"-Q", "-tQ", "-tnlpQa", "-bogus", "-W-", "- -Q", "a b -Q", "-;", "-:", "-+", "-=", "-0", "-T",
		"-- -Q", "-t -- -h", "---", "--=", "--=x", "--bogus", "--bogus=x", "--bogus=", "--TCP", "--numeric=1",
		"--all=", "-n=5",
		"-A", "-aA", "-A foo", "-Afoo", "-A=inet", "-A inet,", "-A ,inet", "-A ", "-A inet,,unix", "-A INET",
		"-A inet,foo,bar", "-A foo -A bar", "-A foo -h", "-h -A foo", "-A -h", "-A --", "-aAn", "-A inet -h",
		"-A foo -Q", "-Q -A foo", "-A foo -i -r", "-i -r -A foo", "-A inet6,econet,ash,bluetooth -h",
		"-A ec", "-A atalk", "-A inet;unix",
		"--protocol", "--prot", "--protocol=", "--protocol=foo", "--protocol foo", "--protocol inet -h", "--prot=inet -h",
		"--protocol --help", "--protocol -- -Q",
		"-rr", "-ri", "-ir", "-rs", "-sM", "-i --interfaces", "--route --statistics", "-r -i -Q", "-r -i -h",
		"-gr -i", "-rsa -A inet", "-M -M", "-is 5",
		"-2h", "-fh", "--bluetooth -h", "-dh",
	} {
		words := argWords(line)
		if argOurs(words) == (argOutcome{}) {
			words = append(words, "-h")
		}
		cases = append(cases, words)
	}
	seen := map[string]bool{}
	for _, o := range argClassic {
		for n := 1; n <= len(o.long); n++ {
			word := "--" + o.long[:n]
			if seen[word] {
				continue
			}
			seen[word] = true
			// argDivergences has the intentional differences, and
			// the answer to -Z depends on the machine.
			if word != "--tcpi" && word != "--tcpip" && !strings.HasPrefix(word, "--conte") {
				cases = append(cases, []string{"netstat", word, "-h"})
			}
			if !strings.HasPrefix(word, "--int") && !strings.HasPrefix("--help", word) {
				cases = append(cases, []string{"netstat", word + "=x", "-h"})
			}
		}
	}
	for c := byte('!'); c < 0x7f; c++ {
		if c != 'Z' && c != '-' {
			cases = append(cases, []string{"netstat", "-" + string(c), "-h"})
		}
	}
	for _, name := range []string{"", "/usr/bin/netstat", "a b"} {
		cases = append(cases, []string{name, "-Q"}, []string{name, "--i"}, []string{name, "--bogus"})
	}
	return cases
}

const argFacts = "testdata/args.tsv"

// TestParseFacts compares with recorded answers of net-tools 2.10. A line of
// the file holds the exit code, the output, the message and then the words.
func TestParseFacts(t *testing.T) {
	data, err := os.ReadFile(filepath.FromSlash(argFacts))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	cases := argCases()
	if len(lines) != len(cases) {
		t.Fatalf("%d facts for %d command lines: record them again with -args.record", len(lines), len(cases))
	}
	for i, words := range cases {
		if got := argOurs(words).String() + "\t" + strings.Join(words, "\t"); got != lines[i] {
			t.Errorf("\n got %q\nwant %q", got, lines[i])
		}
	}
}

// argTheirs runs the netstat of net-tools.
func argTheirs(t *testing.T, words []string) argOutcome {
	t.Helper()
	stdout, stderr, code := argRun(t, words)
	message, usage := argCut(stderr, "usage: netstat")
	o := argOutcome{code: code, message: message}
	switch {
	case usage:
		o.what = "usage"
	case strings.HasPrefix(stdout, "usage: netstat"):
		o.what = "help"
		// -h writes the family names to standard error.
		o.message, _ = argCut(stderr, "    inet (DARPA Internet)")
	case strings.HasPrefix(stdout, "net-tools "):
		o.what = "version"
	}
	return o
}

func argRun(t *testing.T, words []string) (stdout, stderr string, code int) {
	t.Helper()
	// The timeout is for a reference that lists sockets forever because it
	// reads the words otherwise than Parse does.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argReference)
	cmd.Args = words
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

const argReference = "/usr/bin/netstat"

func argNeedReference(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("net-tools exists on Linux only; TestParseFacts compares with its recorded answers")
	}
	need.Program(t, argReference, "net-tools")
	if stdout, _, _ := argRun(t, []string{"netstat", "-V"}); !strings.HasPrefix(stdout, "net-tools 2.10\n") {
		t.Fatalf("%s is not net-tools 2.10: its version is %.40q", argReference, stdout)
	}
}

// TestAgainstNetTools runs the installed netstat on all recorded command lines,
// the declared divergences, and random command lines.
func TestAgainstNetTools(t *testing.T) {
	argNeedReference(t)

	t.Run("facts", func(t *testing.T) {
		var facts strings.Builder
		for _, words := range argCases() {
			facts.WriteString(argTheirs(t, words).String() + "\t" + strings.Join(words, "\t") + "\n")
		}
		if *argRecord {
			if err := os.WriteFile(argFacts, []byte(facts.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(argFacts)
		if err != nil {
			t.Fatal(err)
		}
		if facts.String() != string(want) {
			t.Errorf("%s differs from net-tools' answers: run with -args.record and see the difference", argFacts)
		}
	})

	t.Run("divergences", func(t *testing.T) {
		for _, d := range argDivergences {
			if got := argTheirs(t, append([]string{"netstat"}, d.words...)); got != d.theirs {
				t.Errorf("%q (%s): net-tools answers %v, want %v as declared", d.words, d.why, got, d.theirs)
			}
		}
	})

	t.Run("random", func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 10))
		for range 400 {
			words := argRandom(r)
			ours := argOurs(words)
			if ours == (argOutcome{}) {
				if words = append(words, "-h"); slices.Contains(words, "--") {
					continue
				}
				ours = argOurs(words)
			}
			if strings.Contains(ours.message, "bad delay") {
				continue // argDivergences has the operand
			}
			if theirs := argTheirs(t, words); ours != theirs {
				t.Errorf("%q:\n ours %v\ntheirs %v", words, ours, theirs)
			}
		}
	})

	// -s prints the list of families that it parsed, unless that is a
	// single Internet family.
	t.Run("families", func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 6))
		options := []string{"-4", "-6", "-x", "-2", "-64x", "--un", "--appl", "--ine", "--ipx"}
		for _, o := range argClassic {
			if o.long != "" && o.family != "" && o.long != "tcpip" {
				options = append(options, "--"+o.long)
			}
		}
		for _, f := range argFamilies {
			options = append(options, "-A"+f.word, "--protocol="+f.word+",ash")
		}
		for range 60 {
			words := []string{"netstat", "-s", "-Aash"}
			for range 1 + r.IntN(5) {
				words = append(words, options[r.IntN(len(options))])
			}
			cmd, exit := Parse(words, argTestEnv)
			if exit != nil {
				if got, want := argOurs(words), argTheirs(t, words); got != want {
					t.Errorf("%q: got %v, want %v", words, got, want)
				}
				continue
			}
			stdout, _, _ := argRun(t, words)
			_, list, _ := strings.Cut(strings.TrimSuffix(stdout, "\n"), "family: ")
			if got := strings.Join(cmd.Families, ","); got != list {
				t.Errorf("%q: got %s, want %s", words, got, list)
			}
		}
	})
}

// argRandom returns a command line of pieces that are hard for parsers. It
// leaves out intentional differences, and -Z, whose answer depends on the
// machine.
func argRandom(r *rand.Rand) []string {
	const shorts = "aAcCdefFghilMnNoprsStuUvVwWx246?Q-=;"
	values := []string{"inet", "inet6", "foo", "", "unix,inet", "inet,", "-h", "--", "x25", "5x"}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	words := []string{"netstat"}
	for range 1 + r.IntN(4) {
		switch r.IntN(6) {
		case 0:
			words = append(words, pick(values))
		case 1, 2:
			b := []byte{'-'}
			for range 1 + r.IntN(3) {
				b = append(b, shorts[r.IntN(len(shorts))])
			}
			words = append(words, string(b))
		case 3:
			words = append(words, "-A"+pick(values))
		default:
			o := argClassic[r.IntN(len(argClassic))].long
			if o == "" || o == "context" || o == "tcpip" {
				continue
			}
			o = o[:1+r.IntN(len(o))]
			if o == "tcpi" {
				continue
			}
			if r.IntN(4) == 0 && !strings.HasPrefix(o, "int") && !strings.HasPrefix("help", o) {
				o += "=" + pick(values)
			}
			words = append(words, "--"+o)
		}
	}
	return words
}

func FuzzParse(f *testing.F) {
	for _, words := range argCases() {
		f.Add(strings.Join(words, "\x00"), false)
	}
	for _, line := range []string{"-tulpn", "-i eth0 0.5", "--res=1ms 1e400", "-Z -A ip6,ash", "-rr", "-c 0"} {
		f.Add(strings.Join(argWords(line), "\x00"), true)
	}
	f.Fuzz(func(t *testing.T, text string, posix bool) {
		words := strings.Split(text, "\x00")
		before := slices.Clone(words)
		env := Environment{SELinux: argSELinux, Posix: posix, Version: func() string { return "1" }}
		cmd, exit := Parse(words, env)
		if !slices.Equal(words, before) {
			t.Error("the arguments were changed")
		}
		if (cmd == nil) == (exit == nil) {
			t.Fatalf("got both results or none: %v, %v", cmd, exit)
		}
		if exit != nil {
			argCheckExit(t, exit)
			return
		}
		if cmd.Interval < 0 || cmd.ResolveTimeout < 0 || cmd.Continuous && cmd.Interval == 0 {
			t.Errorf("times: %+v", cmd)
		}
		if cmd.Action > ActionStatistics || cmd.Interface != "" && cmd.Action != ActionInterfaces {
			t.Errorf("action: %+v", cmd)
		}
		for _, family := range cmd.Families {
			if !slices.ContainsFunc(argFamilies[:], func(w struct{ word, family string }) bool { return w.family == family }) {
				t.Errorf("family %q", family)
			}
		}
		if again, _ := Parse(words, env); !reflect.DeepEqual(cmd, again) {
			t.Error("a second call differs")
		}
	})
}

func argCheckExit(t *testing.T, exit *Exit) {
	t.Helper()
	switch exit.Code {
	case 0:
		if exit.Stdout == "" || exit.Stderr != "" {
			t.Errorf("a success must write only to standard output: %+v", exit)
		}
	case ExitMissing, ExitMistake:
		if exit.Stdout != "" || !strings.HasSuffix(exit.Stderr, "\n") {
			t.Errorf("a failure must write only to standard error: %+v", exit)
		}
	default:
		t.Errorf("exit code %d", exit.Code)
	}
}
