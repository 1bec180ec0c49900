package schema

import "netstat"

func canFields(f *fields, d *netstat.CANDetail) {
	text(f, "device", &d.Device)
	text(f, "protocol", &d.Protocol)
	number(f, "id", &d.ID, true)
	number(f, "mask", &d.Mask, true)
	flag(f, "inverted", &d.Inverted, false)
	flag(f, "errors", &d.Errors, false)
	number(f, "matches", &d.Matches, true)
}
