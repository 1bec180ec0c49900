package view

import (
	"errors"
	"hash/maphash"
	"iter"
	"slices"

	"netstat"
	"netstat/fact"
)

// Differ compares the records of successive rounds, of one host or of two
// snapshots. It must be used by one goroutine only. Records of views other than
// sockets are identified by [fact.Identities].
//
// A socket is the same if it has the same cookie or, if that is unknown in
// either round, the same inode or, if that is unknown too, the same table,
// addresses and, on Windows, process. If the kernel replaces a socket by a
// smaller one, as for TIME-WAIT, the addresses identify it, and its state has
// changed.
type Differ struct {
	columns []fact.Fact
	seed    maphash.Seed
	before  *diffRound  // nil before the first round
	others  *comparison // nil for sockets
	// old and now are scratch space for comparing values.
	old, now []fact.Value
}

// NewDiffer returns a Differ of sockets that has not seen a round yet. A socket counts as
// changed if the value of one of the columns has. nil columns mean those of
// [fact.Compared].
func NewDiffer(columns []fact.Fact) *Differ {
	if columns == nil {
		columns = fact.Compared(fact.Sockets)
	}
	return &Differ{columns: columns, seed: maphash.MakeSeed()}
}

// NewDifferOf returns a Differ of any view that fact.Compared lists facts of. Of views other
// than sockets, a change of one of the asked facts counts too.
func NewDifferOf(v fact.View, asked []fact.Fact) *Differ {
	d := NewDiffer(fact.Compared(v))
	if v == fact.Sockets {
		return d
	}
	d.others = &comparison{identities: fact.Identities(v)}
	for i := range asked {
		if !asked[i].Compared && !fact.Has(d.columns, asked[i].Name) {
			d.columns = append(d.columns, asked[i])
		}
	}
	return d
}

// Facts returns what the Differ needs to identify sockets. It compares column
// values of sockets only if the caller asks for them, since they may be expensive.
func (d *Differ) Facts() fact.Needs {
	if d.others != nil {
		return fact.NeedsOf(d.columns)
	}
	return fact.Needs{Socket: netstat.FactInode}
}

// diffRound holds the sockets of a round.
type diffRound struct {
	store rowStore
	rows  []diffRow
	byID  map[uint64]uint32 // the last row of an identity, plus 1
	ends  map[uint64]uint32 // the last row of a hash of the addresses, plus 1
	// unread lists the tables that could not be read in this round or any
	// before it.
	unread map[netstat.Table]bool
}

// diffRow is a row of a round: its position, and the previous row with the same
// identity or addresses, plus 1.
type diffRow struct {
	at, sameID, sameEnds uint32
	found                bool // it is in the next round too
}

// Changes yields, from the records of a round, those that were opened or
// changed since the previous round, and then the closed ones with their last
// values. For the first round it yields all records without a change. It sets
// Change, Changed and Before of the given records; each is valid until the next one.
// Errors pass through. If a table could not be read, none of its sockets count
// as closed: the missing rows are replaced by those of the previous round. A
// table that is read for the first time is treated as in the first round.
func (d *Differ) Changes(rows iter.Seq2[*fact.Record, error]) iter.Seq2[*fact.Record, error] {
	if d.others != nil {
		return d.changes(rows)
	}
	return func(yield func(*fact.Record, error) bool) {
		before := d.before
		now := &diffRound{byID: make(map[uint64]uint32), ends: make(map[uint64]uint32)}
		d.before = now
		var old fact.Record
		var row fact.Row
		var changed []string
		var failed map[netstat.Table]bool
		for rec, err := range rows {
			if err != nil {
				// A table that the system does not support has
				// no sockets.
				lacking := errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete)
				var op *netstat.OpError
				if errors.As(err, &op) && !lacking {
					if failed == nil {
						failed = make(map[netstat.Table]bool)
					}
					failed[op.Table] = true
				}
				if !yield(nil, err) {
					return
				}
				continue
			}
			rec.Change, rec.Changed, rec.Before = fact.ChangeNone, nil, nil
			d.add(now, rec)
			if before != nil {
				switch i := d.find(before, rec, &old, &row); {
				case i < 0 && before.unread[rec.Row.Socket.Table]:
				case i < 0:
					rec.Change = fact.ChangeOpened
				default:
					before.rows[i].found = true
					if changed = d.differences(changed[:0], &old, rec); len(changed) == 0 {
						continue
					}
					rec.Change, rec.Changed, rec.Before = fact.ChangeChanged, changed, &row.Socket
				}
			}
			if !yield(rec, nil) {
				return
			}
		}
		if before == nil {
			now.unread = failed
			return
		}
		for t := range failed {
			if before.unread[t] {
				if now.unread == nil {
					now.unread = make(map[netstat.Table]bool)
				}
				now.unread[t] = true
			}
		}
		for i := range before.rows {
			if before.rows[i].found {
				continue
			}
			before.store.load(before.rows[i].at, &old, &row)
			if failed[row.Socket.Table] {
				d.add(now, &old)
				continue
			}
			old.Change, old.Before = fact.ChangeClosed, &row.Socket
			if !yield(&old, nil) {
				return
			}
		}
	}
}

