package view

import (
	"errors"
	"iter"

	"netstat"
	"netstat/fact"
)

// Grouping groups records by equal values of its keys. A socket that several
// processes hold counts under its first owner; likewise, a row with several
// values of a fact counts under the first.
type Grouping struct {
	Keys []fact.Fact
	// Totals lists the columns that are summed. A row without a value adds
	// nothing.
	Totals []fact.Fact
	// Sort sorts the groups by some of Columns. If it is empty, the largest
	// count comes first, and equal counts are sorted by their keys.
	Sort []SortKey
}

// ParseGrouping parses keys separated by commas, such as "process,remote". A
// repeated key counts once. The totals follow from the view and from the facts
// that are needed anyway. The error is a *ColumnError.
func ParseGrouping(v fact.View, keys string, facts fact.Needs) (*Grouping, error) {
	columns, err := fact.Find(v, keys)
	if err != nil {
		return nil, err
	}
	g := &Grouping{}
	for i := range columns {
		if !isNamed(g.Keys, columns[i].Name) {
			g.Keys = append(g.Keys, columns[i])
		}
	}
	totals := fact.Summed(v)
	for i := range totals {
		// A value that is the same for all rows of a group is a key,
		// not a total.
		has := (totals[i].Needs.Socket&^netstat.FactQueues)&^facts.Socket == 0
		if totals[i].Needs.Rates {
			has = facts.Rates
		}
		if has && !isNamed(g.Keys, totals[i].Name) {
			g.Totals = append(g.Totals, totals[i])
		}
	}
	return g, nil
}

// Choose restricts the columns of the groups to those named (see [fact.Choose]): keys,
// "count", and any that can be summed, which become the Totals. It returns them in the
// order of the names, for display. The error is a *ColumnError.
func (g *Grouping) Choose(v fact.View, names string) ([]fact.Fact, error) {
	all := fact.Of(v)
	var totals []fact.Fact
	have := g.Columns()
	for i := range all {
		if all[i].Sums && !isNamed(g.Keys, all[i].Name) {
			totals = append(totals, all[i])
			if !isNamed(have, all[i].Name) {
				have = append(have, all[i])
			}
		}
	}
	chosen, _, err := fact.Choose(names, g.Columns(), func(name string) ([]fact.Fact, error) {
		f, err := fact.FindIn(have, v, name)
		if err != nil {
			return nil, groupedError(err)
		}
		return []fact.Fact{*f}, nil
	})
	if err != nil {
		return nil, err
	}
	g.Totals = nil
	for i := range chosen {
		if total := columnNamed(totals, chosen[i].Name); total != nil && !isNamed(g.Totals, total.Name) {
			g.Totals = append(g.Totals, *total)
		}
	}
	have = g.Columns()
	list := make([]fact.Fact, 0, len(chosen))
	for i := range chosen {
		list = append(list, *columnNamed(have, chosen[i].Name))
	}
	return list, nil
}

