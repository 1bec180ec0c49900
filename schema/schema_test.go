package schema

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/test/need"
)

// schemaRounds returns how many of all random rows a test uses.
func schemaRounds(t *testing.T, all uint64) uint64 {
	if testing.Short() {
		need.Partly(t, "most random rows (short tests)")
		return all / 5
	}
	return all
}

// roundTrip checks that an object is JSON and is read back unchanged.
func roundTrip[T any](t *testing.T, seed uint64, want T, text []byte, read func(*Reader) T) {
	t.Helper()
	if !json.Valid(text) {
		t.Fatalf("seed %d: not JSON: %s", seed, text)
	}
	r := NewReader(text)
	got := read(r)
	if r.End(); r.Err() != nil {
		t.Fatalf("seed %d: %v\n%s", seed, r.Err(), text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("seed %d:\n got %#v\nwant %#v\n%s", seed, got, want, text)
	}
}

func TestRoundTrip(t *testing.T) {
	type row struct {
		socket netstat.Socket
		owners []netstat.Process
		looked bool
	}
	for seed := range schemaRounds(t, 20000) {
		r := newSchemaRandom(seed)
		facts := netstat.Facts(r.Uint32()) & AllFacts
		want := row{socket: r.socket(facts)}
		if want.looked = r.IntN(2) == 0; want.looked {
			want.owners = []netstat.Process{}
			for range r.IntN(3) {
				want.owners = append(want.owners, schemaValue[netstat.Process](r))
			}
		}
		roundTrip(t, seed, want, AppendSocket(nil, &want.socket, facts, want.owners), func(r *Reader) row {
			var owners []netstat.Process
			if want.looked {
				owners = []netstat.Process{}
			}
			s, owners, looked := r.Socket(facts, owners)
			return row{s, owners, looked}
		})
		process := schemaValue[netstat.Process](r)
		roundTrip(t, seed, process, AppendProcess(nil, &process), (*Reader).Process)
		route := r.route()
		roundTrip(t, seed, route, AppendRoute(nil, &route), (*Reader).Route)
		rare := r.rareRoute()
		roundTrip(t, seed, rare, AppendRareRoute(nil, rare), (*Reader).RareRoute)
		iface := r.iface()
		roundTrip(t, seed, iface, AppendInterface(nil, &iface), (*Reader).Interface)
		member := schemaValue[netstat.Membership](r)
		roundTrip(t, seed, member, AppendMembership(nil, netstat.Inet6, &member), (*Reader).Membership)
		measure, neighbor := schemaValue[netstat.Measure](r), r.neighbor()
		roundTrip(t, seed, measure, AppendMeasure(nil, &measure), func(r *Reader) netstat.Measure {
			m, known := r.Measure()
			if !known {
				t.Errorf("unknown group of %+v", measure)
			}
			return m
		})
		rule := r.rule()
		roundTrip(t, seed, rule, AppendRule(nil, &rule), (*Reader).Rule)
		roundTrip(t, seed, neighbor, AppendNeighbor(nil, netstat.Inet6, &neighbor), (*Reader).Neighbor)
		finding, looked := r.finding(), r.looked()
		roundTrip(t, seed, finding, AppendFinding(nil, &finding), (*Reader).Finding)
		roundTrip(t, seed, looked, append(AppendLooked([]byte{'{'}, &looked), '}'), func(r *Reader) (l Looked) {
			r.Object(func(key []byte) {
				if !r.LookedField(key, &l) {
					r.Skip()
				}
			})
			return l
		})
		counter := r.counter()
		roundTrip(t, seed, counter, AppendCounter(nil, netstat.Inet, &counter), (*Reader).Counter)
		nat := r.nat()
		roundTrip(t, seed, nat, AppendNATSession(nil, &nat), (*Reader).NATSession)
		tracked := r.tracked()
		roundTrip(t, seed, tracked, AppendTrackedConnection(nil, &tracked), (*Reader).TrackedConnection)
	}
}

// TestNamesAreComplete compares the lists of names with the model's numbers.
func TestNamesAreComplete(t *testing.T) {
	for _, c := range []struct {
		names []string
		last  uint64
	}{
		{factNames, uint64(AllFacts+1) >> 1},
		{routeFlags, uint64(netstat.RouteUnreachable)},
		{nextHopFlags, uint64(netstat.NextHopTrapped)},
		{interfaceFlags, uint64(netstat.InterfaceDynamic)},
		{addrScopes, uint64(netstat.ScopeCompat)},
		{natStatus, uint64(netstat.NATOffloaded)},
		{trackedStatus.names(), uint64(netstat.TrackedHWOffload)},
		{counterFacts, uint64(netstat.CountsBroadcastBytes)},
	} {
		if 1<<(len(c.names)-1) != c.last {
			t.Errorf("%q: %d names for bits up to %#x", c.names, len(c.names), c.last)
		}
	}
	var kinds []string
	for _, form := range detailForms() {
		kinds = append(kinds, form.kind)
	}
	for _, names := range [][]string{
		factNames, timerNames.names(), socketTypes.names(), offloadNames.names(), securityNames.names(), natStatus, ax25Modes,
		addrScopes, routeFlags, interfaceFlags, hardwareNames, counterFacts, frameNames,
		ulpNames.names(), caStates.names(), routeTypeNames, preferenceNames, nextHopFlags, smcModes, fanoutModes, memberKinds, kinds,
	} {
		seen := map[string]bool{}
		for _, name := range names {
			if seen[name] {
				t.Errorf("%q is listed twice", name)
			}
			seen[name] = true
		}
	}
}

// TestText fixes the form of rows: other programs read them.
func TestText(t *testing.T) {
	ssh := netstat.Socket{
		Table: netstat.TCP6Table, State: netstat.SynSent,
		Local:  netstat.Addr{IP: netip.MustParseAddr("fe80::1"), Port: 22, Scope: 2},
		Remote: netstat.Addr{IP: netip.MustParseAddr("::ffff:10.0.0.1"), Port: 0},
		RecvQ:  1, SendQ: math.MaxUint64, UID: 0, Inode: 77,
		Timer: netstat.Timer{Kind: netstat.TimerRetransmit, Code: 1, Expires: 1210 * time.Millisecond, Retransmits: 3},
	}
	path := netstat.Socket{
		Table: netstat.UnixTable, State: netstat.Listen, Local: netstat.Addr{Name: "@\xff\x1b"}, Inode: 5,
		Detail: &netstat.UnixDetail{RefCount: 2, Type: netstat.TypeStream, Accepting: true},
		Absent: netstat.FactQueues | netstat.FactUID | netstat.FactTimer,
	}
	windows := netstat.Socket{
		Table: netstat.UDP4Table, PID: 4, Local: netstat.Addr{IP: netip.MustParseAddr("0.0.0.0"), Port: 123},
		Absent: netstat.FactQueues | netstat.FactUID | netstat.FactTimer | netstat.FactInode,
		Detail: &netstat.WindowsDetail{Created: time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC), Offload: netstat.OffloadInHost},
	}
	route := netstat.Route{
		Family: netstat.Inet, Destination: netip.MustParsePrefix("10.0.0.0/8"), Gateway: netip.MustParseAddr("192.168.0.1"),
		Flags: netstat.RouteUp | netstat.RouteGateway, Metric: 100, Interface: "eth0", Index: 2,
	}
	const firstFacts = AllFacts &^ laterFacts
	vpn := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established, TOS: 16, ULP: netstat.ULPTLS, Mark: 51820, Cgroup: 77, Netns: 4026531840, Flags: netstat.ReceiveClosed,
		TCP:    &netstat.TCPInfo{Congestion: "cubic", RTT: 1500 * time.Microsecond, AppLimited: true, DeliveryRate: 12},
		Memory: &netstat.Memory{Known: 1<<netstat.MemoryRcvBuf | 1<<netstat.MemoryDrops, RcvBuf: 131072},
	}
	for _, f := range []netstat.TCPField{netstat.TCPCAState, netstat.TCPAppLimited, netstat.TCPRTT, netstat.TCPRetrans, netstat.TCPDeliveryRate} {
		vpn.TCP.Known.Add(f)
	}
	for _, c := range []struct{ got, want string }{
		{
			string(AppendSocket(nil, &vpn, laterFacts, nil)),
			`{"family":"inet","proto":"tcp","state":"ESTABLISHED","recv_queue":0,"send_queue":0,"tos":16,"ulp":"tls","autobound":false,` +
				`"receive_closed":true,"send_closed":false,"mark":51820,"cgroup_id":77,"tcp_info":{"congestion":"cubic","ca_state":"open","app_limited":true,"retrans":0,` +
				`"rtt":0.0015,"delivery_rate":12},"memory":{"rcvbuf":131072,"drops":0},"netns_inode":4026531840}`,
		},
		{
			string(AppendSocket(nil, &ssh, firstFacts, []netstat.Process{{PID: 9, Argv0: "/usr/sbin/sshd", Executable: "/usr/sbin/sshd"}})),
			`{"family":"inet6","proto":"tcp","state":"SYN-SENT","local_address":"fe80::1","local_port":22,"local_scope":2,` +
				`"remote_address":"::ffff:10.0.0.1","remote_port":0,"recv_queue":1,"send_queue":18446744073709551615,"uid":0,"inode":77,` +
				`"timer":"retransmit","timer_code":1,"timer_expires":1.21,"retransmits":3,"probes":0,` +
				`"owners":[{"pid":9,"name":"sshd","argv0":"/usr/sbin/sshd","executable":"/usr/sbin/sshd"}]}`,
		},
		{
			string(AppendSocket(nil, &ssh, 0, nil)),
			`{"family":"inet6","proto":"tcp","state":"SYN-SENT","local_address":"fe80::1","local_port":22,"local_scope":2,` +
				`"remote_address":"::ffff:10.0.0.1","remote_port":0,"recv_queue":1,"send_queue":18446744073709551615}`,
		},
		{
			string(AppendSocket(nil, &path, AllFacts, []netstat.Process{})),
			`{"family":"unix","proto":"unix","state":"LISTEN","local_name":"@\ufffd\u001b","local_name_bytes":"QP8b","inode":5,` +
				`"detail":{"kind":"unix","references":2,"type":"stream","accepting":true},"absent":["timer"],"owners":[]}`,
		},
		{
			string(AppendSocket(nil, &windows, firstFacts, nil)),
			`{"family":"inet","proto":"udp","local_address":"0.0.0.0","local_port":123,"pid":4,` +
				`"detail":{"kind":"windows","created":"2026-01-02T03:04:05.0000006Z","offload":"in-host"}}`,
		},
		{
			string(AppendRoute(nil, &route)),
			`{"family":"inet","destination":"10.0.0.0","prefix_length":8,"gateway":"192.168.0.1","flags":["up","gateway"],` +
				`"metric":100,"references":0,"use":0,"interface":"eth0","index":2}`,
		},
		{string(AppendEnvelope(nil, &Envelope{Content: "sockets", Host: Host{"h", "linux"}})), `{"schema":"netstat","version":1,"content":"sockets","host":{"name":"h","system":"linux"}`},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

// TestReaderLenient reads documents with the additions of newer versions and the
// changes other programs make.
func TestReaderLenient(t *testing.T) {
	want := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, UID: 7, Absent: netstat.TCP4Table.Facts() &^ (netstat.FactUID | netstat.FactQueues)}
	for _, text := range []string{
		`{"family":"inet","proto":"tcp","state":"LISTEN","uid":7,"recv_queue":0}`,
		" {\n\t\"uid\" : 7 , \"recv_queue\":0,\"proto\":\"tcp\",\"st\\u0061te\":\"\\u004cISTEN\",\"family\":\"inet\"\r\n} ",
		`{"family":"inet","proto":"tcp","state":"LISTEN","uid":1,"uid":7,"send_queue":0,"new":{"a":[1,-2.5e3,true,false,null,"x",{}],"b":[]}}`,
		`{"family":"inet","proto":"tcp","state":"LISTEN","uid":7,"inode":null,"send_queue":0,"detail":{"kind":"martian","n":1}}`,
	} {
		r := NewReader([]byte(text))
		s, _, looked := r.Socket(AllFacts, nil)
		if r.End(); r.Err() != nil || looked || !reflect.DeepEqual(s, want) {
			t.Errorf("%s: %v %+v", text, r.Err(), s)
		}
	}
}

