package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The program starts itself again in these roles, given as the first argument.
const (
	roleStage    = "role=stage"
	roleTCP      = "role=tcp"
	roleUDP      = "role=udp"
	roleUnix     = "role=unix"
	roleDNS      = "role=dns"
	roleReceive  = "role=receive"
	roleWatch    = "role=watch"
	roleTerminal = "role=terminal"
)

// Both the parent-death signal and ptrace belong to the thread that starts a
// child, so the goroutine that starts them must stay on the main thread.
func init() { runtime.LockOSThread() }

func main() {
	var err error
	switch role(os.Args) {
	case roleStage:
		err = runStage(os.Args[2])
	case roleTCP:
		err = holdTCP(os.Args[2:])
	case roleUDP:
		err = holdUDP(os.Args[2:])
	case roleUnix:
		err = holdUnix(os.Args[2:])
	case roleDNS:
		err = serveDNS()
	case roleReceive:
		err = receive()
	case roleWatch:
		err = watch(os.Args[2:])
	case roleTerminal:
		err = terminal()
	default:
		err = coordinate(os.Args[1:])
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func role(args []string) string {
	if len(args) < 2 {
		return ""
	}
	return args[1]
}

// job is the input of a stage: one load and what to run under it.
type job struct {
	Load                     load
	Scenarios                []scenario
	Rounds                   int
	Ours, Hello, Netstat, SS string // paths
	Hold                     bool
}

func coordinate(args []string) error {
	opt, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root: it makes namespaces and sees every process's sockets")
	}
	netstat, err := exec.LookPath("netstat")
	if err != nil {
		return fmt.Errorf("%w (Debian package net-tools)", err)
	}
	ss, err := exec.LookPath("ss")
	if err != nil {
		return fmt.Errorf("%w (Debian package iproute2)", err)
	}
	if opt.hold {
		opt.run = nil
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "netstat-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ours, hello := opt.ours, filepath.Join(dir, "hello")
	if !opt.hold {
		if err := build(ctx, hello, "netstat/test/bench/hello"); err != nil {
			return err
		}
	}
	if ours == "" && !opt.hold {
		ours = filepath.Join(dir, "netstat")
		if err := build(ctx, ours, "netstat/cmd/netstat"); err != nil {
			return err
		}
	} else if ours, err = filepath.Abs(ours); err != nil {
		return err
	}

	m := describeMachine(netstat, ss)
	m.Command = commandLine(args)
	for _, line := range m.lines() {
		fmt.Println(line)
	}
	fmt.Println()

	var results []result
	settle := false
	for _, l := range opt.loads {
		j := job{Load: l, Rounds: opt.rounds, Ours: ours, Hello: hello, Netstat: netstat, SS: ss, Hold: opt.hold}
		for _, s := range scenarios {
			if s.Load == l.Name && (opt.run == nil || opt.run.MatchString(s.name())) {
				j.Scenarios = append(j.Scenarios, s)
			}
		}
		if len(j.Scenarios) == 0 {
			continue
		}
		if settle {
			fmt.Fprintln(os.Stderr, "waiting 60 s for the sockets of the last load to disappear")
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		stage, err := startStage(ctx, j)
		if err != nil {
			return fmt.Errorf("load %s: %w", l.Name, err)
		}
		for _, r := range stage {
			fmt.Print(resultText(r))
		}
		results = append(results, stage...)
		settle = l.large()
	}
	if len(results) == 0 {
		if opt.hold {
			return nil
		}
		return errors.New("-run and -size match no scenario")
	}
	fmt.Print(summaryText(results))
	if opt.markdown == "" {
		return nil
	}
	return os.WriteFile(opt.markdown, []byte(markdownText(m, results)), 0o644)
}

// build builds a package as netstat is shipped: static.
func build(ctx context.Context, path, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", pkg, err)
	}
	return nil
}

// startStage runs a job in new namespaces and returns its results.
func startStage(ctx context.Context, j job) ([]result, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", roleStage, string(text))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	output, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var results []result
	if err := json.Unmarshal(output, &results); err != nil {
		return nil, fmt.Errorf("results of a stage: %w", err)
	}
	return results, nil
}

func describeMachine(netstat, ss string) machine {
	m := machine{
		Date:     time.Now().Format(time.DateOnly),
		Cores:    runtime.NumCPU(),
		CPU:      field("/proc/cpuinfo", "model name"),
		Go:       runtime.Version(),
		NetTools: firstLine(exec.Command(netstat, "-V")),
		IPRoute:  firstLine(exec.Command(ss, "-V")),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) +
			" " + unix.ByteSliceToString(name.Machine[:])
	}
	var memory unix.Sysinfo_t
	if unix.Sysinfo(&memory) == nil {
		m.MemoryGiB = float64(memory.Totalram) * float64(memory.Unit) / (1 << 30)
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.LoadAverage, _, _ = strings.Cut(string(text), " ")
	}
	if files, err := readFileUse(); err == nil {
		m.OpenFiles = files.used
	}
	return m
}

// field returns the value of the first "key : value" line of a file in /proc.
func field(path, key string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// firstLine returns the first line of a command's output, whatever its exit status.
func firstLine(cmd *exec.Cmd) string {
	output, _ := cmd.Output()
	line, _, _ := strings.Cut(string(output), "\n")
	return line
}
