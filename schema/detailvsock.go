package schema

import "netstat"

func vsockFields(f *fields, d *netstat.VSockDetail) {
	named(f, "type", socketTypes.names(), &d.Type)
	number(f, "local_cid", &d.LocalCID, true)
	number(f, "local_port", &d.LocalPort, true)
	number(f, "remote_cid", &d.RemoteCID, true)
	number(f, "remote_port", &d.RemotePort, true)
	flag(f, "receive_closed", &d.ReceiveClosed, false)
	flag(f, "send_closed", &d.SendClosed, false)
}
