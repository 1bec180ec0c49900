package fact

import (
	"strconv"

	"netstat"
)

// unknownNeeds returns what is needed to find out why an owner is unknown.
func unknownNeeds() Needs {
	f := OwnerNeeds(0)
	f.Reasons = true
	return f
}

// ownerFact returns a fact about each owner. All omits owners for which it is
// unknown.
func ownerFact(name, about string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, About: about, Kind: kind, Needs: OwnerNeeds(process),
		Value: func(r *Record) Value { return firstOwner(r.Row.Owners, value) },
		All:   func(r *Record, list []Value) []Value { return appendOwners(list, r.Row.Owners, value) },
	}
}

// peerFact is like ownerFact, for the owners of the peer.
func peerFact(name, about string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, About: about, Kind: kind, Needs: PeerNeeds(process),
		Value: func(r *Record) Value {
			if r.Row.Peer == nil {
				return Value{}
			}
			return firstOwner(r.Row.Peer.Owners, value)
		},
		All: func(r *Record, list []Value) []Value {
			if r.Row.Peer == nil {
				return list
			}
			return appendOwners(list, r.Row.Peer.Owners, value)
		},
	}
}

func firstOwner(owners []Owner, value func(o *Owner) Value) Value {
	if len(owners) == 0 {
		return Value{}
	}
	return value(&owners[0])
}

func appendOwners(list []Value, owners []Owner, value func(o *Owner) Value) []Value {
	for i := range owners {
		if v := value(&owners[i]); v.Kind != ValueAbsent {
			list = append(list, v)
		}
	}
	return list
}

func ownerPID(o *Owner) Value  { return numberValue(uint64(o.PID)) }
func ownerName(o *Owner) Value { return textValue(o.Name()) }
func ownerBoth(o *Owner) Value {
	return Value{Kind: ValueProcess, Number: uint64(o.PID), Text: o.Name()}
}

// ownerUser returns the user's name, or else the number as the system writes
// it.
func ownerUser(o *Owner) Value {
	if o.UserName != "" {
		return textValue(o.UserName)
	}
	return textValue(o.User)
}

func ownerFacts() []Fact {
	cgroup := netstat.FactProcessCgroup
	return []Fact{
		ownerFact("pid", "ID of the process that holds the socket", ValueNumber, 0, ownerPID),
		ownerFact("process", "name of the process that holds the socket", ValueText, netstat.FactArgv0, ownerName).also("program").cut(),
		ownerNamed(),
		ownerFact("owners", "ID and name of each process that holds the socket", ValueProcess, netstat.FactArgv0, ownerBoth).cut(),
		socketFact("owner_unknown", "reason why no process is known", ValueText, unknownNeeds(), func(r *Row) Value { return textValue(r.Unknown.String()) }).one(texts(netstat.OwnerKnown, netstat.OwnerNotTold)).titled("NO-OWNER"),
		ownerFact("owner_via", "how the process holds the socket; empty for a file descriptor", ValueText, 0, func(o *Owner) Value { return textValue(o.Via.String()) }).one(texts(netstat.ViaFile, netstat.ViaRing)).titled("VIA").optional(),
		ownerFact("owner_user", "user of the process", ValueText, netstat.FactUser, ownerUser).needing(Needs{UserNames: true}).cut(),
		ownerFact("command", "command line of the process", ValueText, netstat.FactArgs, func(o *Owner) Value { return textValue(o.Command) }).also("args").cut(),
		ownerFact("argv0", "first string of the command line", ValueText, netstat.FactArgv0, func(o *Owner) Value { return textValue(o.Argv0) }).cut(),
		ownerFact("comm", "system's name of the process", ValueText, netstat.FactStat, func(o *Owner) Value { return textValue(o.Comm) }).cut(),
		ownerFact("exe", "path of the program", ValueText, netstat.FactExecutable, func(o *Owner) Value { return textValue(o.Executable) }).also("executable").cut(),
		ownerFact("exe_deleted", "program file was removed or replaced", ValueFlag, netstat.FactExecutable, func(o *Owner) Value {
			if o.Executable == "" {
				return Value{}
			}
			return flagValue(o.ExecutableDeleted)
		}).also("executable_deleted").titled("DELETED"),
		ownerFact("started", "start time of the process", ValueTime, netstat.FactStarted, func(o *Owner) Value { return timeValue(o.Started) }),
		ownerFact("age", "time since the process started", ValueDuration, netstat.FactStarted, func(o *Owner) Value {
			if o.Age == 0 {
				return Value{}
			}
			return durationValue(o.Age)
		}),
		ownerFact("parent", "ID of the parent process", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Parent)) }).optional(),
		ownerFact("threads", "threads in the process", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Threads)) }).counts(),
		ownerFact("unit", "systemd unit of the process", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Unit) }).cut().optional(),
		ownerFact("user_unit", "systemd user unit of the process", ValueText, cgroup, func(o *Owner) Value { return textValue(o.UserUnit) }).cut().optional(),
		ownerFact("slice", "systemd slice of the process", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Slice) }).cut().optional(),
		ownerFact("container", "ID of the container that the process runs in", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.ID) }).cut().optional(),
		ownerFact("runtime", "runtime of the container", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Runtime) }).optional(),
		ownerFact("pod", "UID of the Kubernetes pod that the process runs in", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Pod) }).cut().optional(),
		serviceFact(),
		ownerFact("process_cgroup", "control group of the process", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Cgroup) }).cut(),
		ownerFact("context", "SELinux security context of the process", ValueText, netstat.FactContext, func(o *Owner) Value { return textValue(o.Context) }).cut().optional(),
		ownerFact("company", "maker of the program, from its file (Windows)", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Company) }).cut().optional(),
		ownerFact("version", "version of the program, from its file (Windows)", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Version) }).cut().optional(),
		ownerFact("signature", "signature of the program file (Windows)", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signature.String()) }).one(texts(netstat.SignatureUnknown, netstat.SignatureInvalid)),
		ownerFact("signer", "signer of the program file (Windows); absent unless the signature is valid", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signer) }).cut().optional(),
		ownerFact("package", "package of a store app (Windows)", ValueText, netstat.FactPackage, func(o *Owner) Value { return textValue(o.Package) }).cut().optional(),
		{
			Name: "services", About: "services in the process (Windows)", Kind: ValueText, Needs: OwnerNeeds(netstat.FactServices), Cut: true, Optional: true,
			Value: func(r *Record) Value {
				return firstOwner(r.Row.Owners, func(o *Owner) Value {
					if len(o.Services) == 0 {
						return Value{}
					}
					return textValue(o.Services[0])
				})
			},
			All: func(r *Record, list []Value) []Value {
				for i := range r.Row.Owners {
					list = appendTexts(list, r.Row.Owners[i].Services)
				}
				return list
			},
		},
	}
}

