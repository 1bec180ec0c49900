package schema

import "netstat"

func bluetoothFields(f *fields, d *netstat.BluetoothDetail) {
	number(f, "channel", &d.Channel, true)
	number(f, "local_cid", &d.LocalCID, false)
	number(f, "remote_cid", &d.RemoteCID, false)
	number(f, "mtu_in", &d.MTUIn, false)
	number(f, "mtu_out", &d.MTUOut, false)
	named(f, "security", securityNames.names(), &d.Security)
}
