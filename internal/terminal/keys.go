package terminal

import "unicode/utf8"

// Key is a key, or a character that was pasted.
type Key struct {
	Code Code
	Rune rune // for Char
}

// Code is a key without a character.
type Code uint8

const (
	Char Code = iota // a character: Key.Rune
	Enter
	Escape
	Backspace
	Tab
	Up
	Down
	Left
	Right
	PageUp
	PageDown
	Home
	End
	Delete
	Interrupt // Ctrl-C, where it is a key and not a signal
	Redraw    // Ctrl-L
	Erase     // Ctrl-U
)

// Decoder decodes keys from what a terminal sends: UTF-8, control characters, and the
// sequences of ECMA-48 and xterm. It ignores unknown sequences. The zero value is ready.
type Decoder struct {
	rest []byte // the beginning of a sequence or of a character
}

// maxSequence is the length from which a sequence without an end is ignored.
const maxSequence = 32

// Pending reports whether the input ended within a sequence or a character. If no more
// follows soon, an ESC was the key Escape: call Flush.
func (d *Decoder) Pending() bool { return len(d.rest) > 0 }

// Flush returns the key for an ESC that nothing follows, and drops the beginning of
// anything else.
func (d *Decoder) Flush() (keys []Key) {
	if len(d.rest) > 0 && d.rest[0] == 0x1b {
		keys = append(keys, Key{Code: Escape})
	}
	d.rest = d.rest[:0]
	return keys
}

// Decode returns the keys in b, which continues the earlier input.
func (d *Decoder) Decode(b []byte) (keys []Key) {
	b = append(d.rest, b...)
	for len(b) > 0 {
		k, n, known := decode(b)
		if n == 0 {
			break
		}
		if known {
			keys = append(keys, k)
		}
		b = b[n:]
	}
	d.rest = append([]byte(nil), b...)
	return keys
}

// decode decodes the first key of b and returns its length: 0 if more input is needed.
// known is false for what is no key.
func decode(b []byte) (k Key, n int, known bool) {
	switch c := b[0]; {
	case c == 0x1b:
		return decodeEscape(b)
	case c < ' ' || c == 0x7f:
		code, known := control(c)
		return Key{Code: code}, 1, known
	case c < utf8.RuneSelf:
		return Key{Rune: rune(c)}, 1, true
	case !utf8.FullRune(b):
		return Key{}, 0, false
	}
	r, n := utf8.DecodeRune(b)
	return Key{Rune: r}, n, r != utf8.RuneError
}

func control(c byte) (Code, bool) {
	switch c {
	case '\r', '\n':
		return Enter, true
	case '\t':
		return Tab, true
	case 0x08, 0x7f:
		return Backspace, true
	case 0x01: // Ctrl-A
		return Home, true
	case 0x05: // Ctrl-E
		return End, true
	case 0x03:
		return Interrupt, true
	case 0x0c:
		return Redraw, true
	case 0x15:
		return Erase, true
	}
	return 0, false
}

// decodeEscape decodes a sequence that begins with ESC: "ESC [ parameters letter", "ESC O
// letter", or ESC before another key, which is then that key with Alt.
func decodeEscape(b []byte) (k Key, n int, known bool) {
	if len(b) == 1 {
		return k, 0, false
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b); i++ {
			if c := b[i]; c >= 0x40 && c <= 0x7e {
				code, known := sequence(b[2:i], c)
				return Key{Code: code}, i + 1, known
			} else if c < 0x20 || c > 0x7e {
				return k, i, false // no sequence: the byte is a key
			}
		}
	case 'O':
		if len(b) > 2 {
			code, known := sequence(nil, b[2])
			return Key{Code: code}, 3, known
		}
	default:
		return Key{Code: Escape}, 1, true
	}
	if len(b) > maxSequence {
		return k, len(b), false
	}
	return k, 0, false
}

// sequence returns the key of a sequence with these parameters and last byte.
func sequence(parameters []byte, last byte) (Code, bool) {
	switch last {
	case 'A':
		return Up, true
	case 'B':
		return Down, true
	case 'C':
		return Right, true
	case 'D':
		return Left, true
	case 'H':
		return Home, true
	case 'F':
		return End, true
	case 'M':
		return Enter, len(parameters) == 0 // of the keypad
	case '~':
		number := 0
		for _, c := range parameters {
			if c < '0' || c > '9' || number > 100 {
				break
			}
			number = number*10 + int(c-'0')
		}
		switch number {
		case 1, 7:
			return Home, true
		case 3:
			return Delete, true
		case 4, 8:
			return End, true
		case 5:
			return PageUp, true
		case 6:
			return PageDown, true
		}
	}
	return 0, false
}
