// Command netstat shows a host's network sockets as net-tools' netstat does.
package main

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/dialect/nettools"
	"netstat/internal/resolve"
	"netstat/options"
)

// version is set by the linker for a release.
var version = "devel"

func main() {
	os.Exit(run(os.Args, &process{
		getenv:  os.LookupEnv,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		tty:     isTerminal(os.Stdout),
		euid:    os.Geteuid(),
		open:    collect.Open,
		selinux: collect.SELinuxEnabled,
		sleep:   time.Sleep,
	}))
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
	stdout, stderr io.Writer
	tty            bool // stdout is a terminal
	euid           int
	open           func(collect.Options) (netstat.Source, error)
	selinux        func() bool
	sleep          func(time.Duration)
}

// run executes one command line, args[0] being the program's name, and
// returns the exit status.
func run(args []string, p *process) int {
	_, posix := p.getenv("POSIXLY_CORRECT")
	cmd, exit := nettools.Parse(args, nettools.Environment{
		SELinux: p.selinux,
		Lang:    language(p.getenv),
		Posix:   posix,
		Version: version,
	})
	if exit != nil {
		_, _ = io.WriteString(p.stderr, exit.Stderr)
		if _, err := io.WriteString(p.stdout, exit.Stdout); err != nil {
			return p.fail(err)
		}
		return exit.Code
	}
	var options collect.Options
	options.Source, _ = p.getenv("NETSTAT_SOURCE")
	options.Owners, _ = p.getenv("NETSTAT_OWNERS")
	src, err := p.open(options)
	if err != nil {
		return p.fail(err)
	}
	defer func() { _ = src.Close() }()
	env := nettools.Env{
		Source: src,
		Names:  resolve.New(resolve.Options{Timeout: resolveTimeout(&cmd.Options)}),
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
