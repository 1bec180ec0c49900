package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

// TestGuesses checks how forms that users guess are read.
func TestGuesses(t *testing.T) {
	for text, want := range map[string]string{
		"port in 80,443":                        "port = :80 or port = :443",
		"port in (80, 443)":                     "port = :80 or port = :443",
		"port IN ( 80 443 )":                    "",
		"port = 80,443":                         "port = :80 or port = :443",
		"port 80,443":                           "port = :80 or port = :443",
		"port = (80 or 443)":                    "port = :80 or port = :443",
		"port (80 | 443)":                       "port = :80 or port = :443",
		"port in 80":                            "port = :80",
		"sport in 8000-8100,9000":               "sport = :8000-8100 or sport = :9000",
		"port != 80,443":                        "not ( port = :80 or port = :443 )",
		"port <> 80":                            "not port = :80",
		"port not in 80,443":                    "not ( port = :80 or port = :443 )",
		"port NOT IN (80,443)":                  "not ( port = :80 or port = :443 )",
		"not port in 80,443":                    "not ( port = :80 or port = :443 )",
		"port in 80,443 and pid = 1":            "( port = :80 or port = :443 ) and pid = 1",
		"port in 80,443,pid = 1":                "( port = :80 or port = :443 ) and pid = 1",
		"port in 80,443,autobound":              "( port = :80 or port = :443 ) and autobound",
		"port = 80,state listen":                "port = :80 and state listen",
		"port = 80, port = 443":                 "port = :80 and port = :443",
		"state = listen,established":            "state listen or state established",
		"state in LISTEN, TIME_WAIT":            "state listen or state time-wait",
		"state != listen,established":           "not ( state listen or state established )",
		"state listen,established sport = 80":   "state listen state established and sport = :80",
		"exclude listen,time-wait":              "exclude listen exclude time-wait",
		"STATE = FIN_WAIT2":                     "state fin-wait-2",
		"state = *wait*":                        `state *wait*`,
		"process in nginx,sshd":                 "process = nginx or process = sshd",
		"process in ('a b', \"c\",user*)":       `process = "a b" or process = c or process = user*`,
		"process in nginx,\"user\"":             `process = nginx or process = "user"`,
		"src in 10/8,[::1]":                     "src = 10.0.0.0/8 or src = [::1]",
		"rtt in 1ms-2ms,5ms":                    "rtt = 1ms-2ms or rtt = 5ms",
		"src ::1":                               "",
		"src ::1:80":                            "src = [::1]:80",
		"src 2001:db8::1":                       "",
		"local_address = 2001:db8::1:80":        "src = [2001:db8::1:80] or src = [2001:db8::1]:80",
		"local_address = ::1":                   "src = [::1]",
		"port = 80 AND pid = 1 OR NOT pid = 2":  "port = :80 and pid = 1 or not pid = 2",
		"port == 80 && ! pid == 1 || pid==2":    "port = :80 and not pid = 1 or pid = 2",
		"proto = TCP,udp":                       "proto = TCP or proto = udp",
		"proto = TCPv6":                         "proto = TCP6",
		"family = IPv6":                         "family = inet6",
		"RECV-Q > 0":                            "recvq > 0",
		"Foreign_Address = 10/8":                "dst = 10.0.0.0/8",
		"recvq > max_backlog":                   "recvq > max_backlog",
		"recv-q >= MAX-BACKLOG":                 "recvq >= max_backlog",
		"bytes_sent > bytes_acked":              "bytes_sent > bytes_acked",
		"pid != parent":                         "not pid = parent",
		"local_address = remote_address":        "local_address = remote_address",
		"src = dst":                             "local = remote",
		"sport = dport":                         "local_port = remote_port",
		"netns != peer_netns":                   "not netns = peer_netns",
		"rtt > min_rtt and rtt in 5ms":          "rtt > min_rtt and rtt = 5ms",
		"rtt gt min_rtt":                        "rtt > min_rtt",
		"user = owner_user":                     "user = owner_user",
		"process = \"user\"":                    `process = "user"`,
		"owner_unknown = pending":               `owner_unknown = "pending"`,
		"state = accepting":                     "state accepting",
		"accept_full":                           "accept_full",
		"not accept_full and max_backlog < 128": "not accept_full and max_backlog < 128",
		"pacing_rate > 1MB/s":                   "pacing_rate > 1MB/s",
		"peer_state = TIME_WAIT":                "peer_state = TIME_WAIT",
	} {
		e, err := Parse(text, testEnv)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read as %q", text, e)
			}
			continue
		}
		if err != nil || e.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, e, err, want)
			continue
		}
		checkExpr(t, text)
	}
}

