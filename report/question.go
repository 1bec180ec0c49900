package report

import (
	"errors"
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/render"
	"netstat/view"
)

// questionColumns names the columns of a question: a report about who has the sockets
// that short forms of filters select. The least important come last.
const questionColumns = "proto,local,remote,state,owner,age,service,command"

// question reports whether the report is a question.
func (r *Report) question() bool {
	o := r.o
	return r.sel.Question && !o.Delta && !o.Count && o.GroupBy == "" && !o.Watch &&
		!o.TCPInfo && !o.Memory && !o.AllOwners && !o.Peers
}

// defaults returns the default columns of the report.
func (r *Report) defaults() []fact.Fact {
	if r.o.Table != "" {
		list, err := fact.Find(fact.Routes, tableColumns)
		if err != nil {
			panic(err) // cannot happen: the tests look up these names
		}
		return list
	}
	names := questionColumns
	switch {
	case r.o.Watch && recorded(r.places) && !r.host.Rounds:
		names = snapshotColumns
	case r.o.Watch:
		names = liveColumns
	case r.o.Delta && r.sel.View == fact.Sockets:
		names = deltaColumns
	case !r.question():
		return fact.Default(r.sel.View)
	}
	list, err := fact.Find(fact.Sockets, names)
	if err != nil {
		panic(err) // cannot happen: every question in the tests looks up these names
	}
	return list
}

// asTwoTables reports whether the report shows listening sockets and connections as two
// tables, each with the columns that answer the question and fit a terminal.
func (r *Report) asTwoTables() bool {
	o := r.o
	return r.question() && o.Format.Table() && o.Columns == "" && o.Sort == "" && !o.Diff
}

// twoTables returns the renderer of a report with two tables. That of listening sockets
// shows details of their processes, that of connections the remote end and the state.
func (r *Report) twoTables(head render.Head, columns []fact.Fact, options render.Options) (render.Renderer, error) {
	without := func(names ...string) []fact.Fact {
		return slices.DeleteFunc(slices.Clone(columns), func(f fact.Fact) bool { return slices.Contains(names, f.Name) })
	}
	servers, err := render.New(r.o.Format, r.w, head, without("remote", "state"), options)
	if err != nil {
		return nil, err
	}
	connections, err := render.New(r.o.Format, r.w, head, without("age", "command"), options)
	if err != nil {
		return nil, err
	}
	listening := fact.Named(fact.Of(fact.Sockets), "listening")
	first := func(rec *fact.Record) bool { return listening.Value(rec).Number != 0 }
	return render.InTwo(r.w, first, servers, connections), nil
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

// sayNoSocket reports, in the first round of a question, that no socket matches.
func (r *Report) sayNoSocket() {
	if !r.sel.Question || r.rounds > 1 || r.status != Complete || r.o.Diff {
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
