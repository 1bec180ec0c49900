package filter

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat/test/live"

	"golang.org/x/sys/unix"

	"netstat"
)

// TestTCPInfoLikeSS compares TCP internals, memory, marks and types of service with ss's
// output for the same idle sockets.
func TestTCPInfoLikeSS(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	live.Run(w.T, "ip", "link", "set", "lo", "up")
	for file, value := range map[string]string{"tcp_ecn": "1", "tcp_fastopen": "3"} {
		w.must(os.WriteFile("/proc/sys/net/ipv4/"+file, []byte(value), 0), file)
	}
	inside := insideMore(w)
	for _, local := range []string{"127.0.0.1:80", "[::1]:80"} {
		l := w.listen(local)
		for i := range 5 {
			client, server := w.connect(l, local, func(f int) {
				if i == 1 {
					w.must(unix.SetsockoptString(f, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno"), "TCP_CONGESTION")
				}
				if i == 2 {
					w.must(unix.SetsockoptInt(f, unix.IPPROTO_IP, unix.IP_TOS, 0x10), "IP_TOS")
				}
				if i == 3 {
					w.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, 1<<20), "SO_MAX_PACING_RATE")
					w.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_MARK, 17), "SO_MARK")
				}
			})
			for range i {
				w.exchange(client, server, 10000)
				w.exchange(server, client, 500)
			}
		}
	}
	src, _ := w.open()

	const facts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactMark | netstat.FactTOS | netstat.FactULP | netstat.FactTimer | netstat.FactInode |
		netstat.FactShutdown | netstat.FactV6Only
	read := func() (ours map[uint64]netstat.Socket, resting bool) {
		ours, resting = map[uint64]netstat.Socket{}, true
		for _, table := range kinds["t"] {
			for s, err := range src.Sockets(t.Context(), table, netstat.Need{Facts: facts}) {
				w.must(err, "dump")
				ours[s.Cookie] = s
				resting = resting && s.SendQ == 0 && s.Timer.Kind == netstat.TimerNone
			}
		}
		return ours, resting
	}
	same := func(a, b netstat.Socket) bool {
		return a.State == b.State && (a.TCP == nil || b.TCP == nil || maps.Equal(insideAs(&a), insideAs(&b)))
	}
	var ours map[uint64]netstat.Socket
	theirs := ""
	for resting := false; !resting; {
		// An acknowledgement may be delayed, also one of MPTCP, which no timer announces.
		unix.Nanosleep(&unix.Timespec{Nsec: 2e6}, nil)
		if ours, resting = read(); resting {
			theirs = live.Run(w.T, "ss", "-HtnaeimO", "--tos")
			after, _ := read()
			resting = maps.EqualFunc(ours, after, same)
		}
	}
	compared := map[string]int{}
	for line := range strings.Lines(theirs) {
		words := strings.Fields(line)
		said := map[string]string{}
		for i, word := range words {
			key, value, ok := strings.Cut(word, ":")
			if !ok {
				if value = ""; i+1 < len(words) && strings.HasSuffix(words[i+1], "bps") {
					value = words[i+1]
				}
			}
			said[key] = value
		}
		cookie, err := strconv.ParseUint(said["sk"], 16, 64)
		w.must(err, line)
		s, ok := ours[cookie]
		if ok && s.TCP == nil && s.State == netstat.FinWait2 {
			continue // the kernel keeps nothing else of a closed connection
		}
		if !ok || s.TCP == nil || s.Memory == nil {
			t.Fatalf("%s: ours %+v", line, s)
		}
		for _, arrow := range []string{"<->", "-->", "<--", "---"} {
			if _, has := said[arrow]; has != (insideArrow(&s) == arrow) {
				t.Errorf("shutdown %q: %s", insideArrow(&s), line)
			} else if has {
				compared[arrow]++
			}
		}
		for key, value := range insideAs(&s) {
			got, ok := said[key]
			if !ok {
				continue // ss omits default values
			}
			compared[key]++
			if got != value {
				t.Errorf("%s of %v: ss has %q, we %q\n%s", key, s.Local, got, value, line)
			}
		}
		if _, named := said[s.TCP.Congestion]; !named {
			t.Errorf("congestion control %q: %s", s.TCP.Congestion, line)
		}
		if s.State == netstat.Listen {
			continue
		}
		if _, limited := said["app_limited"]; limited != s.TCP.AppLimited {
			t.Errorf("app_limited %v: %s", s.TCP.AppLimited, line)
		}
		for name, set := range map[string]bool{
			"ts": s.TCP.Timestamps, "sack": s.TCP.SACK, "ecn": s.TCP.ECN, "ecnseen": s.TCP.ECNSeen, "fastopen": s.TCP.FastOpen,
			"tcp-ulp-mptcp": s.ULP == netstat.ULPMPTCP,
		} {
			if _, has := said[name]; has != set {
				t.Errorf("%s %v: %s", name, set, line)
			} else if set {
				compared[name]++
			}
		}
		if d, ok := s.Detail.(*netstat.SubflowDetail); ok != (s.ULP == netstat.ULPMPTCP) {
			t.Errorf("detail %T of ulp %v", s.Detail, s.ULP)
		} else if ok {
			for key, value := range insideSubflow(d) {
				if said[key] != value {
					t.Errorf("%s: ss has %q, we %q\n%s", key, said[key], value, line)
				}
			}
		}
	}
	if _, whole := compared["<->"]; !whole || compared["-->"]+compared["<--"] == 0 {
		t.Errorf("directions: %v", compared)
	}
	if inside && compared["retrans"]*compared["bytes_retrans"] == 0 {
		t.Errorf("nothing was retransmitted: %v", compared)
	}
	if !inside {
		t.Log("LOSSES ARE NOT COMPARED: nft is not installed or its rule was rejected")
	}
	for _, key := range []string{
		"ecn", "fastopen", "tcp-ulp-mptcp", "send", "v6only",
		"rtt", "rto", "mss", "pmtu", "rcvmss", "advmss", "cwnd", "bytes_sent", "bytes_acked", "bytes_received", "segs_out", "segs_in",
		"data_segs_out", "data_segs_in", "delivered", "rcv_space", "rcv_ssthresh", "minrtt", "snd_wnd", "wscale", "skmem", "pacing_rate", "delivery_rate",
		"fwmark", "tos",
	} {
		if compared[key] == 0 {
			t.Errorf("ss showed no %s", key)
		}
	}
	t.Logf("compared %v", compared)
}