// add stores a row of the round.
func (d *Differ) add(round *diffRound, rec *fact.Record) {
	s := &rec.Row.Socket
	row := diffRow{at: round.store.add(rec)}
	number := uint32(len(round.rows) + 1)
	// Use the inode if there is one, since the other round may lack
	// cookies. A socket that no process can hold has only a cookie.
	if id := diffKey(s.Cookie, s.Inode); id != 0 {
		row.sameID = round.byID[id]
		round.byID[id] = number
	}
	h := d.hash(rec)
	row.sameEnds = round.ends[h]
	round.ends[h] = number
	round.rows = append(round.rows, row)
}

// diffKey returns the key under which rows are looked up: the inode, or else
// the cookie. The lowest bit tells them apart.
func diffKey(cookie, inode uint64) uint64 {
	switch {
	case inode != 0:
		return inode << 1
	case cookie != 0:
		return cookie<<1 | 1
	}
	return 0
}

// hash returns a hash of table, namespace and addresses.
func (d *Differ) hash(rec *fact.Record) uint64 {
	s := &rec.Row.Socket
	var h maphash.Hash
	h.SetSeed(d.seed)
	var buf [96]byte
	b := append(buf[:0], byte(s.Table.Family), byte(s.Table.Protocol))
	b = appendEnd(appendEnd(b, &s.Local), &s.Remote)
	_, _ = h.Write(b)
	_, _ = h.WriteString(s.Local.Name)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(s.Remote.Name)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(rec.Netns)
	return h.Sum64()
}

// find returns the index of the row of the previous round that is the same
// socket, and loads it into old and row. It returns -1 if there is none.
func (d *Differ) find(before *diffRound, rec, old *fact.Record, row *fact.Row) int {
	s := &rec.Row.Socket
	for _, id := range [...]uint64{diffKey(0, s.Inode), diffKey(s.Cookie, 0)} {
		if id == 0 {
			continue
		}
		// An SCTP endpoint and its associations share their identity: the one with the
		// same ends comes before the others.
		first := uint32(0)
		for n := before.byID[id]; n != 0; n = before.rows[n-1].sameID {
			if before.rows[n-1].found {
				continue
			}
			before.store.load(before.rows[n-1].at, old, row)
			if !sameSocket(&row.Socket, s) {
				continue
			}
			if sameEnds(&row.Socket, s) {
				return int(n - 1)
			}
			if first == 0 {
				first = n
			}
		}
		if first != 0 {
			before.store.load(before.rows[first-1].at, old, row)
			return int(first - 1)
		}
	}
	for n := before.ends[d.hash(rec)]; n != 0; n = before.rows[n-1].sameEnds {
		if before.rows[n-1].found {
			continue
		}
		before.store.load(before.rows[n-1].at, old, row)
		if old.Netns == rec.Netns && sameEnds(&row.Socket, s) && (sameSocket(&row.Socket, s) || succeeds(&row.Socket, s)) {
			return int(n - 1)
		}
	}
	return -1
}

// sameSocket compares the first identity that both sockets have.
func sameSocket(a, b *netstat.Socket) bool {
	switch {
	case a.Table != b.Table:
		return false // snapshots of a host before and after a reboot may have equal numbers
	case a.Cookie != 0 && b.Cookie != 0:
		return a.Cookie == b.Cookie
	case a.Inode != 0 && b.Inode != 0:
		return a.Inode == b.Inode
	case a.Inode != b.Inode && a.Cookie|b.Cookie != 0:
		return false // the socket was opened or closed, and one cookie is unknown
	}
	return sameEnds(a, b) && a.PID == b.PID && (a.State != netstat.TimeWait || b.State == netstat.TimeWait)
}

func sameEnds(a, b *netstat.Socket) bool {
	return a.Table == b.Table && a.Local == b.Local && a.Remote == b.Remote
}

// succeeds reports whether now may have replaced the connection before in the
// kernel: either as its remainder in TIME-WAIT or FIN-WAIT-2, or as the same
// socket that has lost its inode because no process holds it any more, or has
// no inode yet.
func succeeds(before, now *netstat.Socket) bool {
	if before.Table.Protocol != netstat.TCP || before.Remote.Port == 0 || before.State == netstat.TimeWait {
		return false
	}
	if now.State == netstat.TimeWait || now.State == netstat.FinWait2 {
		return now.Inode == 0
	}
	known := before.Cookie != 0 && now.Cookie != 0
	return !known && (before.Inode == 0) != (now.Inode == 0) && before.PID == now.PID
}

// differences appends the names of the columns that differ.
func (d *Differ) differences(list []string, old, now *fact.Record) []string {
	for i := range d.columns {
		c := &d.columns[i]
		if d.others != nil {
			if c.Needs.Interface != 0 && (old.Interface.Link == nil || now.Interface.Link == nil) {
				continue
			}
		} else if asked := c.Needs.Socket &^ (netstat.FactInode | netstat.FactQueues); asked&^(old.Row.Facts&now.Row.Facts) != 0 {
			continue
		}
		if d.others == nil && c.Needs.Owners && (old.Row.Owners == nil || now.Row.Owners == nil) {
			continue
		}
		same := c.Value(old) == c.Value(now)
		if same && c.All != nil {
			d.old, d.now = c.All(old, d.old[:0]), c.All(now, d.now[:0])
			same = slices.Equal(d.old, d.now)
		}
		if !same {
			list = append(list, c.Name)
		}
	}
	return list
}
