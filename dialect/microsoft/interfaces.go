package microsoft

import (
	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Rows of -e.
const (
	rowBytes = iota
	rowUnicast
	rowNonUnicast
	rowDiscards
	rowErrors
	rowUnknown
	interfaceRows
)

const (
	widthReceived = 15
	widthSent     = 16
)

// optional is a number that may be unknown. As a rate it is in thousandths per second.
type optional struct {
	value       uint64
	known, rate bool
}

func (o *optional) add(n uint64, known bool) {
	if known {
		o.value += n
		o.known = true
	}
}

// appendRight appends the number right-aligned, or blanks if unknown.
func (o optional) appendRight(b []byte, width int) []byte {
	if !o.known {
		return ascii.AppendBlanks(b, width)
	}
	if o.rate {
		var text [32]byte
		return ascii.AppendRight(b, string(ascii.AppendPerSecond(text[:0], o.value)), width)
	}
	return ascii.AppendUintRight(b, o.value, width)
}

// appendLeft appends the number left-aligned, or blanks if unknown.
func (o optional) appendLeft(b []byte, width int) []byte {
	if !o.known {
		return ascii.AppendBlanks(b, width)
	}
	if o.rate {
		return ascii.PadFrom(ascii.AppendPerSecond(b, o.value), len(b), width)
	}
	return ascii.AppendUintLeft(b, o.value, width)
}

// interfaces prints the sum of the counters of all interfaces except loopback,
// which is what Windows is inferred to add up. The sum is 0 if there is no
// other interface. Windows' sums wrap at 2^32; these intentionally have 64
// bits.
func (r *report) interfaces() {
	var in, out [interfaceRows]optional
	none := true // of the summed interfaces, as far as known
	rate := false
	query := netstat.InterfaceQuery{Report: func(e *netstat.OpError) {
		r.warning(e)
		none = false
	}}
	for i, err := range r.env.Source.Interfaces(r.ctx, query) {
		if err != nil {
			r.failed(err)
			none = false
			break
		}
		if r.env.Deltas.Interface(&i) != view.Total {
			rate = true
		}
		// Without flags, the name that Linux gives the loopback still identifies it.
		if i.Flags.Has(netstat.InterfaceLoopback) || i.Partial && i.Name == "lo" {
			continue
		}
		none = false
		if !i.HasCounters {
			continue
		}
		addCounters(&in, &i.Receive)
		addCounters(&out, &i.Transmit)
	}
	if none {
		for row := range interfaceRows {
			in[row].known, out[row].known = true, true
		}
	}
	for row := range interfaceRows {
		in[row].rate, out[row].rate = rate, rate
	}
	t := r.texts
	r.out.text(t.interfaceTitle + "\n\n" + t.interfaceColumns + "\n\n")
	for row := range interfaceRows {
		b := append(r.out.buf, t.interfaceLabels[row]...)
		b = in[row].appendRight(b, widthReceived)
		if row != rowUnknown {
			// A number as wide as the column would touch the previous one.
			b = out[row].appendRight(append(b, ' '), widthSent-1)
		}
		r.out.buf = append(b, '\n')
	}
	r.out.text("\n")
}

// addCounters adds the counters of one interface in one direction. If a system
// does not count group-addressed packets separately, all packets count as
// unicast and the non-unicast row stays blank.
func addCounters(sums *[interfaceRows]optional, c *netstat.InterfaceCounters) {
	groups := c.Absent&netstat.CountsNonUnicast == 0
	unicast := c.Packets
	if groups {
		unicast -= min(c.NonUnicast, c.Packets)
	}
	sums[rowBytes].add(c.Bytes, true)
	sums[rowUnicast].add(unicast, true)
	sums[rowNonUnicast].add(c.NonUnicast, groups)
	sums[rowDiscards].add(c.Dropped, true)
	sums[rowErrors].add(c.Errors, true)
	sums[rowUnknown].add(c.UnknownProtocols, c.Absent&netstat.CountsUnknownProtocols == 0)
}
