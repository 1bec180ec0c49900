package linux

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"

	"netstat"
)

// canLists lists the files of the kernel's filter lists: for errors, without
// filter, with filter, inverted, and for one identifier of 11 or 29 bits.
var canLists = [...]string{"err", "all", "fil", "inv", "sff", "eff"}

// can reads the receive filters of CAN sockets. The kernel does not list the
// sockets themselves.
func (s *source) can(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	for i, list := range canLists {
		l, err := s.openRare(ctx, r.table, n.Report, s.net("can/rcvlist_"+list))
		if err != nil {
			if i > 0 && errors.Is(err, errors.ErrUnsupported) {
				// The kernel has CAN, because the first file
				// exists.
				err.Err = &detailedError{netstat.ErrIncomplete, err.Err}
			}
			yield(netstat.Socket{}, err)
			return
		}
		more := s.canList(l, r.table, n, yield, list)
		s.closeLines(l)
		if !more {
			return
		}
	}
}

// canList yields the rows of one list and reports whether to continue.
func (s *source) canList(l *lineReader, t netstat.Table, n netstat.Need, yield yieldFunc, list string) bool {
	var p canParser
	for {
		line, err := l.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			yield(netstat.Socket{}, readError(t, err))
			return false
		}
		row := netstat.Socket{Table: t}
		switch p.parse(line, &row, list) {
		case familyNoRow:
			continue
		case familyBogus:
			reportBogus(n.Report, t, line)
			continue
		}
		if !yield(row, nil) {
			return false
		}
	}
}

type canParser struct{ text textSlab }

// parse parses a line of /proc/net/can/rcvlist_* (can_print_rcvlist in
// net/can/proc.c):
//
//	device can_id can_mask function userdata matches ident
//
// The file also has titles, headers, notes in parentheses and blank lines.
func (p *canParser) parse(line []byte, s *netstat.Socket, list string) familyVerdict {
	f := scanner{b: line}
	device := f.word()
	switch {
	case len(device) == 0, device[0] == '(', string(device) == "receive", string(device) == "device":
		return familyNoRow
	}
	id, ok1 := f.hex()
	mask, ok2 := f.hex()
	f.skipWords(2)
	matches, ok3 := f.decimal()
	ident := f.word()
	if !ok1 || !ok2 || !ok3 || len(ident) == 0 || id > math.MaxUint32 || mask > math.MaxUint32 {
		return familyBogus
	}
	d := &netstat.CANDetail{
		Protocol: p.text.string(ident), ID: uint32(id), Mask: uint32(mask), Matches: matches,
		Inverted: list == "inv", Errors: list == "err",
	}
	name := append([]byte(nil), '*')
	if string(device) != "any" {
		d.Device = p.text.string(device)
		name = append(name[:0], device...)
	}
	name = strconv.AppendUint(append(name, ':'), id, 16)
	name = strconv.AppendUint(append(name, '/'), mask, 16)
	s.Local.Name = p.text.string(name)
	s.Absent = netstat.FactInode | netstat.FactUID | netstat.FactQueues
	s.Detail = d
	return familyRow
}
