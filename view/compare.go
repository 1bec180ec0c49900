package view

import (
	"errors"
	"slices"

	"netstat"
	"netstat/fact"
)

// comparison compares the records of successive rounds of a view other than sockets. A
// record is the same in two rounds if the facts of one of the view's identities are equal:
// the strictest identity finds its pairs first, so that a route is not paired with another
// one to the same destination. Equal records are paired one by one.
type comparison struct {
	identities [][]fact.Fact
	before     *comparedRound // nil before the first round
	key        []byte
}

// comparedRound holds the records of a round. unread holds the families of which some
// table could not be read in this round or any before it, FamilyNone for all.
type comparedRound struct {
	records []fact.Record
	unread  map[netstat.Family]bool
}

// changes is [Differ.Changes] for a view other than sockets. The records follow when all of
// the round are read.
func (d *Differ) changes(rows records) records {
	return func(yield func(*fact.Record, error) bool) {
		c := d.others
		before, now := c.before, &comparedRound{}
		var failed map[netstat.Family]bool
		for rec, err := range rows {
			if err == nil {
				rec.Change, rec.Changed = fact.ChangeNone, nil
				now.records = append(now.records, cloneRecord(rec))
				continue
			}
			if family, is := unreadFamily(err); is {
				if failed == nil {
					failed = make(map[netstat.Family]bool)
				}
				failed[family] = true
			}
			if !yield(nil, err) {
				return
			}
		}
		c.before = now
		if before == nil {
			now.unread = failed
			for i := range now.records {
				if !yieldCopy(yield, &now.records[i]) {
					return
				}
			}
			return
		}
		pairs, found := c.pair(before.records, now.records)
		read := len(now.records)
		// What could not be read is as it was.
		for i := range before.records {
			if family := familyOf(&before.records[i]); !found[i] && (failed[netstat.FamilyNone] || failed[family] || family == netstat.FamilyNone && len(failed) > 0) {
				now.records, found[i] = append(now.records, before.records[i]), true
			}
		}
		for family := range failed {
			if before.unread[family] {
				if now.unread == nil {
					now.unread = make(map[netstat.Family]bool)
				}
				now.unread[family] = true
			}
		}
		var changed []string
		for i := range now.records[:read] {
			rec := now.records[i]
			switch at := pairs[i]; {
			case at >= 0:
				if changed = d.differences(changed[:0], &before.records[at], &rec); len(changed) == 0 {
					continue
				}
				rec.Change, rec.Changed = fact.ChangeChanged, changed
			case !before.unread[netstat.FamilyNone] && !before.unread[familyOf(&rec)]:
				rec.Change = fact.ChangeOpened
			}
			if !yield(&rec, nil) {
				return
			}
		}
		for i := range before.records {
			if found[i] {
				continue
			}
			rec := before.records[i]
			rec.Change = fact.ChangeClosed
			if !yield(&rec, nil) {
				return
			}
		}
	}
}

// yieldCopy yields a copy of a record, which its receiver may change.
func yieldCopy(yield func(*fact.Record, error) bool, r *fact.Record) bool {
	rec := *r
	return yield(&rec, nil)
}

// pair returns for each record of now the index of the same one of before, or -1, and
// which ones of before are found.
func (c *comparison) pair(before, now []fact.Record) (pairs []int, found []bool) {
	pairs, found = slices.Repeat([]int{-1}, len(now)), make([]bool, len(before))
	for _, identity := range c.identities {
		first := make(map[string]int) // the first record of an identity, plus 1
		next := make([]int, len(before))
		for i := len(before) - 1; i >= 0; i-- {
			if key, ok := c.identify(identity, &before[i]); ok && !found[i] {
				next[i], first[string(key)] = first[string(key)], i+1
			}
		}
		if len(first) == 0 {
			continue
		}
		for i := range now {
			if pairs[i] >= 0 {
				continue
			}
			key, ok := c.identify(identity, &now[i])
			if n := first[string(key)]; ok && n != 0 {
				first[string(key)] = next[n-1]
				pairs[i], found[n-1] = n-1, true
			}
		}
	}
	return pairs, found
}

// identify returns a record's values of the facts of an identity as a key, valid until the
// next call, or false if it has none of them.
func (c *comparison) identify(identity []fact.Fact, r *fact.Record) ([]byte, bool) {
	b := append(append(c.key[:0], r.Netns...), 0)
	known := false
	for i := range identity {
		v := identity[i].Value(r)
		if v.Kind == fact.ValueAbsent {
			v = fact.Value{}
		} else {
			known = true
		}
		b = appendKey(b, &v, false)
	}
	c.key = b
	return b, known
}

// unreadFamily returns the family whose rows an error leaves out, FamilyNone if any may
// be missing. It returns false for a table that has no rows because the system lacks it.
func unreadFamily(err error) (netstat.Family, bool) {
	if errors.Is(err, netstat.ErrNoRoutes) || errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete) {
		return netstat.FamilyNone, false
	}
	if op := (*netstat.OpError)(nil); errors.As(err, &op) {
		return op.Table.Family, true
	}
	return netstat.FamilyNone, true
}

// familyOf returns the family of a record, FamilyNone for one of several families.
func familyOf(r *fact.Record) netstat.Family {
	ip := netstat.Inet6
	switch {
	case r.Route != nil:
		return r.Route.Family
	case r.RareRoute != nil:
		return r.RareRoute.Family()
	case r.Rule != nil:
		return r.Rule.Family
	case r.Tracked != nil:
		return r.Tracked.Family
	case r.NATSession != nil:
		return r.NATSession.Family
	case r.Membership != nil && r.Membership.Group.Is4(), r.Neighbor != nil && r.Neighbor.Address.Is4():
		ip = netstat.Inet
	case r.Membership == nil && r.Neighbor == nil:
		ip = netstat.FamilyNone
	}
	return ip
}
