package schema

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
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
