// Package ascii appends text and numbers to byte slices: padded cells, decimal
// numbers and text made safe for a terminal. The formats of lines belong to the
// dialects.
package ascii

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

const blanks = "                                                                "

// AppendBlanks appends n blanks, or none if n is negative.
func AppendBlanks(b []byte, n int) []byte {
	for n > len(blanks) {
		b = append(b, blanks...)
		n -= len(blanks)
	}
	if n > 0 {
		b = append(b, blanks[:n]...)
	}
	return b
}

// AppendLeft appends s and pads it with blanks to width bytes. It does not cut
// a longer s.
func AppendLeft(b []byte, s string, width int) []byte {
	b = append(b, s...)
	return AppendBlanks(b, width-len(s))
}

// AppendRight appends s, preceded by blanks up to width bytes.
func AppendRight(b []byte, s string, width int) []byte {
	b = AppendBlanks(b, width-len(s))
	return append(b, s...)
}

// PadFrom pads the text from index start to width bytes.
func PadFrom(b []byte, start, width int) []byte {
	return AppendBlanks(b, width-(len(b)-start))
}

// AppendUint appends n in decimal.
func AppendUint(b []byte, n uint64) []byte {
	if n < 10 {
		return append(b, byte('0'+n))
	}
	return strconv.AppendUint(b, n, 10)
}

// AppendUintLeft appends n in decimal, padded with blanks to width.
func AppendUintLeft(b []byte, n uint64, width int) []byte {
	start := len(b)
	return PadFrom(AppendUint(b, n), start, width)
}

// AppendUintRight appends n in decimal, preceded by blanks up to width.
func AppendUintRight(b []byte, n uint64, width int) []byte {
	digits := 1
	for m := n; m >= 10; m /= 10 {
		digits++
	}
	return AppendUint(AppendBlanks(b, width-digits), n)
}

// AppendMilli appends a number of thousandths in at most three digits, or as a whole
// number if that has more: 0.125, 12.5, 41088. It is below 2^64 - 500.
func AppendMilli(b []byte, milli uint64) []byte {
	unit := uint64(1)
	for size := milli; size >= 1000 && unit < 1000; size /= 10 {
		unit *= 10
	}
	if rest := milli % unit; 2*rest >= unit && unit > 1 {
		milli += unit - rest
	} else {
		milli -= rest
	}
	b = AppendUint(b, milli/1000)
	rest := milli % 1000
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for digit := uint64(100); rest > 0; digit /= 10 {
		b = append(b, byte('0'+rest/digit))
		rest %= digit
	}
	return b
}

// AppendPerSecond appends a number of thousandths per second: 12.5/s.
func AppendPerSecond(b []byte, milli uint64) []byte {
	return append(AppendMilli(b, milli), "/s"...)
}

// AppendIP appends an address without its zone as inet_ntop(3) of the GNU C
// library writes it: as in RFC 5952, but with a dotted quad also for
// IPv4-compatible addresses (::127.0.0.1). It appends nothing for the invalid
// address.
func AppendIP(b []byte, ip netip.Addr) []byte {
	if ip.Is4() {
		return appendIP4(b, ip.As4())
	}
	if !ip.IsValid() {
		return b
	}
	a := ip.As16()
	if a[12]|a[13] != 0 && [12]byte(a[:12]) == [12]byte{} {
		return appendIP4(append(b, "::"...), [4]byte(a[12:]))
	}
	return ip.WithZone("").AppendTo(b)
}

// AppendWindowsIP appends an address without its zone as RtlIpv4AddressToString
// and RtlIpv6AddressToString of Windows write it: IPv6 as in RFC 5952, but with
// a dotted quad at the end of ISATAP interface identifiers (0:5efe and
// 200:5efe) and of addresses that embed an IPv4 address outside 0.0.0.0/16:
// compatible (::), mapped (::ffff:0:0) and translated (::ffff:0:0:0) ones. It
// appends nothing for the invalid address.
func AppendWindowsIP(b []byte, ip netip.Addr) []byte {
	if ip.Is4() {
		return appendIP4(b, ip.As4())
	}
	if !ip.IsValid() {
		return b
	}
	a := ip.As16()
	end := 8 // number of words in hexadecimal
	if embedsIP4(&a) {
		end = 6
	}
	zeros, length := longestZeros(&a, end)
	for i := 0; i < end; i++ {
		if i == zeros {
			b = append(b, "::"...)
			i += length - 1
			continue
		}
		if i > 0 && i != zeros+length {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(wordOf(&a, i)), 16)
	}
	if end == 8 {
		return b
	}
	if zeros+length != end {
		b = append(b, ':')
	}
	return appendIP4(b, [4]byte(a[12:]))
}

func wordOf(a *[16]byte, i int) uint16 { return uint16(a[2*i])<<8 | uint16(a[2*i+1]) }

// embedsIP4 reports whether Windows writes the end of an address as IPv4.
func embedsIP4(a *[16]byte) bool {
	w4, w5 := wordOf(a, 4), wordOf(a, 5)
	if w5 == 0x5efe {
		return w4 == 0 || w4 == 0x0200
	}
	if [8]byte(a[:8]) != [8]byte{} || wordOf(a, 6) == 0 {
		return false
	}
	return w4 == 0 && (w5 == 0 || w5 == 0xffff) || w4 == 0xffff && w5 == 0
}

// longestZeros returns the index and length of the longest run of two or more
// zero words among the first end words. Of runs of equal length it returns the
// first. If there is none, first is negative and length 0.
func longestZeros(a *[16]byte, end int) (first, length int) {
	first, length = -1, 1
	for i := 0; i < end; i++ {
		n := i
		for n < end && wordOf(a, n) == 0 {
			n++
		}
		if n-i > length {
			first, length = i, n-i
		}
		i = max(i, n-1)
	}
	if first < 0 {
		return -1, 0
	}
	return first, length
}

func appendIP4(b []byte, a [4]byte) []byte {
	b = appendByte(b, a[0])
	b = appendByte(append(b, '.'), a[1])
	b = appendByte(append(b, '.'), a[2])
	return appendByte(append(b, '.'), a[3])
}

func appendByte(b []byte, n byte) []byte {
	if n >= 100 {
		return append(b, '0'+n/100, '0'+n/10%10, '0'+n%10)
	}
	if n >= 10 {
		return append(b, '0'+n/10, '0'+n%10)
	}
	return append(b, '0'+n)
}

// AppendSafe appends s so that no terminal interprets it: control characters
// (C0, DEL, C1), line and paragraph separators, bidirectional controls, and
// bytes that are not valid UTF-8 each become one ".". It keeps all other text.
func AppendSafe(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				c = '.'
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || unsafeRune(r) {
			b = append(b, '.')
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

// OneLine returns the text of an error on one line, safe for a terminal.
func OneLine(err error) string {
	return string(AppendSafe(nil, strings.ReplaceAll(err.Error(), "\n", " ")))
}

// unsafeRune reports whether r is a character above ASCII that controls a
// terminal or the direction of the text after it: C1, a line or paragraph
// separator, or one with the Unicode property Bidi_Control.
func unsafeRune(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9f:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f:
		return true
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}
