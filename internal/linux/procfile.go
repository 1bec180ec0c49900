package linux

import (
	"context"
	"errors"
	"io"

	"netstat"
)

// procNet reads a table from its file in /proc/net.
//
// In the files of all protocols but TCP the kernel finds its position by
// counting from the beginning of the table, so a socket that is closed between
// two reads hides another one. A table of more than one read is therefore read
// until all rows of a pass are also in the next one: then no socket was closed
// in between, and none was hidden. Rows that a later pass finds are added.
//
// In the files of TCP the kernel counts within a bucket of its hash table. They
// are read again only if the hash table is crowded, until a pass finds no new
// row.
//
// An error means that it yielded no row.
func (s *source) procNet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) *netstat.OpError {
	f := procTable{table: r.table, need: n}
	for pass := 1; ; pass++ {
		l, _, err := s.openTable(ctx, r.table, r.file, f.need.Report)
		if err != nil {
			if pass == 1 {
				return err
			}
			yield(netstat.Socket{}, err)
			return nil
		}
		if pass == 1 {
			f.reportMissing()
		}
		more := f.pass(l, yield)
		s.closeLines(l)
		switch {
		case !more, s.procRoot != "/proc", f.pages == 1, f.settled:
			return nil
		case r.protocol == ipprotoTCP && (pass == dumpTries || f.fresh == 0 || !s.tcpCrowded()):
			return nil
		case pass == dumpTries:
			if n.Report != nil {
				n.Report(&netstat.OpError{Op: "read", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, errFileChanged}})
			}
			return nil
		}
		f.need.Report = nil // the first pass reported the malformed lines
	}
}

var errFileChanged = errors.New("table changed while it was read")

// procTable is the state of reading a table's file in several passes.
type procTable struct {
	table netstat.Table
	need  netstat.Need
	known repeats

	pages   uint32 // number of reads of the last pass
	reads   uint32 // number of reads of all passes
	rows    int    // number of rows of the last pass
	fresh   int    // number of these rows that were new
	moved   bool   // whether the last pass had a row twice
	settled bool   // whether the pass before the last one had all rows
	from    uint32 // number of the first read of the last pass
}

// reportMissing reports the requested facts that the file lacks.
func (f *procTable) reportMissing() {
	reportNoBound(f.table, f.need)
	missed := f.need.Facts & (diagOnlyFacts | netstat.FactBacklog)
	if f.table.Protocol != netstat.TCP {
		missed &^= netstat.FactTCPInfo | netstat.FactULP | netstat.FactBacklog // not applicable to other protocols
	}
	if missed != 0 && f.need.Report != nil {
		f.need.Report(&netstat.OpError{Op: "read the details of", Table: f.table, Err: errOnlyDump()})
	}
}

// pass yields the rows of a file that were not yielded before. It reports
// whether to continue.
func (f *procTable) pass(l *lineReader, yield yieldFunc) bool {
	row := netstat.Socket{Table: f.table, Absent: f.need.Facts & diagOnlyFacts}
	before, rowsBefore, movedBefore := f.from, f.rows, f.moved
	base := f.reads
	first, kept := base == 0, 0
	f.from, f.rows, f.fresh, f.moved = base+1, 0, 0, false
	var id netIdentity
	for {
		line, err := l.next()
		if err == io.EOF {
			f.pages, f.reads = l.reads, base+l.reads
			f.settled = !first && !movedBefore && kept == rowsBefore
			return true
		}
		if err != nil {
			yield(netstat.Socket{}, readError(f.table, err))
			return false
		}
		if !parseNetRow(line, &row, &id) {
			reportBogus(f.need.Report, f.table, line)
			continue
		}
		own, connection, ok := f.known.netKeys(&row, id)
		if !ok {
			if first && !yield(row, nil) {
				return false
			}
			continue
		}
		read := base + l.reads
		switch met := f.known.met(own, read); {
		case met == read:
			f.rows++
			f.fresh++
			if connection != own {
				f.known.met(connection, read)
			}
			if !yield(row, nil) {
				return false
			}
		case met > base:
			f.moved = true
		default:
			f.rows++
			if met >= before {
				kept++
			}
			f.known.renew(own, read)
		}
	}
}

// errOnlyDump returns the error for facts that /proc lacks, if /proc is read.
func errOnlyDump() error {
	return &detailedError{errors.ErrUnsupported, errors.New("available only over netlink")}
}
