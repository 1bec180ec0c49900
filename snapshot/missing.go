package snapshot

import (
	"errors"
	"slices"
	"strings"

	"netstat"
)

// Missing collects what a report requests and a snapshot does not hold, to report it once
// and in one line. The zero value is ready to use.
type Missing struct {
	causes []missingCause
	said   []string // lines
}

// missingCause is one type of missing content, with the names of its tables.
type missingCause struct {
	what  string // "", "the details of", "the routes of"
	names []string
}

// Add reports whether an error says that something was not recorded, and keeps it for
// Line if so.
func (m *Missing) Add(err error) bool {
	if !errors.Is(err, errNotRecorded) {
		return false
	}
	var op *netstat.OpError
	if !errors.As(err, &op) {
		return false
	}
	what, name := strings.TrimPrefix(op.Op, replayOp), op.Table.String()
	if op.Table == (netstat.Table{}) {
		name = ""
	}
	i := slices.IndexFunc(m.causes, func(c missingCause) bool { return c.what == what })
	if i < 0 {
		i = len(m.causes)
		m.causes = append(m.causes, missingCause{what: what})
	}
	if c := &m.causes[i]; !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
	return true
}

// Line returns one error about what was added since the last call. It returns nil if
// nothing new was added.
func (m *Missing) Line() error {
	var parts []string
	for _, c := range m.causes {
		// tcp includes tcp6, but inet is only IPv4.
		names := slices.DeleteFunc(slices.Clone(c.names), func(name string) bool {
			other, v6 := strings.CutSuffix(name, "6")
			return v6 && other != netstat.Inet.String() && slices.Contains(c.names, other)
		})
		parts = append(parts, strings.TrimSpace(c.what+" "+strings.Join(names, ", ")))
	}
	m.causes = nil
	line := "not in the snapshot: " + strings.Join(parts, "; ")
	if len(parts) == 0 || slices.Contains(m.said, line) {
		return nil
	}
	m.said = append(m.said, line)
	return errors.New(line)
}
