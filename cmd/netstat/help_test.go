package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/help"
	"netstat/snapshot"
)

// helpProcess returns a process on a recorded host. It writes to out and errs.
func helpProcess(t *testing.T, dialect, host string, out, errs *strings.Builder) *process {
	f, err := os.Open(filepath.Join("testdata", "hosts", host))
	if err != nil {
		t.Fatal(err)
	}
	src, err := snapshot.Open(f)
	_ = f.Close()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{
		getenv: func(string) (string, bool) { return "", false },
		stdout: out, stderr: errs, dialect: dialect, systemLanguage: func() string { return "" },
		open:    func(collect.Options) (netstat.Source, error) { return src, nil },
		columns: func() int { return 0 },
		rows:    func() int { return 0 },
		sleep:   func(time.Duration) { panic(endOfRound) },
	}
	return p.replayed(src)
}

// endOfRound ends a repeated report.
const endOfRound = "end of round"

// rounds runs a command line for one round.
func oneRound(args []string, p *process) (status int) {
	defer func() {
		if r := recover(); r != nil && r != endOfRound {
			panic(r)
		}
	}()
	return run(args, p)
}

// shellWords splits a command line as a shell does, up to a pipe.
func shellWords(line string) (words []string) {
	line, _, _ = strings.Cut(line, " | ")
	quote, begun, word := byte(0), false, ""
	for _, c := range []byte(line + " ") {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && c == ' ':
			if begun {
				words = append(words, word)
			}
			begun, word = false, ""
		default:
			begun = true
			word += string(c)
		}
	}
	return words
}

// TestHelpExamples runs each example of the help in its dialect.
func TestHelpExamples(t *testing.T) {
	for _, e := range help.List() {
		for dialect, line := range map[string]string{"linux": e.Linux, "windows": e.Windows} {
			if line == "" {
				continue
			}
			host := map[string]string{"linux": "linux-server.json", "windows": "windows.json"}[dialect]
			args := shellWords(line)
			for i := range args {
				switch name := filepath.Join("testdata", "hosts", host); {
				case args[i] == "--snapshot=host.json":
					args[i] = "--snapshot=" + filepath.Join(t.TempDir(), "host.json")
				case slices.Contains([]string{"host.json", "old.json", "new.json"}, args[i]):
					args[i] = name
				}
			}
			args = append(args, "--resolve-timeout=0")
			var out, errs strings.Builder
			p := helpProcess(t, dialect, host, &out, &errs)
			if strings.Contains(line, "--diff 10") || strings.Contains(line, "--delta") {
				p.recorded = nil // a snapshot does not change, so that rounds are refused
			}
			// Sockets have no rates in the first round.
			firstIsSilent := strings.Contains(line, "--delta") && !strings.Contains(line, "-s ")
			status := oneRound(args, p)
			if strings.Contains(line, "--netns=red") {
				// The machine decides whether there is one.
				continue
			}
			if status != 0 || strings.Contains(errs.String(), "try '") || out.Len() == 0 && !strings.Contains(line, "--snapshot") && !firstIsSilent {
				t.Errorf("%s (%s): status %d, %q", line, dialect, status, errs.String())
			}
		}
	}
}

// TestIgnoredOperands checks divergence 23: a warning at a terminal names an operand
// without a meaning. Scripts get the output of the classic netstat.
func TestIgnoredOperands(t *testing.T) {
	const try = " (try 'netstat -h')\n"
	for _, c := range []struct {
		args string
		want string
	}{
		{"-tn foo", "netstat: ignored 'foo': not a delay or option" + try},
		{"foo -tn --json", "netstat: ignored 'foo': not a delay or option" + try},
		{"-tn \x1b[2J", "netstat: ignored '.[2J': not a delay or option" + try},
		{"-tn foo bar", "netstat: ignored 'foo' and one more word: not a delay or option" + try},
		{"-tn 5 foo bar", "netstat: ignored '5' and 2 more words: not a delay or option" + try},
		{"-r eth0", "netstat: ignored 'eth0': not a delay or option" + try},
		{"-i eth0", ""},
		{"-i eth0 lo", "netstat: ignored 'lo': not a delay or option" + try},
		{"-tn 5", ""},
		{"-tn", ""},
	} {
		for _, terminal := range []struct{ out, err bool }{{true, true}, {true, false}, {false, true}} {
			var out, errs strings.Builder
			p := helpProcess(t, "linux", "linux-server.json", &out, &errs)
			p.recorded = nil // a delay is fine
			p.tty, p.errTTY = terminal.out, func() bool { return terminal.err }
			status := oneRound(append([]string{"./ns"}, strings.Fields(c.args)...), p)
			want := c.want
			if !terminal.out || !terminal.err {
				want = ""
			}
			if status != 0 || errs.String() != want || out.Len() == 0 {
				t.Errorf("%q %+v: status %d, %q, want %q", c.args, terminal, status, errs.String(), want)
			}
		}
	}
}
