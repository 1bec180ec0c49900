package filter

import (
	"time"

	"netstat"
)

// This file has the fields of facts that ss(8) does not know and that few ask
// for: they are those columns of sockets that are not in fields.go.

// fieldAliases are further names of fields: those of JSON and of columns.
var fieldAliases = [...]struct{ alias, name string }{
	{"recv_queue", "recvq"},
	{"send_queue", "sendq"},
	{"executable", "exe"},
	{"executable_deleted", "exe_deleted"},
	{"args", "command"},
	{"mark", "fwmark"},
	{"interface", "dev"},
	{"interface_index", "dev"},
	{"local", "src"},
	{"local_address", "src"},
	{"remote", "dst"},
	{"remote_address", "dst"},
	{"local_port", "sport"},
	{"remote_port", "dport"},
}

// canonicalField returns the name of a field that may have several.
func canonicalField(name string) string {
	for i := range fieldAliases {
		if fieldAliases[i].alias == name {
			return fieldAliases[i].name
		}
	}
	return name
}

func flagNumber(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}

func timeNumber(t time.Time) (uint64, bool) {
	if t.IsZero() || t.Unix() < 0 {
		return 0, false
	}
	return uint64(t.UnixNano()), true
}

func peer(r *Row) *Peer {
	if r.Details == nil {
		return nil
	}
	return r.Details.Peer(r.Socket)
}

