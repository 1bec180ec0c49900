package view

import (
	"net/netip"
	"time"

	"netstat"
	"netstat/fact"
)

func textValue(s string) Value            { return Value{Kind: fact.ValueText, Text: s} }
func numberValue(n uint64) Value          { return Value{Kind: fact.ValueNumber, Number: n} }
func bytesValue(n uint64) Value           { return Value{Kind: fact.ValueBytes, Number: n} }
func signedValue(n int64) Value           { return Value{Kind: fact.ValueSigned, Number: uint64(n)} }
func durationValue(d time.Duration) Value { return Value{Kind: fact.ValueDuration, Number: uint64(d)} }
func addressValue(ip netip.Addr) Value    { return Value{Kind: fact.ValueAddress, Address: ip} }

func flagValue(set bool) Value {
	if set {
		return Value{Kind: fact.ValueFlag, Number: 1}
	}
	return Value{Kind: fact.ValueFlag}
}

func prefixValue(p netip.Prefix) Value {
	return Value{Kind: fact.ValueAddress, Address: p.Addr(), Number: uint64(p.Bits()), Text: "/"}
}

func endpointValue(a *netstat.Addr) Value {
	return Value{Kind: fact.ValueEndpoint, Address: a.IP, Number: uint64(a.Port), Text: a.Name}
}
