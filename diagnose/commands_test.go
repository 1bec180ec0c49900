package diagnose_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"netstat"
	"netstat/diagnose"
	"netstat/dialect/nettools"
	"netstat/report"
	"netstat/view"
)

// noHost has only an interface.
type noHost struct{ netstat.Source }

func (noHost) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(func(netstat.Interface, error) bool) {}
}
func (noHost) Close() error { return nil }

// words splits a command line as a shell does.
func words(line string) (list []string) {
	var word []byte
	quote, begun := byte(0), false
	for i := range len(line) {
		switch c := line[i]; {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case c == quote:
			quote = 0
		case quote == 0 && c == ' ':
			if begun {
				list = append(list, string(word))
			}
			word, begun = nil, false
		default:
			word, begun = append(word, c), true
		}
	}
	if begun {
		list = append(list, string(word))
	}
	return list
}

// The command line of each finding is valid: the options, the filter and the columns.
func TestCommands(t *testing.T) {
	hosts := uint64(200)
	if testing.Short() {
		hosts = 40
	}
	seen := map[string]bool{}
	for _, f := range diagnose.RandomFindings(t, hosts) {
		if f.Command == "" || seen[f.Command] {
			continue
		}
		seen[f.Command] = true
		if err := check(f.Command); err != nil {
			t.Errorf("%s: netstat %s: %v", f.Rule, f.Command, err)
		}
	}
	for _, line := range []string{"-tln --columns nothing", "-tan --filter 'sport ='", "-t --filter 'nothing = 1' --sort=-recvq", "--nothing", "-s --filter 'recvq > 1'"} {
		if check(line) == nil {
			t.Errorf("netstat %s is valid", line)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d command lines", len(seen))
	}
}

func check(line string) error {
	command, exit := nettools.Parse(append([]string{"netstat"}, words(line)...), nettools.Environment{SELinux: func() bool { return false }})
	if exit != nil {
		return errors.New(strings.TrimSpace(exit.Stderr))
	}
	choice := &report.Choice{Options: &command.Options, Select: command.Selection}
	if choice.Classic() {
		if command.Options.Columns == "" && !command.Options.Filtered() {
			return nil
		}
		_, err := choice.Refine(noHost{}, "", nil, func(error) {}, nil)
		return err
	}
	if err := choice.CheckForm(); err != nil {
		return err
	}
	r, err := report.New(context.Background(), io.Discard, choice, report.Host{Places: []view.Place{{Source: noHost{}}}})
	if err == nil {
		r.Close()
	}
	return err
}
