package filter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"netstat"
)

// ownerFields adds the fields that are facts about a socket's processes.
func ownerFields(list map[string]field) {
	needs := func(f netstat.ProcessFacts) Facts {
		return Facts{Socket: netstat.FactInode, Owners: true, Process: f}
	}
	cgroup := netstat.FactProcessCgroup
	for _, f := range []*textField{
		{name: "command", facts: needs(netstat.FactArgs), of: processText(func(p *netstat.Process) string { return strings.Join(p.Args, " ") })},
		{name: "comm", facts: needs(netstat.FactStat), of: processText(func(p *netstat.Process) string { return p.Comm })},
		{name: "user_unit", facts: needs(cgroup), of: processText(func(p *netstat.Process) string { return p.UserUnit })},
		{name: "slice", facts: needs(cgroup), of: processText(func(p *netstat.Process) string { return p.Slice })},
		{name: "runtime", facts: needs(cgroup), of: processText(func(p *netstat.Process) string { return p.Container.Runtime })},
		{name: "pod", facts: needs(cgroup), of: processText(func(p *netstat.Process) string { return p.Container.Pod })},
	} {
		f.many = owners
		list[f.name] = field{parse: f.parse}
	}
	parent := &numberField{
		name: "parent", unit: unitNumber, facts: needs(netstat.FactStat), many: owners,
		of: func(o *Owner) (uint64, bool) {
			if o.Process == nil {
				return 0, false
			}
			return uint64(o.Process.Parent), o.Process.Parent != 0
		},
	}
	deleted := &numberField{
		name: "exe_deleted", unit: unitFlag, facts: needs(netstat.FactExecutable), many: owners,
		of: func(o *Owner) (uint64, bool) {
			return 1, o.Process != nil && o.Process.ExecutableDeleted
		},
	}
	list["parent"] = field{parse: parent.parse}
	list["exe_deleted"] = field{flag: true, parse: deleted.parse}
	list["owner_user"] = field{parse: parseOwnerUser}
	list["owner_unknown"] = field{parse: parseOwnerUnknown}
	list["started"] = field{parse: parseStarted}
}

func processText(of func(*netstat.Process) string) func(*Owner) string {
	return func(o *Owner) string {
		if o.Process == nil {
			return ""
		}
		return of(o.Process)
	}
}

// ownerUserLeaf tests whose the processes are.
type ownerUserLeaf struct {
	name string // as it is written, for systems without numbers
	uid  string // in decimal, empty for none
}

func (l *ownerUserLeaf) match(r *Row) bool {
	list := owners(r)
	for i := range list {
		if user := list[i].User; user != "" && (user == l.uid || l.uid == "" && sameUser(user, l.name)) {
			return true
		}
	}
	return false
}

func (l *ownerUserLeaf) facts() Facts {
	return Facts{Socket: netstat.FactInode, Owners: true, Process: netstat.FactUser}
}

func (l *ownerUserLeaf) kernel() *netstat.Condition   { return nil }
func (l *ownerUserLeaf) decide(netstat.Table) verdict { return open }

func (l *ownerUserLeaf) appendText(b []byte) []byte {
	if l.uid != "" {
		return append(append(b, "owner_user = "...), l.uid...)
	}
	return appendWord(append(b, "owner_user = "...), l.name)
}

func parseOwnerUser(v *value) (node, *Error) {
	l := &ownerUserLeaf{name: v.token.text}
	if l.name == "" {
		return v.fail("a user is missing")
	}
	if n, reason := number(l.name, math.MaxUint32); reason == "" {
		l.uid = strconv.FormatUint(n, 10)
	} else if v.env.User != nil {
		uid, ok := v.env.User(l.name)
		if !ok {
			return v.fail("no such user")
		}
		l.uid = strconv.FormatUint(uint64(uid), 10)
	}
	return v.leaf(l)
}

// ownerUnknownLeaf tests why no owner is known; the empty pattern is that one is.
type ownerUnknownLeaf struct{ pattern string }

func (l *ownerUnknownLeaf) match(r *Row) bool {
	if r.Details == nil {
		return l.pattern == ""
	}
	return glob(l.pattern, r.Details.OwnerUnknown(r.Socket).String(), false)
}

func (l *ownerUnknownLeaf) facts() Facts {
	return Facts{Socket: netstat.FactInode, Owners: true, Reasons: true}
}

func (l *ownerUnknownLeaf) kernel() *netstat.Condition   { return nil }
func (l *ownerUnknownLeaf) decide(netstat.Table) verdict { return open }

func (l *ownerUnknownLeaf) appendText(b []byte) []byte {
	return appendWord(append(b, "owner_unknown = "...), l.pattern)
}

func parseOwnerUnknown(v *value) (node, *Error) {
	l := &ownerUnknownLeaf{v.token.text}
	var names []string
	for u := netstat.OwnerKnown; u <= netstat.OwnerNotTold; u++ {
		if glob(l.pattern, u.String(), false) {
			return v.leaf(l)
		}
		names = append(names, u.String())
	}
	return v.fail("no such reason; there are " + strings.Join(names[1:], ", "))
}

// startedLeaf compares when processes began with a time, or with a span of time:
// a day, a minute, a second.
type startedLeaf struct {
	compare  netstat.Comparison // not CompareNotEqual
	text     string             // as it is written
	from, to time.Time          // to is just behind
}

func (l *startedLeaf) match(r *Row) bool {
	list := owners(r)
	for i := range list {
		if p := list[i].Process; p != nil && !p.Started.IsZero() && l.holds(p.Started) {
			return true
		}
	}
	return false
}

func (l *startedLeaf) holds(t time.Time) bool {
	before, after := t.Before(l.from), !t.Before(l.to)
	switch l.compare {
	case netstat.CompareLess:
		return before
	case netstat.CompareLessOrEqual:
		return !after
	case netstat.CompareGreater:
		return after
	case netstat.CompareGreaterOrEqual:
		return !before
	}
	return !before && !after
}

func (l *startedLeaf) facts() Facts {
	return Facts{Socket: netstat.FactInode, Owners: true, Process: netstat.FactStarted}
}

func (l *startedLeaf) kernel() *netstat.Condition   { return nil }
func (l *startedLeaf) decide(netstat.Table) verdict { return open }

// startedLayouts are how a time may be written. Those without a zone are of the
// local one, as tables show times.
var startedLayouts = [...]string{
	time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// startedSpan reads a time, and what comes just behind all that it means: it is
// as exact as it is written.
func startedSpan(s string) (from, to time.Time, ok bool) {
	for _, layout := range startedLayouts {
		t, err := time.ParseInLocation(layout, s, time.Local)
		if err != nil {
			continue
		}
		switch {
		case t.Nanosecond() != 0:
			return t, t.Add(1), true
		case layout == time.DateOnly:
			return t, t.AddDate(0, 0, 1), true
		case !strings.Contains(layout, ":05"):
			return t, t.Add(time.Minute), true
		}
		return t, t.Add(time.Second), true
	}
	return from, to, false
}

func (l *startedLeaf) appendText(b []byte) []byte {
	return appendWord(append(append(append(b, "started "...), l.compare.String()...), ' '), l.text)
}

func parseStarted(v *value) (node, *Error) {
	l := &startedLeaf{compare: v.compare, text: v.token.text}
	var ok bool
	if l.from, l.to, ok = startedSpan(l.text); !ok {
		return v.fail("no time, as in 2026-01-31, \"2026-01-31 13:45\" or 2026-01-31T13:45:00Z")
	}
	if v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual {
		l.compare = netstat.CompareEqual
		return v.leaf(l)
	}
	return leafOf(l), nil
}
