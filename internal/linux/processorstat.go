package linux

import "bytes"

// softnetColumns are the columns of /proc/net/softnet_stat that are summed, by
// position (softnet_seq_show in net/core/net-procfs.c). The file has no header,
// and older kernels write fewer columns.
var softnetColumns = [...]struct {
	at   int
	name string
}{
	{0, "processed"}, {1, "dropped"}, {2, "time_squeeze"}, {9, "received_rps"}, {10, "flow_limit"},
}

// readSoftnet reads the format of /proc/net/softnet_stat: a line of hexadecimal
// numbers for each processor. It calls put with the sum of each column that
// every line has, and returns the first malformed line.
func readSoftnet(b []byte, put func(name string, value uint64) bool) (bogus []byte) {
	var sums processorSums
	bogus = sums.read(b)
	for _, c := range softnetColumns {
		if c.at < sums.columns && !put(c.name, sums.sum[c.at]) {
			break
		}
	}
	return bogus
}

// softnetProcessor is the column with the number of the processor (Linux 5.10). Without
// it the number is that of the line.
const softnetProcessor = 12

// readProcessors calls put with each column of softnetColumns of each processor, after
// readSoftnet: it skips malformed lines.
func readProcessors(b []byte, put func(name string, processor, value uint64) bool) {
	number := uint64(0)
	for line := range bytes.Lines(b) {
		values, n, ok := hexColumns(bytes.TrimRight(line, "\n"))
		if !ok {
			continue
		}
		processor := number
		if number++; n > softnetProcessor {
			processor = values[softnetProcessor]
		}
		for _, c := range softnetColumns {
			if c.at < n && !put(c.name, processor, values[c.at]) {
				return
			}
		}
	}
}

// readCacheStat reads the format of the files of /proc/net/stat
// (neigh_stat_seq_show in net/core/neighbour.c, ct_cpu_seq_show in
// net/netfilter/nf_conntrack_standalone.c): a line of names, and a line of
// hexadecimal numbers for each processor. It calls put with each name of the
// header and the sum of its column, and returns the first malformed line. The
// number of entries belongs to the whole table: all lines repeat it.
func readCacheStat(b []byte, put func(name []byte, value uint64) bool) (bogus []byte) {
	header, lines, _ := bytes.Cut(b, []byte("\n"))
	var sums processorSums
	bogus = sums.read(lines)
	at := 0
	for name := range bytes.FieldsSeq(header) {
		if at == sums.columns {
			break
		}
		value := sums.sum[at]
		if string(name) == "entries" {
			value = sums.last[at]
		}
		if at++; !put(name, value) {
			break
		}
	}
	return bogus
}

// maxColumns limits the columns that are read. Linux 6.18 writes 17.
const maxColumns = 64

// processorSums adds up lines of hexadecimal numbers, one line for each
// processor.
type processorSums struct {
	sum, last [maxColumns]uint64
	columns   int // number of columns that every line has
}

// read returns the first malformed line, which it leaves out.
func (p *processorSums) read(b []byte) (bogus []byte) {
	first := true
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\n")
		values, n, ok := hexColumns(line)
		if !ok {
			if bogus == nil {
				bogus = line
			}
			continue
		}
		if first || n < p.columns {
			p.columns = n
		}
		first = false
		for i, v := range values[:n] {
			p.sum[i] += v
		}
		p.last = values
	}
	return bogus
}

// hexColumns parses a line of hexadecimal numbers. It returns false if the line
// has none, or something else.
func hexColumns(line []byte) (values [maxColumns]uint64, n int, ok bool) {
	for field := range bytes.FieldsSeq(line) {
		if n == maxColumns {
			break
		}
		if len(field) > 16 {
			return values, n, false
		}
		for _, c := range field {
			d := hexDigits[c]
			if d == 0 {
				return values, n, false
			}
			values[n] = values[n]<<4 | uint64(d-1)
		}
		n++
	}
	return values, n, n > 0
}
