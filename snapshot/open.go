package snapshot

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/netip"
	"slices"
	"unicode/utf8"

	"netstat"
	"netstat/schema"
)

// Open reads a snapshot and checks all of it: an error says what is wrong and where,
// and later reads cannot fail. The error may wrap *schema.SyntaxError; an error of in
// is returned as is.
func Open(in io.Reader) (*Source, error) {
	text, err := readAll(in)
	if err != nil {
		return nil, err
	}
	if err := recognise(text); err != nil {
		return nil, err
	}
	s := &Source{text: text, Meta: Meta{EUID: -1}}
	r := schema.NewReader(text)
	var e schema.Envelope
	r.Object(func(key []byte) {
		if !r.EnvelopeField(key, &e) {
			s.field(r, key)
		}
	})
	r.End()
	var syntax *schema.SyntaxError
	switch errors.As(r.Err(), &syntax); {
	case e.Version > schema.Version:
		return nil, syntax
	case e.Schema != "" && e.Schema != schema.Name:
		return nil, fmt.Errorf("not a snapshot: schema is %q", e.Schema)
	case e.Schema == schema.Name && e.Content != "" && e.Content != Content:
		// Another document type, which need not look like a snapshot otherwise.
		return nil, fmt.Errorf("not a snapshot: content is %q", e.Content)
	case syntax != nil && syntax.Offset == len(text):
		return nil, fmt.Errorf("truncated in line %d: %w", lineOf(text, len(bytes.TrimRight(text, " \t\r\n"))), syntax)
	case syntax != nil:
		return nil, fmt.Errorf("damaged in line %d, byte %d: %w", lineOf(text, syntax.Offset), syntax.Offset, syntax)
	case e.Schema == "":
		return nil, errors.New(`not a snapshot: no field "schema"`)
	case e.Version == 0:
		return nil, errors.New(`not a snapshot: no field "version"`)
	case e.Content != Content:
		return nil, fmt.Errorf("not a snapshot: content is %q", e.Content)
	}
	s.Meta.Program, s.Meta.Time = e.Program, e.Time
	s.Meta.Name, s.Meta.System = e.Host.Name, e.Host.System
	return s, nil
}

// readAll is like io.ReadAll with a better first guess of the size.
func readAll(in io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	if f, ok := in.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < math.MaxInt32 {
			buf.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	_, err := buf.ReadFrom(in)
	return buf.Bytes(), err
}

// recognise returns a specific error for input that is not JSON.
func recognise(text []byte) error {
	head := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(head) == 0:
		return errors.New("empty")
	case head[0] == '{':
		return nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), bytes.HasPrefix(head, []byte("\xfd7zXZ")):
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

func lineOf(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte{'\n'}) }

// table is the position of the rows of one table in the text.
type table struct {
	rows     int // offset of the list; 0 for none
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
				t.rows = r.Offset()
				r.Skip()
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
		rows := t.check(r, &k, row)
		for i, p := range t.problems {
			if p.after > rows || i > 0 && p.after < t.problems[i-1].after {
				r.FailAt(start, "problem with a row count out of range or out of order")
				return
			}
		}
	})
	return tables
}

// check reads the rows of a table and returns their number.
func (t *table) check(r *schema.Reader, k *entryKeys, row func(*schema.Reader, *entryKeys) string) (rows int) {
	if t.rows == 0 {
		return 0
	}
	end := r.Offset()
	r.Seek(t.rows)
	r.Array(func() {
		start := r.Offset()
		if wrong := row(r, k); wrong != "" && r.Err() == nil {
			r.FailAt(start, wrong)
		}
		rows++
	})
	if r.Err() == nil {
		r.Seek(end)
	}
	return rows
}

// The check functions enforce what callers of a Source may rely on, beyond the form of
// a row.

func checkSocket(r *schema.Reader, k *entryKeys) string {
	s, _, _ := r.Socket(schema.AllFacts, nil)
	if s.Table != k.table {
		return "socket of another table"
	}
	if !schema.HasDetail(&s) {
		return "socket without the details of its family"
	}
	return ""
}

func checkRoute(r *schema.Reader, k *entryKeys) string {
	route := r.Route()
	if to := route.Destination.Addr(); route.Family != k.table.Family ||
		!to.IsValid() || to.Is4() != (route.Family == netstat.Inet) {
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
		start := r.Offset()
		p := recordedProcess{Process: r.Process()}
		if r.Err() != nil {
			return
		}
		r.Seek(start)
		r.Object(func(key []byte) {
			if string(key) == "error" {
				p.err = operation(r.Error())
			} else {
				r.Skip()
			}
		})
		s.processes[p.PID] = p
	})
}
