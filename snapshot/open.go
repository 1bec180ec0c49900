package snapshot

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"unicode/utf8"

	"netstat"
	"netstat/schema"
)

// checkedRows is the length of the rows of a table that Open checks. Further rows are
// checked when they are read.
const checkedRows = 1 << 20

// Open reads a snapshot, which may be compressed with zstd, and checks it: an error says
// what is wrong and where. Tables longer than 1 MiB are checked in full when they are read.
// The error may wrap *schema.SyntaxError; an error of in is returned as is. Open keeps a
// long snapshot compressed in memory.
func Open(in io.Reader) (*Source, error) { return openDocument(keepDocument(in)) }

// OpenFile is like Open for a file from which the Source reads tables when they are
// requested. It closes the file, at once if it fails.
func OpenFile(f File) (*Source, error) { return OpenBeside(f, nil) }

// OpenBeside is like OpenFile for a snapshot of a record, which may need another one, its
// base. open opens a file in the same directory.
func OpenBeside(f File, open func(name string) (File, error)) (*Source, error) {
	s, err := openDocument(newDocument(f, open))
	if err != nil {
		_ = f.Close()
	}
	return s, err
}

func openDocument(d *document, err error) (*Source, error) {
	if err != nil {
		return nil, err
	}
	s := &Source{doc: d, Meta: Meta{EUID: -1}}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Source) open() error {
	in, err := s.doc.from(0)
	if err != nil {
		return err
	}
	defer s.doc.done(in)
	head := make([]byte, headSize)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	if err := recognise(head); err != nil {
		return err
	}
	r := schema.NewStream(io.MultiReader(bytes.NewReader(head), in), 0)
	r.SkipLists(s.doc.skipLists(in))
	var e schema.Envelope
	r.Object(func(key []byte) {
		if !r.EnvelopeField(key, &e) {
			s.field(r, key)
		}
	})
	r.End()
	s.doc.read = r.Err() == nil && !s.doc.skipped
	var syntax *schema.SyntaxError
	switch isSyntax := errors.As(r.Err(), &syntax); {
	case e.Version > schema.Version:
		return syntax
	case e.Schema != "" && e.Schema != schema.Name:
		return fmt.Errorf("not a snapshot: schema is %q", e.Schema)
	case e.Schema == schema.Name && e.Content != "" && e.Content != Content:
		// Another document type, which need not look like a snapshot otherwise.
		return fmt.Errorf("not a snapshot: content is %q", e.Content)
	case isSyntax:
		return s.doc.locate(syntax)
	case r.Err() != nil:
		return r.Err()
	case e.Schema == "":
		return errors.New(`not a snapshot: no field "schema"`)
	case e.Version == 0:
		return errors.New(`not a snapshot: no field "version"`)
	case e.Content != Content:
		return fmt.Errorf("not a snapshot: content is %q", e.Content)
	}
	s.Meta.Program, s.Meta.Time = e.Program, e.Time
	s.Meta.Name, s.Meta.System = e.Host.Name, e.Host.System
	return nil
}

// headSize is the length of the start of a document by which recognise knows it.
const headSize = 4096

// recognise returns a specific error for input that is not JSON.
func recognise(text []byte) error {
	head := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(head) == 0:
		return errors.New("empty")
	case head[0] == '{':
		return nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("\xfd7zXZ")):
		return errors.New("compressed: decompress it first")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New("encoded in UTF-16: a snapshot must be UTF-8; let --snapshot=FILE write the file")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return errors.New("not a snapshot: starts with a byte order mark")
	case !utf8.Valid(head[:min(len(head), 512)]) || bytes.IndexByte(head[:min(len(head), 512)], 0) >= 0:
		return errors.New("not a snapshot: not text")
	}
	return errors.New("not a snapshot: not JSON")
}

// table is the position of the rows of one table in the text.
type table struct {
	rows     int // offset of the list; 0 for none
	length   int // number of rows
	checked  int // number of rows that Open checked
	facts    netstat.Facts
	problems []problem
}

// entryKeys are the fields of an entry that name its table.
type entryKeys struct {
	table                      netstat.Table
	bound                      bool
	cache, persistent, details bool
}

