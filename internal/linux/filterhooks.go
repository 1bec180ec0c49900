package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/netfilter/nfnetlink_hook.h, nfnetlink.h and
// netfilter.h.
const (
	hookMsgGet = 12 << 8 // NFNL_SUBSYS_HOOK, NFNL_MSG_HOOK_GET

	hookNumber       = 1
	hookFunctionName = 4
	hookChainInfo    = 6

	hookInfoDesc = 1
	hookInfoType = 2

	hookChainFamily = 2

	hookTypeTables = 1 // NFNL_HOOK_TYPE_NFTABLES
	hookTypeBPF    = 2

	nfInetLocalIn = 1
	nfprotoInet   = 1
)

// inputFilters counts the netfilter hooks that filter packets to this host: base
// chains of type filter of nf_tables, the filter and security tables of
// ip_tables, and BPF programs. A chain of both families counts once. known is
// false if the kernel cannot list hooks (Linux before 5.14, or without
// nfnetlink_hook).
func (s *source) inputFilters(ctx context.Context) (n uint64, known bool, err error) {
	for range dumpTries {
		if n, known, err = s.inputFiltersOnce(ctx); !transient(err) {
			break
		}
	}
	return n, known, err
}

func (s *source) inputFiltersOnce(ctx context.Context) (n uint64, known bool, err error) {
	c, err := s.dialNetfilter()
	if err != nil {
		return 0, false, hooksMissing(err)
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	for _, family := range [...]uint8{afInet, afInet6} {
		s.seq++
		if err := c.Send(appendHookRequest(nil, family, s.seq)); err != nil {
			return 0, false, hooksMissing(err)
		}
		m := netlink.Reader{Ctx: ctx, Seq: s.seq, Conn: c, Buf: buf}
		for m.Next() {
			if m.Kind != hookMsgGet {
				continue
			}
			filter, both, ok := decodeHook(m.Payload)
			if !ok {
				return 0, false, nil
			}
			if filter && !(both && family == afInet6) {
				n++
			}
		}
		if m.Err != nil {
			return 0, false, hooksMissing(m.Err)
		}
	}
	return n, true, nil
}

// hooksMissing returns nil if an error means that the kernel has no such list.
// EINVAL is the answer of nfnetlink without the subsystem. Every ordinary user
// is denied.
func hooksMissing(err error) error {
	switch err {
	case syscall.EINVAL, syscall.EOPNOTSUPP, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT:
		return nil
	case syscall.EPERM, syscall.EACCES:
		return &detailedError{errors.ErrUnsupported, err}
	}
	return err
}

// appendHookRequest appends the request for the hooks of a family that see
// packets to this host.
func appendHookRequest(b []byte, family uint8, seq uint32) []byte {
	b = netlink.AppendDumpHeader(b, hookMsgGet, seq, nfgenmsgSize+netlink.AttributeSize+4)
	b = append(b, family, 0, 0, 0)
	b = binary.NativeEndian.AppendUint16(b, netlink.AttributeSize+4)
	b = binary.NativeEndian.AppendUint16(b, hookNumber)
	return binary.BigEndian.AppendUint32(b, nfInetLocalIn)
}

// decodeHook decodes a hook (nfnl_hook_dump_one in net/netfilter/nfnetlink_hook.c).
// filter reports whether it filters, and both whether it belongs to a chain of
// IPv4 and IPv6. ok is false if the message does not say what the hook is: its
// function has no name in a kernel without kallsyms.
//
// Connection tracking, address translation, defragmentation and IPVS have
// functions of other names. They do not filter.
func decodeHook(b []byte) (filter, both, ok bool) {
	if len(b) < nfgenmsgSize {
		return false, false, false
	}
	var function []byte
	kind := uint32(0)
	for b = b[nfgenmsgSize:]; ; {
		number, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch number {
		case hookFunctionName:
			function = cString(value)
		case hookChainInfo:
			kind, both = decodeHookInfo(value)
		}
	}
	switch {
	case kind == hookTypeBPF:
		return true, false, true
	case bytes.HasPrefix(function, []byte("nft_do_chain")):
		return true, both, true
	case len(function) == 0:
		return false, false, false
	}
	switch string(function) {
	// ipt_do_table is shared since Linux 5.15; each table had a function before.
	case "ipt_do_table", "ip6t_do_table", "iptable_filter_hook", "ip6table_filter_hook",
		"iptable_security_hook", "ip6table_security_hook":
		return true, false, true
	}
	return false, false, true
}

// decodeHookInfo returns the type of a hook and whether its chain is of family
// inet.
func decodeHookInfo(b []byte) (kind uint32, both bool) {
	for {
		number, value, rest, more := netlink.Attribute(b)
		if !more {
			return kind, both
		}
		b = rest
		switch number {
		case hookInfoType:
			if len(value) >= 4 {
				kind = binary.BigEndian.Uint32(value)
			}
		case hookInfoDesc:
			for {
				number, inner, left, more := netlink.Attribute(value)
				if !more {
					break
				}
				value = left
				if number == hookChainFamily && len(inner) > 0 {
					both = inner[0] == nfprotoInet
				}
			}
		}
	}
}

// firewallMeasure yields MeasureFirewall.
func (s *source) firewallMeasure(ctx context.Context, y *measureYield) {
	if !s.useNetlink || s.dialNetfilter == nil {
		return
	}
	n, known, err := s.inputFilters(ctx)
	switch {
	case err != nil:
		y.fail("list netfilter hooks", err)
	case known:
		y.measure(netstat.MeasureFirewall, "input", n)
	}
}
