package render

import (
	"slices"

	"netstat"
	"netstat/fact"
)

// ofEvents names the columns that a lost event has too. It has no socket.
const ofEvents = "time,event,happened,source,lost_events,netns"

// eventColumns returns columns that are absent from a lost event, except for those that
// it has.
func eventColumns(columns []fact.Fact) []fact.Fact {
	kept, err := fact.Find(fact.Sockets, ofEvents)
	if err != nil {
		panic(err) // cannot happen: tests look up these names
	}
	columns = slices.Clone(columns)
	for i := range columns {
		c := &columns[i]
		if fact.Named(kept, c.Name) != nil {
			continue
		}
		value, all := c.Value, c.All
		c.Value = func(r *fact.Record) fact.Value {
			if isLost(r) {
				return fact.Value{}
			}
			return value(r)
		}
		if all != nil {
			c.All = func(r *fact.Record, list []fact.Value) []fact.Value {
				if isLost(r) {
					return list
				}
				return all(r, list)
			}
		}
	}
	return columns
}

func isLost(r *fact.Record) bool { return r.Event != nil && r.Event.Type == netstat.EventLost }

// appendEvent appends an event as a line of NDJSON.
func (n *ndjsonReport) appendEvent(rec *fact.Record) {
	n.b = append(n.b, '{')
	for i := range n.columns {
		n.b = appendFact(n.b, &n.columns[i], rec)
	}
	n.b = append(n.b, "}\n"...)
}