// ownerNamed returns the fact about the first owner and the number of others, or why no
// owner is known. It keeps the texts for several owners, since rows have few different
// ones.
func ownerNamed() Fact {
	type shared struct {
		name string
		more int
	}
	texts := map[shared]string{}
	why := map[netstat.OwnerUnknown]string{}
	// The state of the socket explains the other reasons.
	for _, u := range [...]netstat.OwnerUnknown{
		netstat.OwnerPending, netstat.OwnerClosed, netstat.OwnerKernel, netstat.OwnerDenied, netstat.OwnerConfined, netstat.OwnerUnheld,
	} {
		why[u] = "(" + u.String() + ")"
	}
	return socketFact("owner", "first process of the socket, number of others: 60/nginx+3; in a table also why it is unknown", ValueProcess, OwnerNeeds(netstat.FactArgv0), func(r *Row) Value {
		v := firstOwner(r.Owners, ownerBoth)
		if v.Kind == ValueAbsent && r.Unknown != netstat.OwnerKnown {
			v.Text = why[r.Unknown]
		}
		if len(r.Owners) < 2 {
			return v
		}
		key := shared{v.Text, len(r.Owners) - 1}
		text, ok := texts[key]
		if !ok {
			text = key.name + "+" + strconv.Itoa(key.more)
			texts[key] = text
		}
		v.Text = text
		return v
	}).cut().needing(Needs{Reasons: true})
}

// serviceFact returns the fact about the service of a process. Several services of
// Windows may share a process.
func serviceFact() Fact {
	f := Fact{
		Name: "service", About: "container or else systemd unit of the process; on Windows, services in the process", Kind: ValueText,
		Needs: OwnerNeeds(netstat.FactProcessCgroup | netstat.FactServices),
		Cut:   true, Optional: true,
		All: func(r *Record, list []Value) []Value {
			for i := range r.Row.Owners {
				o := &r.Row.Owners[i]
				if o.Service != "" {
					list = append(list, textValue(o.Service))
				}
				list = appendTexts(list, o.Services)
			}
			return list
		},
	}
	f.Value = func(r *Record) Value {
		return firstOwner(r.Row.Owners, func(o *Owner) Value {
			if o.Service == "" && len(o.Services) > 0 {
				return textValue(o.Services[0])
			}
			return textValue(o.Service)
		})
	}
	return f
}

func peerFacts() []Fact {
	of := func(name, about string, kind ValueKind, value func(p *Peer) Value) Fact {
		return socketFact(name, about, kind, PeerNeeds(0), func(r *Row) Value {
			if r.Peer == nil {
				return Value{}
			}
			return value(r.Peer)
		})
	}
	return []Fact{
		peerFact("peer_pid", "ID of the process that holds the peer; absent if the peer is on another host", ValueNumber, 0, ownerPID),
		peerFact("peer_process", "name of the process that holds the peer", ValueText, netstat.FactArgv0, ownerName).cut(),
		peerFact("peer_owners", "ID and name of each process that holds the peer", ValueProcess, netstat.FactArgv0, ownerBoth).titled("PEER").cut(),
		of("peer_inode", "inode number of the peer", ValueNumber, func(p *Peer) Value { return countValue(p.Inode) }),
		of("peer_state", "state of the peer", ValueText, func(p *Peer) Value {
			if p.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(p.State.String())
		}),
		of("peer_waiting", "peer is not yet accepted", ValueFlag, func(p *Peer) Value { return flagValue(p.Waiting) }).titled("WAITING"),
		of("peer_translated", "peer was found through address translation (NAT)", ValueFlag, func(p *Peer) Value { return flagValue(p.Translated) }),
		of("peer_netns", "network namespace of the peer", ValueText, func(p *Peer) Value { return textValue(p.Netns) }).cut().needing(Needs{NetNS: true}),
	}
}
