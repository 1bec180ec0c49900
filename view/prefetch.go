package view

import (
	"iter"
	"net/netip"

	"netstat"
)

// maxPending is the largest number of rows that wait for names.
const maxPending = 16384

// Lookups holds the types of names that rows show and that may take time to
// look up.
type Lookups struct{ Hosts, Users bool }

// WithNames yields rows in order while it looks up the names of later rows in
// parallel. The lookups start when all rows are read, or as many as may wait:
// lookups open sockets, which should not appear in a table that is being read.
// wait is called before a row is yielded whose names are still being looked up.
func WithNames(rows iter.Seq2[netstat.Socket, error], names Names, kinds Lookups, wait func()) iter.Seq2[netstat.Socket, error] {
	if kinds == (Lookups{}) {
		return rows
	}
	return withNames(rows,
		func(s *netstat.Socket) { kinds.want(names, s) },
		func(s *netstat.Socket) bool { return kinds.ready(names, s) }, wait)
}

// WithNATHosts is like WithNames, but for NAT sessions. Only the names of the
// source addresses of both directions are looked up, since no others are shown.
func WithNATHosts(rows iter.Seq2[netstat.NATSession, error], names Names, wait func()) iter.Seq2[netstat.NATSession, error] {
	want := func(ip netip.Addr) {
		if !ip.IsUnspecified() {
			names.WantHost(ip)
		}
	}
	ready := func(ip netip.Addr) bool { return ip.IsUnspecified() || names.HostReady(ip) }
	return withNames(rows,
		func(s *netstat.NATSession) {
			want(s.Original.Source.Addr())
			want(s.Reply.Source.Addr())
		},
		func(s *netstat.NATSession) bool {
			return ready(s.Original.Source.Addr()) && ready(s.Reply.Source.Addr())
		}, wait)
}

// WithRouteHosts is like WithNames, but for routes. hosts returns the addresses
// of a route whose names are shown; invalid addresses are ignored.
func WithRouteHosts(rows iter.Seq2[netstat.Route, error], names Names, hosts func(*netstat.Route) [4]netip.Addr, wait func()) iter.Seq2[netstat.Route, error] {
	return withNames(rows,
		func(r *netstat.Route) {
			for _, ip := range hosts(r) {
				if ip.IsValid() {
					names.WantHost(ip)
				}
			}
		},
		func(r *netstat.Route) bool {
			for _, ip := range hosts(r) {
				if ip.IsValid() && !names.HostReady(ip) {
					return false
				}
			}
			return true
		}, wait)
}

// WithHosts is like WithNames, but for rows of any type that show the name of
// one address. host returns this address, or an invalid one if there is none.
func WithHosts[T any](rows iter.Seq2[T, error], names Names, host func(*T) netip.Addr, wait func()) iter.Seq2[T, error] {
	return withNames(rows,
		func(row *T) {
			if ip := host(row); ip.IsValid() {
				names.WantHost(ip)
			}
		},
		func(row *T) bool {
			ip := host(row)
			return !ip.IsValid() || names.HostReady(ip)
		}, wait)
}

// withNames is WithNames for any type of row.
func withNames[T any](rows iter.Seq2[T, error], want func(*T), ready func(*T) bool, wait func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var queue []T // a ring buffer once it is full, starting at head
		head, asking := 0, false
		ask := func() {
			asking = true
			for i := range queue {
				want(&queue[i])
			}
		}
		show := func(i int) bool {
			if !ready(&queue[i]) {
				wait()
			}
			return yield(queue[i], nil)
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
			if !show(head) {
				return
			}
			queue[head] = s
			want(&queue[head])
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
			yield(zero, failed)
		}
	}
}

// want starts looking up every name that the row may show.
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

// ready reports whether the names of a row's addresses and user are known
// without waiting.
func (k Lookups) ready(names Names, s *netstat.Socket) bool {
	ready := func(a *netstat.Addr) bool {
		return !a.IP.IsValid() || a.IP.IsUnspecified() || names.HostReady(a.IP)
	}
	return (!k.Hosts || ready(&s.Local) && ready(&s.Remote)) && (!k.Users || names.UserReady(s.UID))
}
