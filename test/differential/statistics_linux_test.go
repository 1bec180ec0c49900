package differential

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

// The tests of -s run in a process of their own, this test binary started again with
// its own network and mounts. Files of counters replace the kernel's for both programs.

const (
	// statisticsSeeds is the number of sets of random files to compare.
	statisticsSeeds = 200
	statisticsUser  = 65534
)

// statisticsRun runs the original, or ours.
func statisticsRun(t *testing.T, ours bool, uid uint32, lang, args string) printed {
	t.Helper()
	program := stageDir + "/netstat"
	if !ours {
		program = need.Program(t, "netstat", "net-tools")
	}
	r, err := output(command(program, strings.Fields(args), uid, []string{"LANG=" + lang}))
	must(t, err, "run "+program)
	return r
}

// statisticsFiles are the contents of the four files; a nil one is missing.
type statisticsFiles struct{ snmp, netstat, sctp, snmp6 *string }

func (f statisticsFiles) put(t *testing.T) {
	t.Helper()
	for name, text := range map[string]*string{
		"snmp": f.snmp, "netstat": f.netstat, "sctp/snmp": f.sctp, "snmp6": f.snmp6,
	} {
		path := stageDir + "/proc/net/" + name
		err := os.RemoveAll(path)
		if err == nil && text != nil {
			err = os.WriteFile(path, []byte(*text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (f statisticsFiles) String() string {
	var b strings.Builder
	for _, e := range []struct {
		name string
		text *string
	}{{"snmp", f.snmp}, {"netstat", f.netstat}, {"sctp/snmp", f.sctp}, {"snmp6", f.snmp6}} {
		if e.text != nil {
			fmt.Fprintf(&b, "%s %q\n", e.name, *e.text)
		}
	}
	return b.String()
}

// statisticsDivergence changes the original's output into the output expected of ours.
// Its number is that in docs/differences.md.
type statisticsDivergence struct {
	number string
	apply  func(r *printed)
}

// statisticsSafe applies to everything: divergence 7, control characters are shown as
// dots.
func statisticsSafe(r *printed) {
	r.Stdout = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c == 0x7f {
			return '.'
		}
		return c
	}, r.Stdout)
}

// says is divergence S2: ours reports what the original ignores silently.
func says(line string) *statisticsDivergence {
	return &statisticsDivergence{"S2", func(r *printed) { r.Stderr += line + "\n" }}
}

// leavesOut is divergence S2: a counter without its own number is left out and
// reported.
func leavesOut(old, instead, line string) *statisticsDivergence {
	return &statisticsDivergence{"S2", func(r *printed) {
		r.Stdout = strings.Replace(r.Stdout, old, instead, 1)
		r.Stderr += line + "\n"
	}}
}

// ownUsageText is divergence 4.
var ownUsageText = &statisticsDivergence{"4", func(r *printed) {
	at := strings.Index(r.Stderr, "usage: ")
	if at < 0 {
		at = strings.Index(r.Stderr, "Usage: ")
	}
	r.Stderr = r.Stderr[:max(at, 0)] + "(usage)"
}}

func statisticsCompare(t *testing.T, about fmt.Stringer, uid uint32, lang, args string, d *statisticsDivergence) {
	t.Helper()
	want := statisticsRun(t, false, uid, lang, args)
	got := statisticsRun(t, true, uid, lang, args)
	statisticsSafe(&want)
	// An empty file, which the kernel never has, is an error (divergence S2).
	for _, name := range []string{"snmp", "netstat", "sctp/snmp", "snmp6"} {
		if info, err := os.Stat(stageDir + "/proc/net/" + name); err == nil && info.Size() == 0 {
			got.Stderr = strings.Replace(got.Stderr, "/proc/net/"+name+": Incomplete: file is empty; another file may be mounted over it\n", "", 1)
		}
	}
	if d != nil {
		before := want
		d.apply(&want)
		if d == ownUsageText {
			d.apply(&got)
		}
		if before == want {
			t.Errorf("netstat %s: the divergence %s had no effect", args, d.number)
		}
	}
	if got != want {
		t.Errorf("netstat %s (LANG=%s, user %d)\nwant %v\ngot  %v\nof\n%v", args, lang, uid, want, got, about)
	}
}

func text(s string) *string { return &s }

// statisticsKeys are counters of each group: those of Linux 6.18, older ones that
// net-tools has a sentence for, and some that do not exist.
var statisticsKeys = map[string][]string{
	"Ip": strings.Fields(`Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards
		InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates
		OutTransmits`),
	"Icmp": strings.Fields(`InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos
		InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost
		OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps
		OutAddrMasks OutAddrMaskReps`),
	"IcmpMsg": strings.Fields("InType0 InType3 InType8 InType11 OutType0 OutType3 OutType8 OutType69"),
	"Tcp": strings.Fields(`RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs
		OutSegs RetransSegs InErrs OutRsts InCsumErrors`),
	"Udp":     strings.Fields("InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors"),
	"UdpLite": strings.Fields("InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors"),
	"TcpExt": strings.Fields(`SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned
		OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSActive PAWSPassive PAWSEstab BeyondWindow
		TSEcrRejected PAWSOldAck PAWSTimewait DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops TCPPrequeued
		TCPDirectCopyFromBacklog TCPDirectCopyFromPrequeue TCPPrequeueDropped TCPHPHits TCPHPHitsToUser TCPPureAcks TCPHPAcks
		TCPRenoRecovery TCPSackRecovery TCPSACKReneging TCPFACKReorder TCPSACKReorder TCPRenoReorder TCPTSReorder TCPFullUndo
		TCPPartialUndo TCPDSACKUndo TCPDSackUndo TCPLossUndo TCPLoss TCPLostRetransmit TCPLostRetransmits TCPRenoFailures
		TCPSackFailures TCPLossFailures TCPFastRetrans TCPForwardRetrans TCPSlowStartRetrans TCPTimeouts TCPLossProbes
		TCPLossProbeRecovery TCPRenoRecoveryFail TCPRenoRecoveryFailed TCPSackRecoveryFail TCPSchedulerFailed TCPRcvCollapsed
		TCPBacklogCoalesce TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv TCPDSACKOfoRecv TCPAbortOnSyn TCPAbortOnData
		TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger TCPAbortFailed TCPMemoryPressures
		TCPMemoryPressuresChrono TCPSACKDiscard TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound
		TCPMD5Unexpected TCPMD5Failure TCPSackShifted TCPSackMerged TCPSackShiftFallback TCPBacklogDrop PFMemallocDrop
		TCPMinTTLDrop TCPDeferAcceptDrop IPReversePathFilter TCPTimeWaitOverflow TCPReqQFullDoCookies TCPReqQFullDrop
		TCPRetransFail TCPRcvCoalesce TCPOFOQueue TCPOFODrop TCPOFOMerge TCPChallengeACK TCPSYNChallenge TCPFastOpenActive
		TCPFastOpenActiveFail TCPFastOpenPassive TCPFastOpenPassiveFail TCPFastOpenListenOverflow TCPFastOpenCookieReqd
		TCPFastOpenBlackhole TCPSpuriousRtxHostQueues BusyPollRxPackets TCPAutoCorking TCPFromZeroWindowAdv TCPToZeroWindowAdv
		TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent TCPHystartTrainDetect TCPHystartTrainCwnd TCPHystartDelayDetect
		TCPHystartDelayCwnd TCPACKSkippedSynRecv TCPACKSkippedPAWS TCPACKSkippedSeq TCPACKSkippedFinWait2 TCPACKSkippedTimeWait
		TCPACKSkippedChallenge TCPWinProbe TCPKeepAlive TCPMTUPFail TCPMTUPSuccess TCPDelivered TCPDeliveredCE TCPAckCompressed
		TCPZeroWindowDrop TCPRcvQDrop TCPWqueueTooBig TCPFastOpenPassiveAltKey TcpTimeoutRehash TcpDuplicateDataRehash
		TCPDSACKRecvSegs TCPDSACKIgnoredDubious TCPMigrateReqSuccess TCPMigrateReqFailure TCPPLBRehash TCPAORequired TCPAOBad
		TCPAOKeyNotFound TCPAOGood TCPAODroppedIcmps`),
	"IpExt": strings.Fields(`InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets
		InCsumErrors InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts ReasmOverlaps`),
	"MPTcpExt": strings.Fields("MPCapableSYNRX MPCapableSYNTX MPCapableFallbackACK MPTCPRetrans MPJoinSynRx DSSNotMatching InfiniteMapTx"),
	"Foo":      strings.Fields("A B InEchos InMsgs ActiveOpens"),
	"TcpFoo":   strings.Fields("A B InSegs ActiveOpens"),
	"tcp":      strings.Fields("InSegs ActiveOpens"),
	"Ip6":      strings.Fields("InReceives Ip6InReceives"),
}

// statisticsKeys6 are those of snmp6, and similar words.
var statisticsKeys6 = strings.Fields(`
	Ip6InReceives Ip6InHdrErrors Ip6InTooBigErrors Ip6InNoRoutes Ip6InAddrErrors Ip6InUnknownProtos Ip6InTruncatedPkts
	Ip6InDiscards Ip6InDelivers Ip6OutForwDatagrams Ip6OutRequests Ip6OutDiscards Ip6OutNoRoutes Ip6ReasmTimeout Ip6ReasmReqds
	Ip6ReasmOKs Ip6ReasmFails Ip6FragOKs Ip6FragFails Ip6FragCreates Ip6InMcastPkts Ip6OutMcastPkts Ip6InOctets Ip6OutOctets
	Ip6InMcastOctets Ip6OutMcastOctets Ip6InBcastOctets Ip6OutBcastOctets Ip6InNoECTPkts Ip6InECT1Pkts Ip6InECT0Pkts
	Ip6InCEPkts Ip6OutTransmits
	Icmp6InMsgs Icmp6InErrors Icmp6OutMsgs Icmp6OutErrors Icmp6InCsumErrors Icmp6OutRateLimitHost Icmp6InDestUnreachs
	Icmp6InPktTooBigs Icmp6InTimeExcds Icmp6InParmProblems Icmp6InEchos Icmp6InEchoReplies Icmp6InGroupMembQueries
	Icmp6InGroupMembResponses Icmp6InGroupMembReductions Icmp6InRouterSolicits Icmp6InRouterAdvertisements
	Icmp6InNeighborSolicits Icmp6InNeighborAdvertisements Icmp6InRedirects Icmp6InMLDv2Reports Icmp6OutDestUnreachs
	Icmp6OutPktTooBigs Icmp6OutTimeExcds Icmp6OutParmProblems Icmp6OutEchos Icmp6OutEchoReplies Icmp6OutGroupMembQueries
	Icmp6OutGroupMembResponses Icmp6OutGroupMembReductions Icmp6OutRouterSolicits Icmp6OutRouterAdvertisements
	Icmp6OutNeighborSolicits Icmp6OutNeighborAdvertisements Icmp6OutRedirects Icmp6OutMLDv2Reports Icmp6InType1 Icmp6OutType1
	Udp6InDatagrams Udp6NoPorts Udp6InErrors Udp6OutDatagrams Udp6RcvbufErrors Udp6SndbufErrors Udp6InCsumErrors
	Udp6IgnoredMulti Udp6MemErrors UdpLite6InDatagrams UdpLite6NoPorts UdpLite6InErrors UdpLite6OutDatagrams
	UdpLite6RcvbufErrors UdpLite6SndbufErrors UdpLite6InCsumErrors UdpLite6MemErrors
	Tcp6ActiveOpens Tcp6New Foo6 Foo6New Foo XIp6InReceives ip6InReceives Icmp6Icmp6InEchos 6 New`)

var statisticsKeysSCTP = strings.Fields(`SctpCurrEstab SctpActiveEstabs SctpPassiveEstabs SctpAborteds SctpShutdowns SctpOutOfBlues
	SctpChecksumErrors SctpOutCtrlChunks SctpOutOrderChunks SctpOutUnorderChunks SctpInCtrlChunks SctpInOrderChunks
	SctpInUnorderChunks SctpFragUsrMsgs SctpReasmUsrMsgs SctpOutSCTPPacks SctpInSCTPPacks SctpT1InitExpireds
	SctpT3Retransmits SctpInPktSoftirq SctpInDataChunkDiscards SctpNew`)

// whole returns a set of files with every counter, with values by position.
func whole(value func(i int) int) statisticsFiles {
	groups := func(names ...string) *string {
		var b strings.Builder
		for _, g := range names {
			keys := statisticsKeys[g]
			b.WriteString(g + ": " + strings.Join(keys, " ") + "\n" + g + ":")
			for i := range keys {
				fmt.Fprintf(&b, " %d", value(i))
			}
			b.WriteString("\n")
		}
		return text(b.String())
	}
	singles := func(keys []string) *string {
		var b strings.Builder
		for i, k := range keys {
			fmt.Fprintf(&b, "%-32s\t%d\n", k, value(i))
		}
		return text(b.String())
	}
	return statisticsFiles{
		snmp:    groups("Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "UdpLite"),
		netstat: groups("TcpExt", "IpExt", "MPTcpExt"),
		sctp:    singles(statisticsKeysSCTP),
		snmp6:   singles(statisticsKeys6),
	}
}

// statisticsOptions are the command lines run over the whole files and over the
// kernel's own. Some options have no effect.
var statisticsOptions = strings.Split(strings.TrimSpace(`
-s
-st
-su
-sw
-sU
-sS
-stu
-stw
-suw
-stS
-suS
-swS
-sUS
-stuwUS
-tsn
-sW
-sa
-sl
-se
-sv
-so
-sp
-sN
-sC
-sF
-sg
-s2
-sf
-sd
-s4
-s4t
-s4w
-s --inet
-s --ip
-s -A inet
-s -A ip
-A tcpip -s
--statistics
--stat --tcp
--statistics --udp --raw
-s6
-s6t
-s6u
-s6w
-s6U
-s6S
-s6tu
-s6tw
-s6uw
-s6tuwUS
-s6anep
-s --inet6
-s -A inet6
-sA ip6
--protocol=inet6 -st
-s46
-s64
-s66
-s44
-s4 -A inet
-sx
-s4x
-s6 --unix
-s --ipx
-s --ax25
-s --netrom
-s --rose
-s --x25
-s --ddp
-s --appletalk
-s --bluetooth
-s -A econet
-s -A ash
-s -A inet,inet6
-s -A inet,inet
-s6g
-sg4
`), "\n")

// statisticsCases are files that each test one thing.
var statisticsCases = []struct {
	about, args string
	files       statisticsFiles
	divergence  *statisticsDivergence
}{
	{"no file", "-s", statisticsFiles{}, nil},
	{"no file", "-s6", statisticsFiles{}, nil},
	{"only netstat and sctp/snmp", "-s", statisticsFiles{netstat: text("Foo: A\nFoo: 1\n"), sctp: text("SctpA 1\n")}, nil},
	{"only snmp6", "-s6", statisticsFiles{snmp6: text("Ip6InReceives 1\n")}, nil},
	{"only snmp", "-s6", statisticsFiles{snmp: text("Tcp: ActiveOpens\nTcp: 1\n")}, nil},
	{"empty", "-s", statisticsFiles{snmp: text("")}, nil},
	{"empty line", "-s", statisticsFiles{snmp: text("\n")}, nil},
	{"empty", "-s6", statisticsFiles{snmp6: text(""), snmp: text("")}, nil},
	{"unknown group", "-s", statisticsFiles{snmp: text("Foo: A B\nFoo: 1 2\n")}, nil},
	{"unknown group, tcp", "-st", statisticsFiles{snmp: text("Foo: A B\nFoo: 1 2\n")}, nil},
	{"group without counters", "-s", statisticsFiles{snmp: text("Foo:\nFoo:\nTcp: \nTcp: \n")}, nil},
	{"all zero", "-s", statisticsFiles{snmp: text("Foo: A B\nFoo: 0 0\nTcp: ActiveOpens Foo\nTcp: 0 0\n")}, nil},
	{"empty lines before", "-s", statisticsFiles{snmp: text("\n\nFoo: A\nFoo: 1\n\nBar: A\nBar: 2\n")}, nil},
	{"names differ", "-s", statisticsFiles{snmp: text("Tcp: ActiveOpens InReceives\nIp: 1 2\n")}, nil},
	{"values missing", "-s", statisticsFiles{snmp: text("Tcp: A ActiveOpens InSegs Foo\nTcp: 1\n")}, nil},
	{"values too many", "-s", statisticsFiles{snmp: text("Foo: A B\nFoo: 1 2 3\n")}, nil},
	{"no newline at the end", "-s", statisticsFiles{snmp: text("Foo: A B\nFoo: 1 2")}, nil},
	{"blanks at the end", "-s", statisticsFiles{snmp: text("Foo: A B \nFoo: 1 2 \n")}, nil},
	{"tabs and blanks", "-s", statisticsFiles{snmp: text("Foo:\tA  \tB C\nFoo:  1\t2  3\n")}, nil},
	{"no blank after the colon", "-s", statisticsFiles{snmp: text("Tcp:ActiveOpens B\nTcp:1 2\n")}, nil},
	{"carriage returns", "-s", statisticsFiles{snmp: text("Foo: A B\r\nFoo: 1 2\r\n")}, nil},
	{"blank before the colon", "-s", statisticsFiles{snmp: text("Tcp : ActiveOpens\nTcp : 1\n")}, nil},
	{"blank before the name", "-s", statisticsFiles{snmp: text(" Tcp: ActiveOpens\nTcp: 1\n")}, nil},
	{"two words", "-s", statisticsFiles{snmp: text("Foo Bar: A\nFoo: 1\n")}, nil},
	{"no name", "-s", statisticsFiles{snmp: text(": A\n: 1\n")}, nil},
	{"colons", "-s", statisticsFiles{snmp: text("Foo: A:B C:D\nFoo: 1:2 3 4\n")}, nil},
	{"negative", "-s", statisticsFiles{snmp: text("Tcp: MaxConn CurrEstab A\nTcp: -1 -1 -5\n")}, nil},
	{"large", "-s", statisticsFiles{snmp: text("Foo: A B C D E\nFoo: 18446744073709551615 18446744073709551616 99999999999999999999999 -99999999999999999999999 -9223372036854775808\n")}, nil},
	{"signs", "-s", statisticsFiles{snmp: text("Foo: A B C\nFoo: +7 010 +-3\n")}, nil},
	{"not a number", "-s", statisticsFiles{snmp: text("Foo: A B C D\nFoo: 1x 2 3 4\n")}, nil},
	{"fraction", "-s", statisticsFiles{snmp: text("Foo: A B C\nFoo: 1.5 2 3\n")}, nil},
	{"hexadecimal", "-s", statisticsFiles{snmp: text("Foo: A ActiveOpens\nFoo: 0x10 3\n")}, nil},
	{"case of names", "-s", statisticsFiles{snmp: text("TCP: ActiveOpens\nTCP: 1\ntcp: ActiveOpens\ntcp: 2\nTcp: activeOpens\nTcp: 3\n")}, nil},
	{"counters of other groups", "-s", statisticsFiles{snmp: text("Ip: ActiveOpens InMsgs TW\nIp: 1 2 3\nTcp: TW InReceives\nTcp: 1 2\n")}, nil},
	{"percent signs", "-s", statisticsFiles{snmp: text("Fo%so: %s%d%n\nFoo: 1\n")}, nil},
	{"control characters", "-s", statisticsFiles{snmp: text("F\x1boo: \x1b[31mA B\x7f\nFoo: 1 2\n")}, nil},
	{"UTF-8", "-s", statisticsFiles{snmp: text("Fö: Ä ß\nFö: 1 2\n")}, nil},
	{"long lines", "-s", statisticsFiles{snmp: text("Foo:" + strings.Repeat(" Name", 30000) + "\nFoo:" + strings.Repeat(" 7", 30000) + "\nBar: A\nBar: 1\n")}, nil},
	{"groups twice", "-s", statisticsFiles{snmp: text("IcmpMsg: InType0\nIcmpMsg: 1\nIcmpMsg: InType8\nIcmpMsg: 2\nTcp: ActiveOpens\nTcp: 1\nTcp: InSegs\nTcp: 1\n")}, nil},
	{"a group again in the next file", "-s", statisticsFiles{snmp: text("Foo: A\nFoo: 1\n"), netstat: text("Foo: A\nFoo: 1\n")}, nil},
	{"no colons", "-s", statisticsFiles{snmp: text("Foo A\nFoo 1\n"), netstat: text("Bar: A\nBar: 1\n"), sctp: text("SctpA 1\n")}, nil},
	{"no colon before values", "-s", statisticsFiles{snmp: text("Bar: A\nBar: 1\nFoo: A\nFoo 1\nBar: A\nBar: 1\n")}, nil},
	{"no colon before names", "-s", statisticsFiles{snmp: text("Foo A\nFoo: 1\n")}, nil},
	{"empty line between names and values", "-s", statisticsFiles{snmp: text("Foo: A\n\nFoo: 1\n")}, nil},
	{"netstat without colons", "-s", statisticsFiles{snmp: text("Foo: A\nFoo: 1\n"), netstat: text("bad\nbad\n"), sctp: text("SctpA 1\n")}, nil},
	{"no values", "-s", statisticsFiles{snmp: text("Foo: A\nFoo: 1\nBar: A\n")}, says("Problem while parsing /proc/net/snmp")},

	{"histograms", "-s", statisticsFiles{snmp: text("Icmp: InEchos InMsgs InEchoReps Foo OutEchos Bar OutMsgs InEchos Foo OutEchos InErrors OutErrors\nIcmp: 1 2 3 4 5 6 7 8 9 10 11 12\n")}, nil},
	{"histograms of 0", "-s", statisticsFiles{snmp: text("Icmp: InEchos InMsgs OutEchos Foo InErrors OutRedirects\nIcmp: 0 0 0 0 0 0\n")}, nil},
	{"unknown group after a histogram", "-s", statisticsFiles{snmp: text("Icmp: OutEchos\nIcmp: 3\nIcmpMsg: InType3\nIcmpMsg: 1\nFoo: A\nFoo: 1\nTcp: A\nTcp: 1\nFoo: A\nFoo: 1\n")}, nil},
	{"unknown group after a histogram not shown", "-st", statisticsFiles{snmp: text("Icmp: OutEchos\nIcmp: 3\nIcmpMsg: InType3\nIcmpMsg: 1\n")}, nil},
	{"group not shown after a histogram", "-sw", statisticsFiles{snmp: text("Icmp: InEchos\nIcmp: 1\nFoo: A\nFoo: 1\nTcp: A\nTcp: 1\nFoo: A\nFoo: 1\n")}, nil},
	{"histogram again", "-s", statisticsFiles{snmp: text("Icmp: InEchos\nIcmp: 1\nIcmp: InEchos\nIcmp: 1\nFoo: A\nFoo: 1\nIcmp: InEchos OutEchos\nIcmp: 1 1\n")}, nil},
	{"histogram into the next file", "-s", statisticsFiles{snmp: text("Icmp: InEchos\nIcmp: 1\n"), netstat: text("Foo: A\nFoo: 1\n"), sctp: text("SctpFoo 1\n")}, nil},
	{"histogram of IPv6", "-s6", statisticsFiles{snmp: text("Tcp: A\nTcp: 1\n"), snmp6: text("Icmp6InEchos 1\nIcmp6Foo 1\nFoo6A 1\nIcmp6OutEchos 1\nFoo6B 1\nIcmp6InEchos 1\nIp6A 1\nFoo6A 1\nIcmp6InMsgs 1\n")}, nil},
	{"histogram into TCP", "-s6", statisticsFiles{snmp: text("TcpFoo: A\nTcpFoo: 1\n"), snmp6: text("Icmp6OutEchos 1\n")}, nil},

	{"sctp alone", "-sS", statisticsFiles{snmp: text(""), sctp: text("SctpCurrEstab 1\nSctpAborteds 2\nSctpFoo 0\nSctpBar 3\n")}, nil},
	{"sctp not requested", "-st", statisticsFiles{snmp: text(""), sctp: text("SctpCurrEstab 1\n")}, nil},
	{"sctp without IPv6", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6A 1\n"), sctp: text("SctpCurrEstab 1\n")}, nil},
	{"sctp values", "-s", statisticsFiles{snmp: text(""), sctp: text("SctpA -1\nSctpB\t99999999999999999999999\nSctpC    \t+3\nSctpD 4 5")}, nil},
	{"sctp without a number", "-s", statisticsFiles{snmp: text(""), sctp: text("SctpCurrEstab 1\nSctpFoo\nSctpBar 3\n")}, says("Problem while parsing /proc/net/sctp/snmp")},

	{"IPv6 sections", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6InReceives 1\nXIp6OutOctets 3\nFooIp6InReceives 4\nUdp6Foo 3\nUdpLite6Foo 4\nIp6Foo 4\n")}, nil},
	{"names without a 6", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6InReceives 1\nFoo 1\nFoo6Bar 3\nFoo 0\nBar 2\nUdp6InErrors 1\n")}, nil},
	{"a name without a 6 first", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Foo 1\nIp6InReceives 1\n")}, nil},
	{"names that end in 6", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6 4\nIp6InReceives 5\n6 3\n6A 2\nIp6 4\n")}, nil},
	{"several 6", "-s6", statisticsFiles{snmp: text(""), snmp6: text("A6B 1\nA6B6C 2\nA 3\nB6A6C 1\nA6B 4\n")}, nil},
	{"tcp of IPv6", "-s6t", statisticsFiles{snmp: text(""), snmp6: text("Tcp6ActiveOpens 4\nTcp6Foo 5\nUdp6Foo 3\n")}, nil},
	{"tcp of IPv6 not requested", "-s6u", statisticsFiles{snmp: text(""), snmp6: text("Tcp6ActiveOpens 4\nTcp6Foo 5\nUdp6Foo 3\n")}, nil},
	{"IPv6 values", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6A -1\nIp6B 99999999999999999999\nIp6C +3\nIp6D 0x10\nIp6E 010\nIp6F 3.5\nIp6G 4 5 6\n  Ip6H  9\nIp6I\t\t8")}, nil},
	{"IPv6 without a number", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6InReceives 1\nIp6InOctets\nIp6OutOctets 3\n")}, leavesOut("    Ip6InOctets: 1\n", "", "Problem while parsing /proc/net/snmp6")},
	{"IPv6 with an empty line", "-s6", statisticsFiles{snmp: text(""), snmp6: text("Ip6InReceives 1\n\nIp6OutOctets 3\n")},
		&statisticsDivergence{"S2", func(r *printed) {
			r.Stdout = strings.Replace(r.Stdout, "    1 total packets received\n", "", 1)
		}}},
	{"tcp with IPv6", "-s6", statisticsFiles{snmp6: text("Ip6A 1\n"), snmp: text("\nIp: InReceives\nIp: 1\nTcp: ActiveOpens A\nTcp: 1 2\nUdp: A\nUdp: 1\nTcpExt: TW\nTcpExt: 1\n")}, nil},
	{"tcp by the name of the first line", "-s6", statisticsFiles{snmp6: text("Ip6A 1\n"), snmp: text("Foo: A\nTcp: 1\nTcp: A\nFoo: 1\n Tcp: 3\nTcp: 4\n")}, nil},
	{"netstat with IPv6", "-s6", statisticsFiles{snmp6: text("Ip6A 1\n"), snmp: text(""), netstat: text("TcpExt: TW\nTcpExt: 1\n")}, nil},
	{"no colons with IPv6", "-s6", statisticsFiles{snmp6: text("Ip6A 1\n"), snmp: text("Tcp: A\nTcp: 1\nbad\nbad\nTcp: A\nTcp: 1\n")}, says("Problem while parsing /proc/net/snmp")},
}

// TestStatisticsFiles compares the reports for files made by the test.
func TestStatisticsFiles(t *testing.T) {
	if !inside(t) {
		return
	}
	must(t, os.MkdirAll(stageDir+"/proc/net/sctp", 0o755), "make the stage")
	if err := unix.Mount(stageDir+"/proc", "/proc", "", unix.MS_BIND, ""); err != nil {
		t.Fatalf("put files into the place of /proc: %v", err)
	}
	for _, value := range []func(int) int{
		func(int) int { return 0 },
		func(i int) int { return i + 1 },
		func(i int) int { return i % 2 },
	} {
		files := whole(value)
		files.put(t)
		for i, args := range statisticsOptions {
			lang, uid := []string{"C", "C.UTF-8"}[i%2], []uint32{0, statisticsUser}[i/2%2]
			statisticsCompare(t, note("every counter"), uid, lang, args, nil)
		}
	}
	for _, args := range []string{"-ss", "-sr", "-si", "-sM", "-s --bogus", "-sQ"} {
		statisticsCompare(t, note("a mistake"), 0, "C", args, ownUsageText)
	}
	for _, args := range []string{"-sZ", "-s -A foo", "-s -A inet,"} {
		statisticsCompare(t, note("a mistake"), 0, "C", args, nil)
	}
	for _, c := range statisticsCases {
		c.files.put(t)
		statisticsCompare(t, note(c.about+"\n"+c.files.String()), 0, "C", c.args, c.divergence)
	}
	statisticsRefused(t)
	statisticsRepeats(t)
	for seed := range uint64(statisticsSeeds) {
		g := statisticsMaker{rand.New(rand.NewPCG(seed, 1))}
		files := g.files()
		files.put(t)
		for _, args := range []string{g.pick("-s", "-st", "-su", "-sw", "-sU", "-sS"), g.pick("-s6", "-s6t", "-s6u", "-s6w", "-s6tw", "-s6U")} {
			statisticsCompare(t, note(fmt.Sprintf("seed %d\n%v", seed, files)), 0, "C", args, nil)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

type note string

func (n note) String() string { return string(n) }

// statisticsRefused compares the reports for files that cannot be read.
func statisticsRefused(t *testing.T) {
	dir := stageDir + "/proc/net/"
	open := func(name, why string) string { return "cannot open /proc/net/" + name + ": " + why }
	for _, name := range []string{"snmp", "netstat", "sctp/snmp", "snmp6"} {
		optional := name == "netstat" || name == "sctp/snmp"
		for _, f := range []struct {
			why  string
			make func(path string) error
			say  string
		}{
			{"a directory", func(p string) error { return os.Mkdir(p, 0o755) }, ""},
			{"no read permission", func(p string) error { return os.WriteFile(p, []byte("Foo: A\nFoo: 1\n"), 0o600) }, "Permission denied"},
			{"a link to itself", func(p string) error { return os.Symlink("/proc/net/"+name, p) }, "Too many levels of symbolic links"},
		} {
			whole(func(i int) int { return i }).put(t)
			// What the original shows of the other files.
			rest := map[string]string{}
			if !optional && f.say != "" {
				if err := os.Truncate(dir+name, 0); err != nil {
					t.Fatal(err)
				}
				for _, args := range []string{"-s", "-s6"} {
					rest[args] = statisticsRun(t, false, statisticsUser, "C", args).Stdout
				}
			}
			if err := errors.Join(os.Remove(dir+name), f.make(dir+name)); err != nil {
				t.Fatal(err)
			}
			for _, args := range []string{"-s", "-s6"} {
				var d *statisticsDivergence
				if optional && f.say != "" && args == "-s" {
					d = says(open(name, f.say))
				}
				if first := map[string]string{"-s": "snmp", "-s6": "snmp6"}[args]; first == name && f.say != "" {
					d = &statisticsDivergence{"S2", func(r *printed) { r.Stdout = rest[args] }}
				}
				statisticsCompare(t, note(name+" is "+f.why), statisticsUser, "C", args, d)
			}
		}
	}
}

// statisticsRepeats tests divergence S1: -c and a delay repeat the report, which the
// original prints once.
func statisticsRepeats(t *testing.T) {
	whole(func(i int) int { return i }).put(t)
	want := statisticsRun(t, false, 0, "C", "-cs")
	if want.Exit != 0 || want.Stdout != statisticsRun(t, false, 0, "C", "-s 0.01").Stdout {
		t.Errorf("divergence S1 had no effect: %v", want)
	}
	for _, args := range []string{"-cs", "-s 0.01", "-cs6 0.01"} {
		want := statisticsRun(t, false, 0, "C", args)
		cmd := exec.Command(stageDir+"/netstat", strings.Fields(args)...)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 2*len(want.Stdout))
		_, err = io.ReadFull(out, got)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err != nil || string(got) != want.Stdout+want.Stdout {
			t.Errorf("netstat %s: %v, want the report twice, got\n%s", args, err, got)
		}
	}
}

// statisticsMaker makes random files of counters, none of which causes errors in either
// program: those are in statisticsCases.
type statisticsMaker struct{ *rand.Rand }

func (g statisticsMaker) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g statisticsMaker) chance(percent int) bool { return g.IntN(100) < percent }

func (g statisticsMaker) word() string {
	const letters = "ABCDEInOutTcp0123456789_-:.%ä\x01\x1b"
	runes := []rune(letters)
	b := []rune{'K'}
	for range g.IntN(12) {
		b = append(b, runes[g.IntN(len(runes))])
	}
	return string(b)
}

func (g statisticsMaker) blanks() string { return g.pick(" ", " ", " ", " ", "\t", "  ", " \t ") }

func (g statisticsMaker) number() string {
	switch g.IntN(12) {
	case 0:
		return "-" + fmt.Sprint(g.IntN(1000))
	case 1:
		return fmt.Sprint(g.Uint64())
	case 2:
		return fmt.Sprint(g.Uint64()) + "0"
	case 3:
		return g.pick("+", "-", "00") + fmt.Sprint(g.Uint64()>>g.IntN(64))
	case 4, 5, 6, 7:
		return "0"
	}
	return fmt.Sprint(g.IntN(100000))
}

// pairs makes n groups of two lines.
func (g statisticsMaker) pairs(n int) *string {
	titles := make([]string, 0, len(statisticsKeys))
	for title := range statisticsKeys {
		titles = append(titles, title)
	}
	slices.Sort(titles)
	var b strings.Builder
	for range n {
		if g.chance(10) {
			b.WriteString("\n")
		}
		title := g.pick(titles...)
		from := statisticsKeys[title]
		if g.chance(20) {
			title = g.pick("Icmp", "Foo", strings.ReplaceAll(g.word(), ":", ""))
		}
		second := title
		if g.chance(5) {
			second = g.pick(titles...)
		}
		count := g.IntN(len(from) + 3)
		if g.chance(30) {
			count = len(from)
		}
		b.WriteString(title + ":")
		for i := range count {
			key := from[i%len(from)]
			switch {
			case g.chance(10):
				key = g.word()
			case g.chance(10):
				key = g.pick(statisticsKeys[g.pick(titles...)]...)
			case g.chance(20):
				key = g.pick(from...)
			}
			b.WriteString(g.blanks() + key)
		}
		b.WriteString(g.pick("", "", "", " ") + "\n" + second + ":")
		values := count
		if g.chance(10) {
			values = g.IntN(count + 3)
		}
		for range values {
			v := g.number()
			if g.chance(1) {
				v = g.pick("x", "1x", "-", "0x1f", "1.5", "1,000")
			}
			b.WriteString(g.blanks() + v)
		}
		b.WriteString(g.pick("", "", "", " ") + "\n")
	}
	return text(g.end(b.String()))
}

// end drops the last newline now and then.
func (g statisticsMaker) end(s string) string {
	if g.chance(10) {
		return strings.TrimSuffix(s, "\n")
	}
	return s
}

// singles makes lines of one counter each.
func (g statisticsMaker) singles(keys []string, word func() string) *string {
	n := g.IntN(2 * len(keys))
	at := g.IntN(len(keys))
	var b strings.Builder
	for range n {
		key := keys[at%len(keys)]
		at++
		switch {
		case g.chance(10):
			key = word()
		case g.chance(10):
			key = g.pick(keys...)
			at = g.IntN(len(keys))
		}
		switch {
		case g.chance(80):
			fmt.Fprintf(&b, "%-32s\t%s", key, g.number())
		default:
			b.WriteString(key + g.blanks() + g.number())
		}
		b.WriteString(g.pick("", "", "", "", " ", " 7", "x") + "\n")
	}
	return text(g.end(b.String()))
}

func (g statisticsMaker) files() (f statisticsFiles) {
	f.snmp = g.pairs(g.IntN(9))
	if g.chance(90) {
		f.netstat = g.pairs(g.IntN(5))
	}
	if g.chance(60) {
		f.sctp = g.singles(statisticsKeysSCTP, func() string { return "Sctp" + g.word() })
	}
	f.snmp6 = g.singles(statisticsKeys6, func() string {
		return g.pick("Ip6", "Icmp6", "Udp6", "Tcp6", "UdpLite6", "New6", "", "X") + g.word()
	})
	return f
}

// TestStatisticsLive compares the reports of the kernel's own counters after traffic.
func TestStatisticsLive(t *testing.T) {
	if !inside(t) {
		return
	}
	must(t, os.MkdirAll(stageDir+"/proc/net/sctp", 0o755), "make the stage")
	statisticsTraffic(t)
	for i, args := range statisticsOptions {
		lang, uid := []string{"C", "C.UTF-8"}[i%2], []uint32{0, statisticsUser}[i/2%2]
		statisticsSettled(t, uid, lang, args)
	}
	for args, lines := range map[string][]string{
		"-s": {
			"    5 passive connection openings\n", "    2 connections established\n", "        echo requests: 1\n",
			"        InType8: 1\n", "        destination unreachable: 3\n", "    3 packets to unknown port received\n",
		},
		"-s6": {
			"        destination unreachable: 3\n", "        echo requests: 1\n", "    3 packets to unknown port received\n",
			"        Icmp6InType128: 1\n", "    5 passive connection openings\n",
		},
	} {
		report := statisticsRun(t, true, 0, "C", args).Stdout
		for _, line := range lines {
			if !strings.Contains(report, line) {
				t.Errorf("the traffic left no %q in the report of %s:\n%s", line, args, report)
			}
		}
	}
}

// statisticsSettled compares one command line, with ours between two runs of the
// original, until the counters do not change.
func statisticsSettled(t *testing.T, uid uint32, lang, args string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		before := statisticsRun(t, false, uid, lang, args)
		got := statisticsRun(t, true, uid, lang, args)
		after := statisticsRun(t, false, uid, lang, args)
		switch {
		case before == after && got == before:
			return
		case before == after:
			t.Errorf("netstat %s (LANG=%s, user %d)\nwant %v\ngot  %v", args, lang, uid, before, got)
			return
		case time.Now().After(deadline):
			t.Fatalf("netstat %s: the counters kept changing", args)
		}
	}
}

// statisticsTraffic makes the protocols count.
func statisticsTraffic(t *testing.T) {
	t.Helper()
	must := func(err error, doing string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", doing, err)
		}
	}
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(err, "socket")
	defer unix.Close(control)
	up, err := unix.NewIfreq("lo")
	must(err, "interface request")
	up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	must(unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, up), "bring lo up")

	for _, c := range []struct{ tcp, udp, host, icmp string }{
		{"tcp4", "udp4", "127.0.0.1", "ip4:icmp"}, {"tcp6", "udp6", "::1", "ip6:ipv6-icmp"},
	} {
		// One connection that is closed, one that is reset, one that is refused.
		l, err := net.Listen(c.tcp, net.JoinHostPort(c.host, "0"))
		must(err, "listen")
		for i := range 2 {
			client, err := net.Dial(c.tcp, l.Addr().String())
			must(err, "connect")
			server, err := l.Accept()
			must(err, "accept")
			_, err = client.Write(make([]byte, 100000))
			must(err, "write")
			if i == 1 {
				must(server.(*net.TCPConn).SetLinger(0), "linger")
			} else {
				_, err = io.ReadFull(server, make([]byte, 100000))
				must(err, "read")
			}
			must(server.Close(), "close")
			must(client.Close(), "close")
		}
		l.Close()
		if refused, err := net.Dial(c.tcp, l.Addr().String()); err == nil {
			refused.Close()
			t.Fatal("a closed port answers")
		}
		for range 3 {
			nobody, err := net.Dial(c.udp, net.JoinHostPort(c.host, "9"))
			must(err, "dial")
			_, err = nobody.Write([]byte("hello"))
			must(err, "write")
			nobody.Close()
		}
		echo := []byte{8, 0, 0xf7, 0xfd, 0, 1, 0, 1} // with a correct checksum
		if c.tcp == "tcp6" {
			echo = []byte{128, 0, 0, 0, 0, 0, 0, 0} // the kernel fills in the checksum
		}
		ping, err := net.Dial(c.icmp, c.host)
		must(err, "raw socket")
		_, err = ping.Write(echo)
		must(err, "ping")
		ping.Close()
	}
	idle, err := net.Listen("tcp", "127.0.0.1:0")
	must(err, "listen")
	t.Cleanup(func() { idle.Close() })
	last, err := net.Dial("tcp", idle.Addr().String())
	must(err, "connect")
	t.Cleanup(func() { last.Close() })
}
