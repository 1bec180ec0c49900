package linux

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Interfaces implements netstat.Source.
//
// An interface is read from two dumps, of links and of IPv4 addresses. Both are
// read completely before the first row is yielded, so that a dump can be
// repeated if the kernel marks it inconsistent because an interface appeared or
// disappeared meanwhile. IPv6 addresses come from /proc/net/if_inet6. Its order
// is that of a hash table with a secret seed, which no dump reproduces. A dump
// is the fallback if the file cannot be read.
func (s *source) Interfaces(ctx context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(yield func(netstat.Interface, error) bool) {
		links, err := s.links(ctx, q)
		if err != nil {
			yield(netstat.Interface{}, err)
			return
		}
		for i := range links {
			if !yield(links[i], nil) {
				return
			}
		}
	}
}

func (s *source) links(ctx context.Context, q netstat.InterfaceQuery) ([]netstat.Interface, error) {
	links, err := s.linksDumped(ctx, q)
	if err == errNoDump {
		links, err = s.linksFromFile(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	if q.Facts != 0 {
		if err := s.addLinkFacts(ctx, links, q); err != nil {
			return nil, err
		}
	}
	if q.Details {
		if err := s.addFromFiles(ctx, links, q.Report); err != nil {
			return nil, err
		}
		if q.Facts&netstat.InterfaceLink != 0 {
			if err := s.addAddrDetails(ctx, links, q.Report); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(links, func(i netstat.Interface) bool { return slip(i.Hardware) }) && s.procRoot == "/proc" {
			if c, err := s.openLinks(); err == nil {
				for k := range links {
					if i := &links[k]; slip(i.Hardware) {
						i.SLIP = c.slipTimers(i.Name)
					}
				}
				c.close()
			}
		}
	}
	return links, nil
}

// errNoDump means that /proc must be read instead.
var errNoDump = errors.New("netlink is not used")

// linksDumped reads the interfaces over netlink.
func (s *source) linksDumped(ctx context.Context, q netstat.InterfaceQuery) (links []netstat.Interface, err error) {
	if !s.useNetlink || s.linksRefused && s.useProc {
		return nil, errNoDump
	}
	again, err := repeatDump(ctx, func() (again bool, err error) {
		links, again, err = s.dumpLinks(ctx, q.Facts)
		return again, err
	})
	switch {
	case err == nil:
		if again && q.Report != nil {
			q.Report(linkError("dump interfaces", &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
		}
		return links, nil
	case ctx.Err() != nil || !s.useProc:
		return nil, linkError("dump interfaces", err)
	}
	s.linksRefused = !transient(err) && err != syscall.EMFILE && err != syscall.ENFILE
	return nil, errNoDump
}

func (s *source) dumpLinks(ctx context.Context, facts netstat.InterfaceFacts) (links []netstat.Interface, interrupted bool, err error) {
	c, err := s.dialLinks()
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var (
		text  textSlab
		addrs []linkAddr
		addr  linkAddr
		link  netstat.Interface
	)
	interrupted, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendAddrRequest(nil, seq) }, rtmNewAddr, buf, func(b []byte) bool {
		if !decodeAddr(b, &addr, &text) {
			return false
		}
		if facts&netstat.InterfaceLink != 0 {
			addr.addr.Detail = decodeAddrDetail(b)
		}
		addrs = append(addrs, addr)
		return true
	})
	if err != nil {
		return nil, false, err
	}
	again, err := s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendLinkRequest(nil, seq) }, rtmNewLink, buf, func(b []byte) bool {
		if !decodeLink(b, &link, &text) {
			return false
		}
		if facts != 0 {
			link.Link = decodeLinkDetail(b)
		}
		if len(links) == cap(links) {
			links = slices.Grow(links, len(links)+16) // append adds less, and copies more often
		}
		links = append(links, link)
		return true
	})
	if err != nil {
		return nil, false, err
	}
	// Recent kernels sort both dumps by index; for older ones this sorts.
	// The order of one interface's addresses is kept.
	byIndex := func(a, b linkAddr) int { return cmp.Compare(a.index, b.index) }
	if !slices.IsSortedFunc(addrs, byIndex) {
		slices.SortStableFunc(addrs, byIndex)
	}
	all := make([]netstat.InterfaceAddr, len(addrs))
	for k := range addrs {
		all[k] = addrs[k].addr
	}
	for k := range links {
		i := &links[k]
		from, found := slices.BinarySearchFunc(addrs, i.Index, func(a linkAddr, index uint32) int { return cmp.Compare(a.index, index) })
		if !found {
			continue
		}
		to := from
		for to < len(addrs) && addrs[to].index == i.Index {
			to++
		}
		i.Addrs = all[from:to:to]
	}
	return links, interrupted || again, nil
}

// A linkControl queries single interfaces (netdevice(7)), for kernels or
// containers that refuse a dump.
type linkControl interface {
	// fill sets everything but the counters and addresses of the interface
	// named i.Name. It returns ENODEV if the interface no longer exists.
	fill(i *netstat.Interface) error
	// addrs returns the IPv4 addresses of all interfaces, with their labels.
	addrs() ([]netstat.InterfaceAddr, error)
	slipTimers(name string) netstat.SLIPTimers
	// ethtool makes a request of SIOCETHTOOL for an interface, whose struct is b.
	ethtool(name string, b []byte) error
	// index returns the number of an interface, or 0 if it does not exist.
	index(name string) uint32
	close()
}

// linksFromFile reads the interfaces from /proc/net/dev. On the running system
// it queries the remaining facts one interface at a time.
func (s *source) linksFromFile(ctx context.Context, q netstat.InterfaceQuery) ([]netstat.Interface, error) {
	links, err := s.readDev(ctx)
	if s.procRoot != "/proc" {
		if err != nil {
			return nil, err
		}
		for k := range links {
			links[k].Partial = true
		}
		return links, nil
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		// Interfaces with an address can still be found.
		if q.Report != nil {
			q.Report(err)
		}
	}
	c, openErr := s.openLinks()
	if openErr != nil {
		return nil, linkError("query interfaces", openErr)
	}
	defer c.close()
	addrs, addrErr := c.addrs()
	if addrErr != nil {
		return nil, linkError("query addresses", addrErr)
	}
	// The file lists every interface, unless it was cut short.
	at := make(map[string]int, len(links))
	for k := range links {
		at[links[k].Name] = k
	}
	for _, a := range addrs {
		if _, ok := labelled(at, a.Label); ok {
			continue
		}
		name, _, _ := strings.Cut(a.Label, ":")
		at[name] = len(links)
		links = append(links, netstat.Interface{Name: name})
	}
	kept := links[:0]
	clear(at)
	for _, i := range links {
		switch err := c.fill(&i); err {
		case nil:
			at[i.Name] = len(kept)
			kept = append(kept, i)
		case syscall.ENODEV, syscall.ENXIO:
		default:
			return nil, linkError("query "+i.Name, err)
		}
	}
	for _, a := range addrs {
		if k, ok := labelled(at, a.Label); ok {
			kept[k].Addrs = append(kept[k].Addrs, a)
		}
	}
	addAltName(kept, q.Name, c)
	return kept, nil
}

// addAltName records name as an alternative name of the interface that the
// kernel finds by it, unless it is the interface's own name. Such a request has
// room for names of 15 bytes.
func addAltName(links []netstat.Interface, name string, c linkControl) {
	// The kernel takes a name with a colon for the label of an address.
	if name == "" || strings.IndexByte(name, ':') >= 0 || slices.ContainsFunc(links, func(i netstat.Interface) bool { return i.Name == name }) {
		return
	}
	if index := c.index(name); index != 0 {
		for k := range links {
			if links[k].Index == index {
				links[k].AltNames = []string{name}
			}
		}
	}
}

// labelled finds the interface that an address with this label belongs to. Its
// name is the part before the colon or, without a colon, a prefix of the label.
func labelled(at map[string]int, label string) (k int, ok bool) {
	if name, _, colon := strings.Cut(label, ":"); colon {
		k, ok = at[name]
		return k, ok
	}
	for n := len(label); n > 0; n-- {
		if k, ok = at[label[:n]]; ok {
			return k, true
		}
	}
	return 0, false
}

// addFromFiles adds the facts that only files hold. A missing if_inet6 means no
// IPv6, unless all files are missing. The other files are missing on a kernel
// without IPX or AppleTalk, which needs no report.
func (s *source) addFromFiles(ctx context.Context, links []netstat.Interface, report func(*netstat.OpError)) error {
	at := make(map[string]*netstat.Interface, len(links))
	for k := range links {
		at[links[k].Name] = &links[k]
	}
	for k, f := range [...]struct {
		name, op string
		header   bool
		parse    func(line []byte, at map[string]*netstat.Interface) bool
	}{
		{"if_inet6", "read IPv6 addresses", false, addInet6},
		{"ipx/interface", "read IPX addresses", true, addIPX},
		{"atalk/interface", "read AppleTalk addresses", true, addAppleTalk},
	} {
		l, err := s.openPlain(ctx, f.name)
		if err != nil {
			if k == 0 && ctx.Err() == nil && s.addInet6Dumped(ctx, links, report) == nil {
				continue
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return linkError(f.op, err)
			}
			if e := s.fileError(netstat.Table{}, err); k == 0 && errors.Is(e, netstat.ErrIncomplete) && report != nil {
				report(linkError(f.op, e.Err))
			}
			continue
		}
		var known repeats
		for skip := f.header; ; skip = false {
			line, lineErr := l.next()
			if err = lineErr; err != nil {
				break
			}
			if !skip && !known.before(line, l.reads) && !f.parse(line, at) {
				reportBogus(report, netstat.Table{}, line)
			}
		}
		s.closeLines(l)
		if err != io.EOF {
			return linkError(f.op, err)
		}
		// The file is empty if there are no addresses, or if another
		// file is mounted over it.
		if k == 0 && l.reads == 0 {
			if err := s.addInet6Dumped(ctx, links, report); ctx.Err() != nil {
				return linkError(f.op, err)
			}
		}
	}
	return nil
}

func addInet6(line []byte, at map[string]*netstat.Interface) bool {
	name, a, ok := parseInet6(line)
	if i := at[string(name)]; ok && i != nil {
		i.Addrs = append(i.Addrs, a)
	}
	return ok
}

// addIPX parses a line of /proc/net/ipx/interface (ipx_seq_interface_show in
// net/ipx/ipx_proc.c, until Linux 4.17):
//
//	network node primary device frame
func addIPX(line []byte, at map[string]*netstat.Interface) bool {
	f := scanner{b: line}
	network, node := f.word(), f.word()
	f.word()
	i := at[string(f.word())]
	frame := f.word()
	if !hexOf(network, 8) || !hexOf(node, 12) || len(frame) == 0 {
		return false
	}
	if i != nil {
		i.Nodes = append(i.Nodes, netstat.NodeAddr{
			Family: netstat.IPX, Frame: frameOf(frame), Network: hexWord(network),
			Node: uint64(hexWord(node[:4]))<<32 | uint64(hexWord(node[4:])),
		})
	}
	return true
}

// frameOf parses the names of ipx_frame_name (net/ipx/af_ipx.c).
func frameOf(name []byte) netstat.Frame {
	switch string(name) {
	case "EtherII":
		return netstat.FrameEthernetII
	case "SNAP":
		return netstat.FrameSNAP
	case "802.2":
		return netstat.Frame8022
	case "802.3":
		return netstat.Frame8023
	}
	return netstat.FrameOther
}

// addAppleTalk parses a line of /proc/net/atalk/interface
// (atalk_seq_interface_show in net/appletalk/atalk_proc.c):
//
//	device network:node first-last status
func addAppleTalk(line []byte, at map[string]*netstat.Interface) bool {
	f := scanner{b: line}
	i, address := at[string(f.word())], f.word()
	if !appletalkNode(address) {
		return false
	}
	if i != nil {
		i.Nodes = append(i.Nodes, netstat.NodeAddr{
			Family: netstat.AppleTalk, Network: hexWord(address[:4]), Node: uint64(hexWord(address[5:])),
		})
	}
	return true
}

// openPlain opens a file of /proc/net without a header.
func (s *source) openPlain(ctx context.Context, file string) (*lineReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := s.open(s.procRoot + "/net/" + file)
	if err != nil {
		return nil, err
	}
	return &lineReader{ctx: ctx, r: f, buf: s.takeBuffer(), tooLong: func([]byte) {}}, nil
}

func linkError(op string, err error) *netstat.OpError { return &netstat.OpError{Op: op, Err: err} }

// readDev reads /proc/net/dev.
func (s *source) readDev(ctx context.Context) (links []netstat.Interface, e *netstat.OpError) {
	l, err := s.openPlain(ctx, "dev")
	if err != nil {
		return nil, linkError("read interfaces", &fs.PathError{Op: "open", Path: "/proc/net/dev", Err: err})
	}
	defer s.closeLines(l)
	var (
		text   textSlab
		known  repeats
		layout devLayout
	)
	for n := 0; ; n++ {
		line, err := l.next()
		if err == io.EOF && n < 2 {
			return nil, devRefused(errors.New("/proc/net/dev has no header"))
		}
		if err == io.EOF {
			return links, nil
		}
		if err != nil {
			return links, linkError("read interfaces", err)
		}
		switch n {
		case 0: // "Inter-|   Receive … |  Transmit"
			continue
		case 1:
			if err := layout.parse(line); err != nil {
				return nil, devRefused(err)
			}
			continue
		}
		var i netstat.Interface
		if layout.parseDev(line, &i, &text) && !known.before([]byte(i.Name), l.reads) {
			links = append(links, i)
		}
	}
}

// devRefused returns the error for an unknown layout of /proc/net/dev. The
// facts of the file are missing, but the kernel may support them.
func devRefused(err error) *netstat.OpError {
	return linkError("read interfaces", &unreadable{err.Error(), err})
}

// addrScopes lists the scopes of ipv6_addr_scope (include/net/ipv6.h).
var addrScopes = [...]struct {
	bit   uint64
	scope netstat.AddrScope
}{
	{0x10, netstat.ScopeHost}, {0x20, netstat.ScopeLink}, {0x40, netstat.ScopeSite}, {0x80, netstat.ScopeCompat},
}

// parseInet6 parses a line of /proc/net/if_inet6 (if6_seq_show in
// net/ipv6/addrconf.c). All numbers are hexadecimal:
//
//	address index length scope flags name
func parseInet6(line []byte) (name []byte, a netstat.InterfaceAddr, ok bool) {
	p := scanner{b: line}
	token := p.hexToken()
	if len(token) != 32 {
		return nil, a, false
	}
	ip := hexAddr6(token)
	var fields [4]uint64
	for i := range fields {
		if fields[i], ok = p.hex(); !ok {
			return nil, a, false
		}
	}
	p.skipBlanks()
	if name = line[p.at:]; len(name) == 0 || fields[1] > 128 {
		return nil, a, false
	}
	a.Prefix = netip.PrefixFrom(ip, int(fields[1]))
	for _, s := range addrScopes {
		if fields[2]&s.bit != 0 {
			a.Scope |= s.scope
		}
	}
	return name, a, true
}

// hexAddr6 converts 32 hexadecimal digits in network order.
func hexAddr6(digits []byte) netip.Addr {
	var ip [16]byte
	for i := range ip {
		ip[i] = byte(hexWord(digits[2*i : 2*i+2]))
	}
	return netip.AddrFrom16(ip)
}
