package snapshot

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"netstat"
	"netstat/schema"
)

func (r *recorder) seeHost(ip netip.Addr) {
	if _, ok := r.hosts[ip]; ok {
		r.seenHosts[ip] = true
	}
}

func (r *recorder) seePort(p netstat.Protocol, port uint16) {
	switch p {
	case netstat.TCP:
		r.tcp[port] = true
	case netstat.UDP, netstat.UDPLite:
		r.udp[port] = true
	case netstat.Raw:
		if !r.protocols[port] {
			r.protocols[port] = true
		}
	}
}

func (r *recorder) seeSocket(s *netstat.Socket) {
	if s.Absent&netstat.FactUID == 0 && !r.uids[s.UID] {
		r.uids[s.UID] = true
	}
	for _, a := range [...]*netstat.Addr{&s.Local, &s.Remote} {
		r.seeHost(a.IP)
		r.seePort(s.Table.Protocol, a.Port)
	}
	if d, ok := s.Detail.(*netstat.SCTPDetail); ok {
		for _, more := range [...][]netstat.Addr{d.LocalMore, d.RemoteMore} {
			for i := range more {
				r.seeHost(more[i].IP)
			}
		}
	}
}

func (r *recorder) seeRoute(route *netstat.Route) {
	destination := route.Destination.Addr()
	r.seeHost(destination)
	r.seeHost(route.Source.Addr())
	r.seeHost(route.Gateway)
	if route.Cached != nil {
		r.seeHost(route.Cached.PreferredSource)
	}
	if r.known == nil || !destination.IsValid() {
		return
	}
	if name, ok := r.known.Network(destination); ok {
		if r.redact != nil {
			destination = r.redact.Prefix(route.Destination).Addr()
		}
		r.networks[destination] = name
	}
}

func (r *recorder) seeNAT(s *netstat.NATSession) {
	for _, t := range [...]*netstat.NATTuple{&s.Original, &s.Reply} {
		for _, end := range [...]netip.AddrPort{t.Source, t.Destination} {
			r.seeHost(end.Addr())
			r.seePort(s.Protocol, end.Port())
		}
	}
}

// names appends the names of the recorded numbers.
func (r *recorder) names() {
	r.b = append(r.b, ",\n\"names\":{"...)
	if r.known == nil || r.failed() != nil {
		r.b = append(r.b, '}')
		return
	}
	r.list("users", func() {
		for _, uid := range slices.Sorted(maps.Keys(r.uids)) {
			if name, ok := r.known.User(uid); ok {
				if r.redact != nil {
					name = r.redact.UserName(name)
				}
				r.named("uid", uint64(uid), name)
			}
		}
	})
	r.list("services", func() {
		r.services("tcp", r.tcp)
		r.services("udp", r.udp)
	})
	r.list("protocols", func() {
		for _, number := range slices.Sorted(maps.Keys(r.protocols)) {
			if name, ok := r.known.Protocol(number); ok {
				r.named("number", uint64(number), name)
			}
		}
	})
	r.list("networks", func() {
		for _, ip := range slices.SortedFunc(maps.Keys(r.networks), netip.Addr.Compare) {
			r.address(ip, r.networks[ip])
		}
	})
	hosts := map[netip.Addr]string{}
	for ip := range r.seenHosts {
		name := r.hosts[ip]
		if r.redact != nil {
			ip = r.redact.Addr(ip)
		}
		hosts[ip] = name
	}
	r.list("hosts", func() {
		for _, ip := range slices.SortedFunc(maps.Keys(hosts), netip.Addr.Compare) {
			r.address(ip, hosts[ip])
		}
	})
	r.b = append(r.b, '}')
}

func (r *recorder) list(name string, items func()) {
	if r.b[len(r.b)-1] != '{' {
		r.b = append(r.b, ',')
	}
	r.b = append(r.b, "\n\""...)
	r.b = append(append(r.b, name...), `":[`...)
	items()
	r.b = append(r.b, ']')
}

func (r *recorder) services(network string, ports *[1 << 16]bool) {
	for port, seen := range ports {
		if !seen {
			continue
		}
		if name, ok := r.known.Service(uint16(port), network); ok {
			r.next()
			r.b = append(append(r.b, `{"proto":"`...), network...)
			r.b = strconv.AppendUint(append(r.b, `","port":`...), uint64(port), 10)
			r.b = append(schema.AppendText(r.b, "name", name), '}')
		}
	}
}

func (r *recorder) named(key string, number uint64, name string) {
	r.next()
	r.b = append(append(r.b, '{', '"'), key...)
	r.b = strconv.AppendUint(append(r.b, `":`...), number, 10)
	r.b = append(schema.AppendText(r.b, "name", name), '}')
}

func (r *recorder) address(ip netip.Addr, name string) {
	r.next()
	if r.redact != nil {
		name = r.redact.HostName(name)
	}
	r.b = append(ip.AppendTo(append(r.b, `{"address":"`...)), '"')
	r.b = append(schema.AppendText(r.b, "name", name), '}')
}