// TestReaderUnixListening reads old snapshots, in which a listening unix socket is
// UNCONNECTED.
func TestReaderUnixListening(t *testing.T) {
	for text, want := range map[string]netstat.State{
		`{"family":"unix","proto":"unix","state":"UNCONNECTED","detail":{"kind":"unix","type":"stream","accepting":true}}`:  netstat.Listen,
		`{"family":"unix","proto":"unix","detail":{"kind":"unix","type":"stream","accepting":true},"state":"UNCONNECTED"}`:  netstat.Listen,
		`{"family":"unix","proto":"unix","state":"LISTEN","detail":{"kind":"unix","type":"stream","accepting":true}}`:       netstat.Listen,
		`{"family":"unix","proto":"unix","state":"UNCONNECTED","detail":{"kind":"unix","type":"stream","accepting":false}}`: netstat.Unconnected,
		`{"family":"unix","proto":"unix","state":"CONNECTED","detail":{"kind":"unix","type":"stream","accepting":true}}`:    netstat.Connected,
	} {
		r := NewReader([]byte(text))
		s, _, _ := r.Socket(0, nil)
		if r.End(); r.Err() != nil || s.State != want {
			t.Errorf("%s: %v, %v", text, s.State, r.Err())
		}
	}
}

func TestReaderMistakes(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 5000)
	for _, c := range []struct {
		text   string
		offset int
		err    string
	}{
		{"", 0, errEnds},
		{"  ", 2, errEnds},
		{"[]", 0, "expected an object"},
		{`{"uid"`, 6, errEnds},
		{`{"uid":`, 7, errEnds},
		{`{"uid":-1}`, 7, "not a non-negative integer"},
		{`{"uid":1.5}`, 7, "not a non-negative integer"},
		{`{"uid":4294967296}`, 7, "number above 4294967295"},
		{`{"uid":01}`, 7, "number has a leading zero"},
		{`{"uid":"1"}`, 7, "expected a number"},
		{`{"uid":1,}`, 9, "expected a field name"},
		{`{"uid":1 "x":2}`, 9, "expected a comma or '}'"},
		{`{"new":tru}`, 7, "expected a value"},
		{`{"new":tru`, 10, errEnds},
		{`{"new":nul`, 10, errEnds},
		{`{"new":1.}`, 7, "not a number"},
		{`{"new":1e}`, 7, "not a number"},
		{`{"new":-}`, 7, "not a number"},
		{`{"new":[1 2]}`, 10, "expected a comma or ']'"},
		{`{"state":"a` + "\n" + `"}`, 11, "control character in a string"},
		{`{"state":"a\x"}`, 11, "invalid escape"},
		{`{"state":"\u00g0"}`, 10, "invalid escape"},
		{`{"state":"` + "\xff" + `"}`, 10, "not UTF-8"},
		{`{"state":"a`, 11, errEnds},
		{`{"local_address":"10.0.0.300"}`, 17, "not an IP address"},
		{`{"local_address":"fe80::1%eth0"}`, 17, "not an IP address"},
		{`{"local_name_bytes":"!"}`, 20, "not base64"},
		{`{"timer_expires":1e3}`, 17, "not a number of seconds"},
		{`{"timer_expires":1.0123456789}`, 17, "not a number of seconds"},
		{`{"timer_expires":9223372036.854775808}`, 17, "not a number of seconds"},
		{`{"detail":{"kind":"windows","created":"yesterday"}}`, 38, "not an RFC 3339 time"},
		{`{} x`, 3, "trailing data"},
		{`{"new":` + deep, 7 + 6*((maxDepth-1)/2) + 5, "nested too deeply"},
	} {
		r := NewReader([]byte(c.text))
		r.Socket(AllFacts, nil)
		r.End()
		var syntax *SyntaxError
		if !errors.As(r.Err(), &syntax) || syntax.Offset != c.offset || !strings.HasPrefix(syntax.Text, c.err) {
			t.Errorf("%.60s: %+v, want %q at %d", c.text, syntax, c.err, c.offset)
		}
	}
}

