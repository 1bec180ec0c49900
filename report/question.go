package report

import (
	"errors"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/view"
)

// questionColumns names the columns of a question: a report about who has the sockets
// that short forms of filters select. The least important come last.
const questionColumns = "proto,local,remote,state,owner,age,service,command"

// question reports whether the report is a question.
func (r *Report) question() bool {
	o := r.o
	return r.sel.Question && !o.Count && o.GroupBy == "" &&
		!o.TCPInfo && !o.Memory && !o.AllOwners && !o.Peers
}

// defaults returns the default columns of the report.
func (r *Report) defaults() []fact.Fact {
	if !r.question() {
		return fact.Default(r.sel.View)
	}
	list, err := fact.Find(fact.Sockets, questionColumns)
	if err != nil {
		panic(err) // cannot happen: every question in the tests looks up these names
	}
	return list
}

// listenersFirst returns the default order of a question: listening sockets first. It
// returns no keys if the filter keeps only listening sockets, or none of them.
func (r *Report) listenersFirst(expr *filter.Expr) ([]view.SortKey, error) {
	const waiting = 1<<netstat.Listen | 1<<netstat.Closed
	if need, _ := expr.Need(netstat.TCP4Table); need.States != 0 && (need.States&waiting == 0 || need.States&^waiting == 0) {
		return nil, nil
	}
	return view.ParseSort(fact.Sockets, "-listening")
}

// nobody reports, in the first round of a question, that no socket matches.
func (r *Report) nobody() {
	if !r.sel.Question || r.rounds > 1 || r.status != Complete {
		return
	}
	o := r.o
	if len(o.Filters) > 0 {
		r.host.say(errors.New("no socket matches"), Complete)
		return
	}
	text := "no socket"
	for _, of := range [...]struct {
		what   string
		values []string
	}{
		{" of user ", o.Users}, {" of process ", o.PIDs}, {" of program ", o.Processes}, {" in state ", o.States}, {" uses port ", o.Ports},
	} {
		if len(of.values) > 0 {
			text += of.what + strings.ReplaceAll(strings.Join(of.values, ","), ",", ", ")
		}
	}
	r.host.say(errors.New(text), Complete)
}
