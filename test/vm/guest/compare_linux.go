package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"netstat/test/vm"
)

const (
	oracle = "/usr/bin/netstat"
	ours   = "/x/netstat"
	// older is the root directory with the /proc of vm.Case.Older.
	older = "/older"
)

// tries is the number of times a case is run because the oracle printed different
// outputs before and after.
const tries = 30

func compare(cases, result string) {
	var list []vm.Case
	b, err := os.ReadFile(cases)
	must(err, "cases")
	must(json.Unmarshal(b, &list), cases)
	stage := vm.Stage{Owners: owners()}
	for _, c := range list {
		r := vm.Record{Case: c}
		for range tries {
			r.Facts = facts()
			if c.Older {
				writeOlder(r.Facts)
			}
			r.Before = run(oracle, c.Older, &c)
			r.Ours = run(ours, false, &c)
			r.After = r.Before
			if same(r.Before, r.Ours) {
				break
			}
			// Whatever differs may have changed in between.
			r.After = run(oracle, c.Older, &c)
			if same(r.Before, r.After) {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		stage.Records = append(stage.Records, r)
	}
	b, err = json.Marshal(stage)
	must(err, result)
	must(os.WriteFile(result, b, 0o644), result)
}

func same(a, b vm.Run) bool {
	return a.Exit == b.Exit && bytes.Equal(a.Stdout, b.Stdout) && bytes.Equal(a.Stderr, b.Stderr)
}

func facts() map[string]string {
	all := map[string]string{}
	for _, name := range vm.Facts {
		if b, err := os.ReadFile(name); err == nil {
			all[name] = string(b)
		}
	}
	return all
}

// writeOlder writes the tables to the paths that net-tools 2.10 reads.
func writeOlder(facts map[string]string) {
	for name, text := range facts {
		switch name {
		case "/proc/net/x25/socket":
			name = "/proc/net/x25"
		case "/proc/net/atalk/route":
			name = "/proc/net/atalk_route"
		default:
			continue
		}
		must(os.MkdirAll(filepath.Dir(older+name), 0o755), "older")
		must(os.WriteFile(older+name, []byte(text), 0o644), "older")
	}
}

// run runs one program.
func run(program string, inOlder bool, c *vm.Case) vm.Run {
	cmd := exec.Command(program, c.Args...)
	cmd.Args[0] = "netstat"
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/usr/sbin"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if c.UID != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(c.UID), Gid: uint32(c.UID)}
	}
	if inOlder {
		cmd.SysProcAttr.Chroot = older
	}
	var out output
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	must(cmd.Start(), program)
	out.process, out.first = cmd.Process, c.Repeats
	limit := time.AfterFunc(10*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	limit.Stop()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		fail("%s: %v", program, err)
	}
	return vm.Run{Stdout: out.text, Stderr: errs.Bytes(), Exit: cmd.ProcessState.ExitCode()}
}

// output collects a program's output. If only its first report is wanted, it kills the
// program once a second one has begun.
type output struct {
	process *os.Process
	first   bool
	text    []byte
}

func (o *output) Write(b []byte) (int, error) {
	o.text = append(o.text, b...)
	if o.first {
		title, _, whole := bytes.Cut(o.text, []byte("\n"))
		if at := bytes.LastIndex(o.text, append([]byte("\n"), append(slices.Clone(title), '\n')...)); whole && at > 0 {
			o.text = o.text[:at+1]
			o.first = false
			_ = o.process.Kill()
			return len(b), errors.New("enough")
		}
	}
	return len(b), nil
}

// owners returns the owners of sockets by inode, in the form of -p. Of several
// processes the first is the owner.
func owners() map[string]string {
	all := map[string]string{}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	slices.SortFunc(processes, func(a, b string) int { return number(a) - number(b) })
	for _, p := range processes {
		line, err := os.ReadFile(p + "/cmdline")
		if err != nil {
			continue
		}
		name, _, _ := strings.Cut(string(line), "\x00")
		files, _ := filepath.Glob(p + "/fd/*")
		for _, f := range files {
			to, _ := os.Readlink(f)
			inode, ok := strings.CutPrefix(to, "socket:[")
			if _, taken := all[strings.TrimSuffix(inode, "]")]; ok && !taken {
				all[strings.TrimSuffix(inode, "]")] = filepath.Base(p) + "/" + filepath.Base(name)
			}
		}
	}
	return all
}

func number(process string) int {
	n, _ := strconv.Atoi(filepath.Base(process))
	return n
}