// insideMore creates connections with more to compare, and reports whether it could
// drop packets.
func insideMore(w *world) bool {
	w.Helper()
	// A connection with one direction shut down, and IPv6 without IPv4.
	l := w.listen("[::1]:81", func(f int) { w.must(unix.SetsockoptInt(f, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1), "IPV6_V6ONLY") })
	client, _ := w.connect(l, "[::1]:81")
	w.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")

	// Data in the SYN, once there is a cookie.
	l = w.listen("127.0.0.1:82", func(f int) { w.must(unix.SetsockoptInt(f, unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 5), "TCP_FASTOPEN") })
	for range 3 {
		f := w.socket(unix.AF_INET, unix.SOCK_STREAM)
		w.must(unix.Sendto(f, make([]byte, 100), unix.MSG_FASTOPEN, sockaddr("127.0.0.1:82")), "sendto")
		server, _, err := unix.Accept(l)
		w.must(err, "accept")
		got, err := unix.Read(server, make([]byte, 200))
		if w.must(err, "read"); got != 100 {
			w.Fatalf("%d bytes of 100", got)
		}
	}

	// Multipath TCP.
	var ends [2]int
	for i := range ends {
		f, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 262)
		w.must(err, "socket of mptcp")
		ends[i] = f
	}
	w.must(unix.Bind(ends[0], sockaddr("127.0.0.1:83")), "bind")
	w.must(unix.Listen(ends[0], 5), "listen")
	w.must(unix.Connect(ends[1], sockaddr("127.0.0.1:83")), "connect")
	server, _, err := unix.Accept(ends[0])
	w.must(err, "accept")
	w.exchange(ends[1], server, 5000)
	w.exchange(server, ends[1], 700)

	// Losses: every fifth packet received on one port.
	if exec.Command("nft", "table inet losses { chain in { type filter hook input priority 0; tcp dport 84 numgen inc mod 5 == 4 drop; }; }").Run() != nil {
		return false
	}
	l = w.listen("127.0.0.1:84")
	client, server = w.connect(l, "127.0.0.1:84")
	for range 20 {
		w.exchange(client, server, 3000)
	}
	return true
}

// insideArrow formats the shut down directions as ss does.
func insideArrow(s *netstat.Socket) string {
	receive, send, ok := s.Shutdown()
	if !ok {
		return ""
	}
	b := []byte("<->")
	if receive {
		b[0] = '-'
	}
	if send {
		b[2] = '-'
	}
	return string(b)
}

