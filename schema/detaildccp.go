package schema

import "netstat"

func dccpFields(f *fields, d *netstat.DCCPDetail) { text(f, "dccp_state", &d.DCCPState) }
