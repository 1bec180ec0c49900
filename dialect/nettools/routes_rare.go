package nettools

import (
	"errors"
	"io/fs"

	"netstat"
	"netstat/internal/ascii"
)

// rareTable describes the routing table of a family other than IPv4 and IPv6.
type rareTable struct {
	name   string // as in Command.Families
	family netstat.Family
	header string
	row    func(r *report, b []byte, route netstat.RareRoute) []byte
	// absent is set if the system lacks the family. paths holds the errors of the files
	// that were tried.
	absent func(r *report, paths []*fs.PathError)
	// files names the files that Linux would have, for the message on a
	// system without /proc that lacks the family.
	files []string
}

var rareTables = [...]rareTable{
	{
		"ax25", netstat.AX25, "Kernel AX.25 routing table\nDestination  Iface    Use",
		(*report).appendAX25Route, absentAX25, []string{"ax25_route"},
	},
	{
		"netrom", netstat.NetROM, "Kernel NET/ROM routing table\nDestination  Mnemonic  Quality  Neighbour  Iface",
		(*report).appendNetROMRoute, absentNetROM, []string{"nr_nodes", "nr_neigh"},
	},
	{
		"rose", netstat.ROSE, "Kernel ROSE routing table\nDestination  neigh1 callsign  device  neigh2 callsign  device  neigh3 callsign  device",
		(*report).appendROSERoute, absentROSE, []string{"rose_nodes"},
	},
	{
		"x25", netstat.X25, "Kernel X.25 routing table\nDestination          Iface",
		(*report).appendX25Route, absentX25, []string{"x25/route"},
	},
	{
		"ipx", netstat.IPX, "Kernel IPX routing table\nDestination               Router Net                Router Node",
		(*report).appendIPXRoute, absentIPX, []string{"ipx_route"},
	},
	{
		"ddp", netstat.AppleTalk, "Destination     Gateway         Device          Flags",
		(*report).appendAppleTalkRoute, absentAppleTalk, []string{"atalk_route"},
	},
}

// rareRoutes prints the routes of a family other than IPv4 and IPv6, named as
// in Command.Families. It returns ExitOK, or the status of the error it
// reported.
func (r *report) rareRoutes(family string) int {
	for i := range rareTables {
		if rareTables[i].name == family {
			return r.rareTable(&rareTables[i])
		}
	}
	if family == "bluetooth" {
		r.say("Address family `" + family + "' not supported.\n")
	} else {
		r.say("No routing for address family `" + family + "'.\n")
	}
	return ExitMistake
}

func (r *report) rareTable(t *rareTable) int {
	r.head = func() {
		r.out.buf = append(r.out.buf, t.header...)
		if t.family == netstat.AX25 && r.cmd.Extend > 0 {
			r.out.buf = append(r.out.buf, "  Mode  Digipeaters"...)
		}
		r.out.buf = append(r.out.buf, '\n')
	}
	defer func() { r.head = nil }()
	status := ExitOK
	warning := func(e *netstat.OpError) {
		if !errors.Is(e, netstat.ErrBogusRecord) {
			r.warning(e)
			return
		}
		r.say("warning, got bogus " + e.Table.String() + " route line.\n")
	}
	for route, err := range r.env.Source.RareRoutes(r.ctx, t.family, warning) {
		if err != nil {
			paths := filesOf(err, nil)
			if len(paths) == 0 && errors.Is(err, errors.ErrUnsupported) {
				for _, file := range t.files {
					paths = append(paths, &fs.PathError{Op: "open", Path: "/proc/net/" + file, Err: errNoFile})
				}
			}
			if r.head != nil && len(paths) > 0 {
				t.absent(r, paths)
				return ExitMissing
			}
			status = r.failedFile(err)
			break
		}
		r.takeHead()
		r.out.buf = append(t.row(r, r.out.buf, route), '\n')
		if !r.out.full() {
			return ExitFailure
		}
	}
	if status == ExitOK {
		r.takeHead()
	}
	return status
}

// errNoFile has the text of strerror(3). Systems without /proc word it
// differently.
var errNoFile = errors.New("No such file or directory") //nolint:staticcheck // ends a sentence of net-tools

// filesOf appends the file errors that err holds, in order.
func filesOf(err error, files []*fs.PathError) []*fs.PathError {
	switch e := err.(type) {
	case *fs.PathError:
		return append(files, e)
	case interface{ Unwrap() error }:
		return filesOf(e.Unwrap(), files)
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			files = filesOf(part, files)
		}
	}
	return files
}

// These are the messages of net-tools 2.10 for a family without a file: the
// error on standard error, the rest mostly on standard output.

func (r *report) sayFiles(prefix string, paths []*fs.PathError) {
	for _, p := range paths {
		r.say(prefix + safe(p.Path) + ": " + errorText(p.Err) + "\n")
	}
}

func (r *report) print(line string) { r.out.buf = append(r.out.buf, line...) }

func absentAX25(r *report, paths []*fs.PathError) {
	r.sayFiles("", paths)
	r.print("AX.25 not configured in this system.\n")
}

