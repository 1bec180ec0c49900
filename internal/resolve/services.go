package resolve

import (
	"iter"
	"math"
)

// maxName is the longest service or protocol name: net-tools 2.10 cuts them to
// 63 bytes, also with -W.
const maxName = 63

// services are the names of ports by the protocols that socket tables have.
// Protocol takes raw over and completes it.
type services struct{ tcp, udp, raw map[uint16]string }

// Service returns the name of a port from /etc/services; network is "tcp" or
// "udp", in lower case as the file has them. Where several entries have the
// port, the last one names it: net-tools 2.10 reads the whole database at the
// start and getservbyport(3), which takes the first, is not asked.
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

// Protocol returns the name of an IP protocol number, as the port of a raw
// socket: from /etc/protocols, else from the services of the protocol "raw";
// in each the last entry wins (net-tools 2.10). Numbers above 255 have names
// too (262 is mptcp).
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

// entry is what one line of services(5) or protocols(5) says, without aliases.
type entry struct {
	name     string
	number   uint16
	protocol string // services only; empty where the line has none
}

// parseServices reads /etc/services as getservent(3) of glibc 2.36 does: the
// number may be octal or hexadecimal in C's notation and is cut to 16 bits,
// and must be followed by "/" or the end of the line. Other lines are passed
// over.
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

// parseProtocols reads /etc/protocols as getprotoent(3) of glibc 2.36 does,
// numbers cut to 16 bits as net-tools does: decimal, and followed by a blank
// or the end of the line. Other lines are passed over.
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
