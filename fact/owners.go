package fact

import "netstat"

// unknownNeeds are what it takes to say why an owner is not known.
func unknownNeeds() Needs {
	f := OwnerNeeds(0)
	f.Reasons = true
	return f
}

// ownerFact is a fact about each owner. Owners of whom it is not known are
// left out of All.
func ownerFact(name string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, Kind: kind, Needs: OwnerNeeds(process),
		Value: func(r *Record) Value { return firstOwner(r.Row.Owners, value) },
		All:   func(r *Record, list []Value) []Value { return appendOwners(list, r.Row.Owners, value) },
	}
}

// peerFact is the same of the other end.
func peerFact(name string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, Kind: kind, Needs: PeerNeeds(process),
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

// ownerUser is the user by name, or else as the system writes it.
func ownerUser(o *Owner) Value {
	if o.UserName != "" {
		return textValue(o.UserName)
	}
	return textValue(o.User)
}

func ownerFacts() []Fact {
	cgroup := netstat.FactProcessCgroup
	return []Fact{
		ownerFact("pid", ValueNumber, 0, ownerPID),
		ownerFact("process", ValueText, netstat.FactArgv0, ownerName),
		ownerFact("owners", ValueProcess, netstat.FactArgv0, ownerBoth),
		socketFact("owner_unknown", ValueText, unknownNeeds(), func(r *Row) Value { return textValue(r.Unknown.String()) }).one(texts(netstat.OwnerKnown, netstat.OwnerNotTold)),
		ownerFact("owner_via", ValueText, 0, func(o *Owner) Value { return textValue(o.Via.String()) }).one(texts(netstat.ViaFile, netstat.ViaRing)),
		ownerFact("owner_user", ValueText, netstat.FactUser, ownerUser).needing(Needs{UserNames: true}),
		ownerFact("command", ValueText, netstat.FactArgs, func(o *Owner) Value { return textValue(o.Command) }).also("args"),
		ownerFact("argv0", ValueText, netstat.FactArgv0, func(o *Owner) Value { return textValue(o.Argv0) }),
		ownerFact("comm", ValueText, netstat.FactStat, func(o *Owner) Value { return textValue(o.Comm) }),
		ownerFact("exe", ValueText, netstat.FactExecutable, func(o *Owner) Value { return textValue(o.Executable) }).also("executable"),
		ownerFact("exe_deleted", ValueFlag, netstat.FactExecutable, func(o *Owner) Value {
			if o.Executable == "" {
				return Value{}
			}
			return flagValue(o.ExecutableDeleted)
		}).also("executable_deleted"),
		ownerFact("started", ValueTime, netstat.FactStarted, func(o *Owner) Value { return timeValue(o.Started) }),
		ownerFact("parent", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Parent)) }),
		ownerFact("threads", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Threads)) }).counts(),
		ownerFact("unit", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Unit) }),
		ownerFact("user_unit", ValueText, cgroup, func(o *Owner) Value { return textValue(o.UserUnit) }),
		ownerFact("slice", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Slice) }),
		ownerFact("container", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.ID) }),
		ownerFact("runtime", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Runtime) }),
		ownerFact("pod", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Pod) }),
		ownerFact("process_cgroup", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Cgroup) }),
		ownerFact("context", ValueText, netstat.FactContext, func(o *Owner) Value { return textValue(o.Context) }),
		ownerFact("company", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Company) }),
		ownerFact("version", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Version) }),
		ownerFact("signature", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signature.String()) }).one(texts(netstat.SignatureUnknown, netstat.SignatureInvalid)),
		ownerFact("signer", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signer) }),
		ownerFact("package", ValueText, netstat.FactPackage, func(o *Owner) Value { return textValue(o.Package) }),
		{
			Name: "services", Kind: ValueText, Needs: OwnerNeeds(netstat.FactServices),
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

func peerFacts() []Fact {
	of := func(name string, kind ValueKind, value func(p *Peer) Value) Fact {
		return socketFact(name, kind, PeerNeeds(0), func(r *Row) Value {
			if r.Peer == nil {
				return Value{}
			}
			return value(r.Peer)
		})
	}
	return []Fact{
		peerFact("peer_pid", ValueNumber, 0, ownerPID),
		peerFact("peer_process", ValueText, netstat.FactArgv0, ownerName),
		peerFact("peer_owners", ValueProcess, netstat.FactArgv0, ownerBoth),
		of("peer_inode", ValueNumber, func(p *Peer) Value { return countValue(p.Inode) }),
		of("peer_state", ValueText, func(p *Peer) Value {
			if p.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(p.State.String())
		}),
		of("peer_waiting", ValueFlag, func(p *Peer) Value { return flagValue(p.Waiting) }),
		of("peer_translated", ValueFlag, func(p *Peer) Value { return flagValue(p.Translated) }),
		of("peer_netns", ValueText, func(p *Peer) Value { return textValue(p.Netns) }).needing(Needs{NetNS: true}),
	}
}
