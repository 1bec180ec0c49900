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

// questionColumns are those of a report that answers who has the sockets that
// short forms of filters name. What may be missed first comes last.
const questionColumns = "proto,local,remote,state,owner,age,service,command"

// question reports whether the report is such a one.
func (r *Report) question() bool {
	o := r.o
	return r.sel.Question && !o.Count && o.GroupBy == "" &&
		!o.TCPInfo && !o.Memory && !o.AllOwners && !o.Peers
}

// defaults are the columns that the report has unless others are named.
func (r *Report) defaults() []fact.Fact {
	if !r.question() {
		return fact.Default(r.sel.View)
	}
	list, err := fact.Find(fact.Sockets, questionColumns)
	if err != nil {
		panic(err) // a name above that no fact has: every question of the tests would find it
	}
	return list
}

// asTwoTables reports whether the report shows listening sockets and connections as two
// tables, each with the columns that answer the question and fit a terminal.
func (r *Report) asTwoTables() bool {
	o := r.o
	return r.question() && o.Format.Table() && o.Columns == "" && o.Sort == "" && !o.Diff
}

// twoTables is the renderer of such a report. Of a listening socket matters who it is,
// of a connection where it leads.
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

// listenersFirst is the order of a question that asks for no other: none where the
// filter leaves only listening sockets, or none.
func (r *Report) listenersFirst(expr *filter.Expr) ([]view.SortKey, error) {
	const waiting = 1<<netstat.Listen | 1<<netstat.Closed
	if need, _ := expr.Need(netstat.TCP4Table); need.States != 0 && (need.States&waiting == 0 || need.States&^waiting == 0) {
		return nil, nil
	}
	return view.ParseSort(fact.Sockets, "-listening")
}

// nobody says, of a question in its first round, that no socket is the answer.
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
