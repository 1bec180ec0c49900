package report

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// lookupsOf returns the selection of --get.
func lookupsOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	sel, _, err := ofFamilies(o, classic, fact.Lookups, "--get")
	if err != nil {
		return nil, err
	}
	if o.Replay != "" {
		return nil, errors.New("--get asks the kernel: --get and --replay exclude each other")
	}
	for _, text := range o.Get {
		l, err := parseLookup(text)
		if err != nil {
			return nil, fmt.Errorf("bad value '%s' for --get: %w", text, err)
		}
		sel.Lookups = append(sel.Lookups, l)
	}
	return sel, nil
}

// parseLookup parses the value of --get: an address, and names with their values.
func parseLookup(text string) (l netstat.RouteLookup, err error) {
	words := strings.Fields(text)
	if len(words) > 0 && words[0] == "to" {
		words = words[1:]
	}
	if len(words) == 0 {
		return l, errors.New("must begin with an IP address")
	}
	if l.Destination, err = lookupAddress(words[0]); err != nil {
		return l, err
	}
	given := map[string]bool{}
	for words = words[1:]; len(words) > 0; words = words[2:] {
		name := words[0]
		if given[name] {
			return l, errors.New(name + " is given twice")
		}
		if given[name] = true; len(words) == 1 {
			return l, errors.New(name + " needs a value")
		}
		if err := setLookup(&l, name, words[1]); err != nil {
			return l, err
		}
	}
	switch {
	case l.From.IsValid() && l.From.Is4() != l.Destination.Is4():
		return l, errors.New("from must be of the family of the destination")
	case l.IPProto == 0 && (l.SourcePort != 0 || l.DestinationPort != 0):
		return l, errors.New("sport and dport need ipproto: tcp or udp")
	}
	return l, nil
}

// lookupAddress parses an address. Names of hosts are not looked up: a host can have
// several addresses, with different routes.
func lookupAddress(word string) (netip.Addr, error) {
	ip, err := netip.ParseAddr(word)
	if err != nil || ip.Zone() != "" {
		return ip, errors.New("'" + word + "' is not an IP address (names are not looked up)")
	}
	return ip.Unmap(), nil
}

func setLookup(l *netstat.RouteLookup, name, value string) (err error) {
	number := func(bits int) uint64 {
		n, wrong := strconv.ParseUint(value, 0, bits)
		if wrong != nil {
			err = errors.New(name + " must be a number below " + strconv.FormatUint(1<<bits, 10))
		}
		return n
	}
	switch name {
	case "from":
		l.From, err = lookupAddress(value)
	case "iif":
		l.Input = value
	case "oif", "dev":
		l.Output = value
	case "mark":
		l.Mark = uint32(number(32))
	case "tos", "dsfield":
		l.TOS = uint8(number(8))
	case "uid":
		l.UID, l.HasUID = uint32(number(32)), true
	case "sport":
		l.SourcePort = uint16(number(16))
	case "dport":
		l.DestinationPort = uint16(number(16))
	case "ipproto":
		numbers := map[string]uint8{"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58}
		known := false
		if l.IPProto, known = numbers[value]; !known {
			l.IPProto = uint8(number(8))
		}
	default:
		return &fact.UnknownError{What: "word of --get", Name: name, Known: []string{"from", "iif", "oif", "mark", "tos", "uid", "ipproto", "sport", "dport"}}
	}
	return err
}
