package linux

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// hookMessage builds a message about a hook. kind is the type of its chain, 0 for
// none, and family that of the chain.
func hookMessage(function string, kind uint32, family byte) []byte {
	b := []byte{afInet, 0, 0, 0}
	if function != "" {
		b = append(b, netlinkAttribute(hookFunctionName, append([]byte(function), 0))...)
	}
	if kind != 0 {
		info := netlinkAttribute(hookInfoDesc, netlinkAttribute(hookChainFamily, []byte{family}))
		info = append(info, netlinkAttribute(hookInfoType, binary.BigEndian.AppendUint32(nil, kind))...)
		b = append(b, netlinkAttribute(hookChainInfo, info)...)
	}
	return message(hookMsgGet, 2, b)
}

func TestInputFilters(t *testing.T) {
	chain := func(family byte) []byte {
		return hookMessage(map[byte]string{1: "nft_do_chain_inet", afInet: "nft_do_chain_ipv4", afInet6: "nft_do_chain_ipv6"}[family], hookTypeTables, family)
	}
	none := datagram(done(0))
	const missing = -1
	for _, test := range []struct {
		name    string
		replies []reply
		want    int
		err     error
	}{
		{"nothing", []reply{none, none}, 0, nil},
		{"no filters", []reply{datagram(
			hookMessage("nf_nat_ipv4_local_in", 0, 0), hookMessage("nf_confirm", 0, 0), hookMessage("ipv4_confirm", 0, 0),
			hookMessage("ipv4_conntrack_defrag", 0, 0), hookMessage("ip_vs_remote_request4", 0, 0), hookMessage("iptable_mangle_hook", 0, 0), done(0),
		), none}, 0, nil},
		{"a chain of both families", []reply{datagram(chain(1), done(0)), datagram(chain(1), done(0))}, 1, nil},
		{"a chain of each family", []reply{datagram(chain(afInet), done(0)), datagram(chain(10), done(0))}, 2, nil},
		{"ip_tables", []reply{datagram(hookMessage("ipt_do_table", 0, 0), done(0)), datagram(hookMessage("ip6t_do_table", 0, 0), done(0))}, 2, nil},
		{"ip_tables before 5.15", []reply{datagram(hookMessage("iptable_filter_hook", 0, 0), done(0)), none}, 1, nil},
		{"BPF", []reply{none, datagram(hookMessage("", hookTypeBPF, 0), done(0))}, 1, nil},
		{"a hook without a name", []reply{datagram(hookMessage("", 0, 0), done(0)), none}, missing, nil},
		{"no list", []reply{datagram(refusal(syscall.EINVAL))}, missing, nil},
		{"denied", []reply{datagram(refusal(syscall.EPERM))}, missing, fs.ErrPermission},
		{"garbled", []reply{datagram([]byte{1}), datagram([]byte{1}), datagram([]byte{1})}, missing, netlink.ErrGarbled},
		{"changed meanwhile", []reply{datagram(withFlags(chain(1), netlink.FlagInterrupted), done(0)), datagram(chain(1), done(0)), none}, 1, nil},
		{"denied later", []reply{none, datagram(refusal(syscall.EPERM))}, missing, errors.ErrUnsupported},
	} {
		c := &scriptedConn{replies: test.replies}
		files := measureFilesOf618(t)
		got, failed := missing, error(nil)
		for m, err := range fakeSource(t, Options{}, c, files).Measures(t.Context()) {
			if err != nil {
				failed = err
			} else if m.Group == netstat.MeasureFirewall && m.Name == "input" {
				got = int(m.Value)
			}
		}
		if got != test.want || !errors.Is(failed, test.err) || (failed == nil) != (test.err == nil) || c.closed == 0 {
			t.Errorf("%s: %d, want %d; %v; closed %d", test.name, got, test.want, failed, c.closed)
		}
	}
}

// TestCapturedHooks counts the filters in dumps of both families, one after the
// other, of Linux 6.12.
func TestCapturedHooks(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	want := map[string]uint64{
		"none": 0, "nft-ip-ip6": 2, "nft-nat": 0, "iptables-nft": 1, "iptables-legacy": 1,
		"iptables-legacy-mangle": 0, "iptables-legacy-nat": 0,
		// An inet chain, an ip_tables filter, mangle, address translation and tracking.
		"mixed": 2,
	}
	files, err := filepath.Glob("testdata/hooks/*-linux-6.12-le")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := fakeSource(t, Options{}, &scriptedConn{replies: hookReplies(b)}, nil)
		n, known, err := s.inputFilters(t.Context())
		short := strings.TrimSuffix(filepath.Base(name), "-linux-6.12-le")
		if w, ok := want[short]; !ok || n != w || !known || err != nil {
			t.Errorf("%s: %d filters, want %d; %v, %v", short, n, w, known, err)
		}
	}
}

// hookReplies splits two dumps behind the end of the first.
func hookReplies(b []byte) []reply {
	at := 0
	for rest := b; ; {
		m, left, ok := netlink.NextMessage(rest)
		if !ok {
			break
		}
		at += len(rest) - len(left)
		rest = left
		if binary.NativeEndian.Uint16(m[4:]) == netlink.TypeDone {
			break
		}
	}
	return []reply{{data: slices.Clone(b[:at])}, {data: slices.Clone(b[at:])}}
}

func FuzzHookMessage(f *testing.F) {
	f.Add(hookMessage("nft_do_chain_inet", hookTypeTables, nfprotoInet)[netlink.HeaderSize:])
	f.Add(hookMessage("", hookTypeBPF, 0)[netlink.HeaderSize:])
	f.Add(hookMessage("nf_confirm", 0, 0)[netlink.HeaderSize:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if filter, both, ok := decodeHook(b); filter && !ok || both && !filter {
			t.Errorf("%x: %v, %v, %v", b, filter, both, ok)
		}
	})
}