// schemaKindAndCause is an error of a general type with its cause, as back ends return
// them.
type schemaKindAndCause struct{ kind, cause error }

func (e *schemaKindAndCause) Error() string   { return e.kind.Error() + ": " + e.cause.Error() }
func (e *schemaKindAndCause) Unwrap() []error { return []error{e.kind, e.cause} }

func TestErrors(t *testing.T) {
	file := &fs.PathError{Op: "open", Path: "/proc/net/\xff", Err: syscall.EACCES}
	for _, want := range []error{
		errors.New("gone"),
		errors.ErrUnsupported,
		netstat.ErrNoRoutes,
		syscall.ENOENT,
		file,
		&netstat.OpError{Op: "dump", Table: netstat.TCP6Table, Err: syscall.EPERM},
		&netstat.OpError{Op: "open", Err: &schemaKindAndCause{errors.ErrUnsupported, file}},
		&netstat.OpError{Op: "parse", Table: netstat.Table{Family: netstat.Inet6}, Err: &netstat.RecordError{Line: 3, Text: `"x"`}},
		&netstat.OpError{Op: "read", Err: &netstat.MissingColumnError{File: "/proc/net/rt_cache", Column: "TOS"}},
		errors.Join(netstat.ErrIncomplete, errors.New("a\nb")),
		&netstat.OpError{Op: "read", Err: &schemaKindAndCause{netstat.ErrIncomplete, &schemaKindAndCause{netstat.ErrBogusRecord, errors.New("q")}}},
	} {
		text := AppendError(nil, want)
		for range 2 { // the second round writes what was read
			if !json.Valid(text) {
				t.Fatalf("not JSON: %s", text)
			}
			r := NewReader(text)
			got := r.Error()
			if r.End(); r.Err() != nil {
				t.Fatalf("%v: %v", want, r.Err())
			}
			checkSameError(t, got, want)
			text = AppendError(nil, got)
		}
	}
}

