package nettools

import (
	"errors"
	"io/fs"
	"sort"
	"strings"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// knownGroups lists the counter groups that belong to a protocol of the command
// line. Any other group is always shown.
var knownGroups = [...]struct {
	name   string
	labels []label
	wanted func(c *Command) bool
}{
	{"Ip", ipLabels[:], wantsRaw},
	{"Icmp", icmpLabels[:], wantsRaw},
	{"Tcp", tcpLabels[:], wantsTCP},
	{"TcpExt", tcpExtLabels[:], wantsTCP},
	{"Udp", udpLabels[:], wantsUDP},
	{"Sctp", sctpLabels[:], wantsSCTP},
	{"Ip6", ip6Labels[:], wantsRaw},
	{"Icmp6", icmp6Labels[:], wantsRaw},
	{"Udp6", udp6Labels[:], wantsUDP},
	{"Tcp6", nil, wantsTCP}, // of Windows, which counts it separately; net-tools has no sentences for it
}

// wantsGroup reports whether a command line requests a group of counters.
func (c *Command) wantsGroup(name string) bool {
	for i := range knownGroups {
		if knownGroups[i].name == name {
			return knownGroups[i].wanted(c) || c.noProtocol()
		}
	}
	return true
}

func (c *Command) noProtocol() bool { return !c.TCP && !c.UDP && !c.UDPLite && !c.Raw && !c.SCTP }

func wantsRaw(c *Command) bool  { return c.Raw }
func wantsTCP(c *Command) bool  { return c.TCP }
func wantsUDP(c *Command) bool  { return c.UDP }
func wantsSCTP(c *Command) bool { return c.SCTP }

const (
	indentCounter   = 4
	indentHistogram = 8
)

// statistics prints counters in the order in which they arrive.
type statistics struct {
	cmd    *Command
	family netstat.Family
	// title is the title of the current section, part the Part of the last
	// counter.
	begun  bool
	title  string
	part   uint32
	shown  bool
	labels []label
	// histogram is input or output from the first counter of a histogram
	// on, else counted. It survives the end of a section if the next group
	// is unknown.
	histogram labelKind
}

func (r *report) statistics() int {
	family := netstat.Inet
	switch list := strings.Join(r.cmd.Families, ","); list {
	case "", "inet":
	case "inet6":
		family = netstat.Inet6
	default:
		r.out.buf = append(r.out.buf, "netstat: No statistics support for specified address family: "+list+"\n"...)
		return ExitMissing
	}
	s := statistics{cmd: r.cmd, family: family}
	r.out.buf = r.appendDeltaTitle(r.out.buf)
	for c, err := range r.env.Source.Counters(r.ctx, family) {
		if err != nil {
			r.countersFailed(err)
			continue
		}
		is := r.env.Deltas.Counter(family, &c)
		r.out.buf = s.appendCounter(r.out.buf, &c, is)
		if !r.out.full() {
			return ExitFailure
		}
	}
	return r.status
}

// countersFailed reports what could not be read. As in net-tools 2.10, the exit
// status stays 0.
func (r *report) countersFailed(err error) {
	var file *fs.PathError
	switch {
	case !errors.As(err, &file):
		r.status = r.failed(err)
	case errors.Is(err, netstat.ErrBogusRecord):
		r.say("Problem while parsing " + safe(file.Path) + "\n")
	case file.Op == "open":
		r.say("cannot open " + safe(file.Path) + ": " + errorText(file.Err) + "\n")
	default:
		r.say(safe(file.Path) + ": " + errorText(file.Err) + "\n")
	}
}

// inOneWord reports whether net-tools looks up the counters of a group by group
// and name in one word, as Linux writes them for IPv6 and SCTP.
func (s *statistics) inOneWord(group string) bool {
	return group == "Sctp" || s.ip6(group)
}

func (s *statistics) ip6(group string) bool {
	return s.family == netstat.Inet6 && (group == "" || group[len(group)-1] == '6')
}

// begins reports whether a section begins with c. An IPv6 section continues as
// long as the counters' words contain its title anywhere.
func (s *statistics) begins(c *netstat.Counter) bool {
	switch {
	case !s.begun:
		return true
	case c.Group == s.title && c.Part == s.part:
		return false
	case s.ip6(c.Group):
		return !strings.Contains(c.Group+c.Name, s.title)
	}
	return true
}

func (s *statistics) appendCounter(b []byte, c *netstat.Counter, is view.Reading) []byte {
	if s.begins(c) {
		b = s.appendTitle(b, c)
	}
	s.part = c.Part
	if !s.shown || c.Name == "" {
		return b
	}
	var l *label
	if c.Group == s.title {
		l = findLabel(s.labels, c.Name)
	}
	switch {
	case l == nil:
		if c.Value == 0 && is != view.Unknown {
			return b
		}
		b = ascii.AppendBlanks(b, s.indent())
		if s.inOneWord(c.Group) {
			b = appendSafe(b, c.Group)
		}
		b = appendSafe(b, c.Name)
		b = append(b, ": "...)
		return append(appendReading(b, c.Value, is), '\n')
	case l.kind == hidden:
		return b
	case l.kind == input || l.kind == output:
		if s.histogram != l.kind {
			b = ascii.AppendBlanks(b, s.indent())
			b = append(b, histogramTitle(l.kind)...)
		}
		s.histogram = l.kind
	default:
		s.histogram = counted
	}
	if c.Value == 0 && l.kind != always && is != view.Unknown {
		return b
	}
	b = ascii.AppendBlanks(b, s.indent())
	b = append(b, l.before...)
	b = appendReading(b, c.Value, is)
	b = append(b, l.after...)
	return append(b, '\n')
}

func (s *statistics) appendTitle(b []byte, c *netstat.Counter) []byte {
	s.title = c.Group
	if s.title == "" && s.ip6("") {
		s.title = c.Name
	}
	s.begun, s.shown, s.labels = true, true, nil
	for i := range knownGroups {
		if g := &knownGroups[i]; g.name == s.title && s.ip6(c.Group) == (g.name[len(g.name)-1] == '6') {
			s.shown = g.wanted(s.cmd) || s.cmd.noProtocol()
			s.labels, s.histogram = g.labels, counted
		}
	}
	if s.shown {
		b = appendSafe(b, s.title)
		b = append(b, ":\n"...)
	}
	return b
}

func (s *statistics) indent() int {
	if s.histogram == counted {
		return indentCounter
	}
	return indentHistogram
}

func histogramTitle(kind labelKind) string {
	if kind == input {
		return "ICMP input histogram:\n"
	}
	return "ICMP output histogram:\n"
}

func findLabel(labels []label, name string) *label {
	i := sort.Search(len(labels), func(i int) bool { return labels[i].name >= name })
	if i < len(labels) && labels[i].name == name {
		return &labels[i]
	}
	return nil
}
