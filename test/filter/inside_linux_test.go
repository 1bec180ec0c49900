package filter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
)

// TestInsideLikeSS compares the inside of TCP, memory, marks and types of
// service with what ss prints of the same sockets at rest.
func TestInsideLikeSS(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	w.run("ip", "link", "set", "lo", "up")
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

	const facts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactMark | netstat.FactTOS | netstat.FactULP | netstat.FactTimer | netstat.FactInode
	ours := map[uint64]netstat.Socket{}
	for resting := false; !resting; {
		// An acknowledgement may be delayed.
		resting = true
		unix.Nanosleep(&unix.Timespec{Nsec: 2e6}, nil)
		for _, table := range kinds["t"] {
			for s, err := range src.Sockets(t.Context(), table, netstat.Need{Facts: facts}) {
				w.must(err, "dump")
				ours[s.Cookie] = s
				resting = resting && s.SendQ == 0 && s.Timer.Kind == netstat.TimerNone
			}
		}
	}
	compared := map[string]int{}
	for line := range strings.Lines(w.run("ss", "-HtnaeimO", "--tos")) {
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
		if !ok || s.TCP == nil || s.Memory == nil {
			t.Fatalf("%s: ours %+v", line, s)
		}
		for key, value := range insideAs(&s) {
			got, ok := said[key]
			if !ok {
				continue // ss leaves out what is nothing unusual
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
		for name, set := range map[string]bool{"ts": s.TCP.Timestamps, "sack": s.TCP.SACK} {
			if _, has := said[name]; has != set {
				t.Errorf("%s %v: %s", name, set, line)
			}
		}
	}
	for _, key := range []string{
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

// insideAs writes what we know as ss does.
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
	if s.Table == netstat.TCP4 {
		out["tos"] = strings.TrimSuffix(fmt.Sprintf("%#x", s.TOS), "x0")
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