// TestUnsupported checks that syntax of other languages is answered with the supported
// form.
func TestUnsupported(t *testing.T) {
	for text, want := range map[string]string{
		"process =~ nginx":                  "unknown operator '=~': use = with * and ?, as in process = '*ngin*'",
		"process =~nginx":                   "unknown operator '=~': use = with",
		"process !~ nginx":                  "unknown operator '!~': use != with",
		"process ~ nginx":                   "unknown operator '~': use = with",
		"process like 'ngin%'":              "unknown operator 'like': use = with",
		"process CONTAINS nginx":            "unknown operator 'CONTAINS': use = with",
		"process is nginx":                  "unknown operator 'is': use = or !=",
		"process is not nginx":              "unknown operator 'is': use = or !=",
		"port between 80 and 90":            "unknown operator 'between': use a range, as in port = 1000-2000",
		"port not 80":                       "unknown operator 'not': use !=",
		"state not listen":                  "unknown operator 'not': use !=",
		"state is listen":                   "unknown operator 'is': use = or !=",
		"port === 80":                       "unknown operator '===': use =",
		"port => 80":                        "unknown operator '=>': use >=",
		"port:80":                           "unknown field 'port:80': use port = 80",
		"80":                                "unknown field '80': a field comes first, as in port = 80",
		"port = 80 or 443":                  "unknown field '443': several values have commas between them, as in port = 80,443",
		"port 80 443":                       "several values have commas",
		"port in (80 443)":                  "a comma is missing between values",
		"port in (80,443":                   "parenthesis is not closed",
		"port in ()":                        "a value is missing here",
		"port in":                           "unknown service",
		"port < 80,443":                     "several values can only be compared with = and !=, in and not in",
		"proces = nginx":                    "unknown field 'proces': did you mean process, process_cgroup or probes? (--filter=help lists all)",
		"recv-queu > 0":                     "did you mean recv_queue?",
		"change = opened":                   "'change' is known only after rows are compared",
		"state = LISTN":                     "unknown state 'LISTN': did you mean LISTEN? (known: ",
		"state TIMEWAI":                     "did you mean TIME-WAIT?",
		"peer_state = LISTN":                "did you mean LISTEN?",
		"state listening state cookie-wait": "'cookie-wait' is a state of SCTP associations: use association_state = COOKIE-WAIT",
		"proto = tpc":                       "unknown proto 'tpc': did you mean tcp",
		"family = intet":                    "unknown family 'intet': did you mean inet",
		"timer = keepaliv":                  "unknown timer 'keepaliv': did you mean keepalive? (known: none, retransmit,",
		"exposure = publik":                 "unknown exposure 'publik': did you mean public? (known: loopback,",
		"rtt > recvq":                       "rtt (duration) cannot be compared with recvq (bytes)",
		"pid = process":                     "pid (number) cannot be compared with process (text)",
		"port = dport":                      "only one end can be compared with a field: use local_port or remote_port",
		"process > comm":                    "process cannot be ordered: use = or !=",
		"rtt > 5":                           "a duration needs a unit (ns, us, ms, s, m, h or d), as in 5s",
		"\"port\" = 80":                     "a field has no quotes: 'port'",
	} {
		_, err := Parse(text, testEnv)
		var mistake *Error
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
			continue
		}
		checkExpr(t, text)
	}
}

