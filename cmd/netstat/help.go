package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"netstat"
	"netstat/collect"
	"netstat/help"
	"netstat/internal/ascii"
	"netstat/licenses"
	"netstat/options"
	"netstat/report"
)

// help prints the topic that the command line requests.
func (p *process) help(d *dialect, cmd *command) int {
	topic := cmd.options.Help
	r := help.Request{Windows: d.name == "windows"}
	// A command line for two reports has no view: the text then explains the columns of
	// sockets.
	choice := report.Choice{Options: &cmd.options, Select: cmd.selection}
	if view, err := choice.View(); err == nil {
		r.View = view
	}
	if topic == help.Namespaces && p.recorded == nil {
		r.Namespaces = namespaceLines()
	}
	r.Chinese = options.Chinese(p.language(func() string {
		chinese := r
		chinese.Chinese = true
		return help.Text(topic, &chinese)
	}))
	return p.printLines(d, help.Text(topic, &r))
}

// licenses prints the licence texts.
func (p *process) licenses(d *dialect) int { return p.printLines(d, licenses.Text()) }

// printLines writes a requested text, whose lines end as the dialect's do.
func (p *process) printLines(d *dialect, text string) int {
	if d.crlf && p.crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return p.print(d, text, 0)
}

// namespaceLines returns a line about each network namespace of this host that can be
// listed.
func namespaceLines() (lines []string) {
	list, _ := collect.Namespaces(context.Background(), netstat.NamespaceQuery{})
	for i := range list {
		lines = append(lines, string(ascii.AppendSafe(nil, list[i].Label())))
	}
	return lines
}

// sayIgnored warns a user at a terminal about operands without a meaning. Scripts get the
// output of the classic netstat, which ignores them silently.
func (p *process) sayIgnored(d *dialect, words []string) {
	if len(words) == 0 || !p.tty || p.errTTY == nil || !p.errTTY() {
		return
	}
	text := "ignored '" + words[0] + "'"
	switch more := len(words) - 1; more {
	case 0:
	case 1:
		text += " and one more word"
	default:
		text += " and " + strconv.Itoa(more) + " more words"
	}
	p.fail(d, 0, errors.New(text+": not a delay or option (try 'netstat -h')"))
}
