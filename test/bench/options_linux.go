package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

const defaultLoads = "quiet,dns,nat,interfaces,routes,1k,udp,unix,100k"

// options are the parsed command line options. Loads are in the order of the loads
// table, whatever the order of the argument. If Rounds is 0, each scenario uses its own
// number.
type options struct {
	loads    []load
	run      *regexp.Regexp
	rounds   int
	ours     string
	markdown string
	hold     bool
}

func parseOptions(args []string, output io.Writer) (options, error) {
	var opt options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	sizes := flags.String("size", defaultLoads, "comma-separated `loads`: "+strings.Join(loadNames(), ", "))
	run := flags.String("run", "", "run only scenarios whose name (such as 100k/-ant) matches `regexp`")
	flags.IntVar(&opt.rounds, "rounds", 0, "`number` of rounds (default: 3 to 201, by scenario)")
	flags.StringVar(&opt.ours, "ours", "", "`path` of the program to measure (default: build ./cmd/netstat)")
	flags.StringVar(&opt.markdown, "markdown", "", "also write the results as Markdown to `file`")
	flags.BoolVar(&opt.hold, "hold", false, "build one load, print how to enter it, and keep it until interrupted")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opt.rounds < 0 {
		return options{}, fmt.Errorf("-rounds %d: negative", opt.rounds)
	}
	var err error
	if opt.run, err = regexp.Compile(*run); err != nil {
		return options{}, fmt.Errorf("-run: %w", err)
	}
	wanted := strings.Split(*sizes, ",")
	for _, name := range wanted {
		if !slices.Contains(loadNames(), name) {
			return options{}, fmt.Errorf("-size: unknown load %q (have %s)", name, strings.Join(loadNames(), ", "))
		}
	}
	for _, l := range loads {
		if slices.Contains(wanted, l.Name) {
			opt.loads = append(opt.loads, l)
		}
	}
	if opt.hold && len(opt.loads) != 1 {
		return options{}, errors.New("-hold needs -size with exactly one load")
	}
	return opt, nil
}

func loadNames() []string {
	names := make([]string, len(loads))
	for i, l := range loads {
		names[i] = l.Name
	}
	return names
}
