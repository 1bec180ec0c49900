package schema

import (
	"math"
	"strconv"
	"time"

	"netstat"
)

var (
	operStates = ownNames{fill: func() []string { return namesTo(netstat.OperUp) }}
	duplexes   = ownNames{fill: func() []string { return namesTo(netstat.DuplexFull) }}
	xdpModes   = ownNames{fill: func() []string { return namesTo(netstat.XDPOffload) }}

	addrOrigins = ownNames{fill: func() []string { return namesTo(netstat.AddrOriginRandom) }}

	addrFlags = []string{
		"secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr",
		"noprefixroute", "autojoin", "stable-privacy",
	}
)

// linkFields are the fields of a Link, which is the object "link" of an interface.
func linkFields(f *fields, l *netstat.Link) {
	text(f, "kind", &l.Kind)
	settings(f, "settings", &l.Settings)
	text(f, "slave_kind", &l.SlaveKind)
	settings(f, "slave_settings", &l.SlaveSettings)
	text(f, "master", &l.Master.Name)
	number(f, "master_index", &l.Master.Index, false)
	text(f, "lower", &l.Lower.Name)
	number(f, "lower_index", &l.Lower.Index, false)
	present(f, "lower_netns_id", &l.HasLowerNetns, &l.LowerNetnsID)
	text(f, "lower_netns", &l.LowerNetns)
	named(f, "operstate", operStates.names(), &l.OperState)
	switch {
	case f.r == nil:
		if l.HasCarrier {
			f.b = appendBool(f.b, "carrier", l.Carrier)
		}
	case f.at("carrier"):
		l.HasCarrier, l.Carrier = true, f.r.Bool()
	}
	for n := range netstat.LinkNumberCount {
		given(f, n.String(), &l.Numbers.Values[n], &l.Numbers.Known, 1<<n)
	}
	text(f, "qdisc", &l.QueueDiscipline)
	hardwareAddr(f, "permanent_address", &l.PermanentAddr)
	hardwareAddr(f, "broadcast_address", &l.Broadcast)
	text(f, "parent_bus", &l.ParentBus)
	text(f, "parent_device", &l.ParentDevice)
	text(f, "port_name", &l.PortName)
	objects(f, "xdp", &l.XDP, func(f *fields, p *netstat.XDPProgram) {
		named(f, "mode", xdpModes.names(), &p.Mode)
		number(f, "id", &p.ID, true)
	})
	text(f, "guid", &l.GUID)
	text(f, "network_guid", &l.NetworkGUID)
	text(f, "driver", &l.Driver)
	text(f, "driver_version", &l.DriverVersion)
	text(f, "firmware", &l.Firmware)
	text(f, "bus_info", &l.BusInfo)
	named(f, "duplex", duplexes.names(), &l.Duplex)
}

// present is a number that may be 0; omitted if has is false.
func present(f *fields, name string, has *bool, p *uint32) {
	switch {
	case f.r == nil:
		if *has {
			f.b = appendUint(f.b, name, uint64(*p))
		}
	case f.at(name):
		*has, *p = true, f.r.uint32()
	}
}

// settings is an object with a number or a text for each setting; omitted if nil.
func settings(f *fields, name string, p *[]netstat.LinkSetting) {
	if f.r == nil {
		if *p == nil {
			return
		}
		f.open(name)
		for i := range *p {
			if i > 0 {
				f.b = append(f.b, ',')
			}
			s := &(*p)[i]
			f.b = append(AppendString(f.b, s.Name), ':')
			if s.IsText {
				f.b = AppendString(f.b, s.Text)
			} else {
				f.b = strconv.AppendUint(f.b, s.Number, 10)
			}
		}
		f.close()
		return
	}
	if !f.at(name) {
		return
	}
	r := f.r
	*p = []netstat.LinkSetting{}
	r.Object(func(key []byte) {
		s := netstat.LinkSetting{Name: string(key)}
		switch r.peek() {
		case '"':
			s.IsText, s.Text = true, r.Text()
		case '{', '[', 't', 'f', 'n':
			r.Skip() // a newer version's
			return
		default:
			s.Number = r.Uint(math.MaxUint64)
		}
		*p = append(*p, s)
	})
}

// addrDetailFields are the fields of an AddrDetail, which is the object "detail" of an
// address.
func addrDetailFields(f *fields, d *netstat.AddrDetail) {
	parsed(f, "scope", &d.Scope, netstat.ParseRouteScope)
	flagNames(f, "flags", addrFlags, &d.Flags)
	lifetime(f, "valid", &d.Valid, &d.ValidLimited)
	lifetime(f, "preferred", &d.Preferred, &d.PreferredLimited)
	ip(f, "peer", &d.Peer)
	number(f, "metric", &d.Metric, false)
	number(f, "protocol", &d.Protocol, false)
	switch {
	case f.r == nil:
		if d.Windows != nil {
			f.open("windows")
			windowsAddr(f, d.Windows)
			f.close()
		}
	case f.at("windows"):
		d.Windows = new(netstat.WindowsAddr)
		readFields(f.r, func(f *fields) { windowsAddr(f, d.Windows) })
	}
}

func windowsAddr(f *fields, w *netstat.WindowsAddr) {
	named(f, "prefix_origin", addrOrigins.names(), &w.Prefix)
	named(f, "suffix_origin", addrOrigins.names(), &w.Suffix)
	flag(f, "skip_as_source", &w.SkipAsSource, false)
}

// lifetime is two fields, of which one is there: the seconds left, or that there is no
// limit.
func lifetime(f *fields, name string, p *time.Duration, limited *bool) {
	switch {
	case f.r != nil && f.at(name+"_lifetime"):
		*p, *limited = f.r.Seconds(), true
	case f.r != nil && f.at(name+"_forever"):
		f.r.Bool()
	case f.r != nil:
	case *limited:
		f.b = appendSeconds(f.b, name+"_lifetime", *p)
	default:
		f.b = appendBool(f.b, name+"_forever", true)
	}
}
