package nettools

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

const (
	widthInterface  = 15
	widthMTU        = 5
	widthPackets    = 8
	widthErrors     = 6
	widthNoCounters = 56
)

// interfaceRow is one row of the table: an interface, or an alias, which is an
// IPv4 address with a label of its own.
type interfaceRow struct {
	interfaceKey
	of      *netstat.Interface
	isAlias bool
	is      view.Reading // meaning of its counters
}

// interfaces prints the interfaces that are up, all interfaces with -a, or the
// one that was named.
func (r *report) interfaces() int {
	var links []netstat.Interface
	is := view.Total
	name, _, _ := strings.Cut(r.cmd.Interface, ":")
	q := netstat.InterfaceQuery{Details: r.cmd.Extend > 0, Name: name, Report: r.interfaceWarning}
	for i, err := range r.env.Source.Interfaces(r.ctx, q) {
		if err != nil {
			return r.failed(err)
		}
		if reading := r.env.Deltas.Interface(&i); reading != view.Total {
			is = view.Rate
		}
		if !i.Unlisted {
			links = append(links, i)
		}
	}
	rows := r.interfaceRows(links, r.cmd.Interface)
	if r.cmd.Interface != "" && len(rows) == 0 {
		rows = r.interfaceRows(links, interfaceNamed(links, r.cmd.Interface))
	}
	if r.cmd.Interface != "" && len(rows) == 0 {
		r.say(safe(r.cmd.Interface) + ": error fetching interface information: Device not found\n")
		return ExitMissing
	}
	r.out.buf = r.appendDeltaTitle(r.out.buf)
	if r.env.Round == 0 {
		r.out.buf = append(r.out.buf, "Kernel Interface table\n"...)
	}
	if r.cmd.Extend == 0 {
		r.out.buf = append(r.out.buf, "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"...)
	}
	for i := range rows {
		rows[i].is = is
		if r.cmd.Extend == 0 {
			r.out.buf = appendInterface(r.out.buf, &rows[i])
		} else {
			r.out.buf = appendInterfaceBlock(r.out.buf, &rows[i])
		}
		if !r.out.full() {
			return ExitFailure
		}
	}
	return r.status
}

func (r *report) interfaceWarning(e *netstat.OpError) {
	var file *fs.PathError
	switch {
	case errors.As(e, &file):
		r.say("Warning: cannot open " + safe(file.Path) + " (" + errorText(file.Err) + "). Limited output.\n")
	case errors.Is(e, errors.ErrUnsupported):
		r.status = r.failed(e)
	default:
		r.say("netstat: " + ascii.OneLine(e) + "\n")
	}
}

// interfaceNamed resolves an alternative name of an interface, alone or with
// the label of an alias, to the name of the row. It returns name itself if no
// interface has it.
func interfaceNamed(links []netstat.Interface, name string) string {
	for k := range links {
		if links[k].Called(name) {
			return links[k].Name
		}
	}
	if base, label, ok := strings.Cut(name, ":"); ok {
		if other := interfaceNamed(links, base); other != base {
			return other + ":" + label
		}
	}
	return name
}

// interfaceRows selects the rows to show, in order. If name is not empty, it
// selects only the row with this name.
func (r *report) interfaceRows(links []netstat.Interface, name string) []interfaceRow {
	rows := make([]interfaceRow, 0, len(links))
	var taken map[string]bool
	for k := range links {
		i := &links[k]
		rows = append(rows, interfaceRow{interfaceKey: interfaceKeyOf(i.Name), of: i})
		for a := range i.Addrs {
			label := i.Addrs[a].Label
			if label == "" || label == i.Name {
				continue
			}
			if taken == nil {
				taken = make(map[string]bool, len(links))
				for j := range links {
					taken[links[j].Name] = true
				}
			}
			if !taken[label] {
				taken[label] = true
				rows = append(rows, interfaceRow{interfaceKey: interfaceKeyOf(label), of: i, isAlias: true})
			}
		}
	}
	rows = slices.DeleteFunc(rows, func(row interfaceRow) bool {
		if name != "" {
			return row.name != name
		}
		return !r.cmd.All && !row.of.Flags.Has(netstat.InterfaceUp) && !row.of.Partial
	})
	slices.SortFunc(rows, func(a, b interfaceRow) int { return a.compare(&b.interfaceKey) })
	return rows
}

// interfaceKey is a sort key that compares numbers by value: veth2 before
// veth10, and eth0:2 before eth0:10.
type interfaceKey struct {
	text   string // the part before the number
	number int32
	base   string // name without the alias
	alias  int32  // -1 if the row is no alias
	name   string
}

func interfaceKeyOf(name string) interfaceKey {
	k := interfaceKey{name: name, base: name, alias: -1}
	if rest, digits := trailingNumber(name); digits != "" && strings.HasSuffix(rest, ":") {
		k.base, k.alias = rest[:len(rest)-1], wrappedNumber(digits)
	}
	rest, digits := trailingNumber(k.base)
	k.text, k.number = rest, wrappedNumber(digits)
	return k
}

func (k *interfaceKey) compare(o *interfaceKey) int {
	return cmp.Or(strings.Compare(k.text, o.text), cmp.Compare(k.number, o.number),
		strings.Compare(k.base, o.base), cmp.Compare(k.alias, o.alias), strings.Compare(k.name, o.name))
}

