package schema

import "netstat"

func windowsFields(f *fields, d *netstat.WindowsDetail) {
	moment(f, "created", &d.Created)
	named(f, "offload", offloadNames.names(), &d.Offload)
	text(f, "template", &d.Template)
	text(f, "module", &d.Module)
	text(f, "module_path", &d.ModulePath)
}
