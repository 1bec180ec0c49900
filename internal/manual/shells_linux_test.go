package manual

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// shellCase is a command line after "netstat", and candidates that its last word has. Every
// candidate begins with what has been typed.
type shellCase struct {
	line string
	want string // separated by blanks
	none bool   // there is no candidate
}

var shellCases = []shellCase{
	// Options of both dialects.
	{line: "--co", want: "--columns= --count --color= --continuous"},
	{line: "-", want: "-t -u -l -n -p --tcp --filter= --json"},
	{line: "-r --ta", want: "--table="},
	{line: "--dialect=windows -", want: "-a -n -o -p -y --filter="},
	{line: "--dialect windows /a", want: "/a"},
	{line: "--dialect=windows --zz", none: true},
	{line: "--dialect=windows -p t", want: "tcp tcpv6"},
	{line: "--dialect=windows -ano -p ud", want: "udp udpv6"},
	{line: "--dialect=windows -r --columns=gat", want: "gateway"},
	{line: "-- -", none: true},
	// Values.
	{line: "-A in", want: "inet inet6"},
	{line: "-A inet,ax", want: "inet,ax25"},
	{line: "--protocol=inet,ax", want: "inet,ax25"},
	{line: "--family tc", want: "tcp tcp6"},
	{line: "--family=tcp,uni", want: "tcp,unix"},
	{line: "--state time", want: "time-wait"},
	{line: "--state=listen,es", want: "listen,established"},
	{line: "--format=te", want: "text template="},
	{line: "--format nd", want: "ndjson"},
	{line: "--help=f", want: "filter families formats"},
	{line: "--color=a", want: "auto always"},
	{line: "--dialect=w", want: "windows"},
	{line: "--fail-on w", want: "warning"},
	{line: "--events=opened,cl", want: "opened,closed"},
	{line: "--diagnose=sy", want: "syn-queue syn-sent"},
	{line: "--diagnose=syn-sent,rou", want: "syn-sent,routing"},
	{line: "--signal=TERM,y", want: "TERM,yes"},
	{line: "--signal HU", want: "HUP"},
	{line: "--close=y", want: "yes"},
	{line: "--watch=p", want: "plain"},
	{line: "--table ma", want: "main"},
	{line: "--netns h", want: "host"},
	{line: "--user ro", want: "root"},
	{line: "--limit 5", none: true},
	// Columns of each report.
	{line: "--columns=", want: "all default help proto local state"},
	{line: "--columns=proto,st", want: "proto,state proto,started"},
	{line: "--columns proto,local,rem", want: "proto,local,remote"},
	{line: "--columns=+st", want: "+state +started"},
	{line: "--columns=proto,-sta", want: "proto,-state"},
	{line: "--sort=-rt", want: "-rtt -rto"},
	{line: "--group-by proc", want: "process"},
	{line: "-r --columns=gat", want: "gateway"},
	{line: "-rn --sort met", want: "metric"},
	{line: "--route --columns=destination,gat", want: "destination,gateway"},
	{line: "-i --columns=name,mt", want: "name,mtu"},
	{line: "-s --columns=gro", want: "group"},
	{line: "-g --columns=us", want: "users"},
	{line: "-M --columns=reply_s", want: "reply_source"},
	{line: "--diagnose --columns=sev", want: "severity"},
	// Expressions.
	{line: "--filter 'rt", want: "rtt rto"},
	{line: "--filter 'state li", want: "state~listen"},
	{line: "--filter 'exclude time", want: "exclude~time-wait"},
	{line: "--filter='state es", want: "state~established"},
	{line: "--filter 'sport = :22 and ret", want: "sport~=~:22~and~retrans"},
	{line: "--filter 'not dpo", want: "not~dport"},
	{line: "--filter 'exposure = lo", want: "exposure~=~loopback"},
	{line: "--filter 'state = est", want: "state~=~established"},
	{line: "-r --filter 'gat", want: "gateway"},
	{line: "--filter \"rtt > 5ms or cwn", want: "rtt~>~5ms~or~cwnd"},
	// What the system has.
	{line: "-i l", want: "lo"},
	{line: "--interfaces=l", want: "lo"},
	{line: "--process completion-t", want: "completion-te"},
	{line: "--process=a,completion-t", want: "a,completion-te"},
	{line: "--filter 'process = completion-t", want: "process~=~completion-te"},
	{line: "--pid " + strconv.Itoa(os.Getpid()), want: strconv.Itoa(os.Getpid())},
	{line: "--netns=host,completion-t", want: "host,completion-te"},
	{line: "--snapshot=testdata/drive.b", want: "testdata/drive.bash"},
	{line: "--replay testdata/drive.f", want: "testdata/drive.fish"},
	{line: "--diff testdata/zsh", want: "testdata/zshrc"},
}

