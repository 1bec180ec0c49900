package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"strconv"
	"strings"

	"netstat"
)

// counterFile is a file of /proc/net that holds counters.
type counterFile struct {
	name string
	// read yields the counters of an open file. It stops at an error.
	read func(l *lineReader, y *counterYield) error
	// optional reports whether a kernel may lack the file.
	optional bool
}

// counterFiles lists the files of each family in reading order. The kernel
// keeps one set of TCP counters for both versions of IP.
var counterFiles = [...]struct {
	family netstat.Family
	files  []counterFile
}{
	{netstat.Inet, []counterFile{
		{name: "snmp", read: readPairs},
		{name: "netstat", read: readPairs, optional: true},
		{name: "sctp/snmp", read: readSCTPCounters, optional: true},
	}},
	{netstat.Inet6, []counterFile{
		{name: "snmp6", read: readSNMP6},
		{name: "snmp", read: readTCPPairs},
	}},
}

func counterFilesOf(f netstat.Family) []counterFile {
	for i := range counterFiles {
		if counterFiles[i].family == f {
			return counterFiles[i].files
		}
	}
	return nil
}

// Counters implements netstat.Source. If the first file is missing, the kernel
// lacks the family, and Counters stops. These counters have no other source: a
// denied or empty file is an error, and the other files follow.
func (s *source) Counters(ctx context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		files := counterFilesOf(f)
		if files == nil {
			yield(netstat.Counter{}, &netstat.OpError{Op: "read counters", Err: errors.ErrUnsupported})
			return
		}
		y := counterYield{yield: yield}
		for i, file := range files {
			opened, err := s.counters(ctx, file, &y)
			if err != nil && !y.stopped {
				y.stopped = !yield(netstat.Counter{}, &netstat.OpError{Op: "read counters", Err: err})
			}
			if y.stopped || i == 0 && !opened && errors.Is(err, fs.ErrNotExist) {
				return
			}
		}
	}
}

