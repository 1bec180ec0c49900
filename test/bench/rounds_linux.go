package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is one of the programs that a scenario compares.
type program struct {
	name string
	argv []string
}

// programs lists what a scenario compares, ours first. commands returns the commands of
// a load that has others than ours and net-tools'.
func programs(j job, s scenario, commands func(args []string) (ours, theirs []string)) ([]program, error) {
	args := words(s.Args)
	ours := append([]string{j.Ours}, args...)
	var list []program
	add := func(name string, argv ...string) { list = append(list, program{name, argv}) }
	if commands != nil {
		ours, theirs := commands(args)
		return []program{{"ours", ours}, {"wine's", theirs}, {"control", ours}}, nil
	}
	if s.Watched {
		ours = append([]string{"/proc/self/exe", roleWatch}, ours...)
		return []program{{"ours", ours}}, nil
	}
	if s.Reads > 0 {
		// The first round of --delta shows nothing.
		ours = repeated(ours, s.Reads-1)
		text := repeated(append([]string{j.Ours}, words(s.Text)...), s.Reads)
		return []program{{"ours", ours}, {"text", text}, {"control", ours}}, nil
	}
	add("ours", ours...)
	add("hello", j.Hello)
	if !s.Alone {
		add("netstat", append([]string{j.Netstat}, args...)...)
	}
	if s.Floor {
		add("netstat -V", j.Netstat, "-V")
	}
	if s.Pipe != "" {
		// Finding nothing is not a failure of grep here.
		add("pipe", "/bin/sh", "-c", "\"$0\" -ant | grep \"$1\" || :", j.Netstat, s.Pipe)
	}
	if s.SS != "" {
		add("ss", append([]string{j.SS}, words(s.SS)...)...)
	}
	if s.IP != "" {
		path, err := exec.LookPath("ip")
		if err != nil {
			return nil, fmt.Errorf("%w (Debian package iproute2)", err)
		}
		add("ip", append([]string{path}, words(s.IP)...)...)
	}
	if s.Text != "" {
		add("text", append([]string{j.Ours}, words(s.Text)...)...)
	}
	if s.Tracked {
		path, err := exec.LookPath("conntrack")
		if err != nil {
			return nil, fmt.Errorf("%w (Debian package conntrack)", err)
		}
		add("conntrack", path, "-L", "-f", "ipv4")
	}
	if s.Receive {
		add("receive", "/proc/self/exe", roleReceive)
	}
	add("control", ours...)
	return list, nil
}

// repeated returns a command that repeats a report with hardly a pause and stops after
// the header of the last of so many tables. (grep alone would read on if its output is
// /dev/null.)
func repeated(argv []string, tables int) []string {
	return append([]string{"/bin/sh", "-c", fmt.Sprintf(`"$0" "$@" 0.01 | grep -m %d ^PROTO | cat`, tables)}, argv...)
}

// measureScenario measures one command line: each program once for its memory and
// output, then several times for its system calls, then all in turn for their time.
func measureScenario(j job, s scenario, commands func(args []string) (ours, theirs []string), callsCounted bool) (result, error) {
	rounds := s.Rounds
	if j.Rounds > 0 {
		rounds = j.Rounds
	}
	shown := s
	if s.Replay {
		dir, err := os.MkdirTemp("", "netstat-bench-replay-")
		if err != nil {
			return result{}, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		file := filepath.Join(dir, "host.json.zst")
		if out, err := exec.Command(j.Ours, "--snapshot", file).CombinedOutput(); err != nil {
			return result{}, fmt.Errorf("--snapshot: %w: %s", err, out)
		}
		s.Args = strings.ReplaceAll(s.Args, "FILE", file)
	}
	list, err := programs(j, s, commands)
	if err != nil {
		return result{}, err
	}
	r := result{Scenario: shown, Programs: make([]measurement, len(list))}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return r, err
	}
	defer null.Close()
	for i, p := range list {
		m := &r.Programs[i]
		m.Program, m.Samples = p.name, make([]sample, rounds)
		if p.name == "control" {
			continue
		}
		stderr := null
		if p.name == "ours" {
			stderr = os.Stderr // an incomplete report says so there
		}
		seen, err := inspect(p.argv, stderr)
		if err != nil {
			return r, err
		}
		m.PeakKiB, m.Lines, m.Digest = seen.peakKiB, seen.lines, seen.digest
		if p.name == "pipe" || s.Reads > 0 {
			m.PeakKiB = 0 // the shell's peak means nothing
		}
		if !callsCounted || s.Watched || s.Reads > 0 {
			continue
		}
		for range callRuns(rounds) {
			calls, err := countCalls(p.argv)
			if err != nil {
				return r, err
			}
			m.Calls = append(m.Calls, float64(calls))
		}
	}
	for round := range rounds {
		for k := range list {
			i := (k + round) % len(list)
			run, err := measure(list[i].argv)
			if err != nil {
				return r, err
			}
			r.Programs[i].Samples[round] = run
		}
	}
	return r, nil
}

// callRuns returns how often system calls are counted. The number of a Go program
// varies with its threads, so a short command is counted often.
func callRuns(rounds int) int { return min(1+rounds/5, 21) }

// words splits arguments at spaces, except inside single quotes.
func words(s string) []string {
	var list []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}