// program starts a copy of sleep(1) with a name until the test ends.
func program(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(need.Program(t, "sleep", "coreutils"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: path, Args: []string{name, "600"}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// shellTest has what the tests of a shell need: a process and a namespace to complete. It
// reports whether this process is to run the test. Where that is possible it is one with its
// own /run, because other tests list the namespaces of this machine at the same time.
func shellTest(t *testing.T) bool {
	t.Helper()
	need.Root(t)
	if need.NoNamespaces() == "" && !live.InNamespaces(t) {
		return false
	}
	program(t, "completion-te")
	name := filepath.Join("/run/netns", "completion-te")
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		t.Fatal(err)
	}
	// Completion reads only the name.
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(name) })
	return true
}

// answers splits the output of a driver by its lines "== LINE".
func answers(out []byte) map[string][]string {
	found := map[string][]string{}
	line := ""
	for l := range strings.Lines(string(out)) {
		l = strings.TrimRight(l, "\r\n")
		if rest, ok := strings.CutPrefix(l, "== "); ok {
			line = rest
			found[line] = nil
		} else if l != "" {
			found[line] = append(found[line], l)
		}
	}
	return found
}

// run runs a driver in a folder, in this package's if that is empty, and returns its answers.
func run(t *testing.T, dir, stdin, name string, args ...string) map[string][]string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NETSTAT_") }),
		"LC_ALL=C.UTF-8", "HOME="+t.TempDir())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Errorf("%s: %v\n%s", name, err, errs.String())
	}
	return answers(out)
}

func script(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "completions", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var longValue = regexp.MustCompile(`^--[a-z-]+=`)

// check compares the answers of a shell with shellCases.
func check(t *testing.T, found map[string][]string, paths bool) {
	t.Helper()
	for _, c := range shellCases {
		got, asked := found[c.line]
		option := longValue.FindString(c.line[max(strings.LastIndex(" "+c.line, " --"), 0):])
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], option) // fish completes the whole word
			got[i] = strings.NewReplacer(`\ `, "~", " ", "~").Replace(got[i])
		}
		if !asked || c.none != (len(got) == 0) && (c.none || c.want != "" && (paths || !strings.Contains(c.line, "testdata"))) {
			t.Errorf("%s: %q", c.line, got)
			continue
		}
		for _, want := range strings.Fields(c.want) {
			if strings.Contains(c.line, "testdata") {
				if !paths {
					continue // the shell completes files after the function
				}
				want = filepath.Base(want)
				got = slices.Clone(got)
				for i := range got {
					got[i] = filepath.Base(got[i])
				}
			}
			if !slices.Contains(got, want) {
				t.Errorf("%s: no %s in %q", c.line, want, got[:min(len(got), 12)])
			}
		}
	}
}

// lines returns the command lines of shellCases.
func lines() string {
	var b strings.Builder
	for _, c := range shellCases {
		b.WriteString(c.line + "\n")
	}
	return b.String()
}

func TestZsh(t *testing.T) {
	zsh := need.Program(t, "zsh", "zsh")
	if !shellTest(t) {
		return
	}
	check(t, typeIntoZsh(t, zsh, "", strings.Split(strings.TrimSpace(lines()), "\n")), true)
}

