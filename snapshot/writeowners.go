package snapshot

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"

	"netstat"
	"netstat/internal/redact"
	"netstat/schema"
)

// findOwners finds the owners before the sockets are listed, so that rows can include them.
func (r *recorder) findOwners() {
	r.owners, r.ownersErr = r.src.Owners(r.ctx, netstat.OwnerQuery{All: true, Threads: true, Rings: true})
	if r.owners == nil {
		r.owners = &netstat.Owners{}
	}
}

// ownersField appends how the search for owners went.
func (r *recorder) ownersField() {
	o := r.owners
	r.b = strconv.AppendBool(append(r.b, ",\n\"owners\":{\"denied\":"...), o.Denied)
	r.b = strconv.AppendBool(append(r.b, `,"seen":`...), o.Seen)
	if o.Unread {
		r.b = append(r.b, `,"unread":true`...)
	}
	if o.Busy {
		r.b = append(r.b, `,"busy":true`...)
	}
	if o.Hidden {
		r.b = append(r.b, `,"hidden":true`...)
	}
	if o.Confined {
		r.b = append(r.b, `,"confined":true`...)
	}
	if r.ownersErr != nil {
		r.b = append(r.b, `,"error":`...)
		r.appendError(r.ownersErr)
		r.tell("owners", r.ownersErr, false)
	} else if o.Incomplete() {
		r.tell("owners", ErrOwnersDenied, true)
	}
	// The kernel's own sockets are among those without an owner. A copy has what the
	// original has.
	if r.unowned || r.original != nil {
		r.kernel()
	}
	r.b = append(r.b, '}')
}

// kernel appends the sockets that the kernel created for itself, if the host reports
// them.
func (r *recorder) kernel() {
	src, ok := r.src.(netstat.KernelSockets)
	if !ok || r.failed() != nil {
		return
	}
	var found netstat.Owners
	err := src.KernelSockets(r.ctx, &found)
	list := found.Kernel(nil)
	if errors.Is(err, errors.ErrUnsupported) && len(list) == 0 {
		return
	}
	r.b = append(r.b, `,"kernel":[`...)
	for i, cookie := range list {
		if i > 0 {
			r.b = append(r.b, ',')
		}
		r.b = strconv.AppendUint(r.b, cookie, 10)
	}
	r.b = append(r.b, ']')
	if err != nil {
		r.b = append(r.b, `,"kernel_error":`...)
		r.appendError(err)
		r.tell("sockets of the kernel", err, true)
	}
}

// threadOwner is a process that holds a socket only through a thread with its own file
// table or through an io_uring.
type threadOwner struct {
	inode uint64
	pid   uint32
	via   netstat.OwnerVia
}

// ownersOf returns the processes of a socket with their pids only; their facts are in a
// separate section. It records who else holds the socket.
func (r *recorder) ownersOf(s *netstat.Socket) []netstat.Process {
	r.ownerPIDs = r.owners.All(r.ownerPIDs[:0], s.Inode)
	r.ownerObjects = r.ownerObjects[:0]
	via := r.owners.Via(s.Inode)
	for _, pid := range r.ownerPIDs {
		r.pids[pid] = true
		if via == netstat.ViaFile && !r.owners.ByThread(s.Inode, pid) {
			r.ownerObjects = append(r.ownerObjects, netstat.Process{PID: pid})
		} else {
			r.byThreads = append(r.byThreads, threadOwner{s.Inode, pid, via})
		}
	}
	if s.PID != 0 {
		r.pids[s.PID] = true
	}
	r.unowned = r.unowned || len(r.ownerPIDs) == 0 && s.Inode != 0 && s.Cookie != 0 &&
		(s.Table.Protocol == netstat.TCP || s.Table.Protocol == netstat.UDP)
	return r.ownerObjects
}

func (r *recorder) threadOwners() {
	slices.SortFunc(r.byThreads, func(a, b threadOwner) int {
		return cmp.Or(cmp.Compare(a.inode, b.inode), cmp.Compare(a.pid, b.pid))
	})
	for _, o := range slices.Compact(r.byThreads) {
		r.next()
		r.b = strconv.AppendUint(append(r.b, `{"inode":`...), o.inode, 10)
		r.b = strconv.AppendUint(append(r.b, `,"pid":`...), uint64(o.pid), 10)
		r.b = append(schema.AppendText(r.b, "via", o.via.String()), '}')
	}
}

func (r *recorder) processes() {
	for _, pid := range slices.Sorted(maps.Keys(r.pids)) {
		p, err := r.src.Process(pid, schema.AllProcessFacts)
		p.PID = pid
		r.next()
		if r.redact != nil {
			redact.Row(r.redact, &p)
		}
		r.b = schema.AppendProcess(r.b, &p)
		if err != nil {
			r.b = append(r.b[:len(r.b)-1], `,"error":`...)
			r.appendError(err)
			r.b = append(r.b, '}')
			r.tell(processTrouble+strconv.FormatUint(uint64(pid), 10), err, true)
		}
		if len(r.b) >= writeSize {
			r.drain()
		}
		if r.failed() != nil {
			return
		}
	}
}
