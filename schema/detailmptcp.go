package schema

import "netstat"

func mptcpFields(f *fields, d *netstat.MPTCPDetail) {
	flag(f, "known", &d.Known, true)
	number(f, "token", &d.Token, false)
	flag(f, "fallback", &d.Fallback, d.Known)
	flag(f, "remote_key", &d.RemoteKey, d.Known)
	flag(f, "checksums", &d.Checksums, d.Known)
	number(f, "extra_subflows", &d.ExtraSubflows, d.Known)
	number(f, "subflows_total", &d.SubflowsTotal, false)
	number(f, "subflows_max", &d.SubflowsMax, d.Known)
	number(f, "signals", &d.Signals, d.Known)
	number(f, "signals_max", &d.SignalsMax, d.Known)
	number(f, "accepted", &d.Accepted, d.Known)
	number(f, "accepted_max", &d.AcceptedMax, d.Known)
	number(f, "local_addresses", &d.LocalAddrs, d.Known)
	number(f, "local_addresses_max", &d.LocalAddrsMax, d.Known)
	number(f, "write_sequence", &d.WriteSeq, d.Known)
	number(f, "unacked_sequence", &d.SendUna, d.Known)
	number(f, "recv_sequence", &d.RecvNext, d.Known)
	flag(f, "more", &d.More, false)
	number(f, "retransmits", &d.Retransmits, d.More)
	number(f, "bytes_retrans", &d.BytesRetrans, d.More)
	number(f, "bytes_sent", &d.BytesSent, d.More)
	number(f, "bytes_received", &d.BytesReceived, d.More)
	number(f, "bytes_acked", &d.BytesAcked, d.More)
	millis(f, "last_data_sent", &d.LastDataSentMillis, d.More)
	millis(f, "last_data_recv", &d.LastDataRecvMillis, d.More)
	millis(f, "last_ack_recv", &d.LastAckRecvMillis, d.More)
	objects(f, "subflows", &d.Subflows, subflow)
}

func subflow(f *fields, s *netstat.MPTCPSubflow) {
	number(f, "local_id", &s.LocalID, true)
	number(f, "remote_id", &s.RemoteID, true)
	switch {
	case f.r == nil:
		if s.State != netstat.StateUnknown {
			f.b = appendWord(f.b, "state", s.State.String())
		}
	case f.at("state"):
		s.State = f.r.State()
	}
	address(f, "local", &s.Local)
	address(f, "remote", &s.Remote)
	flag(f, "join", &s.Join, true)
	flag(f, "backup", &s.Backup, true)
	flag(f, "established", &s.Established, true)
	number(f, "recv_queue", &s.RecvQ, true)
	number(f, "send_queue", &s.SendQ, true)
	number(f, "cookie", &s.Cookie, false)
}

// subflowFlagNames are the fields of netstat.SubflowFlags, by bit.
var subflowFlagNames = [...]string{
	"capable_remote", "capable_local", "join_remote", "join_local", "backup_remote", "backup_local",
	"established", "connected", "mapped",
}

func subflowFields(f *fields, d *netstat.SubflowDetail) {
	number(f, "token", &d.Token, true)
	number(f, "remote_token", &d.RemoteToken, false)
	number(f, "local_id", &d.LocalID, true)
	number(f, "remote_id", &d.RemoteID, true)
	for i, name := range subflowFlagNames {
		bit := netstat.SubflowFlags(1 << i)
		set := d.Flags&bit != 0
		flag(f, name, &set, false)
		if set {
			d.Flags |= bit
		}
	}
	flag(f, "sequences", &d.Sequences, false)
	number(f, "map_sequence", &d.MapSequence, d.Sequences)
	number(f, "map_subflow_sequence", &d.MapSubflowSequence, d.Sequences)
	number(f, "map_length", &d.MapLength, d.Sequences)
	number(f, "write_sequence", &d.WriteSequence, d.Sequences)
	number(f, "sequence_offset", &d.SequenceOffset, d.Sequences)
}
