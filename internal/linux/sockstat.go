package linux

import (
	"bytes"
	"context"
	"math"

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

// parseSockstat parses the line of TCP or TCP6.
func parseSockstat(b []byte) (st sockstat) {
	readSockstat(b, func(group, name []byte, value uint64) bool {
		if string(group) != "TCP" && string(group) != "TCP6" || value > math.MaxUint32 {
			return true
		}
		switch string(name) {
		case "inuse":
			st.inUse = value
		case "tw":
			st.timeWait = value
		case "alloc":
			st.allocated = value
		}
		return true
	})
	return st
}

// readSockstat reads the format of /proc/net/sockstat and sockstat6
// (sockstat_seq_show in net/ipv4/proc.c, sockstat6_seq_show in
// net/ipv6/proc.c), until put returns false. It skips names without a number.
//
//	TCP: inuse 1 orphan 0 tw 3 alloc 330 mem 1171
//
// It returns the first line without a group.
func readSockstat(b []byte, put func(group, name []byte, value uint64) bool) (bogus []byte) {
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\n")
		group, rest, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			if bogus == nil && len(line) > 0 {
				bogus = line
			}
			continue
		}
		var name []byte
		for field := range bytes.FieldsSeq(rest) {
			value, after, ok := scanCounter(field)
			if !ok || len(after) > 0 || field[0] == '-' {
				name = field
				continue
			}
			if name != nil && !put(group, name, value) {
				return bogus
			}
			name = nil
		}
	}
	return bogus
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
