// Command netstat shows a host's network sockets as net-tools' netstat does.
package main

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/dialect/nettools"
	"netstat/options"
	"netstat/snapshot"
)

// version is set by the linker for a release.
var version = "devel"

func main() {
	os.Exit(run(os.Args, running()))
}

// running is the process as the system started it.
func running() *process {
	return &process{
		getenv:  os.LookupEnv,
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		tty:     isTerminal(os.Stdout),
		euid:    os.Geteuid(),
		open:    collect.Open,
		selinux: collect.SELinuxEnabled,
		sleep:   time.Sleep,

		system:   runtime.GOOS,
		now:      time.Now,
		elevated: func() bool { return os.Geteuid() == 0 },
		hostName: func() string {
			name, _ := os.Hostname()
			return name
		},
	}
}

// isTerminal takes any character device for a terminal: for a wrong guess,
// such as /dev/null, the report is only written in more pieces.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// process is what the command gets from outside.
type process struct {
	getenv         func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer
	tty            bool // stdout is a terminal
	euid           int
	open           func(collect.Options) (netstat.Source, error)
	selinux        func() bool
	sleep          func(time.Duration)

	system   string // as Go names it
	now      func() time.Time
	elevated func() bool
	hostName func() string

	// recorded is the host where that is a recorded one.
	recorded *snapshot.Source
}

// run executes one command line, args[0] being the program's name, and
// returns the exit status.
func run(args []string, p *process) int {
	p, err := p.replaying(func(p *process) *options.Options {
		cmd, exit := p.parse(args)
		if exit != nil {
			return nil
		}
		return &cmd.Options
	})
	if err != nil {
		return p.fail(err)
	}
	cmd, exit := p.parse(args)
	if exit != nil {
		_, _ = io.WriteString(p.stderr, exit.Stderr)
		if _, err := io.WriteString(p.stdout, exit.Stdout); err != nil {
			return p.fail(err)
		}
		return exit.Code
	}
	if cmd.Snapshot != "" {
		return p.record(args, &cmd.Options)
	}
	src, err := p.open(p.collectOptions())
	if err != nil {
		return p.fail(err)
	}
	defer func() { _ = src.Close() }()
	env := nettools.Env{
		Source: src,
		Names:  p.names(&cmd.Options),
		Stdout: p.stdout,
		Stderr: p.stderr,
		EUID:   p.euid,

		Interactive: p.tty,
	}
	for ; ; env.Round++ {
		status := cmd.Report(context.Background(), env)
		if status != nettools.ExitOK || cmd.Interval == 0 {
			return status
		}
		p.sleep(cmd.Interval)
	}
}

func (p *process) parse(args []string) (*nettools.Command, *nettools.Exit) {
	_, posix := p.getenv("POSIXLY_CORRECT")
	return nettools.Parse(args, nettools.Environment{
		SELinux: p.selinux,
		Lang:    language(p.getenv),
		Posix:   posix,
		Version: version,
	})
}

func (p *process) collectOptions() (o collect.Options) {
	o.Source, _ = p.getenv("NETSTAT_SOURCE")
	o.Owners, _ = p.getenv("NETSTAT_OWNERS")
	return o
}

// fail says why nothing was shown and returns the exit status for it.
func (p *process) fail(err error) int {
	_, _ = io.WriteString(p.stderr, "netstat: "+nettools.OneLine(err)+"\n")
	return nettools.ExitFailure
}

// resolveTimeout turns the option's value into that of resolve.Options, where
// 0 means the default and less than 0 no waiting.
func resolveTimeout(o *options.Options) time.Duration {
	if o.ResolveTimeoutSet && o.ResolveTimeout == 0 {
		return -1
	}
	return o.ResolveTimeout
}

// language picks the language of the help text as gettext picks a
// catalogue's: the first of these variables that is set decides.
func language(getenv func(string) (string, bool)) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, _ := getenv(name); v != "" {
			lang, _, _ := strings.Cut(v, ".")
			return strings.ToLower(lang)
		}
	}
	return ""
}