func moreNumbers() []*numberField {
	owner := func(name string, u unit, process netstat.ProcessFacts, of func(*Owner) (uint64, bool)) *numberField {
		return &numberField{name: name, unit: u, facts: OwnerFacts(process), many: owners, of: of}
	}
	socket := func(name string, u unit, fact netstat.Facts, one func(*netstat.Socket) (uint64, bool)) *numberField {
		return &numberField{name: name, unit: u, facts: Facts{Socket: fact}, one: func(r *Row) (uint64, bool) {
			if r.Socket.Absent&fact != 0 {
				return 0, false
			}
			return one(r.Socket)
		}}
	}
	detail := func(name string, u unit, of func(netstat.Detail) (uint64, bool)) *numberField {
		return socket(name, u, 0, func(s *netstat.Socket) (uint64, bool) { return of(s.Detail) })
	}
	unix := func(name string, u unit, fact netstat.Facts, of func(*netstat.UnixDetail) (uint64, bool)) *numberField {
		return socket(name, u, fact, func(s *netstat.Socket) (uint64, bool) {
			if d, ok := s.Detail.(*netstat.UnixDetail); ok {
				return of(d)
			}
			return 0, false
		})
	}
	other := func(name string, u unit, of func(*Peer) (uint64, bool)) *numberField {
		return &numberField{name: name, unit: u, facts: PeerFacts(0), one: func(r *Row) (uint64, bool) {
			if p := peer(r); p != nil {
				return of(p)
			}
			return 0, false
		}}
	}
	timer := func(name string, u unit, of func(*netstat.Timer) (uint64, bool)) *numberField {
		return socket(name, u, netstat.FactTimer, func(s *netstat.Socket) (uint64, bool) {
			if !HasTimer(s) {
				return 0, false
			}
			return of(&s.Timer)
		})
	}
	// FactPeer has it of unix sockets.
	shut := func(name string, of func(receive, send bool) bool) *numberField {
		return &numberField{name: name, unit: unitFlag, facts: Facts{Socket: netstat.FactShutdown | netstat.FactPeer}, one: func(r *Row) (uint64, bool) {
			receive, send, ok := r.Socket.Shutdown()
			return flagNumber(of(receive, send)), ok
		}}
	}
	nonzero := func(n uint64) (uint64, bool) { return n, n != 0 }
	return []*numberField{
		shut("receive_closed", func(receive, _ bool) bool { return receive }),
		shut("send_closed", func(_, send bool) bool { return send }),
		socket("v6only", unitFlag, netstat.FactV6Only, func(s *netstat.Socket) (uint64, bool) {
			set, ok := s.OnlyV6()
			return flagNumber(set), ok
		}),
		{name: "send_rate", unit: unitRate, facts: Facts{Socket: netstat.FactTCPInfo}, tcpOnly: true, one: func(r *Row) (uint64, bool) {
			if r.Socket.TCP == nil {
				return 0, false
			}
			return r.Socket.TCP.SendRate()
		}},
		socket("token", unitNumber, netstat.FactULP, func(s *netstat.Socket) (uint64, bool) { return Token(s.Detail) }),
		owner("exe_deleted", unitFlag, netstat.FactExecutable, func(o *Owner) (uint64, bool) {
			return flagNumber(o.Process.ExecutableDeleted), o.Process.Executable != ""
		}),
		owner("started", unitTime, netstat.FactStarted, func(o *Owner) (uint64, bool) { return timeNumber(o.Process.Started) }),
		owner("parent", unitNumber, netstat.FactStat, func(o *Owner) (uint64, bool) { return nonzero(uint64(o.Process.Parent)) }),
		owner("threads", unitCount, netstat.FactStat, func(o *Owner) (uint64, bool) { return nonzero(uint64(o.Process.Threads)) }),

		// Of TCP and unix sockets the files of /proc, which serve for some facts,
		// have none: those that only a dump has are asked for beside it.
		{
			name: "cookie", unit: unitNumber, facts: Facts{Socket: netstat.FactInode | netstat.FactInterface | netstat.FactPeer},
			one: func(r *Row) (uint64, bool) { return nonzero(r.Socket.Cookie) },
		},
		socket("cgroup_id", unitNumber, netstat.FactCgroup, func(s *netstat.Socket) (uint64, bool) { return nonzero(s.Cgroup) }),
		socket("local_scope", unitNumber, 0, func(s *netstat.Socket) (uint64, bool) { return nonzero(uint64(s.Local.Scope)) }),
		socket("remote_scope", unitNumber, 0, func(s *netstat.Socket) (uint64, bool) { return nonzero(uint64(s.Remote.Scope)) }),
		timer("timer_expires", unitDuration, func(t *netstat.Timer) (uint64, bool) {
			return uint64(max(t.Expires, 0)), t.Kind != netstat.TimerNone || t.Expires != 0
		}),
		timer("timer_retransmits", unitCount, func(t *netstat.Timer) (uint64, bool) { return uint64(t.Retransmits), true }),
		timer("timer_probes", unitCount, func(t *netstat.Timer) (uint64, bool) { return uint64(t.Probes), true }),

		other("peer_inode", unitNumber, func(p *Peer) (uint64, bool) { return nonzero(p.Inode) }),
		other("peer_waiting", unitFlag, func(p *Peer) (uint64, bool) { return flagNumber(p.Waiting), true }),
		other("peer_translated", unitFlag, func(p *Peer) (uint64, bool) { return flagNumber(p.Translated), true }),

		unix("references", unitCount, netstat.FactReferences, func(d *netstat.UnixDetail) (uint64, bool) { return nonzero(d.RefCount) }),
		unix("accepting", unitFlag, 0, func(d *netstat.UnixDetail) (uint64, bool) { return flagNumber(d.Accepting), true }),
		unix("pending", unitCount, netstat.FactPeer, func(d *netstat.UnixDetail) (uint64, bool) { return uint64(len(d.Pending)), d.Peers && d.Accepting }),
		unix("abstract", unitFlag, netstat.FactPeer, func(d *netstat.UnixDetail) (uint64, bool) { return flagNumber(d.Abstract), d.Peers }),
		unix("file_inode", unitNumber, netstat.FactPeer, func(d *netstat.UnixDetail) (uint64, bool) { return uint64(d.FileInode), d.Bound }),
		detail("subflows", unitCount, Subflows),
		detail("fallback", unitFlag, func(d netstat.Detail) (uint64, bool) {
			set, known := Fallback(d)
			return flagNumber(set), known
		}),
		detail("channel", unitNumber, Channel),
		detail("matches", unitCount, func(d netstat.Detail) (uint64, bool) {
			if d, ok := d.(*netstat.CANDetail); ok {
				return d.Matches, true
			}
			return 0, false
		}),
		socket("created", unitTime, netstat.FactCreated, func(s *netstat.Socket) (uint64, bool) {
			if d, ok := s.Detail.(*netstat.WindowsDetail); ok {
				return timeNumber(d.Created)
			}
			return 0, false
		}),
	}
}

