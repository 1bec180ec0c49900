package view

import (
	"context"
	"time"

	"netstat"
	"netstat/fact"
)

// ownerFinder finds the owners of events' sockets, without spending more than a tenth of
// the time on it.
type ownerFinder struct {
	source netstat.Source
	facts  netstat.ProcessFacts
	next   time.Time // of the next search
	// pids holds the owner of a socket by inode, 0 if none was found. processes holds
	// the facts about processes read lately.
	pids      map[uint64]uint32
	processes map[uint32]*recentOwner
}

// recentOwner is a process, when it was read, and its name then in an event.
type recentOwner struct {
	owner [1]fact.Owner
	at    time.Time
	comm  string
}

const (
	// maxInodes limits the sockets whose owners are remembered.
	maxInodes = 1 << 18
	// recent is how long facts about a process are used.
	recent = time.Second
)

// find searches for the owners of sockets that are not known yet. It does nothing if the
// last search was expensive and is not long ago.
func (o *ownerFinder) find(ctx context.Context, inodes []uint64) error {
	var wanted []uint64
	for _, inode := range inodes {
		if inode == 0 {
			continue
		}
		if _, known := o.pids[inode]; !known {
			wanted = append(wanted, inode)
		}
	}
	began := time.Now()
	if len(wanted) == 0 || began.Before(o.next) {
		return nil
	}
	found, err := o.source.Owners(ctx, netstat.OwnerQuery{Inodes: wanted, Threads: true, Rings: true})
	o.next = time.Now().Add(9 * time.Since(began))
	if err != nil {
		return err
	}
	if o.pids == nil || len(o.pids) > maxInodes {
		o.pids = make(map[uint64]uint32)
	}
	for _, inode := range wanted {
		o.pids[inode], _ = found.First(inode)
	}
	return nil
}

// of returns the owner of an event's socket, or nil if none is known.
func (o *ownerFinder) of(e *netstat.Event) []fact.Owner {
	pid := e.PID
	if e.Socket.PID != 0 {
		pid = e.Socket.PID
	}
	if pid == 0 {
		pid = o.pids[e.Socket.Inode]
	}
	if e.Type == netstat.EventClosed {
		delete(o.pids, e.Socket.Inode)
	}
	if pid == 0 {
		return nil
	}
	now := time.Now()
	known := o.processes[pid]
	if known != nil && known.comm != e.Comm && known.comm != "" && e.Comm != "" {
		known = nil // another process has the number, or another program runs in it
	}
	if known != nil && now.Sub(known.at) <= recent {
		return known.owner[:]
	}
	found, err := o.source.Process(pid, o.facts)
	if err != nil && known != nil {
		return known.owner[:] // it has ended
	}
	found.PID = pid
	if found.Comm == "" {
		found.Comm = e.Comm
	}
	if o.processes == nil || len(o.processes) > maxHeard {
		o.processes = make(map[uint32]*recentOwner)
	}
	known = &recentOwner{[1]fact.Owner{fact.OwnerOf(found, now)}, now, e.Comm}
	o.processes[pid] = known
	return known.owner[:]
}
