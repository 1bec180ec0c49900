package schema

import "netstat"

// AppendProcess appends a process as an object with its known facts.
func AppendProcess(b []byte, p *netstat.Process) []byte {
	f := fields{b: append(b, '{')}
	processFields(&f, p)
	return append(f.b, '}')
}

// Process reads what AppendProcess wrote.
func (r *Reader) Process() netstat.Process {
	return r.ProcessWith(func([]byte) bool { return false })
}

// ProcessWith reads a process. It calls other at each value of another field; other reads
// the value or reports false.
func (r *Reader) ProcessWith(other func(key []byte) bool) netstat.Process {
	r.keep(processSize)
	var p netstat.Process
	readFields(r, func(f *fields) {
		if f.taken = other(f.key); !f.taken {
			processFields(f, &p)
		}
	})
	return p
}

func processFields(f *fields, p *netstat.Process) {
	number(f, "pid", &p.PID, true)
	if f.r == nil {
		// Derived from the other fields, so not read.
		f.b = AppendText(f.b, "name", p.Name())
	}
	text(f, "argv0", &p.Argv0)
	texts(f, "args", &p.Args)
	text(f, "comm", &p.Comm)
	text(f, "context", &p.Context)
	text(f, "executable", &p.Executable)
	flag(f, "executable_deleted", &p.ExecutableDeleted, false)
	texts(f, "services", &p.Services)
	text(f, "company", &p.Company)
	text(f, "version", &p.Version)
	named(f, "signature", signatures.names(), &p.Signature)
	text(f, "signer", &p.Signer)
	text(f, "package", &p.Package)
	text(f, "user", &p.User)
	moment(f, "started", &p.Started)
	number(f, "parent", &p.Parent, false)
	number(f, "threads", &p.Threads, false)
	text(f, "cgroup", &p.Cgroup)
	text(f, "unit", &p.Unit)
	text(f, "user_unit", &p.UserUnit)
	text(f, "slice", &p.Slice)
	switch {
	case f.r == nil:
		if p.Container != (netstat.Container{}) {
			f.open("container")
			containerFields(f, &p.Container)
			f.close()
		}
	case f.at("container"):
		p.Container = netstat.Container{}
		readFields(f.r, func(g *fields) { containerFields(g, &p.Container) })
	}
}

func containerFields(f *fields, c *netstat.Container) {
	text(f, "runtime", &c.Runtime)
	text(f, "id", &c.ID)
	text(f, "pod", &c.Pod)
}
