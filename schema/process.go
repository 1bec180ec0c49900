package schema

import (
	"strings"

	"netstat"
)

// AppendProcess appends a process as an object, with what is known of it.
func AppendProcess(b []byte, p *netstat.Process) []byte {
	b = appendUint(append(b, '{'), "pid", uint64(p.PID))
	b = AppendText(b, "name", processName(p))
	b = AppendText(b, "argv0", p.Argv0)
	b = AppendText(b, "context", p.Context)
	b = AppendText(b, "executable", p.Executable)
	b = appendTexts(b, "services", p.Services)
	b = AppendText(b, "user", p.User)
	return append(appendTime(b, "started", p.Started), '}')
}

// processName is the last part of the executable's path, or of the first
// string of the command line where that begins with a slash; all of it where not.
func processName(p *netstat.Process) string {
	if p.Executable != "" {
		sep := `\`
		if p.Executable[0] == '/' {
			sep = "/"
		}
		return p.Executable[strings.LastIndex(p.Executable, sep)+1:]
	}
	if strings.HasPrefix(p.Argv0, "/") {
		return p.Argv0[strings.LastIndexByte(p.Argv0, '/')+1:]
	}
	return p.Argv0
}

// Process reads what AppendProcess wrote. The name follows from the other
// fields and is not read.
func (r *Reader) Process() netstat.Process {
	var p netstat.Process
	var argv0, context, executable, user ExactText
	exact := false
	r.Object(func(key []byte) {
		switch string(key) {
		case "pid":
			p.PID = r.uint32()
		case "services":
			if list := r.texts(false); !exact {
				p.Services = list
			}
		case "services" + bytesSuffix:
			p.Services, exact = r.texts(true), true
		case "started":
			p.Started = r.Time()
		default:
			r.textField(key, []textField{
				{"argv0", &argv0}, {"context", &context}, {"executable", &executable}, {"user", &user},
			})
		}
	})
	p.Argv0, p.Context, p.Executable, p.User = argv0.s, context.s, executable.s, user.s
	return p
}
