package win32

import (
	"io/fs"
	"strings"

	"netstat"
)

// The kernel's own processes and their names in the system's tools.
const (
	pidIdle   = 0
	pidSystem = 4

	nameIdle   = "System Idle Process"
	nameSystem = "System"
)

// Process implements netstat.Source. Argv0 is the file name of the program, known for
// every process. Args holds the command line as one string if it can be read: from
// Windows 8.1 on, for the user's own processes, and for an administrator also for all
// others that are not protected. Executable is the path of the program, or only its
// file name if the path cannot be read.
func (s *source) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	p := netstat.Process{PID: pid}
	var err error
	switch pid {
	case pidIdle:
		if facts&netstat.FactArgv0 != 0 {
			p.Argv0 = nameIdle
		}
		return p, nil // no such process
	case pidSystem:
		if facts&netstat.FactArgv0 != 0 {
			p.Argv0 = nameSystem
		}
	default:
		const named, inFile = netstat.FactArgv0 | netstat.FactExecutable, netstat.FactImage | netstat.FactSignature
		if facts&(named|inFile) == 0 {
			break
		}
		path, code := s.api.image(pid)
		if facts&named != 0 {
			err = s.program(&p, facts, path, code)
		} else if code == codeInvalidParameter {
			err = fs.ErrNotExist
		}
		if facts&inFile != 0 && code == codeSuccess {
			s.image(&p, path, facts)
		}
	}
	if facts&netstat.FactServices != 0 {
		if more := s.servicesOf(&p); err == nil {
			err = more
		}
	}
	gone := func(code uint32) {
		if code == codeInvalidParameter && err == nil { // OpenProcess returns this if there is no such process
			err = fs.ErrNotExist
		}
	}
	if facts&netstat.FactStarted != 0 {
		filetime, code := s.api.started(pid)
		if code == codeSuccess {
			p.Started = fileTime(filetime)
		}
		gone(code)
	}
	if facts&netstat.FactPackage != 0 {
		name, code := s.api.packageName(pid)
		if code == codeSuccess {
			p.Package = name
		}
		gone(code)
	}
	if facts&netstat.FactArgs != 0 {
		text, code := s.commandLine(pid)
		if text != "" {
			p.Args = []string{text}
		}
		gone(code)
	}
	if facts&netstat.FactUser != 0 {
		sid, code := s.api.accountOf(pid)
		if code == codeSuccess {
			p.User = s.account(sid)
		}
		gone(code)
	}
	if err != nil {
		return p, &netstat.OpError{Op: "read process", Err: err}
	}
	return p, nil
}

// commandLine returns the command line of a process; empty if access is denied or the
// system does not support it.
func (s *source) commandLine(pid uint32) (text string, code uint32) {
	var base uint64
	buf, code := s.grow(func(buf []byte, size *uint32) (code uint32) {
		base, code = s.api.commandLine(pid, buf, size)
		return code
	})
	defer s.release(buf)
	if code == codeSuccess {
		text = s.api.pointers.unicodeString(buf, base)
	}
	return text, code
}

// program sets Executable and Argv0 from the path of the program, or from the code if
// the path is unknown.
func (s *source) program(p *netstat.Process, facts netstat.ProcessFacts, path string, code uint32) error {
	if code != codeSuccess || path == "" {
		var err error
		if s.programs == nil {
			if s.programs, err = s.api.processes(); err != nil {
				s.programs = nil
				return err
			}
		}
		var ok bool
		if path, ok = s.programs[p.PID]; !ok {
			if code == codeAccessDenied { // the process exists
				return nil
			}
			return fs.ErrNotExist
		}
	}
	if facts&netstat.FactExecutable != 0 {
		p.Executable = path
	}
	if facts&netstat.FactArgv0 != 0 {
		p.Argv0 = path[strings.LastIndexAny(path, `\/`)+1:]
	}
	return nil
}

// account returns the name of an account. It is cached, because looking it up may query
// a domain.
func (s *source) account(sid string) string {
	name, ok := s.accounts[sid]
	if !ok {
		if name = s.api.accountName(sid); name == "" {
			name = sid // as the system shows an account without a known name
		}
		if s.accounts == nil {
			s.accounts = make(map[string]string)
		}
		s.accounts[sid] = name
	}
	return name
}

// servicesOf sets Services.
func (s *source) servicesOf(p *netstat.Process) error {
	if s.services == nil {
		var base uint64
		var count uint32
		buf, code := s.grow(func(buf []byte, size *uint32) (code uint32) {
			base, code = s.api.services(buf, size, &count)
			return code
		})
		defer s.release(buf)
		if code != codeSuccess {
			if code == codeAccessDenied { // as for any other fact of a process
				s.services = map[uint32][]string{}
				return nil
			}
			return s.win(code)
		}
		s.services = decodeServices(buf, base, count, s.api.pointers)
	}
	p.Services = s.services[p.PID]
	return nil
}

// decodeServices decodes count ENUM_SERVICE_STATUS_PROCESSW in memory starting at base:
// the names of services by pid.
func decodeServices(memory []byte, base uint64, count uint32, p *pointers) map[uint32][]string {
	all := make(map[uint32][]string)
	n := min(int64(count), int64(len(memory)/p.serviceSize))
	for at := 0; n > 0; n-- {
		pid := word(memory, at+p.servicePID)
		if name := p.textAt(memory, base, at); name != "" && pid != 0 {
			all[pid] = append(all[pid], name)
		}
		at += p.serviceSize
	}
	return all
}
