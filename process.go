package netstat

import (
	"strings"
	"time"
)

// ProcessFacts are facts about a process. Each costs a read.
type ProcessFacts uint16

const (
	FactArgv0      ProcessFacts = 1 << iota // Process.Argv0, or Comm if that is empty
	FactContext                             // Process.Context
	FactExecutable                          // Process.Executable and ExecutableDeleted
	FactServices                            // Process.Services
	FactUser                                // Process.User
	FactStarted                             // Process.Started
	FactArgs                                // Process.Args
	// FactStat requests Process.Comm, Parent, Threads and Started, which come from one
	// read.
	FactStat
	// FactProcessCgroup requests Process.Cgroup and what follows from it: Unit,
	// UserUnit, Slice and Container.
	FactProcessCgroup
	// FactImage requests Process.Company and Version.
	FactImage
	// FactSignature requests Process.Signature and Signer. It reads the whole program
	// file and the system's certificate stores.
	FactSignature
	FactPackage // Process.Package
)

// Process is one process of a host. Other users choose its texts: pass them through
// ascii.AppendSafe before printing them on a terminal.
type Process struct {
	PID uint32
	// Argv0 is the first string of the command line, unchanged, cut at 511 bytes. A
	// process can set it to anything; it is empty for kernel threads and zombies. On
	// Windows it is the file name of the program, which is known for every process.
	Argv0 string
	// Args is the whole command line, unchanged, including empty arguments. A process
	// can overwrite it; those that do usually leave one string. It is nil for kernel
	// threads and zombies. Windows (from 8.1) stores a command line as one string and
	// shows it only to those who may query the process: it is nil for processes of
	// other users.
	Args []string
	// Comm is the system's name of the process, on Linux at most 15 bytes that it can
	// set itself. Kernel threads and zombies have one too. It is also set if Argv0 was
	// requested and is empty.
	Comm string
	// Context is the SELinux security context; empty for none.
	Context string
	// Executable is the path of the program file; empty if unknown, as for kernel
	// threads and processes of other users. On Linux it is the path as the process
	// itself sees it, which in a container differs from the same path outside. On
	// Windows it is the file name without a directory if the path cannot be read.
	Executable string
	// ExecutableDeleted reports whether the file is no longer at that path: it was
	// removed or replaced.
	ExecutableDeleted bool
	// Services are the names of the services running in the process. Windows only.
	Services []string
	// Company and Version come from the version resource of the program file: its
	// vendor, and its version such as "10.0.22621.1". Its author can write anything
	// there. Both are empty if the file has no such resource or cannot be read. Windows
	// only.
	Company, Version string
	// Signature is the status of the program file's signature. Signer is the name in
	// the signer's certificate; it is empty unless Signature is SignatureValid. Windows
	// only.
	Signature Signature
	Signer    string
	// Package is the full package name of a store app, such as
	// "Microsoft.WindowsTerminal_1.18.3181.0_x64__8wekyb3d8bbwe"; empty for other
	// programs. Windows only.
	Package string
	// User is the user of the process: DOMAIN\name on Windows, the effective uid in
	// decimal on Linux. Empty if unknown.
	User string
	// Started is the start time of the process; zero if unknown. Linux reports it in
	// hundredths of a second.
	Started time.Time
	// Parent is the parent process id; 0 for none or one that is not visible from here.
	Parent uint32
	// Threads is the number of threads; 0 if unknown.
	Threads uint32

	// Cgroup is the path of the process's control group: in the unified hierarchy, or
	// in systemd's own if the unified one is not in use. Linux only.
	Cgroup string
	// Unit is the systemd unit of the process, such as "ssh.service" or
	// "session-3.scope". UserUnit is its unit in its user's manager; Unit is then
	// "user@UID.service". Slice is the innermost slice of the system manager. All are
	// spelled as by systemd, with its escapes (\x2d), and empty for none.
	Unit, UserUnit, Slice string
	Container             Container
}

// Name returns the short name used wherever names are shown, sorted, compared or
// filtered: Argv0 without the directory and without the status that servers append
// ("nginx: master process", "chrome --type=zygote"). It returns Comm if nothing is
// left, and "" if neither is known. A process can choose it.
func (p *Process) Name() string {
	name := p.Argv0
	if i := strings.Index(name, ": "); i > 0 {
		name = name[:i]
	}
	for i := 1; i+2 < len(name); i++ {
		// "a - b.exe" is one file name.
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

// Signature is the status of a program file's signature.
type Signature uint8

const (
	// SignatureUnknown is the zero value: the system does not check signatures, was not
	// asked to, or could not read the file.
	SignatureUnknown Signature = iota
	// SignatureValid means that the file is unchanged since it was signed by a signer
	// that this host trusts. Revocation is not checked over the network.
	SignatureValid
	SignatureUnsigned  // the file has no signature
	SignatureAltered   // the file was changed after signing
	SignatureExpired   // the certificate has expired, and no timestamp proves an earlier signature
	SignatureUntrusted // this host does not trust the signer
	SignatureRevoked   // the certificate has been revoked
	SignatureInvalid   // any other defect
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

// Container is the container of a process, as far as the name of its control group
// tells. The zero value is none. Anyone who may create control groups can choose such
// names.
type Container struct {
	// Runtime is "docker", "podman", "containerd", "cri-o", "lxc", "systemd-nspawn", or
	// "machined" for another machine registered with systemd-machined; empty if
	// unknown.
	Runtime string
	// ID is the full container id, or its name if the runtime uses names (lxc,
	// systemd-nspawn). It is empty for a process that is in a Kubernetes pod but in
	// none of its containers.
	ID string
	// Pod is the uid of the Kubernetes pod: a UUID, or the 32 hexadecimal digits of a
	// static pod. Empty for none.
	Pod string
}
