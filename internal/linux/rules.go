package linux

import (
	"context"
	"errors"
	"iter"

	"netstat"
	"netstat/internal/linux/netlink"
)

var _ netstat.PolicyRules = (*source)(nil)

// Rules implements netstat.PolicyRules. Only netlink has the rules.
func (s *source) Rules(ctx context.Context, q netstat.RuleQuery) iter.Seq2[netstat.Rule, error] {
	return func(yield func(netstat.Rule, error) bool) {
		fail := func(err error) {
			yield(netstat.Rule{}, &netstat.OpError{Op: "dump rules of", Table: netstat.Table{Family: q.Family}, Err: err})
		}
		number := byte(afInet)
		switch {
		case q.Family != netstat.Inet && q.Family != netstat.Inet6, !s.useNetlink:
			fail(errors.ErrUnsupported)
			return
		case q.Family == netstat.Inet6:
			number = afInet6
		}
		var list []netstat.Rule
		again, err := repeatDump(ctx, func() (again bool, err error) {
			list, again, err = s.dumpRules(ctx, number, q.Report)
			return again, err
		})
		if err != nil {
			fail(err)
			return
		}
		tables := s.routeTables()
		vrfs := s.vrfs(ctx, q.Report)
		for i := range list {
			r := &list[i]
			if r.Table != 0 {
				r.TableName, r.VRF = tables[r.Table], vrfs[r.Table]
			}
			if !yield(*r, nil) {
				return
			}
		}
		if again {
			fail(&detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted})
		}
	}
}

// dumpRules returns the rules of a family. A kernel without the family's rules lists none,
// or those of others.
func (s *source) dumpRules(ctx context.Context, family byte, report func(*netstat.OpError)) (list []netstat.Rule, interrupted bool, err error) {
	c, err := s.dialRoutes()
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	interrupted, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendRuleRequest(nil, seq, family) }, rtmNewRule, buf, func(b []byte) bool {
		if len(b) > 0 && b[0] != family {
			return true
		}
		r, ok := decodeRule(b, family)
		if !ok {
			t := routes4
			if family == afInet6 {
				t = routes6
			}
			reportBogus(report, t, b)
			return true
		}
		list = append(list, r)
		return true
	})
	return list, interrupted, err
}
