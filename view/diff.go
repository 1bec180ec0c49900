package view

import (
	"errors"
	"hash/maphash"
	"iter"
	"slices"

	"netstat"
	"netstat/fact"
)

// Differ tells what has become of sockets from one round to the next, of one
// host or of two recordings. It is for one goroutine.
//
// A socket is the same one if it has the same cookie; where either round does not
// tell that, the same inode; and where that is not told, the same table, ends
// and, on Windows, process. One that the kernel has replaced by a smaller one, as
// it does for TIME-WAIT, is known by its ends, and has changed its state.
type Differ struct {
	columns []fact.Fact
	seed    maphash.Seed
	before  *diffRound // nil before the first round
	// old and now are room for values that are compared.
	old, now []fact.Value
}

// diffColumns are what makes a socket a changed one, as far as both rounds tell
// it.
const diffColumns = "state,recvq,sendq,uid,owners,owner_unknown"

// NewDiffer returns a Differ that has seen no round. A socket has changed if the
// values of some columns have; nil means state, queues, user and owners.
func NewDiffer(columns []fact.Fact) *Differ {
	if columns == nil {
		var err error
		if columns, err = fact.Find(fact.Sockets, diffColumns); err != nil {
			panic(err) // a name above that is none: the tests look all of them up
		}
	}
	return &Differ{columns: columns, seed: maphash.MakeSeed()}
}

// Facts returns what has to be known of rows: who they are. What the columns
// show is compared where it was asked for by others; it may cost much.
func (d *Differ) Facts() fact.Needs { return fact.Needs{Socket: netstat.FactInode} }

// diffRound is what is kept of a round.
type diffRound struct {
	store rowStore
	rows  []diffRow
	byID  map[uint64]uint32 // the last row of an identity, plus 1
	ends  map[uint64]uint32 // the same for the hash of the ends
	// unread are the tables that could not be read in this round nor in any
	// before it.
	unread map[netstat.Table]bool
}

// diffRow is a row of the round: where it is, and the one before with the same
// identity, or ends, plus 1.
type diffRow struct {
	at, sameID, sameEnds uint32
	found                bool // it is in the next round too
}

// Changes yields, of the records of a round, the sockets that were opened or
// changed since the round before, and then those that were closed, as they were.
// Of the first round it yields all, and says nothing of a change. It sets Change
// and Changed of the records themselves; each is valid until the next. Errors pass
// through. Of a table that could not be read, nothing counts as closed: the rows
// of the round before stand in for those that are missing. A table that is read
// for the first time comes as in the first round.
func (d *Differ) Changes(rows iter.Seq2[*fact.Record, error]) iter.Seq2[*fact.Record, error] {
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
				// What a system does not have has no sockets.
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
			rec.Change, rec.Changed = fact.ChangeNone, nil
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
					rec.Change, rec.Changed = fact.ChangeChanged, changed
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
			old.Change = fact.ChangeClosed
			if !yield(&old, nil) {
				return
			}
		}
	}
}

// add takes note of a row.
func (d *Differ) add(round *diffRound, rec *fact.Record) {
	s := &rec.Row.Socket
	row := diffRow{at: round.store.add(rec)}
	number := uint32(len(round.rows) + 1)
	// By the inode if there is one, as the other round may lack cookies; one that
	// no process can hold has a cookie alone.
	if id := diffKey(s.Cookie, s.Inode); id != 0 {
		row.sameID = round.byID[id]
		round.byID[id] = number
	}
	h := d.hash(rec)
	row.sameEnds = round.ends[h]
	round.ends[h] = number
	round.rows = append(round.rows, row)
}

// diffKey is what rows are looked up by: the inode, or else the cookie, which
// are kept apart by the lowest bit.
func diffKey(cookie, inode uint64) uint64 {
	switch {
	case inode != 0:
		return inode << 1
	case cookie != 0:
		return cookie<<1 | 1
	}
	return 0
}

// hash is that of table, namespace and ends.
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

// find returns which row of the round before is the same socket, and loads it,
// or -1.
func (d *Differ) find(before *diffRound, rec, old *fact.Record, row *fact.Row) int {
	s := &rec.Row.Socket
	for _, id := range [...]uint64{diffKey(0, s.Inode), diffKey(s.Cookie, 0)} {
		if id == 0 {
			continue
		}
		for n := before.byID[id]; n != 0; n = before.rows[n-1].sameID {
			if before.rows[n-1].found {
				continue
			}
			before.store.load(before.rows[n-1].at, old, row)
			if sameSocket(&row.Socket, s) {
				return int(n - 1)
			}
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

// sameSocket compares by the first identity that both tell.
func sameSocket(a, b *netstat.Socket) bool {
	switch {
	case a.Table != b.Table:
		return false // recordings of two runs of a host may have equal numbers
	case a.Cookie != 0 && b.Cookie != 0:
		return a.Cookie == b.Cookie
	case a.Inode != 0 && b.Inode != 0:
		return a.Inode == b.Inode
	case a.Inode != b.Inode && a.Cookie|b.Cookie != 0:
		return false // one was made or closed, and the cookie is not told of both
	}
	return sameEnds(a, b) && a.PID == b.PID && (a.State != netstat.TimeWait || b.State == netstat.TimeWait)
}

func sameEnds(a, b *netstat.Socket) bool {
	return a.Table == b.Table && a.Local == b.Local && a.Remote == b.Remote
}

// succeeds reports whether now may be what the kernel has put in the place of
// the connection before: the rest of it in TIME-WAIT or FIN-WAIT-2, or the same
// one without its inode, as no process holds it any more or none does yet.
func succeeds(before, now *netstat.Socket) bool {
	if before.Table.Protocol != netstat.TCP || before.Remote.Port == 0 || before.State == netstat.TimeWait {
		return false
	}
	if now.State == netstat.TimeWait || now.State == netstat.FinWait2 {
		return now.Inode == 0
	}
	told := before.Cookie != 0 && now.Cookie != 0
	return !told && (before.Inode == 0) != (now.Inode == 0) && before.PID == now.PID
}

// differences appends the names of the columns that differ.
func (d *Differ) differences(list []string, old, now *fact.Record) []string {
	for i := range d.columns {
		c := &d.columns[i]
		if asked := c.Needs.Socket &^ (netstat.FactInode | netstat.FactQueues); asked&^(old.Row.Facts&now.Row.Facts) != 0 {
			continue
		}
		if c.Needs.Owners && (old.Row.Owners == nil || now.Row.Owners == nil) {
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
