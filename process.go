package netstat

import (
	"strings"
	"time"
)

// ProcessFacts are facts about a process, each of which costs a read.
type ProcessFacts uint16

const (
	FactArgv0      ProcessFacts = 1 << iota // Process.Argv0, or Comm where that is empty
	FactContext                             // Process.Context
	FactExecutable                          // Process.Executable and ExecutableDeleted
	FactServices                            // Process.Services
	FactUser                                // Process.User
	FactStarted                             // Process.Started
	FactArgs                                // Process.Args
	// FactStat asks for Process.Comm, Parent and Threads, which one read
	// gives, and Started beside them.
	FactStat
	// FactProcessCgroup asks for Process.Cgroup and what follows from it: Unit,
	// UserUnit, Slice and Container.
	FactProcessCgroup
	// FactImage asks for Process.Company and Version.
	FactImage
	// FactSignature asks for Process.Signature and Signer. It reads all of the
	// program's file, and what the system knows of who signs.
	FactSignature
	FactPackage // Process.Package
)

// Process is one process of a host. Its texts come from other users: pass
// them through ascii.AppendSafe before a terminal sees them.
type Process struct {
	PID uint32
	// Argv0 is the first string of the command line, exactly, cut at 511
	// bytes. A process can set it to anything; it is empty for kernel
	// threads and zombies. On Windows it is the file name of the program, which
	// is known of every process.
	Argv0 string
	// Args is the whole command line, exactly: each argument, empty ones too.
	// A process can set it to anything, and those that do mostly leave one
	// string. It is nil for kernel threads and zombies. Windows keeps a command
	// line as one string, and tells it (from 8.1 on) to who may query the process: it
	// is nil for those of other users.
	Args []string
	// Comm is the name that the system has for the process, on Linux at most
	// 15 bytes of what it chose; kernel threads and zombies have one too. It is
	// also told to who asks for an Argv0 that is empty.
	Comm string
	// Context is the SELinux security context, empty where there is none.
	Context string
	// Executable is the path of the program's file, empty where the system
	// does not tell: kernel threads, processes of others. On Windows it is
	// the file name alone, without a backslash, where the path may not be
	// read. On Linux it is as
	// the process itself would name it, which in a container is another place
	// than the same words mean outside.
	Executable string
	// ExecutableDeleted says that the file is no longer there under that path:
	// it was removed, or replaced by another one.
	ExecutableDeleted bool
	// Services are the names of the services that run in the process. Windows
	// only.
	Services []string
	// Company and Version are what the program's file says of itself in its
	// version resource: who made it, and the number of its version, as
	// "10.0.22621.1". Its author can write anything there. Both are empty where the
	// file says nothing or may not be read. Windows only.
	Company, Version string
	// Signature is what the system says of the signature of the program's file,
	// and Signer the name of whose it is, as the certificate has it. Signer is
	// empty unless Signature is SignatureValid. Windows only.
	Signature Signature
	Signer    string
	// Package is the full name of the package of a store app, as
	// "Microsoft.WindowsTerminal_1.18.3181.0_x64__8wekyb3d8bbwe", empty for other
	// programs. Windows only.
	Package string
	// User is whose process it is, as the system writes it: DOMAIN\name on
	// Windows, the effective uid in decimal on Linux. Empty where not known.
	User string
	// Started is when the process began, zero where not known. Linux tells it
	// to the hundredth of a second.
	Started time.Time
	// Parent is the process that this one belongs to, 0 for none or one that
	// is not to be seen from here.
	Parent uint32
	// Threads counts its threads, 0 where not known.
	Threads uint32

	// Cgroup is the path of the control group that the process is in (Linux
	// only): in the unified hierarchy, or in systemd's own where the unified
	// one is not in use.
	Cgroup string
	// Unit is the unit of the system manager (systemd) that the process
	// belongs to, such as "ssh.service" or "session-3.scope"; UserUnit that of
	// its user's manager, of which Unit is then "user@UID.service"; Slice the
	// innermost slice that the manager of the system put it into. All are as
	// systemd names them, with its escapes (\x2d), and empty for none.
	Unit, UserUnit, Slice string
	Container             Container
}

// Name is what the process is called for short, wherever names are shown, sorted,
// compared or filtered: Argv0 without the directory, and without what servers
// write behind it to say what they do ("nginx: master process", "chrome
// --type=zygote"); Comm where that leaves nothing. It is no more to be trusted than
// these, and empty where neither is known.
func (p *Process) Name() string {
	name := p.Argv0
	if i := strings.Index(name, ": "); i > 0 {
		name = name[:i]
	}
	for i := 1; i+2 < len(name); i++ {
		// "a - b.exe" is the name of a file.
		if name[i] == ' ' && name[i+1] == '-' && name[i+2] != ' ' {
			name = name[:i]
			break
		}
	}
	if strings.HasPrefix(name, "/") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	if name == "" {
		return p.Comm
	}
	return name
}

// Signature is what a system that checks signatures of programs says of one.
type Signature uint8

const (
	// SignatureUnknown is the zero value: the system does not check, was not asked, or could not
	// read the file.
	SignatureUnknown Signature = iota
	// SignatureValid: the file is as it was signed, by somebody whom this host trusts. Whether
	// the certificate has been revoked since is not looked up on the network.
	SignatureValid
	SignatureUnsigned  // there is none
	SignatureAltered   // the file is not as it was signed
	SignatureExpired   // the certificate has expired, and nothing says that it was signed before
	SignatureUntrusted // this host does not trust who signed
	SignatureRevoked   // the certificate has been revoked
	SignatureInvalid   // anything else that is wrong with it
)

var signatureNames = [...]string{
	SignatureValid: "valid", SignatureUnsigned: "unsigned", SignatureAltered: "altered", SignatureExpired: "expired",
	SignatureUntrusted: "untrusted", SignatureRevoked: "revoked", SignatureInvalid: "invalid",
}

// String returns the signature's status in lower case, or "" if it is unknown.
func (s Signature) String() string {
	if int(s) < len(signatureNames) {
		return signatureNames[s]
	}
	return ""
}

// Container is what the name of a control group tells of the container that a
// process runs in. The zero value is none. Whoever may make control groups may
// choose such names.
type Container struct {
	// Runtime is "docker", "podman", "containerd", "cri-o", "lxc",
	// "systemd-nspawn", or "machined" for what systemd-machined keeps and does
	// not say more of; empty where the name does not tell.
	Runtime string
	// ID is the container's id, in full, or its name where the runtime uses
	// that (lxc, systemd-nspawn). It is empty for a process that is in a
	// Kubernetes pod and in none of its containers.
	ID string
	// Pod is the uid of the Kubernetes pod: a UUID, or the 32 hexadecimal
	// digits of a static pod. Empty for none.
	Pod string
}
