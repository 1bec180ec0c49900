package schema

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"netstat"
)

// rowsOf reads a list of sockets and returns them as they are written.
func rowsOf(r *Reader) (rows []string, err error) {
	r.Array(func() {
		s := r.PartOfSocket(AllFacts, AllFacts)
		if r.Err() == nil {
			rows = append(rows, string(AppendSocket(nil, &s, AllFacts, nil)))
		}
	})
	r.End()
	return rows, r.Err()
}

// checkRepeated checks that rows after others are read as the first one is, although a
// Reader expects the fields of the row before.
func checkRepeated(t *testing.T, rows ...string) {
	t.Helper()
	var want []string
	for _, row := range rows {
		one, err := rowsOf(NewReader([]byte("[" + row + "]")))
		if err != nil || len(one) != 1 {
			return
		}
		want = append(want, one...)
	}
	text := []byte("[" + strings.Join(rows, ",\n") + "]")
	got, err := rowsOf(NewReader(text))
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q: %v\n%q\nwant %q", text, err, got, want)
	}
	got, err = rowsOf(NewStream(iotest.HalfReader(bytes.NewReader(text)), 0))
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q as a stream: %v\n%q\nwant %q", text, err, got, want)
	}
}

func TestRepeatedRows(t *testing.T) {
	rows := []string{
		`{"family":"inet","proto":"tcp","local_port":1,"inode":2}`,
		`{"family":"inet","proto":"tcp","local_port":3,"inode":4}`,
		`{"proto":"tcp","family":"inet", "local_port":3 , "inode" : 4 }`,
		`{"family":"inet","\u0070roto":"tcp","local_port":7,"x\"":5,"":1}`,
		`{"family":"inet","\u0070roto":"udp","local_port":7,"x\"":5,"":2}`,
		`{"family":null,"proto":"udp","local_ports":7,"local_port":8,"inode":18446744073709551615}`,
		`{}`, `{"family":"inet6"}`,
		`{"inode":1,"mark":5,"inode":2}`, `{"inode":3,"mark":5,"inode":2}`, `{"inode":1,"mark":null,"inode":2}`,
		`{"family":"inet","receive_closed":true,"inode":1}`, `{"family":"inet","receive_closed":false,"inode":1}`,
		`{"local_name":"a","local_name_bytes":"YQ==","inode":1}`, `{"local_name":"b","local_name_bytes":"YQ==","inode":12}`,
		`{"local_name":"b","local_name_bytes":"Yg==","inode":1}`, `{"local_name":"a,\"inode\":1","inode":123}`,
		`{"tcp_info":{"cwnd":1},"inode":7}`, `{"tcp_info":{"cwnd":12},"inode":7}`, `{"tcp_info":null,"inode":7}`,
		`{"absent":["queues"],"inode":7}`, `{"absent":[],"inode":7}`, `{"absent":["queues","inode"]}`,
		manyFields("1"), manyFields("2"),
	}
	for _, a := range rows {
		for _, b := range rows {
			checkRepeated(t, a, b, b, a)
		}
	}
	for _, wrong := range []string{
		`[{"x\"":1},{"x"":1}]`, `[{"inode":1},{"inode":}]`, `[{"inode":1},{"inode":01}]`, `[{"inode":1},{"inode"1}]`,
		`[{"inode":1},{"inode":18446744073709551616}]`, `[{"local_port":1},{"local_port":65536}]`, `[{"inode":1},{"inode":-1}]`,
		"[{\"a\\n\":1},{\"a\n\":1}]", `[{"inode":1},{"inode":1`, `[{"inode":1},{"inode":`,
	} {
		if rows, err := rowsOf(NewReader([]byte(wrong))); err == nil {
			t.Errorf("%q is accepted: %q", wrong, rows)
		}
	}
}

// manyFields returns a row with more fields than a lastRow has, all with this value.
func manyFields(value string) string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, `"field%d":%s,`, i, value)
	}
	return "{" + b.String() + `"inode":` + value + "}"
}