// field reads a field of the document outside its envelope.
func (s *Source) field(r *schema.Reader, key []byte) {
	switch string(key) {
	case "euid":
		s.Meta.EUID = int(r.Int())
	case "elevated":
		s.Meta.Elevated = r.Bool()
	case "selinux":
		s.Meta.SELinux = r.Bool()
	case "redacted":
		s.Meta.Redacted = r.Bool()
	case "owners":
		s.ownersField(r)
	case "sockets":
		s.sockets = entries(r, func(k *entryKeys) (socketKey, bool) {
			return socketKey{k.table, k.bound}, slices.Contains(netstat.Tables(), k.table)
		}, checkSocket)
	case "thread_owners":
		s.threadOwnersField(r)
	case "processes":
		s.processesField(r)
	case "routes":
		s.routes = entries(r, func(k *entryKeys) (routeKey, bool) {
			return routeKey{k.table.Family, k.cache, k.persistent, k.details}, slices.Contains(inetFamilies[:], k.table.Family)
		}, checkRoute)
	case "rare_routes":
		s.rareRoutes = entries(r, func(k *entryKeys) (netstat.Family, bool) {
			return k.table.Family, slices.Contains(rareFamilies[:], k.table.Family)
		}, checkRareRoute)
	case "interfaces":
		s.interfaces = entries(r, func(k *entryKeys) (bool, bool) { return k.details, true }, checkInterface)
	case "groups":
		s.groups = entries(r, (*entryKeys).inetFamily, checkGroup)
	case "counters":
		s.counters = entries(r, (*entryKeys).inetFamily, checkCounter)
	case "measures":
		s.measures = only(r, checkMeasure)
	case "neighbors":
		s.neighbors = entries(r, (*entryKeys).inetFamily, checkNeighbor)
	case "rules":
		s.rules = entries(r, (*entryKeys).inetFamily, checkRule)
	case "nat_sessions":
		s.nat = only(r, checkNATSession)
	case "conntrack":
		s.conntrack = only(r, checkTracked)
	case "nat6_sessions":
		s.nat6 = only(r, checkNATSession)
	case "names":
		s.names = readNames(r)
	default:
		r.Skip()
	}
}

func (k *entryKeys) inetFamily() (netstat.Family, bool) {
	return k.table.Family, slices.Contains(inetFamilies[:], k.table.Family)
}

// only reads a section that has only one table.
func only(r *schema.Reader, row func(*schema.Reader, *entryKeys) string) *table {
	type key struct{}
	return entries(r, func(*entryKeys) (key, bool) { return key{}, true }, row)[key{}]
}

// entries reads a section and returns the positions of its tables. It skips tables
// unknown to keyOf, which a newer version may write. row reads a row and returns what
// is wrong with it, or "".
func entries[K comparable](r *schema.Reader, keyOf func(*entryKeys) (K, bool), row func(*schema.Reader, *entryKeys) string) map[K]*table {
	tables := map[K]*table{}
	r.Array(func() {
		var k entryKeys
		t := new(table)
		start := r.Offset()
		r.Object(func(key []byte) {
			switch string(key) {
			case "bound":
				k.bound = r.Bool()
			case "cache":
				k.cache = r.Bool()
			case "persistent":
				k.persistent = r.Bool()
			case "details":
				k.details = r.Bool()
			case "facts":
				t.facts = r.Facts()
			case "rows":
				if _, known := keyOf(&k); known {
					t.check(r, &k, row)
				} else {
					t.rows = r.Offset()
					t.length = r.Rows(nil)
				}
			case "problems":
				t.problems = readProblems(r)
			default:
				if !r.TableField(key, &k.table) {
					r.Skip()
				}
			}
		})
		key, known := keyOf(&k)
		if !known || r.Err() != nil {
			return
		}
		if tables[key] != nil {
			r.FailAt(start, "duplicate table")
			return
		}
		tables[key] = t
		for i, p := range t.problems {
			if p.after > t.length || i > 0 && p.after < t.problems[i-1].after {
				r.FailAt(start, "problem with a row count out of range or out of order")
				return
			}
		}
	})
	return tables
}

// check reads the rows of a table.
func (t *table) check(r *schema.Reader, k *entryKeys, row func(*schema.Reader, *entryKeys) string) {
	t.rows = r.Offset()
	t.length = r.Rows(func() bool {
		start := r.Offset()
		if start-t.rows > checkedRows {
			return false
		}
		if wrong := row(r, k); wrong != "" && r.Err() == nil {
			r.FailAt(start, wrong)
		}
		t.checked++
		return true
	})
}

// The check functions enforce what callers of a Source may rely on, beyond the form of
// a row.

func checkSocket(r *schema.Reader, k *entryKeys) string {
	s, _, _ := r.Socket(schema.AllFacts, nil)
	return wrongSocket(&s, k.table)
}

func wrongSocket(s *netstat.Socket, of netstat.Table) string {
	if s.Table != of {
		return "socket of another table"
	}
	if !schema.HasDetail(s) {
		return "socket without the details of its family"
	}
	return ""
}

func checkRoute(r *schema.Reader, k *entryKeys) string {
	route := r.Route()
	return wrongRoute(&route, k.table.Family)
}

func wrongRoute(route *netstat.Route, of netstat.Family) string {
	if to := route.Destination.Addr(); route.Family != of || !to.IsValid() || to.Is4() != (of == netstat.Inet) {
		return "route of another family"
	}
	return ""
}

