package schema

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"netstat"
)

// schemaRandom makes random values of the model, of every type and in every field: new
// fields are tested without a change here.
type schemaRandom struct{ *rand.Rand }

func newSchemaRandom(seed uint64) schemaRandom {
	return schemaRandom{rand.New(rand.NewPCG(seed, 1))}
}

// schemaLimits holds the number of names of each type.
var schemaLimits = map[reflect.Type]uint64{
	reflect.TypeFor[netstat.Family]():               uint64(netstat.Key),
	reflect.TypeFor[netstat.Protocol]():             uint64(netstat.ICMP),
	reflect.TypeFor[netstat.State]():                uint64(numStates()) - 1,
	reflect.TypeFor[netstat.TimerKind]():            uint64(netstat.TimerOther),
	reflect.TypeFor[netstat.SocketType]():           uint64(netstat.TypeSeqpacket),
	reflect.TypeFor[netstat.OffloadState]():         uint64(netstat.OffloadUploading),
	reflect.TypeFor[netstat.Signature]():            uint64(netstat.SignatureInvalid),
	reflect.TypeFor[netstat.BluetoothSecurity]():    uint64(netstat.SecurityFIPS),
	reflect.TypeFor[netstat.ULP]():                  uint64(netstat.ULPOther),
	reflect.TypeFor[netstat.CAState]():              uint64(netstat.CALoss),
	reflect.TypeFor[netstat.SubflowFlags]():         1<<len(subflowFlagNames) - 1,
	reflect.TypeFor[netstat.SocketFlags]():          uint64(netstat.ReceiveClosed | netstat.SendClosed | netstat.V6Only),
	reflect.TypeFor[netstat.MemoryFieldSet]():       1<<netstat.MemoryFields - 1,
	reflect.TypeFor[netstat.SMCMode]():              uint64(netstat.SMCD),
	reflect.TypeFor[netstat.FanoutMode]():           uint64(netstat.FanoutEBPF),
	reflect.TypeFor[netstat.PacketMembershipKind](): uint64(netstat.MembershipUnicast),
	reflect.TypeFor[netstat.AX25Mode]():             uint64(netstat.AX25ModeCircuit),
	reflect.TypeFor[netstat.Hardware]():             uint64(netstat.HardwareIrDA),
	reflect.TypeFor[netstat.MeasureGroup]():         uint64(netstat.MeasureHost),
	reflect.TypeFor[netstat.Severity]():             uint64(netstat.Critical),
	reflect.TypeFor[netstat.SubjectKind]():          uint64(netstat.OfRemote),
	reflect.TypeFor[netstat.RuleAction]():           uint64(netstat.RuleProhibit),
	reflect.TypeFor[netstat.RuleFields]():           uint64(netstat.RuleSuppressGroup)<<1 - 1,
	reflect.TypeFor[netstat.NeighborState]():        uint64(netstat.NeighborNone),
	reflect.TypeFor[netstat.NeighborFields]():       uint64(netstat.NeighborUnreachableTime)<<1 - 1,
	reflect.TypeFor[netstat.TrackedEnds]():          uint64(netstat.TrackedICMP),
	reflect.TypeFor[netstat.TrackedZone]():          uint64(netstat.TrackedReply),
	reflect.TypeFor[netstat.TrackedFields]():        uint64(netstat.TrackedID)<<1 - 1,
	reflect.TypeFor[netstat.Facts]():                uint64(AllFacts),
	reflect.TypeFor[netstat.RouteFlags]():           uint64(netstat.RouteUnreachable)<<1 - 1,
	reflect.TypeFor[netstat.InterfaceFlags]():       uint64(netstat.InterfaceDynamic)<<1 - 1,
	reflect.TypeFor[netstat.AddrScope]():            uint64(netstat.ScopeCompat)<<1 - 1,
	reflect.TypeFor[netstat.OperState]():            uint64(netstat.OperUp),
	reflect.TypeFor[netstat.Duplex]():               uint64(netstat.DuplexFull),
	reflect.TypeFor[netstat.XDPMode]():              uint64(netstat.XDPOffload),
	reflect.TypeFor[netstat.AddrFlags]():            uint64(netstat.AddrStablePrivacy)<<1 - 1,
	reflect.TypeFor[netstat.Frame]():                uint64(netstat.Frame8023),
	reflect.TypeFor[netstat.NATStatus]():            uint64(netstat.NATOffloaded)<<1 - 1,
	reflect.TypeFor[netstat.InterfaceCounterSet]():  uint64(netstat.CountsBroadcastBytes)<<1 - 1,
	reflect.TypeFor[netstat.RouteType]():            uint64(netstat.RouteNAT),
	reflect.TypeFor[netstat.WindowsRouteProtocol](): uint64(netstat.WindowsRouteStaticNonDOD),
	reflect.TypeFor[netstat.RouteOrigin]():          uint64(netstat.RouteOrigin6to4),
	reflect.TypeFor[netstat.AddrOrigin]():           uint64(netstat.AddrOriginRandom),
	reflect.TypeFor[netstat.RoutePreference]():      uint64(netstat.PreferenceHigh),
	reflect.TypeFor[netstat.NextHopFlags]():         uint64(netstat.NextHopTrapped)<<1 - 1,
	reflect.TypeFor[netstat.RouteMetricSet]():       1<<netstat.RouteMetricCount - 1,
}

