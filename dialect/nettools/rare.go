package nettools

import (
	"errors"
	"io/fs"

	"netstat"
	"netstat/internal/ascii"
)

// rareSection describes the section of one family printed after unix sockets.
type rareSection struct {
	table   *netstat.Table
	missing string // net-tools' name of the family, for the message that it is not supported
	// asked reports whether a command line names the family.
	asked  func(c *Command) bool
	header func(r *report)
	row    func(r *report, b []byte, s *netstat.Socket) []byte
	// file is the message of net-tools 2.10 on standard output when it
	// cannot read a line of the family's file, or "" if it prints none.
	file string
	// tacit reports whether net-tools lacks this section. A family that is
	// not named then goes unreported when it is missing, even with -v.
	tacit bool
}

// rare lists the sections in the order of the report. net-tools has no view of
// AppleTalk sockets, so its place is our choice.
var rare = [...]rareSection{
	{table: &netstat.IPXTable, missing: "AF IPX", asked: func(c *Command) bool { return c.family("ipx") }, header: (*report).headerIPX, row: (*report).appendIPX},
	{
		table: &netstat.AX25Table, missing: "AF AX25", asked: func(c *Command) bool { return c.family("ax25") }, header: (*report).headerAX25, row: (*report).appendAX25,
		file: "problem reading data from /proc/net/ax25\n",
	},
	{table: &netstat.X25Table, missing: "AF X25", asked: func(c *Command) bool { return c.family("x25") }, header: (*report).headerX25, row: (*report).appendX25},
	{
		table: &netstat.NetROMTable, missing: "AF NETROM", asked: func(c *Command) bool { return c.family("netrom") }, header: (*report).headerNetROM, row: (*report).appendNetROM,
		file: "Problem reading data from /proc/net/nr\n",
	},
	{
		table: &netstat.ROSETable, missing: "AF ROSE", asked: func(c *Command) bool { return c.family("rose") }, header: (*report).headerROSE, row: (*report).appendROSE,
		file: "Problem reading data from /proc/net/rose\n",
	},
	{
		table: &netstat.AppleTalkTable, missing: "AF APPLETALK", asked: func(c *Command) bool { return c.family("ddp") }, header: (*report).headerAppleTalk, row: (*report).appendAppleTalk,
		tacit: true,
	},
	{
		table: &netstat.L2CAPTable, missing: "BTPROTO L2CAP", header: (*report).headerL2CAP, row: (*report).appendL2CAP, tacit: true,
		asked: func(c *Command) bool { return c.L2CAP || c.family("bluetooth") },
	},
	{
		table: &netstat.RFCOMMTable, missing: "BTPROTO RFCOMM", header: (*report).headerRFCOMM, row: (*report).appendRFCOMM, tacit: true,
		asked: func(c *Command) bool { return c.RFCOMM || c.family("bluetooth") },
	},
}

// rare prints the sections of the families after unix. The header is printed
// before the first row or warning, or at the end. A missing family gets no
// header. Neither does a family that was not named if a filter or limit leaves
// no row: its table may not have been read, so whether the system has it is
// unknown.
func (r *report) rare(ch *choice, x *planIndex) int {
	bluetooth := false
	for i := range rare {
		// Only reading a table shows whether this system has it.
		if x.rare[i] < 0 || ch.everything && r.round.RuledOut(x.rare[i]) {
			continue
		}
		section := &rare[i]
		r.head = func() {
			if section.table.Family == netstat.Bluetooth && !bluetooth {
				bluetooth = true
				r.header("Active Bluetooth connections ", "servers")
			}
			section.header(r)
		}
		if section.table.Family == netstat.Bluetooth && !ch.everything {
			// Its message comes after the header, as in a net-tools
			// built with Bluetooth.
			r.takeHead()
		}
		err := r.rareRows(x.rare[i], section)
		switch {
		case r.out.err != nil:
			return ExitFailure
		case err == nil:
			if !r.chosen || !ch.everything {
				r.takeHead()
			}
		case !errors.Is(err, errors.ErrUnsupported):
			r.status = r.failedFile(err)
		case ch.everything && (section.tacit || !r.cmd.Verbose):
		default:
			r.say(unsupported(section.missing))
			if !ch.everything {
				return ExitMissing
			}
		}
		r.head = nil
	}
	return ExitOK
}

func (r *report) takeHead() {
	if r.head != nil {
		r.head()
		r.head = nil
	}
}