func columnNamed(list []fact.Fact, name string) *fact.Fact {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func isNamed(list []fact.Fact, name string) bool { return fact.Has(list, name) }

// ParseSort parses keys for Sort, named as in Columns. Totals must be set
// before. The error is a *ColumnError.
func (g *Grouping) ParseSort(v fact.View, keys string) ([]SortKey, error) {
	list, err := parseSort(v, g.Columns(), keys)
	return list, groupedError(err)
}

// groupedError adds to the error of an unknown name that groups lack it.
func groupedError(err error) error {
	var e *fact.NameError
	if errors.As(err, &e) {
		e.Grouped = true
	}
	return err
}

// Facts returns what the grouping needs of rows.
func (g *Grouping) Facts() fact.Needs {
	f := fact.NeedsOf(g.Keys)
	f.Add(fact.NeedsOf(g.Totals))
	return f
}

// Columns returns the columns of the groups: the keys, the count, the totals.
// Their values come from Record.Group.
func (g *Grouping) Columns() []fact.Fact {
	list := make([]fact.Fact, 0, len(g.Keys)+1+len(g.Totals))
	for i := range g.Keys {
		list = append(list, fact.Fact{
			Name: g.Keys[i].Name, Title: g.Keys[i].Title, Kind: g.Keys[i].Kind,
			Value: func(r *fact.Record) fact.Value { return r.Group.Keys[i] },
		})
	}
	list = append(list, fact.Fact{
		Name: "count", Title: "COUNT", Kind: fact.ValueNumber,
		Value: func(r *fact.Record) fact.Value { return fact.Value{Kind: fact.ValueNumber, Number: r.Group.Count} },
	})
	for i := range g.Totals {
		list = append(list, fact.Fact{
			Name: g.Totals[i].Name, Title: g.Totals[i].Title, Kind: g.Totals[i].Kind,
			Value: func(r *fact.Record) fact.Value { return r.Group.Totals[i] },
		})
	}
	return list
}

// Grouper counts records by group. It must be used by one goroutine, and only
// once.
type Grouper struct {
	grouping *Grouping
	groups   []fact.Group
	index    map[string]uint32
	last     uint32 // the group of the previous record
	buf      []byte
	values   []fact.Value // the keys of the current record
}

// NewGrouper returns a Grouper without groups.
func NewGrouper(g *Grouping) *Grouper {
	return &Grouper{grouping: g, index: make(map[string]uint32), values: make([]fact.Value, len(g.Keys))}
}

// Add counts a record. It keeps only the values of the keys.
func (p *Grouper) Add(r *fact.Record) {
	// Rows with the same keys are often adjacent.
	same := len(p.groups) > 0
	for i := range p.grouping.Keys {
		v := p.grouping.Keys[i].Value(r)
		if v.Kind == fact.ValueAbsent {
			v.Text = "" // a group may have several reasons
		}
		if v != p.values[i] {
			p.values[i], same = v, false
		}
	}
	if !same {
		p.last = p.find()
	}
	g := &p.groups[p.last]
	g.Count++
	for i := range p.grouping.Totals {
		if v := p.grouping.Totals[i].Value(r); v.Kind != fact.ValueAbsent {
			t := &g.Totals[i]
			t.Kind = v.Kind
			t.Number += v.Number
		}
	}
}

// find returns the group of the current keys.
func (p *Grouper) find() uint32 {
	b := p.buf[:0]
	for i := range p.values {
		b = appendKey(b, &p.values[i], false)
	}
	p.buf = b
	if at, ok := p.index[string(b)]; ok {
		return at
	}
	return p.newGroup()
}

// newGroup adds a group with the current keys.
func (p *Grouper) newGroup() uint32 {
	at := uint32(len(p.groups))
	n := len(p.values)
	values := make([]fact.Value, n+len(p.grouping.Totals))
	copy(values, p.values)
	p.groups = append(p.groups, fact.Group{Keys: values[:n:n], Totals: values[n:]})
	p.index[string(p.buf)] = at
	return at
}

// Records yields the groups in the order of Grouping.Sort, at most limit of
// them, or all for 0.
func (p *Grouper) Records(limit int) iter.Seq[*fact.Record] {
	keys := p.grouping.Sort
	if len(keys) == 0 {
		columns := p.grouping.Columns()
		keys = append(keys, SortKey{columns[len(p.grouping.Keys)], true})
		for i := range p.grouping.Keys {
			keys = append(keys, SortKey{columns[i], false})
		}
	}
	s := NewSorter(keys, limit)
	for i := range p.groups {
		s.Add(&fact.Record{Group: &p.groups[i]})
	}
	return s.Records()
}

// grouped yields the groups of the records, at most limit of them, or all for
// 0. Errors come first.
func grouped(rows records, g *Grouping, limit int) records {
	return func(yield func(*fact.Record, error) bool) {
		p := NewGrouper(g)
		for r, err := range rows {
			if err == nil {
				p.Add(r)
			} else if !yield(nil, err) {
				return
			}
		}
		for r := range p.Records(limit) {
			if !yield(r, nil) {
				return
			}
		}
	}
}
