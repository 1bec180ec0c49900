package fact

import "netstat"

// eventFact returns a fact about what happened to a socket.
func eventFact(name, about, aboutZH string, kind ValueKind, value func(e *netstat.Event) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Compared: true, Value: func(r *Record) Value {
		if r.Event == nil {
			return Value{}
		}
		return value(r.Event)
	}}
}

// eventFacts returns the facts that only records of events have.
func eventFacts() []Fact {
	return []Fact{
		eventFact("event", "event: opened, closed, state, retransmit, lost", "事件: opened、closed、state、retransmit、lost", ValueText, func(e *netstat.Event) Value { return textValue(e.Type.String()) }),
		eventFact("happened", "event or, for a change of state, the new state", "事件；状态变化时为新状态", ValueText, func(e *netstat.Event) Value {
			if e.Type == netstat.EventState {
				return textValue(e.New.String())
			}
			return textValue(e.Type.String())
		}),
		eventFact("source", "how an event became known: bpf, netlink, poll", "事件的来源: bpf、netlink、poll", ValueText, func(e *netstat.Event) Value { return textValue(e.Origin.String()) }),
		eventFact("old_state", "state before an event", "事件之前的状态", ValueText, func(e *netstat.Event) Value { return eventState(e.Old) }),
		eventFact("new_state", "state after an event", "事件之后的状态", ValueText, func(e *netstat.Event) Value { return eventState(e.New) }),
		eventFact("lost_events", "number of lost events, if known", "丢失的事件数（如已知）", ValueNumber, func(e *netstat.Event) Value { return countValue(e.Lost) }).counts(),
	}
}

func eventState(s netstat.State) Value {
	if s == netstat.StateUnknown {
		return Value{}
	}
	return textValue(s.String())
}