// typeIntoZsh types lines and a tab each into an interactive zsh and returns the candidates,
// for a line that begins with "!" the line that zsh has made.
func typeIntoZsh(t *testing.T, zsh, dir string, lines []string) map[string][]string {
	t.Helper()
	home := t.TempDir()
	rc, err := os.ReadFile("testdata/zshrc")
	if err == nil {
		err = os.WriteFile(filepath.Join(home, ".zshrc"), rc, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	master, slave := openPTY(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(zsh, "-d", "-i")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "ZDOTDIR=" + home, "TERM=dumb", "LC_ALL=C.UTF-8",
		"NETSTAT_FPATH=" + filepath.Dir(script(t, "_netstat"))}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	_ = slave.Close()
	_ = write.Close()
	go func() { _, _ = io.Copy(io.Discard, master) }()

	replies := bufio.NewScanner(read)
	answer := func() (list []string) {
		for replies.Scan() {
			if replies.Text() == "END" {
				return list
			}
			list = append(list, replies.Text())
		}
		t.Fatalf("zsh has ended: %v", replies.Err())
		return nil
	}
	answer() // of the start
	found := map[string][]string{}
	for _, line := range lines {
		keys := "\x15netstat " + line + "\t"
		if text, taken := strings.CutPrefix(line, "!"); taken {
			keys = "\x15netstat " + text + "\x14\x07"
		}
		if _, err := master.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		list := answer()
		if strings.HasPrefix(line, "!") && len(list) > 0 {
			list = list[len(list)-1:] // the candidates stand before it
		}
		found[line] = list
	}
	return found
}

// openPTY returns both ends of a new pseudo-terminal.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func TestFish(t *testing.T) {
	fish := need.Program(t, "fish", "fish")
	if !shellTest(t) {
		return
	}
	check(t, run(t, "", lines(), fish, "--no-config", "testdata/drive.fish", script(t, "netstat.fish")), true)
}

func TestBash(t *testing.T) {
	bash := need.Program(t, "bash", "bash")
	if !shellTest(t) {
		return
	}
	found := map[string][]string{}
	for _, c := range shellCases {
		args := append([]string{"--norc", "testdata/drive.bash", script(t, "netstat.bash"), c.line}, bashWords(c.line)...)
		for line, list := range run(t, "", "", bash, args...) {
			found[line] = list
		}
	}
	check(t, found, false)
}

// bashWords splits a line into bash's COMP_WORDS: at blanks, and around each run of = and :,
// outside quotes. A quote that is not closed reaches to the end.
func bashWords(line string) []string {
	words := []string{""}
	quote := byte(0)
	last := func() *string { return &words[len(words)-1] }
	for i := range len(line) {
		c := line[i]
		cut := *last() != "" && strings.Trim(*last(), "=:") == ""
		switch {
		case quote != 0:
			*last() += string(c)
			if c == quote {
				quote = 0
			}
		case c == ' ':
			words = append(words, "")
		case c == '=' || c == ':':
			if !cut && *last() != "" {
				words = append(words, "")
			}
			*last() += string(c)
		default:
			if c == '\'' || c == '"' {
				quote = c
			}
			if cut {
				words = append(words, "")
			}
			*last() += string(c)
		}
	}
	if *last() != "" && strings.Trim(*last(), "=:") == "" {
		words = append(words, "") // an empty word follows = at the end
	}
	return words
}

// hostileNames are names of processes that would make a file in the current folder if a
// shell evaluated them.
var hostileNames = []string{"zqa$(>pwned)", "zqb`>pwned`", "zqc';>pwned;'", "zqd\";>pwned;\"", "zqe;>pwned", "zqf >pwned", "zqg&>pwned"}

// TestHostileNames checks that names of processes are text for each shell: neither
// completing executes them, nor the command line that it makes.
func TestHostileNames(t *testing.T) {
	bash, zsh, fish := need.Program(t, "bash", "bash"), need.Program(t, "zsh", "zsh"), need.Program(t, "fish", "fish")
	for _, name := range hostileNames {
		program(t, name)
	}
	dir := t.TempDir()
	driver := func(name string) string {
		path, err := filepath.Abs(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	var stdin strings.Builder
	for _, name := range hostileNames {
		stdin.WriteString("!--process " + name[:3] + "\n")
		stdin.WriteString("--filter 'process = " + name[:3] + "\n")
	}
	shells := map[string]map[string][]string{
		bash: {},
		zsh:  typeIntoZsh(t, zsh, dir, strings.Split(strings.TrimSpace(stdin.String()), "\n")),
		fish: run(t, dir, stdin.String(), fish, "--no-config", driver("drive.fish"), script(t, "netstat.fish")),
	}
	for _, line := range strings.Split(strings.TrimSpace(stdin.String()), "\n") {
		words := append([]string{"--norc", driver("drive.bash"), script(t, "netstat.bash"), line}, bashWords(strings.TrimPrefix(line, "!"))...)
		for line, list := range run(t, dir, "", bash, words...) {
			shells[bash][line] = list
		}
	}
	for shell, found := range shells {
		for _, name := range hostileNames {
			if got := found["--filter 'process = "+name[:3]]; len(got) > 0 {
				t.Errorf("%s: within an expression: %q", shell, got)
			}
			got := found["!--process "+name[:3]]
			if len(got) != 1 {
				t.Errorf("%s: %s: %q", shell, name, got)
				continue
			}
			word := strings.TrimPrefix(strings.TrimSpace(got[0]), "netstat --process ")
			cmd := exec.Command(shell, "-c", "printf %s "+word)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != name {
				t.Errorf("%s: %s: %s is %q, %v", shell, name, word, out, err)
			}
		}
	}
	if list, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(list) > 0 {
		t.Errorf("made %q, %v", list, err)
	}
}
