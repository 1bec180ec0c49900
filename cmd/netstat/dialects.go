package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"netstat"
	"netstat/dialect/microsoft"
	"netstat/dialect/nettools"
	"netstat/internal/message"
	"netstat/options"
	"netstat/view"
)

// dialect is one classic netstat: its command line and its text.
type dialect struct {
	name string // value of --dialect
	// mistake, missing and failure are its exit statuses: for a mistake in
	// the command line, for a table that this system lacks, and for a table
	// or host that cannot be read.
	mistake, missing, failure int
	crlf                      bool // its lines end in "\r\n" on Windows
	// classic reports whether name is, or abbreviates, a long option of the
	// classic netstat.
	classic func(name string) bool
	parse   func(args []string, p *process) (*command, *ending)
}

// command is a command line parsed by a dialect.
type command struct {
	options  options.Options
	interval time.Duration // 0 for one report
	ignored  []string      // operands without a meaning
	report   func(ctx context.Context, h *host) (status int)
	// selection returns the tables and rows that the command line selects, for formats
	// other than the dialect's text.
	selection func() (*view.Selection, error)
}

// ending is the output and exit status of a command line that ends the program
// at once.
type ending struct {
	code           int
	stdout, stderr string
}

// host is what a report reads from.
type host struct {
	source netstat.Source
	names  view.Names
	round  int // number of earlier reports
	// refine changes which sockets are shown; nil does not.
	refine func(*view.Plan)
	// held reports whether an error is printed after the report. It is nil if none is.
	held   func(error) bool
	deltas *view.Deltas // nil for totals
}

// dialects lists the supported dialects.
var dialects = [...]dialect{
	{"linux", nettools.ExitMistake, nettools.ExitMissing, nettools.ExitFailure, false, nettools.Classic, parseNettools},
	{"windows", microsoft.ExitFailure, microsoft.ExitFailure, microsoft.ExitFailure, true, func(string) bool { return false }, parseMicrosoft},
}

// systemDialect returns the name of the dialect of the running system.
func systemDialect() string {
	if runtime.GOOS == "windows" {
		return "windows"
	}
	return "linux"
}

func dialectOf(name string) *dialect {
	for i := range dialects {
		if strings.EqualFold(dialects[i].name, name) {
			return &dialects[i]
		}
	}
	return nil
}

// chooseDialect returns the dialect that reads the command line: that of the last
// --dialect before a "--", that of NETSTAT_DIALECT, or that of the system. The dialect's
// parser reports a bad value of the option. bad is the error about a bad value in the
// environment. words are args with that option in lower case, since it may be in any case
// but net-tools' dialect knows only lower case.
func chooseDialect(args []string, p *process) (d *dialect, words []string, bad error) {
	words = args
	d = dialectOf(p.dialect)
	if name, _ := p.getenv("NETSTAT_DIALECT"); name != "" {
		if chosen := dialectOf(name); chosen != nil {
			d = chosen
		} else {
			_, err := options.ParseDialect(name)
			bad = fmt.Errorf("NETSTAT_DIALECT: %w", err)
		}
	}
	for i := 1; i < len(args) && args[i] != "--"; i++ {
		word, long := strings.CutPrefix(args[i], "--")
		name, value, hasValue := strings.Cut(word, "=")
		if !long || !namesDialect(name) {
			continue
		}
		if !hasValue && i+1 < len(args) {
			value = args[i+1]
		}
		if chosen := dialectOf(value); chosen != nil {
			d, bad = chosen, nil
			words = slices.Clone(words)
			words[i] = "--" + strings.ToLower(name) + word[len(name):]
		}
	}
	return d, words, bad
}

// namesDialect reports whether name is --dialect or an abbreviation of it. "d"
// alone does not count, because a net-tools option begins with d.
func namesDialect(name string) bool {
	o, rivals := options.Find(strings.ToLower(name))
	return len(name) > 1 && o != nil && o.Name == "dialect" && len(rivals) == 0
}

func parseNettools(args []string, p *process) (*command, *ending) {
	_, posix := p.getenv("POSIXLY_CORRECT")
	cmd, exit := nettools.Parse(args, nettools.Environment{
		SELinux: p.selinux,
		Lang:    p.language(func() string { return nettools.Usage("zh") }),
		Posix:   posix,
		Version: p.versionText,
	})
	if exit != nil {
		return nil, &ending{exit.Code, exit.Stdout, exit.Stderr}
	}
	return &command{
		options: cmd.Options, interval: cmd.Interval, ignored: cmd.Ignored, selection: cmd.Selection,
		report: func(ctx context.Context, h *host) int {
			return cmd.Report(ctx, nettools.Env{
				Source: h.source, Names: h.names,
				Stdout: p.stdout, Stderr: p.stderr,
				EUID: p.euid, Interactive: p.tty, Round: h.round, Refine: h.refine, Deltas: h.deltas, Held: h.held,
			})
		},
	}, nil
}

func parseMicrosoft(args []string, p *process) (*command, *ending) {
	lang := p.language(microsoft.ChineseText)
	cmd, exit := microsoft.Parse(args, microsoft.Environment{Lang: lang, CRLF: p.crlf})
	if exit != nil {
		return nil, &ending{exit.Code, exit.Stdout, exit.Stderr}
	}
	return &command{
		options: cmd.Options, interval: cmd.Interval, selection: cmd.Selection,
		report: func(ctx context.Context, h *host) int {
			env := microsoft.Env{
				Source: h.source, Names: h.names,
				Stdout: p.stdout, Stderr: p.stderr,
				Lang: lang, CRLF: p.crlf, Interactive: p.tty,
				Now: p.now, Elevated: p.elevated, Refine: h.refine, Deltas: h.deltas, Held: h.held,
			}
			// Read from the system only what the report may need.
			if !cmd.Numeric {
				env.HostName = p.hostName()
			}
			if cmd.Programs {
				env.ElevationText = p.elevationText()
			}
			return cmd.Report(ctx, env)
		},
	}, nil
}

// chinese reports whether messages are in Chinese.
func (p *process) chinese() bool { return options.Chinese(p.language(message.Chinese)) }

// language returns the language of texts: NETSTAT_LANG, else the display
// language of the system if it has one (Windows), else the first of the other
// variables that is set, as gettext does. If a code page lacks some of the
// dialect's Chinese text, the language is English, as with Windows' own
// programs (inferred).
func (p *process) language(chinese func() string) string {
	v, _ := p.getenv("NETSTAT_LANG")
	if v == "" {
		v = p.systemLanguage()
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v == "" {
			v, _ = p.getenv(name)
		}
	}
	if options.Chinese(v) && p.shows != nil && !p.shows(chinese) {
		return "en"
	}
	return v
}
