package redact

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
)

// level says which words of a text are kept.
type level uint8

const (
	// levelStrict keeps none.
	levelStrict level = iota
	// levelText keeps well-known words and numbers of up to three digits.
	levelText
	// levelMessage keeps also the words of messages, outside paths.
	levelMessage
)

// Text returns a text with a pseudonym for each word that is not well-known, and for each
// address. Punctuation is kept, so that a path, a unit, a control group keeps its form.
func (r *Redactor) Text(s string) string { return r.words(s, levelText) }

// Strict is like Text and keeps no word.
func (r *Redactor) Strict(s string) string { return r.words(s, levelStrict) }

// Message is like Text and keeps the words of this program's and the system's messages.
func (r *Redactor) Message(s string) string { return r.words(s, levelMessage) }

// args returns the pseudonyms of a command line. Paths and the program are texts; in
// anything else no word is kept, since it may be a password.
func (r *Redactor) args(list []string) []string {
	to := make([]string, len(list))
	for i, s := range list {
		if i == 0 || strings.HasPrefix(s, "/") {
			to[i] = r.Text(s)
		} else {
			to[i] = r.Strict(s)
		}
	}
	return to
}

// separates reports whether a byte is kept and separates words. All others, also
// non-ASCII and control bytes, are parts of words.
func separates(c byte) bool {
	return strings.IndexByte(" /\\.-_:@=,;()[]{}<>|'\"%+*", c) >= 0
}

func (r *Redactor) words(s string, keep level) string {
	if s == "" {
		return ""
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		if n := r.address(&b, s[i:]); n > 0 {
			i += n
			continue
		}
		start := i
		for i < len(s) && !separates(s[i]) {
			i++
		}
		if word := s[start:i]; word != "" {
			prose := keep == levelMessage && (start == 0 || s[start-1] == ' ') &&
				(i == len(s) || strings.IndexByte(" :,;", s[i]) >= 0) && r.said[strings.ToLower(word)]
			// A number of Windows, such as 0x8004100e.
			code := keep == levelMessage && strings.HasSuffix(s[:start], "Windows error ")
			switch {
			case code, prose, keep != levelStrict && r.wellKnown(word):
				b = append(b, word...)
			default:
				b = r.pseudonym(b, word)
			}
		}
		for i < len(s) && separates(s[i]) {
			// A colon may begin an IPv6 address.
			if s[i] == ':' && strings.HasPrefix(s[i:], "::") {
				if n := r.address(&b, s[i:]); n > 0 {
					i += n
					continue
				}
			}
			b = append(b, s[i])
			i++
		}
	}
	return string(b)
}

const base32 = "abcdefghijklmnopqrstuvwxyz234567"

// pseudonym appends the pseudonym of a word: x and 50 bits of its hash.
func (r *Redactor) pseudonym(b []byte, word string) []byte {
	sum := r.hash.sum(domainWord, []byte(word))
	b = append(b, 'x')
	for range 10 {
		b = append(b, base32[sum&31])
		sum >>= 5
	}
	return b
}

// wellKnown reports whether a word is kept: one of the list, an interface named by the
// kernel or systemd, or a number of up to three digits.
func (r *Redactor) wellKnown(word string) bool {
	return shortNumber(word) || r.known[strings.ToLower(word)] || wellKnownInterface(word)
}

func shortNumber(s string) bool { return len(s) <= 3 && strings.Trim(s, "0123456789") == "" }

var interfaceStems = [...]string{
	"eth", "wlan", "wwan", "docker", "virbr", "br", "bond", "team", "tun", "tap", "dummy", "wg", "ppp", "sit", "gre", "gretap",
	"erspan", "tunl", "ip6tnl", "ip6gre", "ip_vti", "ip6_vti", "ipip", "vti", "can", "vcan", "vlan", "vxlan", "flannel", "cni",
	"usb", "ifb", "teql", "lxcbr", "lxdbr", "nlmon", "sl", "plip", "ib", "veth", "vmnet", "vboxnet", "pan", "hsi", "macvtap",
}