// counters yields the counters of one file. The error is an *fs.PathError.
func (s *source) counters(ctx context.Context, file counterFile, y *counterYield) (opened bool, err error) {
	path := s.procRoot + "/net/" + file.name
	if err := ctx.Err(); err != nil {
		return false, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f, err := s.open(path)
	if err != nil {
		if file.optional && errors.Is(err, fs.ErrNotExist) {
			err = nil
		} else {
			err = &fs.PathError{Op: "open", Path: path, Err: err}
		}
		return false, err
	}
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer()}
	defer s.closeLines(l)
	var long error
	l.tooLong = func(head []byte) { long = bogusCounters(head) }
	err = file.read(l, y)
	if long != nil {
		err = long
	}
	if err == nil && l.reads == 0 && s.procRoot == "/proc" {
		err = errEmptyFile
	}
	switch {
	case err == nil:
	case errors.Is(err, netstat.ErrBogusRecord):
		err = &fs.PathError{Op: "parse", Path: path, Err: err}
	default:
		err = &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return true, err
}

// bogusCounters returns the error for a malformed line.
func bogusCounters(line []byte) error {
	quoted := strconv.Quote(string(line[:min(len(line), maxQuoted)]))
	return &detailedError{netstat.ErrBogusRecord, errors.New(quoted)}
}

// counterYield passes counters to the caller.
type counterYield struct {
	yield   func(netstat.Counter, error) bool
	stopped bool
	part    uint32
}

// counter yields a counter and reports whether the caller accepts more.
func (y *counterYield) counter(group, name string, value uint64) bool {
	y.stopped = !y.yield(netstat.Counter{Group: group, Name: name, Part: y.part, Value: value}, nil)
	return !y.stopped
}

// readPairs reads the format of /proc/net/snmp and netstat
// (snmp_seq_show_ipstats and others in net/ipv4/proc.c): a line of names and a
// line of values for each group. Kernels 2.6 begin with an empty line.
//
//	Group: Name Name …
//	Group: Value Value …
//
// As with sscanf, a missing value is 0, and so is every value after one that is
// not a number.
func readPairs(l *lineReader, y *counterYield) error { return readGroups(l, y, "") }

// readTCPPairs reads only the groups of TCP.
func readTCPPairs(l *lineReader, y *counterYield) error { return readGroups(l, y, "Tcp") }

func readGroups(l *lineReader, y *counterYield, prefix string) error {
	for {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(line) == 0 {
			continue
		}
		// The names outlive the line; they share this one string.
		group, names, ok := strings.Cut(string(line), ":")
		if !ok {
			return bogusCounters(line)
		}
		line, err = l.next()
		if err == io.EOF {
			return bogusCounters([]byte(group + ":" + names))
		}
		if err != nil {
			return err
		}
		_, values, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return bogusCounters(line)
		}
		if !strings.HasPrefix(group, prefix) {
			continue
		}
		y.part++
		none := true
		for name := range strings.FieldsFuncSeq(names, blank) {
			var v uint64
			v, values, _ = scanCounter(values)
			if none = false; !y.counter(group, name, v) {
				return nil
			}
		}
		if none && !y.counter(group, "", 0) {
			return nil
		}
	}
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

// scanCounter reads a decimal number with an optional sign from the beginning
// of b, like strtoull(3): a number that is too large becomes the largest,
// whatever its sign. If there is no number, rest is b.
func scanCounter(b []byte) (v uint64, rest []byte, ok bool) {
	at := 0
	for at < len(b) && (b[at] == ' ' || b[at]-'\t' < 5) {
		at++
	}
	negative := false
	if at < len(b) && (b[at] == '-' || b[at] == '+') {
		negative = b[at] == '-'
		at++
	}
	first, overflow := at, false
	for ; at < len(b) && b[at]-'0' < 10; at++ {
		d := uint64(b[at] - '0')
		overflow = overflow || v > (math.MaxUint64-d)/10
		v = v*10 + d
	}
	switch {
	case at == first:
		return 0, b, false
	case overflow:
		v = math.MaxUint64
	case negative:
		v = -v
	}
	return v, b[at:], true
}

// readSNMP6 reads the format of /proc/net/snmp6 (snmp6_seq_show in
// net/ipv6/proc.c): one line for each counter. The group's name is the
// counter's name up to and including the first 6.
//
//	Ip6InReceives                   	1
func readSNMP6(l *lineReader, y *counterYield) error {
	last := ""
	return readSingles(l, func(key string, v uint64) bool {
		group, name := "", key
		if i := strings.IndexByte(key, '6') + 1; i < len(key) {
			group, name = key[:i], key[i:]
		}
		if group != last || y.part == 0 {
			last = group
			y.part++
		}
		return y.counter(group, name, v)
	})
}

// readSCTPCounters reads /proc/net/sctp/snmp (sctp_snmp_seq_show in
// net/sctp/proc.c). Its format is that of snmp6 with a single group.
func readSCTPCounters(l *lineReader, y *counterYield) error {
	const group = "Sctp"
	y.part++
	none := true
	err := readSingles(l, func(key string, v uint64) bool {
		if name := strings.TrimPrefix(key, group); name != "" {
			key = name
		}
		none = false
		return y.counter(group, key, v)
	})
	if none {
		y.counter(group, "", 0)
	}
	return err
}

// readSingles reads lines of a name and a value. It skips malformed lines; the
// error is about the first of them.
func readSingles(l *lineReader, counter func(key string, v uint64) bool) (bogus error) {
	var names textSlab
	for {
		line, err := l.next()
		if err == io.EOF {
			return bogus
		}
		if err != nil {
			return err
		}
		line = bytes.Trim(line, " \t\r")
		if len(line) == 0 {
			continue
		}
		end := bytes.IndexAny(line, " \t")
		v, _, ok := scanCounter(line[max(end, 0):])
		if end < 0 || !ok {
			if bogus == nil {
				bogus = bogusCounters(line)
			}
			continue
		}
		if !counter(names.string(line[:end]), v) {
			return nil
		}
	}
}