func absentNetROM(r *report, paths []*fs.PathError) {
	r.sayFiles("", paths)
	r.print("NET/ROM not configured in this system.\n")
}

func absentROSE(r *report, paths []*fs.PathError) {
	r.sayFiles("", paths[:1])
	r.say("ROSE not configured in this system.\n")
}

func absentX25(r *report, _ []*fs.PathError) {
	r.print("X.25 not configured in this system.\n")
}

func absentIPX(r *report, paths []*fs.PathError) {
	r.say(errorText(paths[0].Err) + "\n")
	r.print("IPX routing not in file /proc/net/ipx/route or /proc/net/ipx_route found.\n")
}

func absentAppleTalk(r *report, paths []*fs.PathError) {
	r.sayFiles("Error opening ", paths)
	r.say("DDP (AppleTalk) not configured on this system.\n")
}

const (
	widthAX25RouteDest   = 12
	widthAX25RouteDevice = 8
	widthRouteDevice     = 4
)

// appendAX25Route appends a route. -e adds what the kernel's file has beyond
// net-tools' columns. "Use" is 0: the kernel no longer counts it.
func (r *report) appendAX25Route(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.AX25Route)
	b = appendSafeLeft(b, v.Destination, widthAX25RouteDest)
	b = appendSafeLeft(append(b, ' '), or(v.Device, "???"), widthAX25RouteDevice)
	b = append(b, "   0"...)
	if r.cmd.Extend > 0 {
		mode := "*"
		switch v.Mode {
		case netstat.AX25ModeDatagram:
			mode = "dg"
		case netstat.AX25ModeCircuit:
			mode = "vc"
		}
		b = ascii.AppendLeft(append(b, "  "...), mode, 4)
		b = appendSafe(append(b, "  "...), v.Digipeaters)
	}
	return b
}

func (r *report) appendNetROMRoute(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.NetROMRoute)
	b = appendSafeLeft(b, v.Destination, widthCall+4)
	b = appendSafeLeft(b, or(v.Mnemonic, "*"), 7+3)
	b = ascii.AppendUintRight(b, uint64(v.Quality), 3)
	b = ascii.AppendBlanks(b, 6)
	if !v.Neighbour.Known {
		b = appendSafeLeft(appendZeros(b, v.Neighbour.Number, 5), "", widthCall-5+2)
	} else {
		b = appendSafeLeft(b, v.Neighbour.Callsign, widthCall+2)
	}
	return appendSafeLeft(b, or(v.Neighbour.Device, "???"), widthRouteDevice)
}

// appendROSERoute appends a route. With -e the destination includes the number
// of significant digits, as in the table of X.25.
func (r *report) appendROSERoute(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.ROSERoute)
	start := len(b)
	b = appendSafe(b, v.Destination)
	if r.cmd.Extend > 0 {
		b = ascii.AppendUint(append(b, '/'), uint64(v.Digits))
	}
	b = ascii.PadFrom(b, start, widthROSEAddr+3)
	for _, n := range v.Neighbours {
		b = append(appendZeros(b, n.Number, 5), "  "...)
		// net-tools shows a neighbour that no longer exists by its
		// number alone.
		if n.Known {
			b = appendSafeLeft(b, n.Callsign, widthCall+4)
			b = append(appendSafeLeft(b, or(n.Device, "???"), widthRouteDevice), ' ')
		}
	}
	return b
}

func (r *report) appendX25Route(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.X25Route)
	start := len(b)
	if v.Digits == 0 {
		b = append(b, '*')
	} else {
		dest := v.Destination
		dest = dest[:min(len(dest), int(min(v.Digits, 15)))]
		b = append(appendSafe(b, dest), '/')
		b = ascii.AppendUint(b, uint64(v.Digits))
	}
	b = ascii.PadFrom(b, start, 20)
	return appendSafeLeft(append(b, ' '), or(v.Device, "???"), 5)
}

// appendIPXRoute appends a route. net-tools 2.10 reads "Directly Connected" as
// a network and a node.
func (r *report) appendIPXRoute(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.IPXRoute)
	b = appendSafeLeft(b, ipxNetwork(v.Destination), 25)
	net, node := ipxNetwork(v.RouterNet), v.RouterNode
	switch {
	case v.RouterNet == "":
		net, node = "Directly", "Connected"
	case node == "000000000000":
		node = ""
	}
	b = appendSafeLeft(append(b, ' '), net, 25)
	return appendSafeLeft(append(b, ' '), node, 25)
}

func (r *report) appendAppleTalkRoute(b []byte, route netstat.RareRoute) []byte {
	v, _ := route.(*netstat.AppleTalkRoute)
	b = appendSafeLeft(b, v.Destination, 16)
	b = appendSafeLeft(b, v.Gateway, 16)
	b = appendSafeLeft(b, v.Device, 16)
	if v.Up {
		b = append(b, 'U')
	}
	if v.ViaGateway {
		b = append(b, 'G')
	}
	if v.Host {
		b = append(b, 'H')
	}
	return b
}
