package terminal

import (
	"slices"
	"testing"
)

func TestDecode(t *testing.T) {
	char := func(r rune) Key { return Key{Rune: r} }
	code := func(c Code) Key { return Key{Code: c} }
	for _, c := range []struct {
		in   string
		want []Key
	}{
		{"q", []Key{char('q')}},
		{"aé名😀", []Key{char('a'), char('é'), char('名'), char('😀')}},
		{"\r\n\t\x7f\x08", []Key{code(Enter), code(Enter), code(Tab), code(Backspace), code(Backspace)}},
		{"\x1b[A\x1b[B\x1b[C\x1b[D", []Key{code(Up), code(Down), code(Right), code(Left)}},
		{"\x1bOA\x1bOH\x1bOF", []Key{code(Up), code(Home), code(End)}},
		{"\x1b[1;5A", []Key{code(Up)}}, // with Ctrl
		{"\x1b[5~\x1b[6~\x1b[3~\x1b[1~\x1b[4~\x1b[7~\x1b[8~", []Key{code(PageUp), code(PageDown), code(Delete), code(Home), code(End), code(Home), code(End)}},
		{"\x03\x0c\x15\x01\x05", []Key{code(Interrupt), code(Redraw), code(Erase), code(Home), code(End)}},
		{"\x1bq", []Key{code(Escape), char('q')}},
		{"\x1b\x1b[A", []Key{code(Escape), code(Up)}},
		{"\x1b[200~x\x1b[99Zy", []Key{char('x'), char('y')}}, // unknown sequences
		{"\x1b[\x03", []Key{code(Interrupt)}},                // no sequence
		{"\xffa\xc3", []Key{char('a')}},
		{"\x00\x02a", []Key{char('a')}},
	} {
		var d Decoder
		if got := d.Decode([]byte(c.in)); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.in, got, c.want)
		}
		// The parts in which input arrives do not matter.
		var e Decoder
		var got []Key
		for i := range len(c.in) {
			got = append(got, e.Decode([]byte{c.in[i]})...)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q byte by byte: %v, want %v", c.in, got, c.want)
		}
	}
	var d Decoder
	if got := d.Decode([]byte("\x1b")); len(got) != 0 || !d.Pending() {
		t.Errorf("ESC: %v", got)
	}
	if got := d.Flush(); !slices.Equal(got, []Key{code(Escape)}) || d.Pending() {
		t.Errorf("ESC and nothing more: %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"q", "\x1b[A", "\x1b[1;5~", "\x1bOA", "名\x1b", "\x1b[[[[", "\xff\xc3\x1b[\x1b"} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, part uint8) {
		var d, e Decoder
		whole := append(d.Decode(b), d.Flush()...)
		var parts []Key
		size := int(part)%8 + 1
		for i := 0; i < len(b); i += size {
			parts = append(parts, e.Decode(b[i:min(i+size, len(b))])...)
			if len(e.rest) > maxSequence+8 {
				t.Fatalf("%d bytes wait for the end of a sequence", len(e.rest))
			}
		}
		parts = append(parts, e.Flush()...)
		if len(b) <= maxSequence && !slices.Equal(whole, parts) {
			t.Errorf("%q: %v, in parts of %d %v", b, whole, size, parts)
		}
		if len(whole) > len(b) {
			t.Errorf("%d keys of %d bytes", len(whole), len(b))
		}
	})
}