func checkRareRoute(r *schema.Reader, k *entryKeys) string {
	family := netstat.FamilyNone
	switch r.RareRoute().(type) {
	case *netstat.AX25Route:
		family = netstat.AX25
	case *netstat.NetROMRoute:
		family = netstat.NetROM
	case *netstat.ROSERoute:
		family = netstat.ROSE
	case *netstat.X25Route:
		family = netstat.X25
	case *netstat.IPXRoute:
		family = netstat.IPX
	case *netstat.AppleTalkRoute:
		family = netstat.AppleTalk
	}
	if family != k.table.Family {
		return "route of another family"
	}
	return ""
}

func checkInterface(r *schema.Reader, _ *entryKeys) string {
	r.Interface()
	return ""
}

func checkGroup(r *schema.Reader, _ *entryKeys) string {
	r.Membership()
	return ""
}

func checkCounter(r *schema.Reader, _ *entryKeys) string {
	r.Counter()
	return ""
}

func checkMeasure(r *schema.Reader, _ *entryKeys) string {
	r.Measure()
	return ""
}

func checkNeighbor(r *schema.Reader, k *entryKeys) string {
	if a := r.Neighbor().Address; !a.IsValid() || a.Is4() != (k.table.Family == netstat.Inet) {
		return "neighbour of another family"
	}
	return ""
}

func checkRule(r *schema.Reader, k *entryKeys) string {
	rule := r.Rule()
	for _, p := range [...]netip.Prefix{rule.From, rule.To} {
		if p != (netip.Prefix{}) && (!p.IsValid() || p.Addr().Is4() != (k.table.Family == netstat.Inet)) {
			return "rule with a prefix of another family"
		}
	}
	if rule.Family != k.table.Family {
		return "rule of another family"
	}
	return ""
}

func checkNATSession(r *schema.Reader, _ *entryKeys) string {
	r.NATSession()
	return ""
}

func checkTracked(r *schema.Reader, _ *entryKeys) string {
	if c := r.TrackedConnection(); c.Family != netstat.Inet && c.Family != netstat.Inet6 {
		return "tracked connection of another family"
	}
	return ""
}

func readProblems(r *schema.Reader) []problem {
	var list []problem
	r.Array(func() {
		p := problem{}
		r.Object(func(key []byte) {
			switch string(key) {
			case "after_rows":
				p.after = int(r.Uint(math.MaxInt32))
			case "reported":
				p.reported = r.Bool()
			case "facts":
				p.facts = r.Facts()
			case "error":
				p.err = operation(r.Error())
			default:
				r.Skip()
			}
		})
		if p.err == nil && r.Err() == nil {
			r.Fail("problem without an error")
		}
		list = append(list, p)
	})
	return list
}

// operation converts an error of a document into an *OpError, as a Source must return.
func operation(err error) error {
	if e, ok := err.(*netstat.OpError); ok {
		return e
	}
	return &netstat.OpError{Op: replayOp, Err: err}
}

func (s *Source) ownersField(r *schema.Reader) {
	r.Object(func(key []byte) {
		switch string(key) {
		case "denied":
			s.denied = r.Bool()
		case "seen":
			s.seen = r.Bool()
		case "unread":
			s.unread = r.Bool()
		case "busy":
			s.busy = r.Bool()
		case "hidden":
			s.hidden = r.Bool()
		case "confined":
			s.confined = r.Bool()
		case "error":
			s.ownersErr = operation(r.Error())
		case "kernel":
			s.kernel = []uint64{}
			r.Array(func() { s.kernel = append(s.kernel, r.Uint(math.MaxUint64)) })
		case "kernel_error":
			s.kernelErr = operation(r.Error())
		default:
			r.Skip()
		}
	})
}

func (s *Source) threadOwnersField(r *schema.Reader) {
	s.byThreads = nil
	r.Array(func() {
		var o threadOwner
		r.Object(func(key []byte) {
			switch string(key) {
			case "inode":
				o.inode = r.Uint(math.MaxUint64)
			case "pid":
				o.pid = uint32(r.Uint(math.MaxUint32))
			case "via":
				if r.Text() == netstat.ViaRing.String() {
					o.via = netstat.ViaRing
				}
			default:
				r.Skip()
			}
		})
		s.byThreads = append(s.byThreads, o)
	})
	slices.SortStableFunc(s.byThreads, func(a, b threadOwner) int { return cmp.Compare(a.inode, b.inode) })
}

// recordedProcess is a process and the error that its facts were read with.
type recordedProcess struct {
	netstat.Process
	err error
}

func (s *Source) processesField(r *schema.Reader) {
	s.processes = map[uint32]recordedProcess{}
	r.Array(func() {
		var p recordedProcess
		p.Process = r.ProcessWith(func(key []byte) bool {
			if string(key) != "error" {
				return false
			}
			p.err = operation(r.Error())
			return true
		})
		s.processes[p.PID] = p
	})
}
