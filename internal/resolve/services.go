package resolve

import (
	"iter"
	"math"
)

// maxName is the longest service or protocol name, in bytes. net-tools 2.10
// cuts names to this length, even with -W.
const maxName = 63

// services holds the names of ports for each protocol of the socket tables.
// Protocol takes over raw and completes it.
type services struct{ tcp, udp, raw map[uint16]string }

// Service returns the name of a port from /etc/services. network is "tcp" or
// "udp", in lower case as in the file. If several entries have the port, the
// last one wins: net-tools 2.10 reads the whole database at the start instead
// of calling getservbyport(3), which returns the first.
func (r *Resolver) Service(port uint16, network string) (string, bool) {
	if r.services == nil {
		r.loadServices()
	}
	var name string
	switch network {
	case "tcp":
		name = r.services.tcp[port]
	case "udp":
		name = r.services.udp[port]
	}
	return name, name != ""
}

// Protocol returns the name of an IP protocol number, which is the port of a
// raw socket: from /etc/protocols, or else from the services of the protocol
// "raw". In each the last entry wins, as in net-tools 2.10. Numbers above 255
// have names too (262 is mptcp).
func (r *Resolver) Protocol(number uint16) (string, bool) {
	if r.protocols == nil {
		if r.services == nil {
			r.loadServices()
		}
		r.protocols = r.services.raw
		for e := range parseProtocols(r.file("etc/protocols")) {
			r.protocols[e.number] = clip(e.name)
		}
	}
	name := r.protocols[number]
	return name, name != ""
}

func (r *Resolver) loadServices() {
	s := &services{
		tcp: make(map[uint16]string),
		udp: make(map[uint16]string),
		raw: make(map[uint16]string),
	}
	for e := range parseServices(r.file("etc/services")) {
		switch e.protocol {
		case "tcp":
			s.tcp[e.number] = clip(e.name)
		case "udp":
			s.udp[e.number] = clip(e.name)
		case "raw":
			s.raw[e.number] = clip(e.name)
		}
	}
	r.services = s
}

func clip(name string) string { return name[:min(len(name), maxName)] }

// entry is one line of services(5) or protocols(5), without aliases.
type entry struct {
	name     string
	number   uint16
	protocol string // services only; "" if the line has none
}

// parseServices parses /etc/services like getservent(3) of glibc 2.36. The
// number may be octal or hexadecimal in C's notation, is cut to 16 bits, and
// must be followed by "/" or the end of the line. Other lines are skipped.
func parseServices(text string) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for line := range records(text) {
			name, rest := word(line)
			n, rest, ok := number(rest, 0)
			if !ok || name == "" || rest != "" && rest[0] != '/' {
				continue
			}
			for rest != "" && rest[0] == '/' {
				rest = rest[1:]
			}
			end := 0
			for end < len(rest) && !isSpace(rest[end]) {
				end++
			}
			if !yield(entry{name, uint16(n & math.MaxUint16), rest[:end]}) {
				return
			}
		}
	}
}

// parseProtocols parses /etc/protocols like getprotoent(3) of glibc 2.36. The
// number is decimal, is cut to 16 bits as in net-tools, and must be followed by
// a blank or the end of the line. Other lines are skipped.
func parseProtocols(text string) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for line := range records(text) {
			name, rest := word(line)
			n, rest, ok := number(rest, 10)
			if !ok || name == "" || rest != "" && !isSpace(rest[0]) {
				continue
			}
			if !yield(entry{name: name, number: uint16(n & math.MaxUint16)}) {
				return
			}
		}
	}
}