func checkSameError(t *testing.T, got, want error) {
	t.Helper()
	if got.Error() != want.Error() {
		t.Errorf("text %q, want %q", got, want)
	}
	for _, s := range sentinels {
		if errors.Is(got, *s.err) != errors.Is(want, *s.err) {
			t.Errorf("%v: Is(%v) is %v", want, *s.err, errors.Is(got, *s.err))
		}
	}
	if errors.Is(got, syscall.EPERM) != errors.Is(want, syscall.EPERM) {
		t.Errorf("%v: Is(EPERM) is %v", want, errors.Is(got, syscall.EPERM))
	}
	if a, b := schemaAs[*netstat.OpError](got), schemaAs[*netstat.OpError](want); (a == nil) != (b == nil) || a != nil && (a.Op != b.Op || a.Table != b.Table) {
		t.Errorf("%v: OpError %+v, want %+v", want, a, b)
	}
	if a, b := schemaAs[*fs.PathError](got), schemaAs[*fs.PathError](want); (a == nil) != (b == nil) || a != nil && (a.Op != b.Op || a.Path != b.Path || a.Err.Error() != b.Err.Error()) {
		t.Errorf("%v: PathError %+v, want %+v", want, a, b)
	}
	if a, b := schemaAs[*netstat.RecordError](got), schemaAs[*netstat.RecordError](want); !reflect.DeepEqual(a, b) {
		t.Errorf("%v: RecordError %+v, want %+v", want, a, b)
	}
	if a, b := schemaAs[*netstat.MissingColumnError](got), schemaAs[*netstat.MissingColumnError](want); !reflect.DeepEqual(a, b) {
		t.Errorf("%v: MissingColumnError %+v, want %+v", want, a, b)
	}
	if a, b := schemaAs[syscall.Errno](got), schemaAs[syscall.Errno](want); a != b {
		t.Errorf("%v: Errno %d, want %d", want, a, b)
	}
	type temporary interface {
		error
		Temporary() bool
	}
	if a, b := schemaAs[temporary](got), schemaAs[temporary](want); (a == nil) != (b == nil) || a != nil && (a.Error() != b.Error() || a.Temporary() != b.Temporary()) {
		t.Errorf("%v: number %v, want %v", want, a, b)
	}
}

