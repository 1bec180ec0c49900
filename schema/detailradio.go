package schema

import "netstat"

func ax25Fields(f *fields, d *netstat.AX25Detail) {
	text(f, "device", &d.Device)
	text(f, "digipeaters", &d.Digipeaters)
	sequences(f, &d.SendSeq, &d.RecvSeq)
}

func netromFields(f *fields, d *netstat.NetROMDetail) {
	text(f, "device", &d.Device)
	text(f, "user", &d.User)
	sequences(f, &d.SendSeq, &d.RecvSeq)
}

func roseFields(f *fields, d *netstat.ROSEDetail) {
	text(f, "device", &d.Device)
	text(f, "local_call", &d.LocalCall)
	text(f, "remote_call", &d.RemoteCall)
	number(f, "channel", &d.Channel, false)
	number(f, "neighbour", &d.Neighbour, false)
}

func x25Fields(f *fields, d *netstat.X25Detail) {
	text(f, "device", &d.Device)
	number(f, "channel", &d.Channel, false)
	sequences(f, &d.SendSeq, &d.RecvSeq)
}

func sequences(f *fields, send, recv *uint32) {
	number(f, "send_sequence", send, true)
	number(f, "recv_sequence", recv, true)
}
