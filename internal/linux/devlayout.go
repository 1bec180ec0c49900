package linux

import (
	"bytes"
	"errors"

	"netstat"
)

// devLayout is the layout of the rows of /proc/net/dev, from the second line of
// its header:
//
//	face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
//
// This is the layout since Linux 2.2. Some 2.1 kernels lack compressed and
// multicast. Linux 2.0 also lacks bytes and is refused. Columns with other
// names are ignored.
type devLayout struct {
	columns []int8 // indices in devColumns, -1 for other columns
	absent  [2]netstat.InterfaceCounterSet
}

// devColumns lists the counters of each direction.
var devColumns = [...]struct {
	transmit bool
	name     string
	optional netstat.InterfaceCounterSet // the counter that is absent without the column
}{
	{false, "bytes", 0},
	{false, "packets", 0},
	{false, "errs", 0},
	{false, "drop", 0},
	{false, "fifo", 0},
	{false, "frame", 0},
	{false, "compressed", netstat.CountsCompressed},
	{false, "multicast", netstat.CountsMulticast},
	{true, "bytes", 0},
	{true, "packets", 0},
	{true, "errs", 0},
	{true, "drop", 0},
	{true, "fifo", 0},
	{true, "colls", 0},
	{true, "carrier", 0},
	{true, "compressed", netstat.CountsCompressed},
}

// parse parses the header. The error is the reason why rows cannot be read.
func (d *devLayout) parse(line []byte) error {
	*d = devLayout{absent: [2]netstat.InterfaceCounterSet{absentReceive | dumpedReceive, absentTransmit | dumpedTransmit}}
	ways := bytes.Split(line, []byte("|"))
	if len(ways) != 3 {
		return errors.New("/proc/net/dev has an unknown header")
	}
	var found [len(devColumns)]bool
	for way, names := range ways[1:] {
		for name := range bytes.FieldsSeq(names) {
			column := int8(-1)
			for k := range devColumns {
				if c := &devColumns[k]; c.transmit == (way == 1) && c.name == string(name) {
					column = int8(k)
				}
			}
			if column >= 0 && found[column] {
				return errors.New("/proc/net/dev has two columns " + devColumnName(column))
			}
			if column >= 0 {
				found[column] = true
			}
			d.columns = append(d.columns, column)
		}
	}
	for k := range devColumns {
		c := &devColumns[k]
		switch {
		case found[k]:
		case c.optional == 0:
			return errors.New("/proc/net/dev has no column " + devColumnName(int8(k)))
		case c.transmit:
			d.absent[1] |= c.optional
		default:
			d.absent[0] |= c.optional
		}
	}
	return nil
}

func devColumnName(k int8) string {
	if c := &devColumns[k]; c.transmit {
		return c.name + " of Transmit"
	}
	return devColumns[k].name + " of Receive"
}

// parseDev fills i from a row (dev_seq_printf_stats in net/core/net-procfs.c):
//
//	name: bytes packets …
//
// A name is right-aligned and may hold any byte but blanks, slash and colon. It
// returns false for a line without a name. Missing counters are 0.
func (d *devLayout) parseDev(line []byte, i *netstat.Interface, text *textSlab) bool {
	p := scanner{b: line}
	p.skipBlanks()
	start := p.at
	for p.at < len(line) && line[p.at] != ':' {
		p.at++
	}
	*i = netstat.Interface{Name: text.string(line[start:p.at])}
	if !p.literal(':') || i.Name == "" {
		return false
	}
	i.HasCounters = true
	i.Receive.Absent, i.Transmit.Absent = d.absent[0], d.absent[1]
	counters := [len(devColumns)]*uint64{
		&i.Receive.Bytes, &i.Receive.Packets, &i.Receive.Errors, &i.Receive.Dropped,
		&i.Receive.FIFO, &i.Receive.Frame, &i.Receive.Compressed, &i.Receive.Multicast,
		&i.Transmit.Bytes, &i.Transmit.Packets, &i.Transmit.Errors, &i.Transmit.Dropped,
		&i.Transmit.FIFO, &i.Transmit.Collisions, &i.Transmit.Carrier, &i.Transmit.Compressed,
	}
	for _, column := range d.columns {
		n, ok := p.decimal()
		if !ok {
			break
		}
		if column >= 0 {
			*counters[column] = n
		}
	}
	return true
}
