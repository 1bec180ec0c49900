package schema

import "netstat"

func tlsFields(f *fields, d *netstat.TLSDetail) {
	text(f, "version", &d.Version)
	text(f, "cipher", &d.Cipher)
	text(f, "receive", &d.Receive)
	text(f, "transmit", &d.Transmit)
	flag(f, "zero_copy", &d.ZeroCopy, false)
	flag(f, "no_padding", &d.NoPadding, false)
}
