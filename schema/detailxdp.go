package schema

import "netstat"

func xdpFields(f *fields, d *netstat.XDPDetail) {
	flag(f, "bound", &d.Bound, true)
	text(f, "device", &d.Device)
	number(f, "queue", &d.Queue, d.Bound)
	number(f, "rx_size", &d.RxRing, false)
	number(f, "tx_size", &d.TxRing, false)
	number(f, "fill_size", &d.FillRing, false)
	number(f, "completion_size", &d.CompletionRing, false)
	object(f, "frames", &d.Memory, xdpMemory)
	object(f, "stats", &d.Stats, xdpStats)
}

func xdpMemory(f *fields, m *netstat.XDPMemory) {
	number(f, "id", &m.ID, true)
	number(f, "size", &m.Size, true)
	number(f, "pages", &m.Pages, true)
	number(f, "chunk_size", &m.ChunkSize, true)
	number(f, "headroom", &m.Headroom, true)
	number(f, "scope", &m.Scope, true)
	number(f, "queue", &m.Queue, true)
	flag(f, "zero_copy", &m.ZeroCopy, true)
	number(f, "users", &m.Users, true)
}

func xdpStats(f *fields, s *netstat.XDPStats) {
	number(f, "rx_dropped", &s.RxDropped, true)
	number(f, "rx_invalid", &s.RxInvalid, true)
	number(f, "rx_full", &s.RxFull, true)
	number(f, "fill_ring_empty", &s.FillRingEmpty, true)
	number(f, "tx_invalid", &s.TxInvalid, true)
	number(f, "tx_ring_empty", &s.TxRingEmpty, true)
}
