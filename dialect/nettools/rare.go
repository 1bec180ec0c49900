package nettools

import (
	"errors"
	"io/fs"

	"netstat"
	"netstat/internal/ascii"
)

// rareSection is the section of a family after unix.
type rareSection struct {
	table   netstat.Table
	missing string // what net-tools calls the family, if this system lacks it
	// asked says whether a command line names the family.
	asked  func(c *Command) bool
	header func(r *report)
	row    func(r *report, b []byte, s *netstat.Socket) []byte
	// file is the file that net-tools 2.10 complains about on standard
	// output where it cannot read a line; empty where it does not.
	file string
	// tacit says that net-tools does not know the section, so that one
	// nobody asked for is not missed, not even with -v.
	tacit bool
}

// rare lists the sections in the order of the report. AppleTalk has no view in
// net-tools; its place is ours to choose.
var rare = [...]rareSection{
	{table: netstat.IPXTable, missing: "AF IPX", asked: family("ipx"), header: (*report).headerIPX, row: (*report).appendIPX},
	{
		table: netstat.AX25Table, missing: "AF AX25", asked: family("ax25"), header: (*report).headerAX25, row: (*report).appendAX25,
		file: "problem reading data from /proc/net/ax25\n",
	},
	{table: netstat.X25Table, missing: "AF X25", asked: family("x25"), header: (*report).headerX25, row: (*report).appendX25},
	{
		table: netstat.NetROMTable, missing: "AF NETROM", asked: family("netrom"), header: (*report).headerNetROM, row: (*report).appendNetROM,
		file: "Problem reading data from /proc/net/nr\n",
	},
	{
		table: netstat.ROSETable, missing: "AF ROSE", asked: family("rose"), header: (*report).headerROSE, row: (*report).appendROSE,
		file: "Problem reading data from /proc/net/rose\n",
	},
	{
		table: netstat.AppleTalkTable, missing: "AF APPLETALK", asked: family("ddp"), header: (*report).headerAppleTalk, row: (*report).appendAppleTalk,
		tacit: true,
	},
	{
		table: netstat.L2CAPTable, missing: "BTPROTO L2CAP", header: (*report).headerL2CAP, row: (*report).appendL2CAP, tacit: true,
		asked: func(c *Command) bool { return c.L2CAP || c.family("bluetooth") },
	},
	{
		table: netstat.RFCOMMTable, missing: "BTPROTO RFCOMM", header: (*report).headerRFCOMM, row: (*report).appendRFCOMM, tacit: true,
		asked: func(c *Command) bool { return c.RFCOMM || c.family("bluetooth") },
	},
}

func family(name string) func(*Command) bool {
	return func(c *Command) bool { return c.family(name) }
}

// rare prints the sections of the families after unix. A header comes with the
// first row or flaw, or at the end: a family that is not there has none. Nor has
// one that nobody named where a filter or a limit leaves no row of it: then it may
// not have been looked at, and whether it is there is not known.
func (r *report) rare(ch *choice, x *planIndex) int {
	bluetooth := false
	for i := range rare {
		// Which of them this system has is learnt by reading them.
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
			// Its message comes after the header, as in net-tools that has
			// Bluetooth.
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

// rareFlaw speaks of a line that could not be read.
func (r *report) rareFlaw(t netstat.Table) {
	for i := range rare {
		switch section := &rare[i]; {
		case section.table != t:
		case section.file != "":
			r.takeHead()
			r.out.buf = append(r.out.buf, section.file...)
			return
		}
	}
	r.say("warning, got bogus " + t.String() + " line.\n")
}

// failedFile says that a file could not be read, as perror(3) does.
func (r *report) failedFile(err error) int {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return r.failed(err)
	}
	r.say(safe(file.Path) + ": " + errorText(file.Err) + "\n")
	return ExitFailure
}

// The columns that -e and -p add to the tables of families whose file has an
// inode. net-tools 2.10 has none.

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

// appendDatagram appends a row of a family whose sockets are connected or not.
// Its name is as wide as the column.
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

// detailOf is what is known of a socket of this kind.
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

// or is s, or what stands for nothing.
func or(s, nothing string) string {
	if s == "" {
		return nothing
	}
	return s
}

// appendHex appends n in hexadecimal, with at least so many digits.
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

// circuitState is the text of a connection's state, words being those of the
// family for the kernel's numbers.
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