func trailingNumber(name string) (rest, digits string) {
	rest = strings.TrimRight(name, "0123456789")
	return rest, name[len(rest):]
}

// wrappedNumber parses digits into 32 bits and drops what does not fit:
// net-tools 2.10 reads eth4294967297 as eth1.
func wrappedNumber(digits string) int32 {
	n := uint32(0)
	for _, c := range []byte(digits) {
		n = 10*n + uint32(c-'0')
	}
	return int32(n)
}

// interfaceFlags lists the flags: their number in Linux, the letter and its
// place in the table, and the word in the block, in the order of the words. The
// two flags that choose a medium have no word and no letter.
var interfaceFlags = [...]struct {
	flag netstat.InterfaceFlags
	bit  uint16
	word string
}{
	{netstat.InterfaceUp, 0x1, "UP"},
	{netstat.InterfaceBroadcast, 0x2, "BROADCAST"},
	{netstat.InterfaceDebug, 0x4, "DEBUG"},
	{netstat.InterfaceLoopback, 0x8, "LOOPBACK"},
	{netstat.InterfacePointToPoint, 0x10, "POINTOPOINT"},
	{netstat.InterfaceNoTrailers, 0x20, "NOTRAILERS"},
	{netstat.InterfaceRunning, 0x40, "RUNNING"},
	{netstat.InterfaceNoARP, 0x80, "NOARP"},
	{netstat.InterfacePromiscuous, 0x100, "PROMISC"},
	{netstat.InterfaceAllMulticast, 0x200, "ALLMULTI"},
	{netstat.InterfaceSlave, 0x800, "SLAVE"},
	{netstat.InterfaceMaster, 0x400, "MASTER"},
	{netstat.InterfaceMulticast, 0x1000, "MULTICAST"},
	{netstat.InterfaceDynamic, 0x8000, "DYNAMIC"},
	{netstat.InterfacePortSelect, 0x2000, ""},
	{netstat.InterfaceAutoMedia, 0x4000, ""},
}

// interfaceLetters lists the letters of the table in their order. P stands for
// two flags.
var interfaceLetters = [...]struct {
	flag   netstat.InterfaceFlags
	letter byte
}{
	{netstat.InterfaceAllMulticast, 'A'}, {netstat.InterfaceBroadcast, 'B'}, {netstat.InterfaceDebug, 'D'},
	{netstat.InterfaceLoopback, 'L'}, {netstat.InterfaceMulticast, 'M'}, {netstat.InterfaceDynamic, 'd'},
	{netstat.InterfacePromiscuous, 'P'}, {netstat.InterfaceNoTrailers, 'N'}, {netstat.InterfaceNoARP, 'O'},
	{netstat.InterfacePointToPoint, 'P'}, {netstat.InterfaceSlave, 's'}, {netstat.InterfaceMaster, 'm'},
	{netstat.InterfaceRunning, 'R'}, {netstat.InterfaceUp, 'U'},
}

// appendInterface appends a row of the table.
func appendInterface(b []byte, row *interfaceRow) []byte {
	i := row.of
	start := len(b)
	b = ascii.PadFrom(appendSafe(b, row.name), start, widthInterface)
	b = append(b, ' ')
	b = appendIntRight(b, int32(i.MTU), widthMTU)
	b = append(b, ' ')
	if row.isAlias || !i.HasCounters {
		b = ascii.AppendLeft(b, "     - no statistics available -", widthNoCounters)
	} else {
		in, out := &i.Receive, &i.Transmit
		b = appendReadingRight(b, in.Packets, widthPackets, row.is)
		b = appendReadingRight(append(b, ' '), in.Errors, widthErrors, row.is)
		b = appendReadingRight(append(b, ' '), in.Dropped, widthErrors, row.is)
		if in.Absent&netstat.CountsFIFO != 0 {
			b = ascii.AppendLeft(append(b, ' '), string(unknown), widthErrors)
		} else {
			b = append(b, ' ')
			b = ascii.PadFrom(appendReading(b, in.FIFO, row.is), len(b), widthErrors)
		}
		b = appendReadingRight(append(b, ' '), out.Packets, widthPackets, row.is)
		b = appendReadingRight(append(b, ' '), out.Errors, widthErrors, row.is)
		b = appendReadingRight(append(b, ' '), out.Dropped, widthErrors, row.is)
		if out.Absent&netstat.CountsFIFO != 0 {
			b = ascii.AppendRight(append(b, ' '), string(unknown), widthErrors)
		} else {
			b = appendReadingRight(append(b, ' '), out.FIFO, widthErrors, row.is)
		}
		b = append(b, ' ')
	}
	if i.Flags == 0 {
		b = append(b, "[NO FLAGS]"...)
	}
	for _, f := range interfaceLetters {
		if i.Flags.Has(f.flag) {
			b = append(b, f.letter)
		}
	}
	return append(b, '\n')
}

// appendIntRight appends a number that net-tools 2.10 prints as signed.
func appendIntRight(b []byte, n int32, width int) []byte {
	if n >= 0 {
		return ascii.AppendUintRight(b, uint64(n), width)
	}
	return ascii.AppendRight(b, strconv.Itoa(int(n)), width)
}
