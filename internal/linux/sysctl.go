package linux

import (
	"bytes"
	"math"
	"strings"

	"netstat"
)

// sysctl is a file of /proc/sys with one or more numbers.
type sysctl struct {
	name string
	// parts are the names of three numbers; nil for one number, which has no
	// name of its own.
	parts *[3]string
	// conntrack is the name in MeasureConntrack too; "" if it is not there.
	conntrack string
}

var (
	memoryPages = [...]string{"min", "pressure", "max"}
	bufferSizes = [...]string{"min", "default", "max"}
)

// sysctls lists the limits that are read, in the order of the kernel's
// documentation (Documentation/networking/ip-sysctl.rst,
// Documentation/admin-guide/sysctl/net.rst,
// Documentation/networking/nf_conntrack-sysctl.rst). A network namespace of its
// own lacks those that belong to the whole system, such as tcp_mem.
var sysctls = [...]sysctl{
	{name: "net.core.somaxconn"},
	{name: "net.core.netdev_max_backlog"},
	{name: "net.core.netdev_budget"},
	{name: "net.core.netdev_budget_usecs"},
	{name: "net.core.rmem_default"},
	{name: "net.core.rmem_max"},
	{name: "net.core.wmem_default"},
	{name: "net.core.wmem_max"},
	{name: "net.ipv4.tcp_mem", parts: &memoryPages},
	{name: "net.ipv4.tcp_rmem", parts: &bufferSizes},
	{name: "net.ipv4.tcp_wmem", parts: &bufferSizes},
	{name: "net.ipv4.tcp_max_orphans"},
	{name: "net.ipv4.tcp_max_tw_buckets"},
	{name: "net.ipv4.tcp_max_syn_backlog"},
	{name: "net.ipv4.tcp_syncookies"},
	{name: "net.ipv4.tcp_tw_reuse"},
	{name: "net.ipv4.tcp_abort_on_overflow"},
	{name: "net.ipv4.tcp_keepalive_time"},
	{name: "net.ipv4.tcp_retries2"},
	{name: "net.ipv4.tcp_fin_timeout"},
	{name: "net.ipv4.tcp_mtu_probing"},
	{name: "net.ipv4.udp_mem", parts: &memoryPages},
	{name: "net.ipv4.ipfrag_high_thresh"},
	{name: "net.ipv6.ip6frag_high_thresh"},
	{name: "net.ipv4.neigh.default.gc_thresh1"},
	{name: "net.ipv4.neigh.default.gc_thresh2"},
	{name: "net.ipv4.neigh.default.gc_thresh3"},
	{name: "net.ipv6.neigh.default.gc_thresh1"},
	{name: "net.ipv6.neigh.default.gc_thresh2"},
	{name: "net.ipv6.neigh.default.gc_thresh3"},
	{name: "net.unix.max_dgram_qlen"},
	{name: "net.netfilter.nf_conntrack_max", conntrack: "max"},
	{name: "net.netfilter.nf_conntrack_count", conntrack: "count"},
	{name: "net.netfilter.nf_conntrack_buckets"},
}

// path returns the file below the directory of proc(5).
func (c *sysctl) path() string { return "/sys/" + strings.ReplaceAll(c.name, ".", "/") }

// read calls put with the numbers of the file, and returns false if the file has
// others than expected.
func (c *sysctl) read(b []byte, put func(g netstat.MeasureGroup, name string, value uint64) bool) (ok bool) {
	if c.parts == nil {
		values, ok := sysctlNumbers(b, 1)
		if ok && put(netstat.MeasureSysctl, c.name, values[0]) && c.conntrack != "" {
			put(netstat.MeasureConntrack, c.conntrack, values[0])
		}
		return ok
	}
	values, ok := sysctlNumbers(b, len(c.parts))
	if !ok {
		return false
	}
	for i, part := range c.parts {
		if !put(netstat.MeasureSysctl, c.name+"."+part, values[i]) {
			break
		}
	}
	return true
}

// sysctlNumbers parses exactly n numbers, at most 3, separated by blanks.
func sysctlNumbers(b []byte, n int) (values [3]uint64, ok bool) {
	at := 0
	for field := range bytes.FieldsSeq(b) {
		if at == n {
			return values, false
		}
		v, rest, ok := scanCounter(field)
		if !ok || len(rest) > 0 {
			return values, false
		}
		values[at] = v
		at++
	}
	return values, at == n
}

// portRange parses ip_local_port_range.
func portRange(b []byte) (first, last uint16, ok bool) {
	values, ok := sysctlNumbers(b, 2)
	if !ok || values[0] > values[1] || values[1] > math.MaxUint16 {
		return 0, 0, false
	}
	return uint16(values[0]), uint16(values[1]), true
}

// reservedPorts counts the ports of ip_local_reserved_ports between first and
// last (proc_do_large_bitmap in kernel/sysctl.c): numbers and ranges, separated
// by commas, ascending and without overlap.
//
//	8080,9148,10000-10100
func reservedPorts(b []byte, first, last uint16) (n uint64, ok bool) {
	for part := range bytes.SplitSeq(bytes.TrimSpace(b), []byte(",")) {
		if len(part) == 0 {
			continue
		}
		low, high, ranged := bytes.Cut(part, []byte("-"))
		if !ranged {
			high = low
		}
		from, ok1 := decimalPort(low)
		to, ok2 := decimalPort(high)
		if !ok1 || !ok2 || from > to {
			return 0, false
		}
		if from, to = max(from, first), min(to, last); from <= to {
			n += uint64(to-from) + 1
		}
	}
	return n, true
}

func decimalPort(b []byte) (uint16, bool) {
	p := scanner{b: b}
	v, ok := p.decimal()
	return uint16(v), ok && p.at == len(b) && v <= math.MaxUint16
}
