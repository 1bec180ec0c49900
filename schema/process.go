package schema

import "netstat"

// AppendProcess appends a process as an object, with what is known of it.
func AppendProcess(b []byte, p *netstat.Process) []byte {
	b = appendUint(append(b, '{'), "pid", uint64(p.PID))
	b = AppendText(b, "name", p.Name())
	b = AppendText(b, "argv0", p.Argv0)
	b = appendTexts(b, "args", p.Args)
	b = AppendText(b, "comm", p.Comm)
	b = AppendText(b, "context", p.Context)
	b = AppendText(b, "executable", p.Executable)
	b = appendTrue(b, "executable_deleted", p.ExecutableDeleted)
	b = appendTexts(b, "services", p.Services)
	b = AppendText(b, "company", p.Company)
	b = AppendText(b, "version", p.Version)
	if p.Signature != netstat.SignatureUnknown {
		b = appendNamed(b, "signature", signatures, p.Signature)
	}
	b = AppendText(b, "signer", p.Signer)
	b = AppendText(b, "package", p.Package)
	b = AppendText(b, "user", p.User)
	b = appendTime(b, "started", p.Started)
	b = appendCount(b, "parent", uint64(p.Parent))
	b = appendCount(b, "threads", uint64(p.Threads))
	b = AppendText(b, "cgroup", p.Cgroup)
	b = AppendText(b, "unit", p.Unit)
	b = AppendText(b, "user_unit", p.UserUnit)
	b = AppendText(b, "slice", p.Slice)
	if p.Container != (netstat.Container{}) {
		b = append(appendKey(b, "container"), '{')
		b = AppendText(b, "runtime", p.Container.Runtime)
		b = AppendText(b, "id", p.Container.ID)
		b = append(AppendText(b, "pod", p.Container.Pod), '}')
	}
	return append(b, '}')
}

// Process reads what AppendProcess wrote. The name follows from the other
// fields and is not read.
func (r *Reader) Process() netstat.Process {
	var p netstat.Process
	var argv0, comm, context, executable, user, cgroup, unit, userUnit, slice ExactText
	var company, version, signer, pkg ExactText
	exactServices, exactArgs := false, false
	r.Object(func(key []byte) {
		switch string(key) {
		case "pid":
			p.PID = r.uint32()
		case "services":
			if list := r.texts(false); !exactServices {
				p.Services = list
			}
		case "services" + bytesSuffix:
			p.Services, exactServices = r.texts(true), true
		case "args":
			if list := r.texts(false); !exactArgs {
				p.Args = list
			}
		case "args" + bytesSuffix:
			p.Args, exactArgs = r.texts(true), true
		case "signature":
			p.Signature = netstat.Signature(r.name(signatures))
		case "executable_deleted":
			p.ExecutableDeleted = r.Bool()
		case "started":
			p.Started = r.Time()
		case "parent":
			p.Parent = r.uint32()
		case "threads":
			p.Threads = r.uint32()
		case "container":
			p.Container = netstat.Container{}
			readFields(r, func(f *fields) {
				text(f, "runtime", &p.Container.Runtime)
				text(f, "id", &p.Container.ID)
				text(f, "pod", &p.Container.Pod)
			})
		default:
			r.textField(key, []textField{
				{"argv0", &argv0}, {"comm", &comm}, {"context", &context}, {"executable", &executable}, {"user", &user},
				{"cgroup", &cgroup}, {"unit", &unit}, {"user_unit", &userUnit}, {"slice", &slice},
				{"company", &company}, {"version", &version}, {"signer", &signer}, {"package", &pkg},
			})
		}
	})
	p.Argv0, p.Comm, p.Context, p.Executable, p.User = argv0.s, comm.s, context.s, executable.s, user.s
	p.Cgroup, p.Unit, p.UserUnit, p.Slice = cgroup.s, unit.s, userUnit.s, slice.s
	p.Company, p.Version, p.Signer, p.Package = company.s, version.s, signer.s, pkg.s
	return p
}