// insideSubflow returns what ss -i prints about a subflow.
func insideSubflow(d *netstat.SubflowDetail) map[string]string {
	flags := ""
	for i, letter := range "MmJjBbecv" {
		if d.Flags>>i&1 != 0 {
			flags += string(letter)
		}
	}
	return map[string]string{
		"flags": flags, "token": fmt.Sprintf("%04x(id:%d)/%x(id:%d)", d.RemoteToken, d.RemoteID, d.Token, d.LocalID),
		"seq": strconv.FormatUint(d.MapSequence, 16), "sfseq": strconv.FormatUint(uint64(d.MapSubflowSequence), 16),
		"ssnoff": strconv.FormatUint(uint64(d.SequenceOffset), 16), "maplen": strconv.FormatUint(uint64(d.MapLength), 16),
	}
}

// exchange sends and receives.
func (w *world) exchange(from, to, n int) {
	w.Helper()
	if _, err := unix.Write(from, make([]byte, n)); err != nil {
		w.Fatal(err)
	}
	for got := 0; got < n; {
		more, err := unix.Read(to, make([]byte, n))
		w.must(err, "read")
		got += more
	}
}

// insideAs formats our facts as ss does.
func insideAs(s *netstat.Socket) map[string]string {
	i, m := s.TCP, s.Memory
	ms := func(d time.Duration) string {
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'g', 6, 64)
	}
	rate := func(bytes uint64) string { return fmt.Sprintf("%dbps", bytes*8) }
	out := map[string]string{
		"skmem": fmt.Sprintf("(r%d,rb%d,t%d,tb%d,f%d,w%d,o%d,bl%d,d%d)", m.RMemAlloc, m.RcvBuf, m.WMemAlloc, m.SndBuf, m.FwdAlloc, m.WMemQueued,
			m.OptMem, m.Backlog, m.Drops),
		"fwmark": "0x" + strconv.FormatUint(uint64(s.Mark), 16),
	}
	if s.Table == netstat.TCP4Table {
		out["tos"] = strings.TrimSuffix(fmt.Sprintf("%#x", s.TOS), "x0")
	}
	if only, told := s.OnlyV6(); told {
		out["v6only"] = map[bool]string{false: "0", true: "1"}[only]
	}
	if i.TotalRetrans != 0 {
		out["retrans"] = fmt.Sprintf("%d/%d", i.Retrans, i.TotalRetrans)
	}
	if i.RTT > 0 {
		// Our rate is in whole bytes.
		bits := float64(i.CWnd) * float64(i.MSS) * 8e9 / float64(i.RTT)
		out["send"] = strconv.FormatFloat(bits, 'f', 0, 64) + "bps"
		if r, ok := i.SendRate(); !ok || math.Abs(float64(r)*8-bits) > 4 {
			out["send"] = fmt.Sprint("rate ", r)
		}
	}
	pacing := rate(i.PacingRate)
	if i.Has(netstat.TCPMaxPacingRate) {
		pacing += "/" + rate(i.MaxPacingRate)
	}
	if b := i.BBR; b != nil {
		out["bbr"] = fmt.Sprintf("(bw:%dbps,mrtt:%s", b.Bandwidth*8, ms(b.MinRTT))
		for _, gain := range []struct {
			name  string
			value uint32
		}{{"pacing", b.PacingGain}, {"cwnd", b.CWndGain}} {
			if gain.value != 0 {
				out["bbr"] += fmt.Sprintf(",%s_gain:%s", gain.name, strconv.FormatFloat(float64(gain.value)/256, 'g', 6, 64))
			}
		}
		out["bbr"] += ")"
	}
	for key, text := range map[string]string{
		"rtt": ms(i.RTT) + "/" + ms(i.RTTVar), "rto": ms(i.RTO), "ato": ms(i.ATO), "minrtt": ms(i.MinRTT), "rcv_rtt": ms(i.RcvRTT),
		"wscale":      fmt.Sprintf("%d,%d", i.SndWScale, i.RcvWScale),
		"pacing_rate": pacing, "delivery_rate": rate(i.DeliveryRate),
	} {
		if s.State != netstat.Listen {
			out[key] = text
		}
	}
	names := map[netstat.TCPField]string{
		netstat.TCPRcvMSS: "rcvmss", netstat.TCPSndWnd: "snd_wnd", netstat.TCPTotalRetrans: "", netstat.TCPRetrans: "",
	}
	for f := range netstat.TCPFields {
		name, ok := names[f]
		if !ok {
			name = f.String()
		}
		if v, known := i.Value(f); known && f.Kind() != netstat.FieldDuration && f.Kind() != netstat.FieldRate && f.Kind() != netstat.FieldFlag && name != "" &&
			v <= math.MaxInt64 {
			if _, there := out[name]; !there {
				out[name] = strconv.FormatUint(v, 10)
			}
		}
	}
	return out
}