func moreTexts() []*textField {
	owner := func(name string, process netstat.ProcessFacts, of func(*Owner) string) *textField {
		return &textField{name: name, facts: OwnerFacts(process), many: owners, of: of}
	}
	socket := func(name string, fact netstat.Facts, one func(*netstat.Socket) string) *textField {
		return &textField{name: name, facts: Facts{Socket: fact}, one: func(r *Row) string { return one(r.Socket) }}
	}
	detail := func(name string, of func(netstat.Detail) string) *textField {
		return socket(name, 0, func(s *netstat.Socket) string { return of(s.Detail) })
	}
	windows := func(name string, fact netstat.Facts, of func(*netstat.WindowsDetail) string) *textField {
		return socket(name, fact, func(s *netstat.Socket) string {
			if d, ok := s.Detail.(*netstat.WindowsDetail); ok {
				return of(d)
			}
			return ""
		})
	}
	other := func(name string, of func(*Peer) string) *textField {
		return &textField{name: name, facts: PeerFacts(0), one: func(r *Row) string {
			if p := peer(r); p != nil {
				return of(p)
			}
			return ""
		}}
	}
	unknown := &textField{name: "owner_unknown", facts: OwnerFacts(0), one: func(r *Row) string {
		if r.Details == nil {
			return ""
		}
		return r.Details.Unknown(r.Socket).String()
	}}
	unknown.facts.Reasons = true
	for u := netstat.OwnerKnown; u <= netstat.OwnerNotTold; u++ {
		unknown.known = append(unknown.known, u.String())
	}
	via := owner("owner_via", 0, func(o *Owner) string { return o.Via.String() })
	via.known = []string{netstat.ViaFile.String(), netstat.ViaRing.String()}
	tls := func(name string, of func(*netstat.TLSDetail) string) *textField {
		return socket(name, netstat.FactULP, func(s *netstat.Socket) string {
			if d, ok := s.Detail.(*netstat.TLSDetail); ok {
				return of(d)
			}
			return ""
		})
	}
	peerNetns := other("peer_netns", func(p *Peer) string { return p.Netns })
	peerNetns.facts.NetNS = true
	signature := owner("signature", netstat.FactSignature, func(o *Owner) string { return o.Process.Signature.String() })
	for s := netstat.SignatureUnknown; s <= netstat.SignatureInvalid; s++ {
		signature.known = append(signature.known, s.String())
	}
	const cgroup = netstat.FactProcessCgroup
	return []*textField{
		via,
		owner("command", netstat.FactArgs, func(o *Owner) string { return o.Command }),
		owner("argv0", netstat.FactArgv0, func(o *Owner) string { return o.Process.Argv0 }),
		owner("comm", netstat.FactStat, func(o *Owner) string { return o.Process.Comm }),
		owner("user_unit", cgroup, func(o *Owner) string { return o.Process.UserUnit }),
		owner("slice", cgroup, func(o *Owner) string { return o.Process.Slice }),
		owner("runtime", cgroup, func(o *Owner) string { return o.Process.Container.Runtime }),
		owner("pod", cgroup, func(o *Owner) string { return o.Process.Container.Pod }),
		owner("process_cgroup", cgroup, func(o *Owner) string { return o.Process.Cgroup }),
		owner("context", netstat.FactContext, func(o *Owner) string { return o.Process.Context }),
		{name: "services", facts: OwnerFacts(netstat.FactServices), many: owners, each: func(o *Owner) []string { return o.Process.Services }},
		owner("company", netstat.FactImage, func(o *Owner) string { return o.Process.Company }),
		owner("version", netstat.FactImage, func(o *Owner) string { return o.Process.Version }),
		signature,
		owner("signer", netstat.FactSignature, func(o *Owner) string { return o.Process.Signer }),
		owner("package", netstat.FactPackage, func(o *Owner) string { return o.Process.Package }),
		unknown,

		socket("netid", 0, (*netstat.Socket).Netid),
		socket("local_name", 0, func(s *netstat.Socket) string { return s.Local.Name }),
		socket("remote_name", 0, func(s *netstat.Socket) string { return s.Remote.Name }),
		socket("path", 0, func(s *netstat.Socket) string {
			if s.Table.Family != netstat.Unix {
				return ""
			}
			return s.Local.Name
		}),
		socket("timer", netstat.FactTimer, Timer),
		other("peer_state", func(p *Peer) string {
			if p.State == netstat.StateUnknown {
				return ""
			}
			return p.State.String()
		}),
		peerNetns,
		detail("type", Type),
		detail("protocol", Protocol),
		detail("device", Device),
		detail("association_state", AssociationState),
		detail("mode", Mode),
		detail("security", Security),
		tls("tls_version", func(d *netstat.TLSDetail) string { return d.Version }),
		tls("tls_cipher", func(d *netstat.TLSDetail) string { return d.Cipher }),
		tls("tls_receive", func(d *netstat.TLSDetail) string { return d.Receive }),
		tls("tls_transmit", func(d *netstat.TLSDetail) string { return d.Transmit }),
		windows("offload", netstat.FactOffload, func(d *netstat.WindowsDetail) string { return Offload(d) }),
		windows("template", netstat.FactTemplate, func(d *netstat.WindowsDetail) string { return d.Template }),
		windows("module", netstat.FactModule, func(d *netstat.WindowsDetail) string { return d.Module }),
		windows("module_path", netstat.FactModule, func(d *netstat.WindowsDetail) string { return d.ModulePath }),
	}
}
