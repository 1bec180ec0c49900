package fact

import (
	"math/bits"
	"net/netip"
	"time"

	"netstat"
)

func textValue(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{Kind: ValueText, Text: s}
}

func numberValue(n uint64) Value { return Value{Kind: ValueNumber, Number: n} }
func bytesValue(n uint64) Value  { return Value{Kind: ValueBytes, Number: n} }

// countValue returns a number, or an absent value for 0.
func countValue(n uint64) Value {
	if n == 0 {
		return Value{}
	}
	return numberValue(n)
}

func signedValue(n int64) Value { return Value{Kind: ValueSigned, Number: uint64(n)} }

func flagValue(set bool) Value {
	v := Value{Kind: ValueFlag}
	if set {
		v.Number = 1
	}
	return v
}

func durationValue(d time.Duration) Value { return Value{Kind: ValueDuration, Number: uint64(d)} }

// timeValue returns a time, or an absent value for the zero time.
func timeValue(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{Kind: ValueTime, Number: uint64(t.UnixNano())}
}

func addressValue(ip netip.Addr) Value {
	if !ip.IsValid() {
		return Value{}
	}
	return Value{Kind: ValueAddress, Address: ip}
}

func prefixValue(p netip.Prefix) Value {
	v := addressValue(p.Addr())
	if v.Kind != ValueAbsent && p.Bits() >= 0 {
		v.Number, v.Text = uint64(p.Bits()), "/"
	}
	return v
}

// endpointValue returns an address with its port.
func endpointValue(a *netstat.Addr) Value {
	if !a.IP.IsValid() && a.Name == "" && a.Port == 0 {
		return Value{}
	}
	return Value{Kind: ValueEndpoint, Address: a.IP, Number: uint64(a.Port), Text: a.Name}
}

func addrPortValue(a netip.AddrPort) Value {
	if !a.Addr().IsValid() {
		return Value{}
	}
	return Value{Kind: ValueEndpoint, Address: a.Addr(), Number: uint64(a.Port())}
}

func appendTexts(list []Value, texts []string) []Value {
	for _, s := range texts {
		list = append(list, textValue(s))
	}
	return list
}

// fieldValue returns the value of a field of netstat.TCPInfo or Memory.
func fieldValue(kind netstat.FieldKind, n uint64) Value {
	return Value{Kind: fieldKinds[kind], Number: n}
}

var fieldKinds = [...]ValueKind{
	netstat.FieldCount: ValueNumber, netstat.FieldBytes: ValueBytes, netstat.FieldRate: ValueRate,
	netstat.FieldDuration: ValueDuration, netstat.FieldFlag: ValueFlag,
}

// setFact returns a fact about a set of flags. Value joins all of their names
// in one text, All lists them one by one. The texts are cached, since rows have
// few different sets.
func setFact(name, about, aboutZH string, names []string, set func(*Record) (uint64, bool)) Fact {
	texts := map[uint64]string{}
	return Fact{
		Name: name, About: about, AboutZH: aboutZH, Kind: ValueText,
		Value: func(r *Record) Value {
			bitset, ok := set(r)
			if !ok || bitset == 0 {
				return Value{}
			}
			text, ok := texts[bitset]
			if !ok {
				var b []byte
				for rest := bitset; rest != 0; rest &= rest - 1 {
					if i := bits.TrailingZeros64(rest); i < len(names) {
						if len(b) > 0 {
							b = append(b, ',')
						}
						b = append(b, names[i]...)
					}
				}
				text = string(b)
				texts[bitset] = text
			}
			return textValue(text)
		},
		All: func(r *Record, list []Value) []Value {
			bitset, ok := set(r)
			for ; ok && bitset != 0; bitset &= bitset - 1 {
				if i := bits.TrailingZeros64(bitset); i < len(names) {
					list = append(list, textValue(names[i]))
				}
			}
			return list
		},
	}
}

// nameAt returns the name of a number, or "" if it has none.
func nameAt[T ~uint8](names []string, n T) string {
	if int(n) < len(names) {
		return names[n]
	}
	return ""
}

// texts returns the texts of a range of constants.
func texts[T interface {
	~uint8
	String() string
}](first, last T) []string {
	list := make([]string, 0, int(last-first)+1)
	for n := first; n <= last; n++ {
		list = append(list, n.String())
	}
	return list
}
