package nettools

import (
	"encoding/binary"
	"strconv"

	"netstat"
	"netstat/internal/ascii"
)

// hardware lists the link types that net-tools 2.10 knows, with their names and
// how it shows an address. A type without a function shows no address. A type
// that is not listed is UNSPEC.
var hardware = [...]struct {
	kind        netstat.Hardware
	name, title string
	address     func(b []byte, a hardwareAddr) []byte
}{
	{netstat.HardwareEthernet, "ether", "Ethernet", appendColons},
	{netstat.HardwareLoopback, "loop", "Local Loopback", nil},
	{netstat.HardwareAX25, "ax25", "AMPR AX.25", appendCallsign},
	{netstat.HardwareNetROM, "netrom", "AMPR NET/ROM", appendCallsign},
	{netstat.HardwareROSE, "rose", "AMPR ROSE", appendROSE},
	{netstat.HardwareX25, "x25", "generic X.25", appendText},
	{netstat.HardwareARCnet, "arcnet", "ARCnet", appendOneByte},
	{netstat.HardwareDLCI, "dlci", "Frame Relay DLCI", appendDLCI},
	{netstat.HardwareFRAD, "frad", "Frame Relay Access Device", nil},
	{netstat.HardwareEUI64, "eui64", "Generic EUI-64", appendEUI64},
	{netstat.HardwareSLIP, "slip", "Serial Line IP", nil},
	{netstat.HardwareCSLIP, "cslip", "VJ Serial Line IP", nil},
	{netstat.HardwareSLIP6, "slip6", "6-bit Serial Line IP", nil},
	{netstat.HardwareCSLIP6, "cslip6", "VJ 6-bit Serial Line IP", nil},
	{netstat.HardwareAdaptive, "adaptive", "Adaptive Serial Line IP", nil},
	{netstat.HardwarePPP, "ppp", "Point-to-Point Protocol", nil},
	{netstat.HardwareHDLC, "hdlc", "(Cisco)-HDLC", nil},
	{netstat.HardwareLAPB, "lapb", "LAPB", nil},
	{netstat.HardwareTunnel, "tunnel", "IPIP Tunnel", appendNothing},
	{netstat.HardwareSIT, "sit", "IPv6-in-IPv4", nil},
	{netstat.HardwareFDDI, "fddi", "Fiber Distributed Data Interface", appendDashes},
	{netstat.HardwareHIPPI, "hippi", "HIPPI", appendColons},
	{netstat.HardwareAsh, "ash", "Ash", appendAsh},
	{netstat.HardwareEconet, "ec", "Econet", nil},
	{netstat.HardwareIrDA, "irda", "IrLAP", appendIrDA},
}

// hardwareAddr is the part of a link-layer address that net-tools keeps.
type hardwareAddr [8]byte

// appendHardware appends the link line of a block.
func appendHardware(b []byte, i *netstat.Interface) []byte {
	if i.Partial {
		return b
	}
	var a hardwareAddr
	copy(a[:], i.HardwareAddr)
	name, title, address := "unspec", "UNSPEC", appendUnspec
	for k := range hardware {
		if h := &hardware[k]; h.kind == i.Hardware {
			name, title, address = h.name, h.title, h.address
			break
		}
	}
	b = append(append(b, blockIndent...), name...)
	if address != nil {
		b = address(append(b, ' '), a)
	}
	if i.HasQueueLen {
		b = strconv.AppendInt(append(b, "  txqueuelen "...), int64(int32(i.QueueLen)), 10)
	}
	b = append(append(b, "  ("...), title...)
	return append(b, ")\n"...)
}

func appendHexBytes(b []byte, digits []byte, sep string) []byte {
	const hex = "0123456789abcdef"
	for i, c := range digits {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, hex[c>>4], hex[c&0xf])
	}
	return b
}

func appendNothing(b []byte, _ hardwareAddr) []byte { return b }

func appendColons(b []byte, a hardwareAddr) []byte { return appendHexBytes(b, a[:6], ":") }

func appendDashes(b []byte, a hardwareAddr) []byte { return appendHexBytes(b, a[:6], "-") }

func appendEUI64(b []byte, a hardwareAddr) []byte { return appendHexBytes(b, a[:], ":") }

func appendOneByte(b []byte, a hardwareAddr) []byte { return appendHexBytes(b, a[:1], "") }

func appendROSE(b []byte, a hardwareAddr) []byte { return appendHexBytes(b, a[:5], "") }

// appendUnspec appends sixteen bytes, of which only half are known.
func appendUnspec(b []byte, a hardwareAddr) []byte {
	var long [16]byte
	copy(long[:], a[:])
	return appendHexBytes(b, long[:], "-")
}

// appendText appends an address that is text.
func appendText(b []byte, a hardwareAddr) []byte {
	n := 0
	for n < len(a) && a[n] != 0 {
		n++
	}
	return appendSafe(b, string(a[:n]))
}

// appendDLCI appends a number that net-tools 2.10 prints as signed.
func appendDLCI(b []byte, a hardwareAddr) []byte {
	return strconv.AppendInt(b, int64(int16(binary.NativeEndian.Uint16(a[:]))), 10)
}

// appendCallsign appends an amateur radio callsign: up to six characters, each
// shifted left by one bit, ended by a blank, and a station number.
func appendCallsign(b []byte, a hardwareAddr) []byte {
	var text [6]byte
	n := 0
	for ; n < len(text); n++ {
		c := a[n] >> 1
		if c == 0 {
			return appendSafe(b, string(text[:n]))
		}
		if c == ' ' {
			break
		}
		text[n] = c
	}
	b = appendSafe(b, string(text[:n]))
	if station := a[6] >> 1 & 0xf; station != 0 {
		b = ascii.AppendUint(append(b, '-'), uint64(station))
	}
	return b
}

// appendAsh appends 64 hexadecimal digits, each the low half of a byte.
func appendAsh(b []byte, a hardwareAddr) []byte {
	var digits [64]byte
	copy(digits[:], a[:])
	b = append(b, '[')
	for _, d := range digits {
		b = append(b, "0123456789abcdef"[d&0xf])
	}
	return append(b, ']')
}

// appendIrDA appends four bytes, the last one first.
func appendIrDA(b []byte, a hardwareAddr) []byte {
	return appendHexBytes(b, []byte{a[3], a[2], a[1], a[0]}, ":")
}
