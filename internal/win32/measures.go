package win32

import (
	"context"
	"errors"
	"iter"

	"netstat"
)

// Measures implements netstat.Source.
func (s *source) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return func(yield func(netstat.Measure, error) bool) {
		yield(netstat.Measure{}, &netstat.OpError{Op: "read measures", Err: errors.ErrUnsupported})
	}
}

// Neighbors implements netstat.Source.
func (s *source) Neighbors(_ context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	return func(yield func(netstat.Neighbor, error) bool) {
		yield(netstat.Neighbor{}, &netstat.OpError{Op: "dump neighbours of", Table: netstat.Table{Family: q.Family}, Err: errors.ErrUnsupported})
	}
}
