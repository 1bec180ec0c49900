package win32

import (
	"net/netip"
	"time"

	"netstat"
)

// addressKey identifies an address of an interface. One of IPv6 has no zone.
type addressKey struct {
	index uint32
	ip    netip.Addr
}

// Values of NL_PREFIX_ORIGIN and NL_SUFFIX_ORIGIN (nldef.h).
var (
	prefixOrigins = [...]netstat.AddrOrigin{
		netstat.AddrOriginOther, netstat.AddrOriginManual, netstat.AddrOriginWellKnown, netstat.AddrOriginDHCP,
		netstat.AddrOriginAdvertisement,
	}
	suffixOrigins = [...]netstat.AddrOrigin{
		netstat.AddrOriginOther, netstat.AddrOriginManual, netstat.AddrOriginWellKnown, netstat.AddrOriginDHCP,
		netstat.AddrOriginLinkLayer, netstat.AddrOriginRandom,
	}
)

// Values of NL_DAD_STATE (nldef.h).
const (
	dadTentative  = 1
	dadDuplicate  = 2
	dadDeprecated = 3
)

// addressDetails returns what GetUnicastIpAddressTable tells of every address.
func (s *source) addressDetails() (map[addressKey]*netstat.AddrDetail, error) {
	const familyUnspecified = 0
	table, code := s.api.unicast(familyUnspecified)
	switch {
	case emptyFamily(code) || code == codeNotFound:
		return nil, nil
	case code != codeSuccess:
		return nil, s.win(code)
	}
	rows, short := countedRows(table, unicastTable, unicastSize)
	details := make(map[addressKey]*netstat.AddrDetail, len(rows)/unicastSize)
	for ; len(rows) > 0; rows = rows[unicastSize:] {
		if key, d := decodeUnicast(rows); d != nil {
			details[key] = d
		}
	}
	if short {
		return details, &detailedError{netstat.ErrIncomplete, errTooShort.Error()}
	}
	return details, nil
}

// decodeUnicast decodes a MIB_UNICASTIPADDRESS_ROW; d is nil if its address is invalid.
func decodeUnicast(b []byte) (key addressKey, d *netstat.AddrDetail) {
	_ = b[unicastSize-1]
	ip, ok := sockaddrIP(b[:sockaddrSize6])
	if !ok {
		return addressKey{}, nil
	}
	w := &netstat.WindowsAddr{SkipAsSource: b[unicastSkip] != 0}
	if o := word(b, unicastPrefix); o < uint32(len(prefixOrigins)) {
		w.Prefix = prefixOrigins[o]
	}
	if o := word(b, unicastSuffix); o < uint32(len(suffixOrigins)) {
		w.Suffix = suffixOrigins[o]
	}
	d = &netstat.AddrDetail{Scope: scopeOf(ip), Windows: w}
	switch word(b, unicastDAD) {
	case dadTentative:
		d.Flags = netstat.AddrTentative
	case dadDuplicate:
		d.Flags = netstat.AddrDADFailed
	case dadDeprecated:
		d.Flags = netstat.AddrDeprecated
	}
	if n := word(b, unicastValid); n != lifetimeInfinite {
		d.ValidLimited, d.Valid = true, time.Duration(n)*time.Second
	}
	if n := word(b, unicastPreferred); n != lifetimeInfinite {
		d.PreferredLimited, d.Preferred = true, time.Duration(n)*time.Second
	}
	return addressKey{word(b, unicastIndex), ip}, d
}

// scopeOf returns the scope that an address has by itself: Windows' addresses have no other.
func scopeOf(ip netip.Addr) netstat.RouteScope {
	const site, link, host = 200, 253, 254
	b := ip.As16()
	switch {
	case ip.IsLoopback():
		return host
	case ip.IsLinkLocalUnicast():
		return link
	case !ip.Is4() && b[0] == 0xfe && b[1]&0xc0 == 0xc0:
		return site
	}
	return 0
}