// wellKnownInterface reports whether a word is an interface name that says nothing of the
// host but where a card is plugged in: eth0, enp3s0f1, wlp2s0.
func wellKnownInterface(word string) bool {
	stem := strings.TrimRight(word, "0123456789")
	if digits := word[len(stem):]; digits != "" && len(digits) <= 3 {
		for _, s := range interfaceStems {
			if s == stem {
				return true
			}
		}
	}
	if len(word) < 4 || word[:2] != "en" && word[:2] != "wl" && word[:2] != "ww" {
		return false
	}
	digits := 0
	for i, c := range []byte(word[2:]) {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 3 || i == 0 {
				return false
			}
		case strings.IndexByte("opsfnd", c) >= 0:
			digits = 0
		default:
			return false
		}
	}
	return digits > 0
}

// address appends the pseudonym of the address that s begins with, and returns its
// length, 0 if s does not begin with one.
func (r *Redactor) address(b *[]byte, s string) int {
	n := 0
	for n < len(s) && (isHex(s[n]) || strings.IndexByte(".:-_", s[n]) >= 0) {
		n++
	}
	if n < 2 {
		return 0
	}
	for end := n; end > 1; end-- {
		if end < len(s) && !separates(s[end]) || separates(s[end-1]) && !strings.HasSuffix(s[:end], "::") {
			continue
		}
		if to := r.addressText(s[:end]); to != "" {
			*b = append(*b, to...)
			return end
		}
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// addressText returns the pseudonym of a text that is an address: IPv4, also with - or _
// for the dots as in host names, IPv6, or a hardware address; "" if it is none.
func (r *Redactor) addressText(s string) string {
	if ip, err := netip.ParseAddr(s); err == nil {
		return r.Addr(ip).String()
	}
	if len(s) >= 11 && len(s)%3 == 2 && (s[2] == ':' || s[2] == '-') {
		sep := s[2:3]
		if parts := strings.Split(s, sep); len(parts) == 6 || len(parts) == 8 || len(parts) == 20 {
			if mac, err := hex.DecodeString(strings.Join(parts, "")); err == nil && len(mac) == len(parts) {
				to := make([]byte, 0, len(s))
				for i, c := range r.hardware(mac) {
					if i > 0 {
						to = append(to, sep...)
					}
					to = hex.AppendEncode(to, []byte{c})
				}
				if strings.ToUpper(s) == s {
					to = bytes.ToUpper(to)
				}
				return string(to)
			}
		}
	}
	for _, sep := range [...]string{"-", "_"} {
		if strings.Count(s, sep) == 3 {
			if ip, err := netip.ParseAddr(strings.ReplaceAll(s, sep, ".")); err == nil && ip.Is4() {
				return strings.ReplaceAll(r.Addr(ip).String(), ".", sep)
			}
		}
	}
	return ""
}

// setting returns the pseudonym of a setting of an interface that is an address. Others are
// words of the system.
func (r *Redactor) setting(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return r.Text(s)
	}
	if len(s) == 2 && isHex(s[0]) && isHex(s[1]) {
		return r.Text(s) // a hardware address of one byte
	}
	// A bridge's identity is a priority and an address.
	if priority, address, ok := strings.Cut(s, "."); ok && len(priority) == 4 && strings.Contains(address, ":") {
		return priority + "." + r.Text(address)
	}
	if strings.Contains(s, ":") {
		return r.Text(s)
	}
	return s
}

// digits returns the pseudonym of an address of digits, with as many digits.
func (r *Redactor) digits(s string) string {
	if s == "" || strings.Trim(s, "0") == "" || strings.Trim(s, "0123456789") != "" {
		return r.Text(s)
	}
	sum, b := r.hash.sum(domainDigits, []byte(s)), make([]byte, len(s))
	for i := range b {
		b[i] = '0' + byte(sum%10)
		sum /= 10
	}
	return string(b)
}