func schemaAs[T error](err error) T {
	var to T
	errors.As(err, &to)
	return to
}

// TestForeignErrno checks that an error number of another system keeps its text and
// does not match one of this system.
func TestForeignErrno(t *testing.T) {
	r := NewReader([]byte(`{"text":"The network path was not found.","kind":"system","number":13,"is":["not-exist"]}`))
	err := r.Error()
	if errno := schemaAs[syscall.Errno](err); errno != 0 || errors.Is(err, syscall.Errno(13)) {
		t.Errorf("%v matches error number %d", err, errno)
	}
	if err.Error() != "The network path was not found." || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

func TestEnvelope(t *testing.T) {
	want := Envelope{Schema: Name, Version: 1, Content: "snapshot", Program: "netstat x", Time: time.Date(2026, 5, 6, 7, 8, 9, 1, time.FixedZone("", 5400)), Host: Host{"h\xff", "windows"}}
	text := append(AppendEnvelope(nil, &want), '}')
	var got Envelope
	r := NewReader(text)
	r.Object(func(key []byte) {
		if !r.EnvelopeField(key, &got) {
			t.Errorf("unknown field %q", key)
			r.Skip()
		}
	})
	if !got.Time.Equal(want.Time) || got.Time.Format(time.RFC3339Nano) != "2026-05-06T07:08:09.000000001+01:30" {
		t.Errorf("time %v", got.Time)
	}
	got.Time = want.Time
	if r.Err() != nil || !json.Valid(text) || got != want {
		t.Errorf("%v %+v\n%s", r.Err(), got, text)
	}
	for text, want := range map[string]string{
		`{"schema":"x"}`: `schema is not "netstat"`,
		`{"version":2}`:  "written by a newer program: format version 2, this program reads up to 1",
	} {
		r := NewReader([]byte(text))
		r.Object(func(key []byte) { r.EnvelopeField(key, &got) })
		if r.Err() == nil || r.Err().Error() != want {
			t.Errorf("%s: %v", text, r.Err())
		}
	}
}

func FuzzReader(f *testing.F) {
	for seed := range uint64(20) {
		r := newSchemaRandom(seed)
		s, route, iface, nat := r.socket(AllFacts), r.route(), r.iface(), r.nat()
		f.Add(AppendSocket(nil, &s, AllFacts, []netstat.Process{schemaValue[netstat.Process](r)}))
		f.Add(AppendRoute(nil, &route))
		f.Add(AppendInterface(nil, &iface))
		f.Add(AppendNATSession(nil, &nat))
		f.Add(AppendRareRoute(nil, r.rareRoute()))
		measure, neighbor := schemaValue[netstat.Measure](r), r.neighbor()
		f.Add(AppendMeasure(nil, &measure))
		f.Add(AppendNeighbor(nil, netstat.Inet6, &neighbor))
		rule := r.rule()
		f.Add(AppendRule(nil, &rule))
		finding, tracked := r.finding(), r.tracked()
		f.Add(AppendFinding(nil, &finding))
		f.Add(AppendTrackedConnection(nil, &tracked))
	}
	f.Add(AppendError(nil, &netstat.OpError{Op: "open", Err: &fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}}))
	f.Add([]byte(`{"a":1e400,"b":"\ud83d\ude00\ud800","c":[[[]]]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		// Skip accepts what encoding/json accepts, within its own limits.
		r := NewReader(text)
		r.Skip()
		r.End()
		valid := json.Valid(text)
		if err := r.Err(); err == nil && !valid {
			t.Fatalf("accepted as JSON: %q", text)
		} else if err != nil && valid && err.Error() != "nested too deeply" && err.Error() != "not UTF-8" {
			t.Fatalf("%v: %q", err, text)
		}
		check := func(read func(r *Reader) []byte) {
			r := NewReader(text)
			again := read(r)
			if r.End(); r.Err() != nil {
				return
			}
			if !valid {
				t.Fatalf("accepted, but not JSON: %q", text)
			}
			// Writing what was read gives the same text.
			r = NewReader(again)
			if third := read(r); r.Err() != nil || string(third) != string(again) {
				t.Fatalf("%v:\n%s\n%s", r.Err(), again, third)
			}
		}
		check(func(r *Reader) []byte {
			s, owners, looked := r.Socket(AllFacts, nil)
			if looked && owners == nil {
				owners = []netstat.Process{}
			}
			return AppendSocket(nil, &s, AllFacts, owners)
		})
		check(func(r *Reader) []byte { v := r.Route(); return AppendRoute(nil, &v) })
		check(func(r *Reader) []byte { v := r.Interface(); return AppendInterface(nil, &v) })
		check(func(r *Reader) []byte { v := r.Membership(); return AppendMembership(nil, netstat.Inet, &v) })
		check(func(r *Reader) []byte { v := r.Counter(); return AppendCounter(nil, netstat.Inet, &v) })
		check(func(r *Reader) []byte { v, _ := r.Measure(); return AppendMeasure(nil, &v) })
		check(func(r *Reader) []byte { v := r.Rule(); return AppendRule(nil, &v) })
		check(func(r *Reader) []byte { v := r.Neighbor(); return AppendNeighbor(nil, netstat.Inet, &v) })
		check(func(r *Reader) []byte { v := r.Finding(); return AppendFinding(nil, &v) })
		check(func(r *Reader) []byte { v := r.TrackedConnection(); return AppendTrackedConnection(nil, &v) })
		check(func(r *Reader) []byte { v := r.NATSession(); return AppendNATSession(nil, &v) })
		check(func(r *Reader) []byte { v := r.RareRoute(); return AppendRareRoute(nil, v) })
		check(func(r *Reader) []byte { return AppendError(nil, r.Error()) })
		checkRepeated(t, string(text), string(text), `{"inode":7}`, string(text))
	})
}

func BenchmarkAppendSocket(b *testing.B) {
	s := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established,
		Local:  netstat.Addr{IP: netip.MustParseAddr("192.168.100.17"), Port: 41234},
		Remote: netstat.Addr{IP: netip.MustParseAddr("10.20.30.40"), Port: 443},
		UID:    1000, Inode: 1234567, Cookie: 99,
	}
	owners := []netstat.Process{{PID: 4321}}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendSocket(buf[:0], &s, AllFacts, owners)
	}
}

func BenchmarkReadSocket(b *testing.B) {
	s := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established,
		Local:  netstat.Addr{IP: netip.MustParseAddr("192.168.100.17"), Port: 41234},
		Remote: netstat.Addr{IP: netip.MustParseAddr("10.20.30.40"), Port: 443},
		UID:    1000, Inode: 1234567, Cookie: 99,
	}
	r := NewReader(AppendSocket(nil, &s, AllFacts, []netstat.Process{{PID: 4321}}))
	var owners []netstat.Process
	b.ReportAllocs()
	for b.Loop() {
		r.at = 0
		_, owners, _ = r.Socket(AllFacts, owners[:0])
	}
}
