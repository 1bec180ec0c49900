package schema

import "netstat"

func appletalkFields(f *fields, d *netstat.AppleTalkDetail) {
	named(f, "type", socketTypes.names(), &d.Type)
}