// TestFactsCompared checks that a value absent on either side matches no comparison.
func TestFactsCompared(t *testing.T) {
	rows := testRows()
	full := testSocket(netstat.TCP4Table, netstat.Listen, "0.0.0.0:80", "0.0.0.0:0")
	full.RecvQ, full.MaxBacklog = 129, 128
	rows["full"] = testRecord(full, fact.Row{})
	loop := testSocket(netstat.TCP4Table, netstat.Established, "127.0.0.1:80", "127.0.0.1:80")
	rows["loop"] = testRecord(loop, fact.Row{})
	for text, want := range map[string]string{
		"recvq > max_backlog":                           "full",
		"accept_full":                                   "full",
		"accept_full = no":                              "listener unix",
		"recvq <= max_backlog":                          "listener unix",
		"src = dst":                                     "loop",
		"sport = dport and src = 127/8":                 "loop",
		"local_address = remote_address proto tcp":      "client full listener loop",
		"pid > parent":                                  "web",
		"parent < pid":                                  "web",
		"pid = parent":                                  "",
		"pid != parent and pid > 0":                     "listener web windows",
		"rtt > min_rtt":                                 "",
		"state = peer_state":                            "",
		"peer_state != state and peer_pid > pid":        "web",
		"started > started":                             "",
		"started >= started":                            "web",
		"exe_deleted = exe_deleted":                     "listener web",
		"process = comm":                                "listener web windows",
		"user = owner_user":                             "windows",
		"cgroup = cgroup and fwmark = fwmark proto tcp": "web",
		"inode = peer_inode or inode < peer_inode":      "web",
	} {
		e := mustParse(t, text)
		var got []string
		for name, r := range rows {
			if e.Match(r) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %q", text, got, want)
		}
		checkNeed(t, e, rows)
	}
	for text, has := range map[string]bool{"state = peer_state": true, "recvq > max_backlog": false} {
		if mustParse(t, text).HasState() != has {
			t.Errorf("%q: HasState is not %v", text, has)
		}
	}
	if n := mustParse(t, "peer_pid = pid and rtt > min_rtt").Needs(); !n.Owners || !n.Peers || n.Socket&netstat.FactTCPInfo == 0 {
		t.Errorf("needs %+v", n)
	}
	if _, some := mustParse(t, "rtt > min_rtt").Need(netstat.UDP4Table); some {
		t.Error("a comparison of TCP's facts asks for UDP")
	}
}

// TestShownNumbers checks that a duration or rate as tables round it matches every value
// that they show so.
func TestShownNumbers(t *testing.T) {
	value := func(kind fact.ValueKind, n uint64) string {
		return string(fact.Value{Kind: kind, Number: n}.AppendPretty(nil))
	}
	for _, test := range []struct {
		kind  fact.ValueKind
		unit  unit
		start uint64
	}{
		{fact.ValueDuration, unitDuration, 7},
		{fact.ValueDuration, unitDuration, 1_500},
		{fact.ValueDuration, unitDuration, 1_500_345},
		{fact.ValueDuration, unitDuration, 2_000_000_123},
		{fact.ValueDuration, unitDuration, 59_400_499_999},
		{fact.ValueDuration, unitDuration, 61_999_999_999},
		{fact.ValueDuration, unitDuration, 7_384_000_000_001},
		{fact.ValueRate, unitRate, 17},
		{fact.ValueRate, unitRate, 1_234},
		{fact.ValueRate, unitRate, 1_250_000},
		{fact.ValueRate, unitRate, 4_454_557_823},
	} {
		text := value(test.kind, test.start)
		low, high, reason := test.unit.shown(text)
		if reason != "" || low > test.start || high < test.start {
			t.Errorf("%d, shown as %s: %d to %d, %s", test.start, text, low, high, reason)
			continue
		}
		if value(test.kind, low) != text || value(test.kind, high) != text || value(test.kind, low-1) == text || value(test.kind, high+1) == text {
			t.Errorf("%s is not all of %d to %d", text, low, high)
		}
	}
}