// TestSimilarRows is TestRepeatedRows with rows as they are written.
func TestSimilarRows(t *testing.T) {
	for seed := range schemaRounds(t, 3000) {
		r := newSchemaRandom(seed)
		facts := netstat.Facts(r.Uint32()) & AllFacts
		s := r.socket(facts)
		rows := []string{string(AppendSocket(nil, &s, facts, nil))}
		for range 4 {
			other := r.socket(facts)
			other.Table, other.Detail = s.Table, s.Detail
			to, from := reflect.ValueOf(&s).Elem(), reflect.ValueOf(&other).Elem()
			for range r.IntN(3) {
				i := r.IntN(to.NumField())
				to.Field(i).Set(from.Field(i))
			}
			rows = append(rows, string(AppendSocket(nil, &s, facts, nil)))
		}
		checkRepeated(t, rows...)
	}
}

// TestCutSockets checks that rows whose rest is left out have all that is wanted.
func TestCutSockets(t *testing.T) {
	for seed := range schemaRounds(t, 2000) {
		r := newSchemaRandom(seed)
		facts := netstat.Facts(r.Uint32()) & AllFacts
		wanted := netstat.FactQueues | netstat.FactBacklog
		if r.IntN(2) == 0 {
			wanted |= netstat.FactUID | netstat.FactInode
		}
		var rows [][]byte
		s := r.socket(facts)
		for range 5 {
			if other := r.socket(facts); r.IntN(2) == 0 {
				s = other
			} else {
				s.Local, s.RecvQ, s.Inode = other.Local, other.RecvQ, other.Inode
			}
			rows = append(rows, AppendSocket(nil, &s, facts, nil))
		}
		text := append(append([]byte("[\n"), bytes.Join(rows, []byte(",\n"))...), ']')
		list := len(text)
		text = append(text, "},\n"...)
		read := func(cut int) (found []netstat.Socket) {
			in := NewStream(iotest.HalfReader(bytes.NewReader(text)), 0)
			in.CutSockets(cut)
			in.Array(func() {
				s := in.PartOfSocket(facts, wanted)
				s.Absent &= wanted
				if wanted&netstat.FactInode == 0 {
					s.PID, s.Inode, s.Cookie = 0, 0, 0
				}
				if wanted&netstat.FactUID == 0 {
					s.UID = 0
				}
				found = append(found, netstat.Socket{
					Table: s.Table, State: s.State, Local: s.Local, Remote: s.Remote, RecvQ: s.RecvQ, SendQ: s.SendQ,
					MaxBacklog: s.MaxBacklog, UID: s.UID, PID: s.PID, Inode: s.Inode, Cookie: s.Cookie, Absent: s.Absent,
				})
			})
			if in.Err() != nil {
				t.Fatalf("seed %d: %v\n%s", seed, in.Err(), text)
			}
			return found
		}
		if whole, cut := read(0), read(list-1); !reflect.DeepEqual(whole, cut) {
			t.Fatalf("seed %d:\n%+v\nwant %+v\n%s", seed, cut, whole, text)
		}
	}
}

// TestWindow checks that rows are read from a stream as from a whole text, wherever in a row
// the window ends.
func TestWindow(t *testing.T) {
	detail := `{"family":"unix","proto":"unix","inode":7,"detail":{` + strings.Repeat(`"x":[{}],`, 300) + `"kind":"unix","type":"stream"}}`
	for pad := 0; pad < 3000; pad += 7 {
		text := []byte(`[{"family":"inet","local_name":"` + strings.Repeat("x", windowSize-2500+pad) + `"},` + detail + `,` + detail + `]`)
		want, err := rowsOf(NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := rowsOf(NewStream(iotest.HalfReader(bytes.NewReader(text)), 0))
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%d bytes before the row: %v", pad, err)
		}
	}
}
