package nettools

import (
	"errors"
	"iter"
	"strconv"

	"netstat"
	"netstat/internal/ascii"
)

const (
	widthGroupInterface = 15
	widthGroupUsers     = 6
)

// groups prints the multicast groups. If only one family was asked for, it
// leaves out the other.
func (r *report) groups(ch *choice, _ *planIndex) int {
	if !ch.groups {
		return ExitOK
	}
	r.out.buf = append(r.out.buf, "IPv6/IPv4 Group Memberships\n"+
		"Interface       RefCnt Group\n"+
		"--------------- ------ ---------------------\n"...)
	status := ExitOK
	if ch.v4 || !ch.v6 {
		if err := r.groupRows(netstat.Inet); err != nil {
			if errors.Is(err, errors.ErrUnsupported) {
				status = r.missing(ch, "AF INET (igmp)", err)
			} else {
				r.status = r.failed(err)
			}
		}
	}
	if ch.v6 || !ch.v4 {
		switch err := r.groupRows(netstat.Inet6); {
		case err == nil:
		case !errors.Is(err, errors.ErrUnsupported):
			r.status = r.failed(err)
		case errors.Is(err, netstat.ErrIncomplete) && !r.incomplete:
			r.incomplete = true
			r.status = r.failed(err)
		default:
			// Without the IPv6 file the host has no IPv6, which is
			// not reported.
		}
	}
	if r.out.err != nil {
		return ExitFailure
	}
	return status
}

func (r *report) groupRows(f netstat.Family) error {
	rows := r.env.Source.Groups(r.ctx, netstat.GroupQuery{Family: f, Report: r.groupWarning})
	if !r.cmd.NumericHosts {
		rows = r.withGroupNames(rows)
	}
	for m, err := range rows {
		if err != nil {
			return err
		}
		r.out.buf = r.appendGroup(r.out.buf, &m)
		if !r.out.full() {
			return nil
		}
	}
	return nil
}

// withGroupNames reads all rows before it yields the first, so that their names
// are looked up together.
func (r *report) withGroupNames(rows iter.Seq2[netstat.Membership, error]) iter.Seq2[netstat.Membership, error] {
	return func(yield func(netstat.Membership, error) bool) {
		var (
			all  []netstat.Membership
			last error
		)
		for m, err := range rows {
			if last = err; err != nil {
				break
			}
			all = append(all, m)
			if !m.Group.IsUnspecified() {
				r.env.Names.WantHost(m.Group)
			}
		}
		r.out.flush()
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
		if last != nil {
			yield(netstat.Membership{}, last)
		}
	}
}

func (r *report) appendGroup(b []byte, m *netstat.Membership) []byte {
	start := len(b)
	b = ascii.PadFrom(appendSafe(b, m.Interface), start, widthGroupInterface)
	b = append(b, ' ')
	start = len(b)
	if m.Users == 0 { // a group without users is not listed: the count is unknown
		b = append(b, unknown)
	} else {
		b = strconv.AppendInt(b, int64(m.Users), 10)
	}
	b = ascii.PadFrom(b, start, widthGroupUsers)
	b = append(b, ' ')
	b = r.appendHost(b, m.Group, r.cmd.NumericHosts)
	return append(b, '\n')
}

func (r *report) groupWarning(e *netstat.OpError) {
	var record *netstat.RecordError
	if !errors.As(e, &record) {
		r.warning(e)
		return
	}
	file := "igmp"
	if e.Table.Family == netstat.Inet6 {
		file = "igmp6"
	}
	r.say("warning, got bogus " + file + " line " + strconv.Itoa(record.Line) + ".\n")
}