var schemaTexts = []string{
	"", "", "eth0", "/run/systemd/journal/stdout", "@/tmp/.X11-unix/X0", "naïve 名字 \U0001f600",
	"quote\" back\\slash /", "\x00\x1b[31m\x7f\u009b31m\u2028\u202e\ufeff\ufffd", "\xff\xfe", "half \xe5\x90",
	"\xed\xa0\x80 surrogate", "tab\tline\nreturn\r\b\f",
}

func (r schemaRandom) text() string {
	if r.IntN(3) == 0 {
		b := make([]byte, r.IntN(9))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return string(b)
	}
	return schemaTexts[r.IntN(len(schemaTexts))]
}

func (r schemaRandom) number(bits int) uint64 {
	n := r.Uint64() >> (64 - bits)
	switch r.IntN(6) {
	case 0:
		return 0
	case 1:
		return math.MaxUint64 >> (64 - bits)
	case 2:
		return n & 0xff
	}
	return n
}

func (r schemaRandom) ip() netip.Addr {
	var a [16]byte
	for i := range a {
		a[i] = byte(r.Uint32() & r.Uint32())
	}
	switch r.IntN(5) {
	case 0:
		return netip.Addr{}
	case 1:
		return netip.AddrFrom4([4]byte(a[:4]))
	case 2:
		copy(a[:12], "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff")
	case 3:
		clear(a[:r.IntN(17)])
	}
	return netip.AddrFrom16(a)
}

