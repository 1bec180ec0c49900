package schema

import "netstat"

func smcFields(f *fields, d *netstat.SMCDetail) {
	text(f, "smc_state", &d.SMCState)
	named(f, "mode", smcModes, &d.Mode)
	flag(f, "receive_closed", &d.ReceiveClosed, false)
	flag(f, "send_closed", &d.SendClosed, false)
	signed(f, "fallback_reason", &d.FallbackReason, false)
	number(f, "peer_diagnosis", &d.PeerDiagnosis, false)
	object(f, "connection", &d.Conn, smcConn)
	object(f, "link", &d.Link, smcLink)
	object(f, "dmb", &d.DMB, smcBuffer)
}

func smcConn(f *fields, c *netstat.SMCConn) {
	number(f, "token", &c.Token, true)
	number(f, "send_buffer", &c.SendBuf, true)
	number(f, "recv_buffer", &c.Receive, true)
	number(f, "peer_recv_buffer", &c.PeerRecv, true)
	smcCursor(f, "rx_produced", &c.RxProduced)
	smcCursor(f, "rx_consumed", &c.RxConsumed)
	smcCursor(f, "tx_produced", &c.TxProduced)
	smcCursor(f, "tx_consumed", &c.TxConsumed)
	smcCursor(f, "tx_prepared", &c.TxPrepared)
	smcCursor(f, "tx_sent", &c.TxSent)
	smcCursor(f, "tx_done", &c.TxDone)
	number(f, "rx_flags", &c.RxFlags, true)
	number(f, "rx_state_flags", &c.RxStateFlags, true)
	number(f, "tx_flags", &c.TxFlags, true)
	number(f, "tx_state_flags", &c.TxStateFlags, true)
}

func smcCursor(f *fields, name string, c *netstat.SMCCursor) {
	switch {
	case f.r == nil:
		f.open(name)
		f.b = appendUint(f.b, "wrap", uint64(c.Wrap))
		f.b = appendUint(f.b, "count", uint64(c.Count))
		f.close()
	case f.at(name):
		readFields(f.r, func(g *fields) {
			number(g, "wrap", &c.Wrap, true)
			number(g, "count", &c.Count, true)
		})
	}
}

func smcLink(f *fields, l *netstat.SMCLink) {
	flag(f, "server", &l.Server, true)
	number(f, "id", &l.ID, true)
	text(f, "device", &l.Device)
	number(f, "port", &l.Port, true)
	text(f, "gid", &l.GID)
	text(f, "peer_gid", &l.PeerGID)
}

func smcBuffer(f *fields, d *netstat.SMCBuffer) {
	number(f, "link", &d.Link, true)
	number(f, "gid", &d.GID, true)
	number(f, "peer_gid", &d.PeerGID, true)
	number(f, "token", &d.Token, true)
	number(f, "peer_token", &d.PeerToken, true)
}
