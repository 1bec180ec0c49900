package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"strconv"
	"syscall"

	"netstat"
)

// measureFile is a file of /proc/net that holds measures.
type measureFile struct {
	name string
	// optional reports whether a kernel or a namespace may lack the file.
	optional bool
	// read passes the measures of the file to y, and returns the first
	// malformed line.
	read func(b []byte, y *measureYield) (bogus []byte)
}

var measureFiles = [...]measureFile{
	{"sockstat", false, socketMeasures},
	{"sockstat6", true, socketMeasures},
	{"softnet_stat", false, softnetMeasures},
	{"stat/arp_cache", true, arpMeasures},
	{"stat/ndisc_cache", true, ndiscMeasures},
	{"stat/nf_conntrack", true, conntrackMeasures},
	{"protocols", true, protocolMeasures},
}

// readMeasures is the Op of errors about files.
const readMeasures = "read measures"

// Measures implements netstat.Source.
func (s *source) Measures(ctx context.Context) iter.Seq2[netstat.Measure, error] {
	return func(yield func(netstat.Measure, error) bool) {
		y := &measureYield{yield: yield}
		buf := s.takeBuffer()
		defer func() { s.returnBuffer(buf) }()
		for i := range measureFiles {
			f := &measureFiles[i]
			path := s.procRoot + "/net/" + f.name
			b, err := s.whole(ctx, path, &buf)
			switch {
			case err == nil && len(b) == 0 && s.procRoot == "/proc":
				y.fail(readMeasures, &fs.PathError{Op: "read", Path: path, Err: errEmptyFile})
			case err == nil:
				y.bogus(path, f.read(b, y))
			case !f.optional || !errors.Is(err, fs.ErrNotExist):
				y.fail(readMeasures, err)
			}
			if y.stopped || ctx.Err() != nil {
				return
			}
		}
		s.sysctlMeasures(ctx, y, &buf)
		if !y.stopped {
			s.firewallMeasure(ctx, y)
		}
		if !y.stopped && s.procRoot == "/proc" {
			y.measure(netstat.MeasureHost, "page_size", uint64(syscall.Getpagesize()))
		}
	}
}

// sysctlMeasures yields the measures of /proc/sys.
func (s *source) sysctlMeasures(ctx context.Context, y *measureYield, buf *[]byte) {
	found := false
	for i := range sysctls {
		c := &sysctls[i]
		path := s.procRoot + c.path()
		b, err := s.whole(ctx, path, buf)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			y.fail(readMeasures, err)
		case !c.read(b, y.measure):
			y.bogus(path, b)
		}
		found = true
		if y.stopped || ctx.Err() != nil {
			return
		}
	}
	if !found {
		// Every kernel has some of them: /proc/sys itself is missing.
		y.fail(readMeasures, &fs.PathError{Op: "open", Path: s.procRoot + "/sys/net", Err: fs.ErrNotExist})
		return
	}
	s.portMeasures(ctx, y, buf)
}

// portMeasures yields MeasurePorts.
func (s *source) portMeasures(ctx context.Context, y *measureYield, buf *[]byte) {
	const dir = "/sys/net/ipv4/"
	path := s.procRoot + dir + "ip_local_port_range"
	b, err := s.whole(ctx, path, buf)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			y.fail(readMeasures, err)
		}
		return
	}
	first, last, ok := portRange(b)
	if !ok {
		y.bogus(path, b)
		return
	}
	if !y.measure(netstat.MeasurePorts, "first", uint64(first)) || !y.measure(netstat.MeasurePorts, "last", uint64(last)) {
		return
	}
	path = s.procRoot + dir + "ip_local_reserved_ports"
	b, err = s.whole(ctx, path, buf)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			y.fail(readMeasures, err)
		}
		return
	}
	excluded, ok := reservedPorts(b, first, last)
	if !ok {
		y.bogus(path, b)
		return
	}
	y.measure(netstat.MeasurePorts, "excluded", excluded)
}