func (r *report) rareRows(query int, section *rareSection) error {
	for s, err := range r.round.Rows(query) {
		if err != nil {
			return err
		}
		r.takeHead()
		r.out.buf = append(section.row(r, r.out.buf, &s), '\n')
		if !r.out.full() {
			return nil
		}
	}
	return nil
}

// rareWarning reports a line that could not be read.
func (r *report) rareWarning(t netstat.Table) {
	for i := range rare {
		switch section := &rare[i]; {
		case *section.table != t:
		case section.file != "":
			r.takeHead()
			r.out.buf = append(r.out.buf, section.file...)
			return
		}
	}
	r.say("warning, got bogus " + t.String() + " line.\n")
}

// failedFile reports a file that could not be read, in the format of perror(3),
// and returns the exit status for it.
func (r *report) failedFile(err error) int {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return r.failed(err)
	}
	r.say(safe(file.Path) + ": " + errorText(file.Err) + "\n")
	return ExitFailure
}

// -e and -p add these columns to the tables of families whose file has an
// inode. net-tools 2.10 does not print them.

func (r *report) inodeHeader() {
	if r.cmd.Extend > 0 {
		r.out.buf = append(r.out.buf, " Inode     "...)
	}
	r.ownerHeader()
}

func (r *report) appendInode(b []byte, s *netstat.Socket) []byte {
	if r.cmd.Extend > 0 {
		b = ascii.AppendUintLeft(append(b, ' '), s.Inode, widthInode)
	}
	return r.appendOwner(b, s)
}

// appendDatagram appends a row of a family whose sockets are either connected
// or not. name is padded to the width of its column.
func (r *report) appendDatagram(b []byte, s *netstat.Socket, name string, appendEnd func([]byte, *netstat.Addr) []byte,
	width int, connected, unknown string,
) []byte {
	b = ascii.AppendUintRight(append(b, name...), s.RecvQ, widthQueue)
	b = ascii.AppendUintRight(append(b, ' '), s.SendQ, widthQueue)
	b = appendEnd(append(b, ' '), &s.Local)
	b = appendEnd(append(b, ' '), &s.Remote)
	state := unknown
	switch s.State {
	case netstat.Established:
		state = connected
	case netstat.Closed:
		state = ""
	}
	b = ascii.AppendLeft(append(b, ' '), state, width)
	if r.cmd.Extend > 0 {
		b = append(b, ' ')
		start := len(b)
		b = ascii.PadFrom(r.appendUser(b, s.UID), start, widthUser)
	}
	return b
}

// detailOf returns the detail of a socket, or a zero value if its detail has
// another type.
func detailOf[T any, D interface {
	*T
	netstat.Detail
}](s *netstat.Socket,
) D {
	if d, ok := s.Detail.(D); ok && d != nil {
		return d
	}
	return new(T)
}

// appendSafeLeft appends text from outside, padded to width bytes.
func appendSafeLeft(b []byte, s string, width int) []byte {
	start := len(b)
	return ascii.PadFrom(appendSafe(b, s), start, width)
}

// or returns s, or nothing if s is empty.
func or(s, nothing string) string {
	if s == "" {
		return nothing
	}
	return s
}

// appendHex appends n in hexadecimal with at least this number of digits.
func appendHex(b []byte, n uint64, digits int) []byte {
	return appendDigits(b, n, digits, "0123456789ABCDEF")
}

func appendHexLower(b []byte, n uint64, digits int) []byte {
	return appendDigits(b, n, digits, "0123456789abcdef")
}

func appendDigits(b []byte, n uint64, digits int, of string) []byte {
	for digits < 16 && n>>(4*digits) != 0 {
		digits++
	}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, of[n>>shift&0xf])
	}
	return b
}

// appendZeros appends n with leading zeros up to width.
func appendZeros(b []byte, n uint32, width int) []byte {
	for limit := uint64(10); width > 1; width-- {
		if uint64(n) < limit {
			b = append(b, zeros[:width-1]...)
			break
		}
		limit *= 10
	}
	return ascii.AppendUint(b, uint64(n))
}

const zeros = "00000000"

// circuitState returns the text of a connection's state. words holds the
// family's texts by kernel number.
func circuitState(s netstat.State, words *[6]string) string {
	at := -1
	switch s {
	case netstat.Unconnected:
		at = 0
	case netstat.Connecting:
		at = 1
	case netstat.Disconnecting:
		at = 2
	case netstat.Connected:
		at = 3
	case netstat.Recovering:
		at = 4
	case netstat.Accepting:
		at = 5
	}
	if at < 0 || words[at] == "" {
		return "UNKNOWN"
	}
	return words[at]
}
