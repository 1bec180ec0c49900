package linux

import (
	"bytes"
	"context"
	"strconv"

	"netstat"
)

// sockstat is what /proc/net/sockstat and sockstat6 say of TCP.
type sockstat struct{ inUse, timeWait, allocated uint64 }

func (s *source) sockstat(file string) (st sockstat) {
	f, err := s.open(s.procRoot + "/net/" + file)
	if err != nil {
		return st
	}
	defer f.Close()
	var buf [512]byte
	n, _ := f.Read(buf[:]) // one read has it all
	return parseSockstat(buf[:n])
}

// parseSockstat reads the line about TCP or TCP6 (net/ipv4/proc.c,
// net/ipv6/proc.c).
func parseSockstat(b []byte) (st sockstat) {
	for line := range bytes.Lines(b) {
		if !bytes.HasPrefix(line, []byte("TCP")) {
			continue
		}
		var name string
		for field := range bytes.FieldsSeq(line) {
			value, err := strconv.ParseUint(string(field), 10, 32)
			if err != nil {
				name = string(field)
				continue
			}
			switch name {
			case "inuse":
				st.inUse = value
			case "tw":
				st.timeWait = value
			case "alloc":
				st.allocated = value
			}
		}
		break
	}
	return st
}

// countTCP returns how many sockets a pass over one family, or over both if
// that is 0, is to meet by the kernel's own count. Requests in SYN-RECEIVED are
// not in it; TIME-WAIT sockets of the other family are.
func countTCP(only uint8, v4, v6 sockstat) uint64 {
	n := v4.timeWait
	if only != afInet6 {
		n += v4.inUse
	}
	if only != afInet {
		n += v6.inUse
	}
	return n
}

// farBelow reports whether a pass met so few of the sockets counted that more
// than what opens and closes meanwhile is missing.
func farBelow(met, counted uint64) bool { return met+met/16+256 < counted }

// iterLeftOut reports whether a pass left out sockets that the kernel counts,
// and says so. The count alone does not decide, as kernels have miscounted.
func (s *source) iterLeftOut(ctx context.Context, r *tableReader, n netstat.Need, plan iterPlan, p *tcpPass) bool {
	if s.miscounted || !farBelow(p.met, plan.sockets) ||
		!farBelow(p.met, countTCP(plan.only, s.sockstat("sockstat"), s.sockstat("sockstat6"))) {
		return false
	}
	var dumped uint64
	err := s.diag(ctx, r, netstat.Need{}, func(_ netstat.Socket, err error) bool {
		dumped++
		return err == nil
	})
	if err == nil && !farBelow(p.shown, dumped) {
		s.miscounted = true
		// What was held back may be short all the same.
		return plan.hold
	}
	if n.Report != nil {
		n.Report(&netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, errIterShort}})
	}
	return true
}
