package schema

import "netstat"

func keyFields(f *fields, d *netstat.KeyDetail) { number(f, "references", &d.RefCount, true) }