// fill sets a value at random.
func (r schemaRandom) fill(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *netip.Addr:
		*p = r.ip()
		return
	case *netip.AddrPort:
		*p = netip.AddrPortFrom(r.ip(), uint16(r.number(16)))
		return
	case *netip.Prefix:
		if ip := r.ip(); ip.IsValid() {
			*p = netip.PrefixFrom(ip, r.IntN(ip.BitLen()+2)-1)
		}
		return
	case *time.Time:
		if r.IntN(3) > 0 {
			*p = time.Unix(int64(r.Uint32()), int64(r.IntN(1e9))).UTC()
		}
		return
	case *netstat.Detail:
		details := []netstat.Detail{
			nil, &netstat.UnixDetail{}, &netstat.SCTPDetail{}, &netstat.AX25Detail{}, &netstat.NetROMDetail{},
			&netstat.ROSEDetail{}, &netstat.X25Detail{}, &netstat.AppleTalkDetail{}, &netstat.BluetoothDetail{},
			&netstat.WindowsDetail{}, &netstat.PacketDetail{}, &netstat.NetlinkDetail{}, &netstat.VSockDetail{},
			&netstat.XDPDetail{}, &netstat.TIPCDetail{}, &netstat.SMCDetail{}, &netstat.MPTCPDetail{},
			&netstat.DCCPDetail{}, &netstat.CANDetail{}, &netstat.KeyDetail{}, &netstat.SubflowDetail{}, &netstat.TLSDetail{},
		}
		if d := details[r.IntN(len(details))]; d != nil {
			r.fill(reflect.ValueOf(d).Elem())
			*p = d
		}
		// Mask words without a bit are not written.
		if d, ok := (*p).(*netstat.NetlinkDetail); ok {
			for len(d.Groups) > 0 && d.Groups[len(d.Groups)-1] == 0 {
				d.Groups = d.Groups[:len(d.Groups)-1]
			}
			if len(d.Groups) == 0 {
				d.Groups = nil
			}
		}
		return
	case *netstat.Quantity:
		switch r.IntN(4) {
		case 0:
			*p = netstat.NumberOf(r.number(64))
		case 1:
			*p = netstat.PermilleOf(r.number(60))
		case 2:
			*p = netstat.TextOf("/" + r.text())
		}
		return
	case *netstat.TCPFieldSet:
		for f := range netstat.TCPVegasEnabled {
			if r.IntN(2) == 0 {
				p.Add(f)
			}
		}
		return
	case **netstat.EStats: // set by tcpInfo
		return
	case **netstat.TCPInfo:
		if r.IntN(2) == 0 {
			*p = r.tcpInfo()
		}
		return
	case **netstat.Memory:
		if r.IntN(2) == 0 {
			*p = r.memory()
		}
		return
	}
	if limit, ok := schemaLimits[v.Type()]; ok {
		if limit&(limit+1) == 0 || v.Type() == reflect.TypeFor[netstat.Facts]() {
			v.SetUint(r.Uint64() & limit)
		} else {
			v.SetUint(r.Uint64N(limit + 1))
		}
		return
	}
	switch v.Kind() {
	case reflect.Array:
		for i := range v.Len() {
			r.fill(v.Index(i))
		}
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(r.text())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.number(v.Type().Bits()))
	case reflect.Int, reflect.Int32, reflect.Int64:
		n := int64(r.number(v.Type().Bits()))
		v.SetInt(n << (64 - v.Type().Bits()) >> (64 - v.Type().Bits()))
	case reflect.Slice:
		n := r.IntN(4)
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			r.fill(v.Index(i))
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			r.fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			r.fill(v.Field(i))
		}
	default:
		panic("no random value for " + v.Type().String())
	}
}

func schemaValue[T any](r schemaRandom) T {
	var v T
	r.fill(reflect.ValueOf(&v).Elem())
	return v
}

// The methods below clear values that the form does not write, such as the value of an
// absent fact.

func (r schemaRandom) tcpInfo() *netstat.TCPInfo {
	i := new(netstat.TCPInfo)
	v := reflect.ValueOf(i).Elem()
	for k := range v.NumField() {
		r.fill(v.Field(k))
	}
	for f := range netstat.TCPVegasEnabled {
		if !i.Known.Has(f) {
			i.Set(f, 0)
			i.Known.Remove(f)
		}
	}
	i.EStats = nil
	for f := netstat.TCPActiveOpen; f < netstat.TCPFields; f++ {
		switch n := r.number(64); {
		case r.IntN(4) > 0:
		case f.Kind() == netstat.FieldFlag:
			i.Set(f, n&1)
		case f.Kind() == netstat.FieldDuration:
			i.Set(f, n>>1)
		default:
			i.Set(f, n)
		}
	}
	return i
}

func (r schemaRandom) memory() *netstat.Memory {
	m := new(netstat.Memory)
	v := reflect.ValueOf(m).Elem()
	for k := range v.NumField() {
		r.fill(v.Field(k))
	}
	for f := range netstat.MemoryFields {
		if !m.Known.Has(f) {
			v.Field(1 + int(f)).SetUint(0)
		}
	}
	return m
}

func (r schemaRandom) socket(facts netstat.Facts) netstat.Socket {
	s := schemaValue[netstat.Socket](r)
	s.Table.Family = netstat.Family(r.IntN(int(netstat.Key) + 1))
	if r.IntN(2) == 0 {
		s.Absent = 0
	}
	s.Absent &= facts | netstat.FactQueues
	gone := s.Absent | ^(facts | netstat.FactQueues)
	if gone&netstat.FactQueues != 0 {
		s.RecvQ, s.SendQ = 0, 0
	}
	if gone&netstat.FactUID != 0 {
		s.UID = 0
	}
	if gone&netstat.FactInode != 0 {
		s.Inode = 0
	}
	if gone&netstat.FactTimer != 0 {
		s.Timer = netstat.Timer{}
	}
	if gone&netstat.FactMark != 0 {
		s.Mark = 0
	}
	if gone&netstat.FactCgroup != 0 {
		s.Cgroup = 0
	}
	if gone&netstat.FactTOS != 0 {
		s.TOS, s.TClass = 0, 0
	}
	if gone&netstat.FactULP != 0 {
		s.ULP = netstat.ULPNone
	}
	if gone&netstat.FactAutobound != 0 {
		s.Autobound = false
	}
	if gone&netstat.FactShutdown != 0 {
		s.Flags &^= netstat.ReceiveClosed | netstat.SendClosed
	}
	if gone&netstat.FactV6Only != 0 {
		s.Flags &^= netstat.V6Only
	}
	if gone&netstat.FactTCPInfo != 0 {
		s.TCP = nil
	}
	if gone&netstat.FactMemory != 0 {
		s.Memory = nil
	}
	if s.Timer.Kind == netstat.TimerNone && r.IntN(2) == 0 {
		s.Timer = netstat.Timer{}
	}
	if d, ok := s.Detail.(*netstat.UnixDetail); ok && d.Accepting && s.State == netstat.Unconnected {
		s.State = netstat.Listen
	}
	return s
}