// RecordedNames holds the names that the recorded host had for numbers and addresses in
// its tables. All are available at once, without lookups. What the host could not name
// without a network lookup has no name.
type RecordedNames struct {
	users     map[uint32]string
	services  map[service]string
	protocols map[uint16]string
	networks  map[netip.Addr]string
	hosts     map[netip.Addr]string
}

type service struct {
	port    uint16
	network string
}

// Host returns the name of an address; false if it has none.
func (n *RecordedNames) Host(ip netip.Addr) (string, bool) { return named(n.hosts, ip) }

// Network returns the name of a network, given its first address; false if it has none.
func (n *RecordedNames) Network(ip netip.Addr) (string, bool) { return named(n.networks, ip) }

// Service returns the name of a port; false if it has none. network is "tcp" or "udp".
func (n *RecordedNames) Service(port uint16, network string) (string, bool) {
	return named(n.services, service{port, network})
}

// Protocol returns the name of an IP protocol number; false if it has none.
func (n *RecordedNames) Protocol(number uint16) (string, bool) { return named(n.protocols, number) }

// User returns the login name of a user id; false if it has none.
func (n *RecordedNames) User(uid uint32) (string, bool) { return named(n.users, uid) }

// UserNumber returns the user id for a login name.
func (n *RecordedNames) UserNumber(name string) (uint32, bool) { return keyOf(n.users, name) }

// Port returns the port of a named service.
func (n *RecordedNames) Port(name string) (uint16, bool) {
	for s, known := range n.services {
		if known == name {
			return s.port, true
		}
	}
	return 0, false
}

// Addresses returns the addresses of a named host, in order.
func (n *RecordedNames) Addresses(name string) (list []netip.Addr) {
	for ip, known := range n.hosts {
		if known == name {
			list = append(list, ip)
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}

// keyOf returns the smallest key with the given name.
func keyOf[K cmp.Ordered](names map[K]string, name string) (key K, ok bool) {
	for k, known := range names {
		if known == name && (!ok || k < key) {
			key, ok = k, true
		}
	}
	return key, ok
}

// LocalHosts returns the addresses that have names.
func (n *RecordedNames) LocalHosts() map[netip.Addr]string { return n.hosts }

// WantHost does nothing: there is nothing to wait for.
func (n *RecordedNames) WantHost(netip.Addr) {}

// HostReady always returns true.
func (n *RecordedNames) HostReady(netip.Addr) bool { return true }

// WantUser does nothing.
func (n *RecordedNames) WantUser(uint32) {}

// UserReady always returns true.
func (n *RecordedNames) UserReady(uint32) bool { return true }

// GaveUp always returns 0.
func (n *RecordedNames) GaveUp() int { return 0 }

// NextReport does nothing.
func (n *RecordedNames) NextReport() {}

func named[K comparable](names map[K]string, key K) (string, bool) {
	name, ok := names[key]
	return name, ok
}

// readNames reads what recorder.names wrote.
func readNames(r *schema.Reader) RecordedNames {
	n := RecordedNames{
		users: map[uint32]string{}, services: map[service]string{}, protocols: map[uint16]string{},
		networks: map[netip.Addr]string{}, hosts: map[netip.Addr]string{},
	}
	r.Object(func(key []byte) {
		var add func(i *nameItem)
		switch string(key) {
		case "users":
			add = func(i *nameItem) { n.users[i.uid] = i.name.String() }
		case "services":
			add = func(i *nameItem) { n.services[service{i.port, i.proto}] = i.name.String() }
		case "protocols":
			add = func(i *nameItem) { n.protocols[i.number] = i.name.String() }
		case "networks":
			add = func(i *nameItem) { n.networks[i.address] = i.name.String() }
		case "hosts":
			add = func(i *nameItem) { n.hosts[i.address] = i.name.String() }
		default:
			r.Skip()
			return
		}
		r.Array(func() {
			var i nameItem
			r.Object(func(key []byte) { i.field(r, key) })
			add(&i)
		})
	})
	return n
}

// nameItem is a name and the number or address that has it.
type nameItem struct {
	uid          uint32
	port, number uint16
	proto        string
	address      netip.Addr
	name         schema.ExactText
}

func (i *nameItem) field(r *schema.Reader, key []byte) {
	switch {
	case bytes.Equal(key, []byte("uid")):
		i.uid = uint32(r.Uint(math.MaxUint32))
	case bytes.Equal(key, []byte("port")):
		i.port = uint16(r.Uint(math.MaxUint16))
	case bytes.Equal(key, []byte("number")):
		i.number = uint16(r.Uint(math.MaxUint16))
	case bytes.Equal(key, []byte("proto")):
		i.proto = r.Text()
	case bytes.Equal(key, []byte("address")):
		i.address = r.IP()
	case !r.TextField(key, "name", &i.name):
		r.Skip()
	}
}
