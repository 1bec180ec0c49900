package linux

import (
	"bytes"
	"context"
	"strconv"

	"netstat"
)

// sockstat holds the TCP counts of /proc/net/sockstat and sockstat6.
type sockstat struct{ inUse, timeWait, allocated uint64 }

func (s *source) sockstat(file string) (st sockstat) {
	f, err := s.open(s.procRoot + "/net/" + file)
	if err != nil {
		return st
	}
	defer f.Close()
	var buf [512]byte
	n, _ := f.Read(buf[:]) // one read returns the whole file
	return parseSockstat(buf[:n])
}

// parseSockstat parses the line of TCP or TCP6 (net/ipv4/proc.c,
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

// countTCP returns the kernel's count of the sockets that a pass over one
// family should read; only is 0 for both families. The count excludes requests
// in SYN-RECEIVED and includes TIME-WAIT sockets of the other family.
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

// farBelow reports whether a pass read far fewer sockets than counted: more are
// missing than open and close meanwhile.
func farBelow(met, counted uint64) bool { return met+met/16+256 < counted }

// iterLeftOut reports whether a pass missed sockets that the kernel counts, and
// reports that to the caller. Because kernels have miscounted, it compares with
// a dump before it decides.
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
		// The held rows may be incomplete nevertheless.
		return plan.hold
	}
	if n.Report != nil {
		n.Report(&netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, errIterShort}})
	}
	return true
}