// tracked returns a tracked connection whose unknown fields are zero.
func (r schemaRandom) tracked() netstat.TrackedConnection {
	c := schemaValue[netstat.TrackedConnection](r)
	c.Timeout = max(c.Timeout, 0)
	for field, clear := range map[netstat.TrackedFields]func(){
		netstat.TrackedTimeout: func() { c.Timeout = 0 },
		netstat.TrackedCounters: func() {
			c.Original.Packets, c.Original.Bytes, c.Reply.Packets, c.Reply.Bytes = 0, 0, 0, 0
		},
		netstat.TrackedMark:   func() { c.Mark = 0 },
		netstat.TrackedLabels: func() { c.Labels = [2]uint64{} },
		netstat.TrackedUse:    func() { c.Use = 0 },
		netstat.TrackedID:     func() { c.ID = 0 },
	} {
		if !c.Known.Has(field) {
			clear()
		}
	}
	if c.Zone == 0 {
		c.ZoneOf = netstat.TrackedBoth
	}
	for _, d := range []*netstat.TrackedDirection{&c.Original, &c.Reply} {
		if d.Has != netstat.TrackedPorts {
			d.Source, d.Destination = netip.AddrPortFrom(d.Source.Addr(), 0), netip.AddrPortFrom(d.Destination.Addr(), 0)
		}
		if d.Has != netstat.TrackedKeys {
			d.SourceKey, d.DestinationKey = 0, 0
		}
		if d.Has != netstat.TrackedICMP {
			d.ICMPID, d.ICMPType, d.ICMPCode = 0, 0, 0
		}
		if !d.HasWindowScale {
			d.WindowScale = 0
		}
	}
	if rare := c.Rare; rare != nil {
		for _, a := range []*netstat.SeqAdjust{&rare.OriginalShift, &rare.ReplyShift} {
			if !a.Known {
				*a = netstat.SeqAdjust{}
			}
			if !a.BeforeKnown {
				a.Before = 0
			}
		}
		if !rare.Synproxy.Known {
			rare.Synproxy = netstat.TrackedSynproxy{}
		}
		if *rare == (netstat.TrackedRare{}) {
			c.Rare = nil
		}
	}
	return c
}

func (r schemaRandom) neighbor() netstat.Neighbor {
	n := schemaValue[netstat.Neighbor](r)
	v := reflect.ValueOf(&n).Elem()
	for i, name := range []string{"VLAN", "VNI", "Master", "Used", "Confirmed", "Updated", "RefCount", "Probes", "ReachableTime", "UnreachableTime"} {
		if n.Known>>i&1 == 0 {
			v.FieldByName(name).SetZero()
		}
	}
	for _, d := range []*time.Duration{&n.Used, &n.Confirmed, &n.Updated, &n.ReachableTime, &n.UnreachableTime} {
		*d = max(*d, 0)
	}
	return n
}

func (r schemaRandom) rule() netstat.Rule {
	rule := schemaValue[netstat.Rule](r)
	v := reflect.ValueOf(&rule).Elem()
	for i, names := range [][]string{{"FirstUID", "LastUID"}, {"DSCP", "DSCPMask"}, {"SuppressPrefixLength"}, {"SuppressGroup"}} {
		for _, name := range names {
			if rule.Known>>i&1 == 0 {
				v.FieldByName(name).SetZero()
			}
		}
	}
	return rule
}

