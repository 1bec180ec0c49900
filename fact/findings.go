package fact

import (
	"netstat"
)

// findingFact returns a fact about a finding.
func findingFact(name, about, aboutZH string, kind ValueKind, value func(f *netstat.Finding) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value {
		if r.Finding == nil {
			return Value{}
		}
		return value(r.Finding)
	}}
}

// subjectFact returns a fact about the subject of a finding.
func subjectFact(name, about, aboutZH string, kind ValueKind, value func(s *netstat.Subject) Value) Fact {
	return findingFact(name, about, aboutZH, kind, func(f *netstat.Finding) Value { return value(&f.Subject) })
}

func findingFacts() []Fact {
	severity := findingFact("severity", "how bad it is", "严重程度", ValueText, func(f *netstat.Finding) Value {
		return textValue(f.Severity.String())
	}).one(texts(netstat.Info, netstat.Critical))
	severity.Rank = func(r *Record) Value {
		if r.Finding == nil {
			return Value{}
		}
		return numberValue(uint64(r.Finding.Severity))
	}
	return []Fact{
		severity,
		findingFact("rule", "rule that found it", "发现问题的规则", ValueText, func(f *netstat.Finding) Value { return textValue(f.Rule) }).word(),
		subjectFact("subject", "what it is about: a socket, process, interface, route, or the host", "问题的对象: 套接字、进程、接口、路由或本机", ValueText, func(s *netstat.Subject) Value {
			return textValue(string(AppendSubject(nil, s)))
		}).cut(),
		subjectFact("kind", "type of the subject", "对象的类型", ValueText, func(s *netstat.Subject) Value {
			return textValue(s.Kind.String())
		}).one(texts(netstat.OfHost, netstat.OfRemote)),
		findingFact("text", "what is wrong, in one sentence", "问题，一句话", ValueText, func(f *netstat.Finding) Value { return textValue(f.Text) }).cut(),
		evidenceFact().cut(),
		findingFact("advice", "what to do, in one sentence", "建议，一句话", ValueText, func(f *netstat.Finding) Value { return textValue(f.Advice) }).cut(),
		findingFact("command", "command line of this program that shows the evidence", "显示证据的命令行", ValueText, func(f *netstat.Finding) Value {
			if f.Command == "" {
				return Value{}
			}
			return textValue("netstat " + f.Command)
		}).cut(),
		findingFact("source", "where to read on: an RFC, a manual page, kernel documentation", "参考资料: RFC、手册页、内核文档", ValueText, func(f *netstat.Finding) Value { return textValue(f.Source) }).cut(),
		subjectFact("proto", "protocol of the socket: tcp, udp6, unix", "套接字的协议: tcp、udp6、unix", ValueText, func(s *netstat.Subject) Value {
			if s.Table == (netstat.Table{}) {
				return Value{}
			}
			return textValue(s.Table.String())
		}).word(),
		subjectFact("local", "local end of the socket", "套接字的本端", ValueEndpoint, func(s *netstat.Subject) Value { return endpointValue(&s.Local) }).cut(),
		subjectFact("remote", "remote end of the socket", "套接字的对端", ValueEndpoint, func(s *netstat.Subject) Value { return endpointValue(&s.Remote) }).cut(),
		subjectFact("state", "state of the socket", "套接字的状态", ValueText, func(s *netstat.Subject) Value {
			if s.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(s.State.String())
		}).word(),
		subjectFact("pid", "process ID of its owner", "所属进程的进程号", ValueNumber, func(s *netstat.Subject) Value { return countValue(uint64(s.PID)) }),
		subjectFact("process", "name of its owner", "所属进程的名称", ValueText, func(s *netstat.Subject) Value { return textValue(s.Process) }).cut(),
		subjectFact("service", "container or systemd unit of its owner", "所属进程的容器或 systemd 单元", ValueText, func(s *netstat.Subject) Value { return textValue(s.Service) }).cut(),
		subjectFact("interface", "network interface", "网络接口", ValueText, func(s *netstat.Subject) Value { return textValue(s.Interface) }).cut(),
		subjectFact("destination", "destination of the route", "路由的目的地址", ValueAddress, func(s *netstat.Subject) Value { return prefixValue(s.Destination) }),
	}
}

// evidenceFact returns the fact that lists the evidence of a finding.
func evidenceFact() Fact {
	return Fact{
		Name: "evidence", About: "facts that show it, as NAME=VALUE, with the limit", AboutZH: "证据: 名称=值，附限值", Kind: ValueText,
		Value: func(r *Record) Value {
			if r.Finding == nil || len(r.Finding.Evidence) == 0 {
				return Value{}
			}
			return textValue(string(appendEvidence(nil, &r.Finding.Evidence[0])))
		},
		All: func(r *Record, list []Value) []Value {
			if r.Finding != nil {
				for i := range r.Finding.Evidence {
					list = append(list, textValue(string(appendEvidence(nil, &r.Finding.Evidence[i]))))
				}
			}
			return list
		},
	}
}

// appendEvidence appends one fact of a finding: "recvq=3 (limit 1)", or with "+=" the
// growth of a counter.
func appendEvidence(b []byte, e *netstat.Evidence) []byte {
	b = append(b, e.Fact...)
	if e.Grown {
		b = append(b, '+')
	}
	b = append(append(b, '='), e.Value.String()...)
	if e.Limit.Kind != netstat.QuantityAbsent {
		b = append(append(append(b, " (limit "...), e.Limit.String()...), ')')
	}
	return b
}

// AppendSubject appends the subject of a finding in one line, without its namespace.
// Names are as the system has them: the result must pass ascii.AppendSafe.
func AppendSubject(b []byte, s *netstat.Subject) []byte {
	add := func(v Value) {
		if v.Kind == ValueAbsent {
			return
		}
		if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
		b = v.AppendPretty(b)
	}
	switch s.Kind {
	case netstat.OfHost:
		add(textValue("host"))
	case netstat.OfInterface:
		add(textValue("interface " + s.Interface))
	case netstat.OfRoute:
		add(textValue("route"))
		add(prefixValue(s.Destination))
		if s.Interface != "" {
			add(textValue("on " + s.Interface))
		}
	case netstat.OfRemote, netstat.OfSocket, netstat.OfProcess:
		if s.Table != (netstat.Table{}) {
			add(textValue(s.Table.String()))
		}
		add(endpointValue(&s.Local))
		if v := endpointValue(&s.Remote); v.Kind != ValueAbsent && (v.Number != 0 || v.Text != "" || v.Address.IsValid() && !v.Address.IsUnspecified()) {
			add(textValue("->"))
			add(v)
		}
		if s.State != netstat.StateUnknown {
			add(textValue(s.State.String()))
		}
	}
	if s.PID != 0 {
		add(Value{Kind: ValueProcess, Number: uint64(s.PID), Text: s.Process})
	}
	if s.Service != "" {
		add(textValue("(" + s.Service + ")"))
	}
	return b
}
