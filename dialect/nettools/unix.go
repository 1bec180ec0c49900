package nettools

import (
	"errors"
	"strings"

	"netstat"
	"netstat/internal/ascii"
)

const (
	widthRefCount  = 6
	widthFlags     = 11
	widthType      = 10
	widthUnixState = 13
	widthUnixInode = 8
)

func (r *report) unix(ch *choice, x *planIndex) int {
	if x.unix < 0 || ch.everything && r.round.RuledOut(x.unix) {
		return ExitOK
	}
	r.header("Active UNIX domain sockets ", "servers")
	r.out.buf = append(r.out.buf, "Proto RefCnt Flags       Type       State         I-Node  "...)
	r.ownerHeader()
	r.out.buf = append(r.out.buf, " Path\n"...)
	for s, err := range r.round.Rows(x.unix) {
		if err != nil {
			if errors.Is(err, errors.ErrUnsupported) {
				return r.missing(ch, "AF UNIX", err)
			}
			r.status = r.failed(err)
			break
		}
		r.out.buf = r.appendUnix(r.out.buf, &s)
		if !r.out.full() {
			return ExitFailure
		}
	}
	return ExitOK
}

func (r *report) appendUnix(b []byte, s *netstat.Socket) []byte {
	d, _ := s.Detail.(*netstat.UnixDetail)
	if d == nil {
		d = &netstat.UnixDetail{}
	}
	if d.Protocol == 0 {
		b = append(b, "unix  "...)
	} else {
		b = append(b, "??    "...)
	}
	if d.RefCount == 0 { // unknown: the kernel counts at least one reference
		b = ascii.AppendLeft(b, "-", widthRefCount)
	} else {
		b = ascii.AppendUintLeft(b, d.RefCount, widthRefCount)
	}
	b = append(b, ' ')
	start := len(b)
	b = append(b, "[ "...)
	if d.Accepting {
		b = append(b, "ACC "...)
	}
	if d.WaitingData {
		b = append(b, "W "...)
	}
	if d.NoSpace {
		b = append(b, "N "...)
	}
	b = append(b, ']')
	b = ascii.PadFrom(b, start, widthFlags)
	b = append(b, ' ')
	b = ascii.AppendLeft(b, unixTypeText(d.Type), widthType)
	b = append(b, ' ')
	b = ascii.AppendLeft(b, unixStateText(s.State), widthUnixState)
	b = append(b, ' ')
	b = ascii.AppendUintLeft(b, s.Inode, widthUnixInode)
	b = r.appendOwner(b, s)
	b = append(b, ' ')
	b = appendSafe(b, unixName(s.Local.Name, d.Abstract))
	return append(b, '\n')
}

// unixName returns the part of a name that net-tools 2.10 shows. It reads the
// name as one word from /proc/net/unix: the name ends at a blank, and a NUL is
// "@". A name with a newline takes more than one line of that file and is
// returned whole.
func unixName(name string, abstract bool) string {
	plain := 0
	for plain < len(name) && name[plain] > ' ' {
		plain++
	}
	if plain == len(name) {
		return name
	}
	const blanks = " \t\n\v\f\r"
	if abstract && strings.IndexByte(name, 0) >= 0 {
		name = strings.ReplaceAll(name, "\x00", "@")
	}
	if strings.IndexByte(name, '\n') >= 0 {
		return name
	}
	name = strings.TrimLeft(name, blanks)
	if i := strings.IndexAny(name, blanks); i >= 0 {
		name = name[:i]
	}
	return name
}

func unixTypeText(t netstat.SocketType) string {
	switch t {
	case netstat.TypeStream:
		return "STREAM"
	case netstat.TypeDgram:
		return "DGRAM"
	case netstat.TypeRaw:
		return "RAW"
	case netstat.TypeRDM:
		return "RDM"
	case netstat.TypeSeqpacket:
		return "SEQPACKET"
	}
	return "UNKNOWN"
}

func unixStateText(s netstat.State) string {
	switch s {
	case netstat.Free:
		return "FREE"
	case netstat.Listen:
		return "LISTENING"
	case netstat.Unconnected:
		return ""
	case netstat.Connecting:
		return "CONNECTING"
	case netstat.Connected:
		return "CONNECTED"
	case netstat.Disconnecting:
		return "DISCONNECTING"
	}
	return "UNKNOWN"
}
