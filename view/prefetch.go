package view

import (
	"iter"
	"net/netip"

	"netstat"
)

// maxPending bounds how many rows wait for the names of earlier ones.
const maxPending = 16384

// WithHosts yields rows in their order, having asked for the host names of
// as many later rows as it may, so that lookups run together. wait is called
// before a row is yielded whose names are not there yet.
func WithHosts(rows iter.Seq2[netstat.Socket, error], names Names, wait func()) iter.Seq2[netstat.Socket, error] {
	return ahead(rows,
		func(s *netstat.Socket) { wantHosts(names, s) },
		func(s *netstat.Socket) bool { return hostsReady(names, s) }, wait)
}

// WithRouteHosts is WithHosts for routes; hosts returns the addresses of a
// route whose names are shown, invalid ones for none.
func WithRouteHosts(rows iter.Seq2[netstat.Route, error], names Names, hosts func(*netstat.Route) [4]netip.Addr, wait func()) iter.Seq2[netstat.Route, error] {
	want := func(r *netstat.Route) {
		for _, ip := range hosts(r) {
			if ip.IsValid() {
				names.WantHost(ip)
			}
		}
	}
	ready := func(r *netstat.Route) bool {
		for _, ip := range hosts(r) {
			if ip.IsValid() && !names.HostReady(ip) {
				return false
			}
		}
		return true
	}
	return ahead(rows, want, ready, wait)
}

// ahead yields rows in their order, having called want for as many later rows
// as it may.
func ahead[T any](rows iter.Seq2[T, error], want func(*T), ready func(*T) bool, wait func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var queue []T
		var zero T
		// What want and ready look at is here, and not in the loop's own
		// variable, so that a row costs no allocation.
		var row T
		head := 0
		pop := func() bool {
			if !ready(&queue[head]) {
				wait()
			}
			first := queue[head]
			queue[head] = zero
			head++
			if head == len(queue) {
				queue, head = queue[:0], 0
			}
			return yield(first, nil)
		}
		for next, err := range rows {
			if err != nil {
				for head < len(queue) {
					if !pop() {
						return
					}
				}
				yield(zero, err)
				return
			}
			row = next
			want(&row)
			if head == len(queue) && ready(&row) {
				if !yield(row, nil) {
					return
				}
				continue
			}
			if head > 0 && len(queue) == cap(queue) {
				queue = append(queue[:0], queue[head:]...)
				head = 0
			}
			queue = append(queue, row)
			for head < len(queue) && (len(queue)-head >= maxPending || ready(&queue[head])) {
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

// wantHosts asks for the names of every address that the row may show.
func wantHosts(names Names, s *netstat.Socket) {
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

// hostsReady says whether the names of a row's two ends can be had without
// waiting.
func hostsReady(names Names, s *netstat.Socket) bool {
	ready := func(a *netstat.Addr) bool {
		return !a.IP.IsValid() || a.IP.IsUnspecified() || names.HostReady(a.IP)
	}
	return ready(&s.Local) && ready(&s.Remote)
}
