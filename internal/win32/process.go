package win32

import (
	"io/fs"
	"strings"

	"netstat"
)

// The processes that are the kernel's own, and what the system's tools call
// them.
const (
	pidIdle   = 0
	pidSystem = 4

	nameIdle   = "System Idle Process"
	nameSystem = "System"
)

// Process implements netstat.Source. Argv0 is the file name of the program:
// Windows shows the command line of a process to its owner only. Executable is
// its path, or only the file name where the path may not be read.
func (s *source) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	p := netstat.Process{PID: pid}
	var err error
	switch pid {
	case pidIdle:
		if facts&netstat.FactArgv0 != 0 {
			p.Argv0 = nameIdle
		}
		return p, nil // there is no such process
	case pidSystem:
		if facts&netstat.FactArgv0 != 0 {
			p.Argv0 = nameSystem
		}
	default:
		if facts&(netstat.FactArgv0|netstat.FactExecutable) != 0 {
			err = s.program(&p, facts)
		}
	}
	if facts&netstat.FactServices != 0 {
		if more := s.servicesOf(&p); err == nil {
			err = more
		}
	}
	gone := func(code uint32) {
		if code == codeInvalidParameter && err == nil { // that is what OpenProcess says of no process
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

// program sets Executable and Argv0.
func (s *source) program(p *netstat.Process, facts netstat.ProcessFacts) error {
	path, code := s.api.image(p.PID)
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
			if code == codeAccessDenied { // it exists
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

// account is the name of an account, kept: a domain may be asked for it.
func (s *source) account(sid string) string {
	name, ok := s.accounts[sid]
	if !ok {
		if name = s.api.accountName(sid); name == "" {
			name = sid // as the system shows an account that it cannot name
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

// decodeServices decodes count ENUM_SERVICE_STATUS_PROCESSW in memory that
// begins at base: the names of services by their process.
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
