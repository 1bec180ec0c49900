package view

import (
	"iter"

	"netstat"
)

// maxPending bounds how many rows wait for names.
const maxPending = 16384

// Lookups are the kinds of names that rows show and that may take time to get.
type Lookups struct{ Hosts, Users bool }

// WithNames yields rows in their order, having asked for the names of as many
// later rows as it may, so that lookups run together. The first one begins
// when all rows are read, or as many as may wait: lookups have sockets of their
// own, which had better not come and go in a table that is being read. wait is
// called before a row is yielded whose names are not there yet.
func WithNames(rows iter.Seq2[netstat.Socket, error], names Names, kinds Lookups, wait func()) iter.Seq2[netstat.Socket, error] {
	if kinds == (Lookups{}) {
		return rows
	}
	return func(yield func(netstat.Socket, error) bool) {
		var queue []netstat.Socket // a ring once it is full, from head on
		head, asking := 0, false
		ask := func() {
			asking = true
			for i := range queue {
				kinds.want(names, &queue[i])
			}
		}
		show := func(i int) bool {
			s := queue[i]
			if !kinds.ready(names, &s) {
				wait()
			}
			return yield(s, nil)
		}
		var failed error
		for s, err := range rows {
			if err != nil {
				failed = err
				break
			}
			if len(queue) < maxPending {
				queue = append(queue, s)
				continue
			}
			if !asking {
				ask()
			}
			kinds.want(names, &s)
			if !show(head) {
				return
			}
			queue[head] = s
			head = (head + 1) % maxPending
		}
		if !asking {
			ask()
		}
		for i := range queue {
			if !show((head + i) % len(queue)) {
				return
			}
		}
		if failed != nil {
			yield(netstat.Socket{}, failed)
		}
	}
}

// want asks for every name that the row may show.
func (k Lookups) want(names Names, s *netstat.Socket) {
	if k.Users {
		names.WantUser(s.UID)
	}
	if !k.Hosts {
		return
	}
	want := func(a *netstat.Addr) {
		if a.IP.IsValid() && !a.IP.IsUnspecified() {
			names.WantHost(a.IP)
		}
	}
	want(&s.Local)
	want(&s.Remote)
	if d, ok := s.Detail.(*netstat.SCTPDetail); ok {
		for i := range d.LocalMore {
			want(&d.LocalMore[i])
		}
		for i := range d.RemoteMore {
			want(&d.RemoteMore[i])
		}
	}
}

// ready says whether the names of a row's two ends and of its user can be had
// without waiting.
func (k Lookups) ready(names Names, s *netstat.Socket) bool {
	ready := func(a *netstat.Addr) bool {
		return !a.IP.IsValid() || a.IP.IsUnspecified() || names.HostReady(a.IP)
	}
	return (!k.Hosts || ready(&s.Local) && ready(&s.Remote)) && (!k.Users || names.UserReady(s.UID))
}
