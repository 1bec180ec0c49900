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

// owners finds the owners before the sockets are listed, so that rows can include them.
func (r *recorder) owners() {
	owners, err := r.src.Owners(r.ctx, netstat.OwnerQuery{All: true})
	if owners == nil {
		owners = &netstat.Owners{}
	}
	r.held = owners
	// If the first search failed, the second would find no more.
	beyond, failed := r.src.Owners(r.ctx, netstat.OwnerQuery{All: true, Threads: true, Rings: true})
	if failed != nil || beyond == nil {
		beyond = owners
	}
	if err == nil {
		err = failed
	}
	r.beyond = beyond
	r.b = strconv.AppendBool(append(r.b, ",\n\"owners\":{\"denied\":"...), owners.Denied)
	r.b = strconv.AppendBool(append(r.b, `,"seen":`...), owners.Seen)
	if owners.Unread || beyond.Unread {
		r.b = append(r.b, `,"unread":true`...)
	}
	if beyond.Busy {
		r.b = append(r.b, `,"busy":true`...)
	}
	if owners.Hidden {
		r.b = append(r.b, `,"hidden":true`...)
	}
	if owners.Confined {
		r.b = append(r.b, `,"confined":true`...)
	}
	if err != nil {
		r.b = append(r.b, `,"error":`...)
		r.appendError(err)
		r.tell("owners", err, false)
	} else if owners.Incomplete() || beyond.Incomplete() {
		r.tell("owners", ErrOwnersDenied, true)
	}
	r.kernel()
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

// seeThreadOwners records who else holds a socket besides the given processes.
func (r *recorder) seeThreadOwners(inode uint64, held []uint32) {
	if r.beyond == r.held {
		return
	}
	r.threadPIDs = r.beyond.All(r.threadPIDs[:0], inode)
	for _, pid := range r.threadPIDs {
		if !slices.Contains(held, pid) {
			r.pids[pid] = true
			r.byThreads = append(r.byThreads, threadOwner{inode, pid, r.beyond.Via(inode)})
		}
	}
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
