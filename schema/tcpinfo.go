package schema

import (
	"time"

	"netstat"
)

// appendTCPInfo appends the known fields by their names.
func appendTCPInfo(b []byte, i *netstat.TCPInfo) []byte {
	b = append(appendKey(b, "tcp_info"), '{')
	b = AppendText(b, "congestion", i.Congestion)
	fields := netstat.TCPFields
	if i.EStats == nil {
		fields = netstat.TCPActiveOpen
	}
	for f := range fields {
		if n, ok := i.Value(f); ok {
			if f == netstat.TCPCAState {
				b = appendNamed(b, "ca_state", caStates.names(), i.CAState)
				continue
			}
			b = appendField(b, f.String(), f.Kind(), n)
		}
	}
	return append(b, '}')
}

// appendField appends a number in the form of its unit.
func appendField(b []byte, key string, kind netstat.FieldKind, n uint64) []byte {
	switch kind {
	case netstat.FieldDuration:
		return appendSeconds(b, key, time.Duration(n))
	case netstat.FieldFlag:
		return appendBool(b, key, n != 0)
	}
	return appendUint(b, key, n)
}

// fieldValue reads what appendField wrote.
func (r *Reader) fieldValue(kind netstat.FieldKind) uint64 {
	switch kind {
	case netstat.FieldDuration:
		return uint64(r.Seconds())
	case netstat.FieldFlag:
		if r.Bool() {
			return 1
		}
		return 0
	}
	return r.Uint(1<<64 - 1)
}

const errFieldLimit = "number above the limit of its field"

func (r *Reader) tcpInfo() *netstat.TCPInfo {
	i := new(netstat.TCPInfo)
	var congestion ExactText
	next := netstat.TCPField(0) // fields usually come in order
	r.Object(func(key []byte) {
		if r.TextField(key, "congestion", &congestion) {
			return
		}
		for range netstat.TCPFields {
			f := next
			if next++; next == netstat.TCPFields {
				next = 0
			}
			if string(key) != f.String() {
				continue
			}
			r.peek()
			start := r.at
			var n uint64
			if f == netstat.TCPCAState {
				n = uint64(r.name(caStates.names()))
			} else {
				n = r.fieldValue(f.Kind())
			}
			i.Set(f, n)
			if got, _ := i.Value(f); got != n && r.err == nil {
				r.fail(start, errFieldLimit)
			}
			return
		}
		r.Skip()
	})
	i.Congestion = congestion.s
	return i
}

func appendMemory(b []byte, m *netstat.Memory) []byte {
	b = append(appendKey(b, "memory"), '{')
	for f := range netstat.MemoryFields {
		if n, ok := m.Value(f); ok {
			b = appendField(b, f.String(), f.Kind(), n)
		}
	}
	return append(b, '}')
}

func (r *Reader) memory() *netstat.Memory {
	m := new(netstat.Memory)
	r.Object(func(key []byte) {
		for f := range netstat.MemoryFields {
			if string(key) == f.String() {
				m.Set(f, r.uint32())
				return
			}
		}
		r.Skip()
	})
	return m
}