// whole reads a file into *buf, which it replaces by a larger one if necessary.
// The bytes are valid until the next call. The kernel cuts a list of ports to the
// size of the first read and returns nothing for a second one, so a full buffer
// means another try. The error is an *fs.PathError.
func (s *source) whole(ctx context.Context, path string, buf *[]byte) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		f, err := s.open(path)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		n := 0
		for err == nil && n < len(*buf) {
			var got int
			got, err = f.Read((*buf)[n:])
			n += got
		}
		f.Close()
		switch {
		case err == io.EOF:
			return (*buf)[:n], nil
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		case n >= maxLine:
			return nil, &fs.PathError{Op: "read", Path: path, Err: syscall.EFBIG}
		}
		*buf = make([]byte, 4*len(*buf))
	}
}

// measureYield passes measures to the caller.
type measureYield struct {
	yield   func(netstat.Measure, error) bool
	stopped bool
}

// measure yields a measure and reports whether the caller accepts more.
func (y *measureYield) measure(g netstat.MeasureGroup, name string, value uint64) bool {
	y.stopped = y.stopped || !y.yield(netstat.Measure{Group: g, Name: name, Value: value}, nil)
	return !y.stopped
}

func (y *measureYield) fail(op string, err error) {
	y.stopped = y.stopped || !y.yield(netstat.Measure{}, &netstat.OpError{Op: op, Err: err})
}

// bogus reports a malformed line, if there is one.
func (y *measureYield) bogus(path string, line []byte) {
	if line != nil {
		y.fail(readMeasures, &fs.PathError{Op: "parse", Path: path, Err: bogusCounters(line)})
	}
}

func socketMeasures(b []byte, y *measureYield) (bogus []byte) {
	return readSockstat(b, func(group, name []byte, value uint64) bool {
		return y.measure(netstat.MeasureSockets, string(group)+"."+string(name), value)
	})
}

func protocolMeasures(b []byte, y *measureYield) (bogus []byte) {
	return readProtocols(b, func(name []byte, sockets uint64) bool {
		return y.measure(netstat.MeasureProtocols, string(name)+".sockets", sockets)
	})
}

func softnetMeasures(b []byte, y *measureYield) (bogus []byte) {
	bogus = readSoftnet(b, func(name string, value uint64) bool {
		return y.measure(netstat.MeasureSoftnet, name, value)
	})
	if !y.stopped {
		readProcessors(b, func(name string, processor, value uint64) bool {
			return y.measure(netstat.MeasureSoftnet, name+".cpu"+strconv.FormatUint(processor, 10), value)
		})
	}
	return bogus
}

func arpMeasures(b []byte, y *measureYield) []byte {
	return cacheMeasures(b, y, netstat.MeasureARP, neighborColumns)
}

func ndiscMeasures(b []byte, y *measureYield) []byte {
	return cacheMeasures(b, y, netstat.MeasureNDISC, neighborColumns)
}

func conntrackMeasures(b []byte, y *measureYield) []byte {
	return cacheMeasures(b, y, netstat.MeasureConntrack, conntrackColumns)
}

// The columns that become measures.
var (
	neighborColumns  = []string{"entries", "table_fulls", "unresolved_discards"}
	conntrackColumns = []string{
		"clashres", "found", "invalid", "chainlength", "insert", "insert_failed", "drop", "early_drop", "icmp_error",
		"expect_new", "expect_create", "expect_delete", "search_restart",
	}
)

// cacheMeasures yields columns of a file of /proc/net/stat, in the file's order.
func cacheMeasures(b []byte, y *measureYield, g netstat.MeasureGroup, columns []string) (bogus []byte) {
	return readCacheStat(b, func(name []byte, value uint64) bool {
		for _, column := range columns {
			if column == string(name) {
				return y.measure(g, column, value)
			}
		}
		return true
	})
}
