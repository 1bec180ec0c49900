package schema

import "netstat"

func appletalkFields(f *fields, d *netstat.AppleTalkDetail) { named(f, "type", socketTypes, &d.Type) }
