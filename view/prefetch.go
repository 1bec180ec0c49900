package view

import (
	"iter"

	"netstat"
)

// maxPending bounds how many rows wait for the names of earlier ones.
const maxPending = 16384

// Lookups are the kinds of names that rows show and that may take time to get.
type Lookups struct{ Hosts, Users bool }

// WithNames yields rows in their order, having asked for the names of as many
// later rows as it may, so that lookups run together. wait is called before a
// row is yielded whose names are not there yet.
func WithNames(rows iter.Seq2[netstat.Socket, error], names Names, kinds Lookups, wait func()) iter.Seq2[netstat.Socket, error] {
	if kinds == (Lookups{}) {
		return rows
	}
	return func(yield func(netstat.Socket, error) bool) {
		var queue []netstat.Socket
		head := 0
		pop := func() bool {
			s := queue[head]
			queue[head] = netstat.Socket{}
			head++
			if head == len(queue) {
				queue, head = queue[:0], 0
			}
			if !kinds.ready(names, &s) {
				wait()
			}
			return yield(s, nil)
		}
		for s, err := range rows {
			if err != nil {
				for head < len(queue) {
					if !pop() {
						return
					}
				}
				yield(netstat.Socket{}, err)
				return
			}
			kinds.want(names, &s)
			if head == len(queue) && kinds.ready(names, &s) {
				if !yield(s, nil) {
					return
				}
				continue
			}
			if head > 0 && len(queue) == cap(queue) {
				queue = append(queue[:0], queue[head:]...)
				head = 0
			}
			queue = append(queue, s)
			for head < len(queue) && (len(queue)-head >= maxPending || kinds.ready(names, &queue[head])) {
				if !pop() {
					return
				}
			}
		}
		for head < len(queue) {
			if !pop() {
				return
			}
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
