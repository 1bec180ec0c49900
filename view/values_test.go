package view

import (
	"net/netip"
	"time"

	"netstat"
	"netstat/fact"
)

func textValue(s string) fact.Value   { return fact.Value{Kind: fact.ValueText, Text: s} }
func numberValue(n uint64) fact.Value { return fact.Value{Kind: fact.ValueNumber, Number: n} }
func bytesValue(n uint64) fact.Value  { return fact.Value{Kind: fact.ValueBytes, Number: n} }
func signedValue(n int64) fact.Value  { return fact.Value{Kind: fact.ValueSigned, Number: uint64(n)} }
func durationValue(d time.Duration) fact.Value {
	return fact.Value{Kind: fact.ValueDuration, Number: uint64(d)}
}
func addressValue(ip netip.Addr) fact.Value { return fact.Value{Kind: fact.ValueAddress, Address: ip} }

func flagValue(set bool) fact.Value {
	if set {
		return fact.Value{Kind: fact.ValueFlag, Number: 1}
	}
	return fact.Value{Kind: fact.ValueFlag}
}

func prefixValue(p netip.Prefix) fact.Value {
	return fact.Value{Kind: fact.ValueAddress, Address: p.Addr(), Number: uint64(p.Bits()), Text: "/"}
}

func endpointValue(a *netstat.Addr) fact.Value {
	return fact.Value{Kind: fact.ValueEndpoint, Address: a.IP, Number: uint64(a.Port), Text: a.Name}
}