func (r schemaRandom) iface() netstat.Interface {
	i := schemaValue[netstat.Interface](r)
	if !i.HasQueueLen {
		i.QueueLen = 0
	}
	for k := range i.Addrs {
		if d := i.Addrs[k].Detail; d != nil {
			d.Valid, d.Preferred = max(d.Valid, 0), max(d.Preferred, 0)
			if !d.ValidLimited {
				d.Valid = 0
			}
			if !d.PreferredLimited {
				d.Preferred = 0
			}
		}
	}
	if l := i.Link; l != nil {
		for n := range netstat.LinkNumberCount {
			if l.Numbers.Known>>n&1 == 0 {
				l.Numbers.Values[n] = 0
			}
		}
		l.Numbers.Known &= 1<<netstat.LinkNumberCount - 1
		if !l.HasLowerNetns {
			l.LowerNetnsID = 0
		}
		l.Carrier = l.Carrier && l.HasCarrier
		for _, list := range [][]netstat.LinkSetting{l.Settings, l.SlaveSettings} {
			for k := range list {
				s := &list[k]
				s.Name, s.Text = strings.ToValidUTF8(s.Name, "?"), strings.ToValidUTF8(s.Text, "?")
				if s.IsText {
					s.Number = 0
				} else {
					s.Text = ""
				}
			}
		}
	}
	for _, c := range []*netstat.InterfaceCounters{&i.Receive, &i.Transmit} {
		if !i.HasCounters {
			*c = netstat.InterfaceCounters{}
		}
		for k, n := range absentCounters(c) {
			if c.Absent&(1<<k) != 0 {
				*n = 0
			}
		}
	}
	return i
}

// finding returns a finding without a namespace, which its record has.
func (r schemaRandom) finding() netstat.Finding {
	f := schemaValue[netstat.Finding](r)
	s := &f.Subject
	s.Netns, s.Table = "", r.socket(0).Table
	if r.IntN(2) == 0 {
		s.Table = netstat.Table{}
	}
	if !s.Destination.IsValid() {
		s.Destination = netip.Prefix{}
	}
	return f
}

// looked returns what a search looked at.
func (r schemaRandom) looked() Looked {
	l := schemaValue[Looked](r)
	for i := range l.Rules {
		l.Rules[i] = "rule" // rules have names of ours
	}
	if l.Unlooked == nil {
		l.Unlooked = []Unlooked{}
	}
	return l
}

func (r schemaRandom) route() netstat.Route {
	route := schemaValue[netstat.Route](r)
	if route.InterfaceMetric {
		route.Metric = 0
	}
	d := route.Detail
	if d == nil {
		return route
	}
	if !d.Temporary {
		d.Expires = 0
	}
	if w := d.Windows; w != nil {
		d.Table, d.TableName, d.VRF, d.Scope = 0, "", "", 0
		w.Age, w.Preferred = max(w.Age, 0), max(w.Preferred, 0)
		if !w.PreferredLimited {
			w.Preferred = 0
		}
		if !w.HasInterfaceMetric {
			w.InterfaceMetric = 0
		}
	}
	for m := range netstat.RouteMetricCount {
		if !d.Metrics.Known.Has(m) {
			d.Metrics.Values[m] = 0
		}
	}
	return route
}

func (r schemaRandom) nat() netstat.NATSession {
	s := schemaValue[netstat.NATSession](r)
	if s.Timeout < 0 {
		s.Timeout = -1
	}
	for _, t := range []*netstat.NATTuple{&s.Original, &s.Reply} {
		if !t.SeqAdjust.Known {
			t.SeqAdjust = netstat.SeqAdjust{}
		}
		if !t.SeqAdjust.BeforeKnown {
			t.SeqAdjust.Before = 0
		}
	}
	return s
}

func (r schemaRandom) rareRoute() netstat.RareRoute {
	routes := []netstat.RareRoute{
		&netstat.AX25Route{}, &netstat.NetROMRoute{}, &netstat.ROSERoute{}, &netstat.X25Route{},
		&netstat.IPXRoute{}, &netstat.AppleTalkRoute{},
	}
	route := routes[r.IntN(len(routes))]
	r.fill(reflect.ValueOf(route).Elem())
	return route
}

func (r schemaRandom) counter() netstat.Counter {
	return schemaValue[netstat.Counter](r)
}
