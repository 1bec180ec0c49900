package nettools

// The tables hold the sentences of net-tools 2.10, as observed for every
// counter of Linux up to 6.18, sorted by counter name. A counter without a
// sentence is printed by its name. Some of these have a sentence in net-tools
// 2.10 that it never finds (TCPTimeouts, TWKilled, Forwarding and others).

// labelKind tells when and where a counter is shown.
type labelKind uint8

const (
	counted labelKind = iota // if it is not 0
	always                   // even if it is 0
	hidden                   // never
	input                    // if it is not 0, below a title of its own
	output
)

// label holds the text before and after a counter's value.
type label struct {
	name          string
	kind          labelKind
	before, after string
}

var ipLabels = []label{
	{name: "DefaultTTL", kind: hidden},
	{name: "ForwDatagrams", kind: always, after: " forwarded"},
	{name: "FragCreates", after: " fragments created"},
	{name: "FragFails", after: " outgoing packets failed fragmentation"},
	{name: "FragOKs", after: " outgoing packets fragmented ok"},
	{name: "InAddrErrors", after: " with invalid addresses"},
	{name: "InDelivers", kind: always, after: " incoming packets delivered"},
	{name: "InDiscards", kind: always, after: " incoming packets discarded"},
	{name: "InHdrErrors", after: " with invalid headers"},
	{name: "InReceives", kind: always, after: " total packets received"},
	{name: "InUnknownProtos", after: " with unknown protocol"},
	{name: "OutDiscards", after: " outgoing packets dropped"},
	{name: "OutNoRoutes", after: " dropped because of missing route"},
	{name: "OutRequests", kind: always, after: " requests sent out"},
	{name: "ReasmFails", after: " packet reassemblies failed"},
	{name: "ReasmOKs", after: " packets reassembled ok"},
	{name: "ReasmReqds", after: " reassemblies required"},
	{name: "ReasmTimeout", after: " fragments dropped after timeout"},
}

var icmpLabels = []label{
	{name: "InAddrMaskReps", kind: input, before: "address mask replies: "},
	{name: "InAddrMasks", kind: input, before: "address mask request: "},
	{name: "InDestUnreachs", kind: input, before: "destination unreachable: "},
	{name: "InEchoReps", kind: input, before: "echo replies: "},
	{name: "InEchos", kind: input, before: "echo requests: "},
	{name: "InErrors", kind: always, after: " input ICMP message failed"},
	{name: "InMsgs", kind: always, after: " ICMP messages received"},
	{name: "InParmProbs", kind: input, before: "wrong parameters: "},
	{name: "InRedirects", kind: input, before: "redirects: "},
	{name: "InSrcQuenchs", kind: input, before: "source quenches: "},
	{name: "InTimeExcds", kind: input, before: "timeout in transit: "},
	{name: "InTimestampReps", kind: input, before: "timestamp reply: "},
	{name: "InTimestamps", kind: input, before: "timestamp request: "},
	{name: "OutAddrMaskReps", kind: output, before: "address mask replies: "},
	{name: "OutAddrMasks", kind: output, before: "address mask requests: "},
	{name: "OutDestUnreachs", kind: output, before: "destination unreachable: "},
	{name: "OutEchoReps", kind: output, before: "echo replies: "},
	{name: "OutEchos", kind: output, before: "echo requests: "},
	{name: "OutErrors", kind: always, after: " ICMP messages failed"},
	{name: "OutMsgs", kind: always, after: " ICMP messages sent"},
	{name: "OutParmProbs", kind: output, before: "wrong parameters: "},
	{name: "OutRedirects", kind: output, before: "redirect: "},
	{name: "OutSrcQuenchs", kind: output, before: "source quench: "},
	{name: "OutTimeExcds", kind: output, before: "time exceeded: "},
	{name: "OutTimestampReps", kind: output, before: "timestamp replies: "},
	{name: "OutTimestamps", kind: output, before: "timestamp requests: "},
}

var tcpLabels = []label{
	{name: "ActiveOpens", kind: always, after: " active connection openings"},
	{name: "AttemptFails", kind: always, after: " failed connection attempts"},
	{name: "CurrEstab", kind: always, after: " connections established"},
	{name: "EstabResets", kind: always, after: " connection resets received"},
	{name: "InErrs", kind: always, after: " bad segments received"},
	{name: "InSegs", kind: always, after: " segments received"},
	{name: "MaxConn", kind: hidden},
	{name: "OutRsts", kind: always, after: " resets sent"},
	{name: "OutSegs", kind: always, after: " segments sent out"},
	{name: "PassiveOpens", kind: always, after: " passive connection openings"},
	{name: "RetransSegs", kind: always, after: " segments retransmitted"},
	{name: "RtoAlgorithm", kind: hidden},
	{name: "RtoMax", kind: hidden},
	{name: "RtoMin", kind: hidden},
}

var udpLabels = []label{
	{name: "InDatagrams", kind: always, after: " packets received"},
	{name: "InErrors", kind: always, after: " packet receive errors"},
	{name: "NoPorts", kind: always, after: " packets to unknown port received"},
	{name: "OutDatagrams", kind: always, after: " packets sent"},
	{name: "RcvbufErrors", kind: always, after: " receive buffer errors"},
	{name: "SndbufErrors", kind: always, after: " send buffer errors"},
}

var tcpExtLabels = []label{
	{name: "DelayedACKLocked", after: " delayed acks further delayed because of locked socket"},
	{name: "DelayedACKLost", before: "Quick ack mode was activated ", after: " times"},
	{name: "DelayedACKs", after: " delayed acks sent"},
	{name: "EmbryonicRsts", after: " resets received for embryonic SYN_RECV sockets"},
	{name: "ListenDrops", after: " SYNs to LISTEN sockets dropped"},
	{name: "ListenOverflows", after: " times the listen queue of a socket overflowed"},
	{name: "LockDroppedIcmps", after: " ICMP packets dropped because socket was locked"},
	{name: "OfoPruned", after: " packets dropped from out-of-order queue because of socket buffer overrun"},
	{name: "OutOfWindowIcmps", after: " ICMP packets dropped because they were out-of-window"},
	{name: "PAWSActive", after: " active connections rejected because of time stamp"},
	{name: "PAWSEstab", after: " packets rejected in established connections because of timestamp"},
	{name: "PAWSPassive", after: " passive connections rejected because of time stamp"},
	{name: "PruneCalled", after: " packets pruned from receive queue because of socket buffer overrun"},
	{name: "RcvPruned", after: " packets pruned from receive queue"},
	{name: "SockMallocOOM", before: "Ran ", after: " times out of system memory during packet sending"},
	{name: "SyncookiesFailed", after: " invalid SYN cookies received"},
	{name: "SyncookiesRecv", after: " SYN cookies received"},
	{name: "SyncookiesSent", after: " SYN cookies sent"},
	{name: "TCPAbortFailed", after: " times unable to send RST due to no memory"},
	{name: "TCPAbortOnClose", after: " connections reset due to early user close"},
	{name: "TCPAbortOnData", after: " connections reset due to unexpected data"},
	{name: "TCPAbortOnLinger", after: " connections aborted after user close in linger timeout"},
	{name: "TCPAbortOnMemory", after: " connections aborted due to memory pressure"},
	{name: "TCPAbortOnSyn", after: " connections reset due to unexpected SYN"},
	{name: "TCPAbortOnTimeout", after: " connections aborted due to timeout"},
	{name: "TCPDirectCopyFromBacklog", after: " bytes directly in process context from backlog"},
	{name: "TCPFACKReorder", before: "Detected reordering ", after: " times using FACK"},
	{name: "TCPFastRetrans", after: " fast retransmits"},
	{name: "TCPForwardRetrans", after: " forward retransmits"},
	{name: "TCPFullUndo", after: " congestion windows fully recovered without slow start"},
	{name: "TCPHPAcks", after: " predicted acknowledgments"},
	{name: "TCPHPHits", kind: always, after: " packet headers predicted"},
	{name: "TCPHPHitsToUser", after: " packet headers predicted and directly queued to user"},
	{name: "TCPLossFailures", after: " timeouts in loss state"},
	{name: "TCPLossUndo", after: " congestion windows recovered without slow start after partial ack"},
	{name: "TCPLostRetransmits", after: " retransmits lost"},
	{name: "TCPMemoryPressures", before: "TCP ran low on memory ", after: " times"},
	{name: "TCPPartialUndo", after: " congestion windows partially recovered using Hoe heuristic"},
	{name: "TCPPrequeued", after: " packets directly queued to recvmsg prequeue"},
	{name: "TCPPureAcks", after: " acknowledgments not containing data payload received"},
	{name: "TCPRcvCollapsed", after: " packets collapsed in receive queue due to low socket buffer"},
	{name: "TCPRenoFailures", after: " timeouts after reno fast retransmit"},
	{name: "TCPRenoRecovery", after: " times recovered from packet loss due to fast retransmit"},
	{name: "TCPRenoReorder", before: "Detected reordering ", after: " times using reno fast retransmit"},
	{name: "TCPSACKReorder", before: "Detected reordering ", after: " times using SACK"},
	{name: "TCPSchedulerFailed", after: " times receiver scheduled too late for direct processing"},
	{name: "TCPSlowStartRetrans", after: " retransmits in slow start"},
	{name: "TCPTSReorder", before: "Detected reordering ", after: " times using time stamp"},
	{name: "TW", after: " TCP sockets finished time wait in fast timer"},
	{name: "TWRecycled", after: " time wait sockets recycled by time stamp"},
}

var ip6Labels = []label{
	{name: "FragCreates", after: " fragments created"},
	{name: "FragFails", after: " outgoing packets failed fragmentation"},
	{name: "FragOKs", after: " outgoing packets fragmented ok"},
	{name: "InAddrErrors", after: " with invalid addresses"},
	{name: "InDelivers", kind: always, after: " incoming packets delivered"},
	{name: "InDiscards", kind: always, after: " incoming packets discarded"},
	{name: "InHdrErrors", after: " with invalid headers"},
	{name: "InMcastPkts", after: " incoming multicast packets"},
	{name: "InNoRoutes", after: " incoming packets with no route"},
	{name: "InReceives", kind: always, after: " total packets received"},
	{name: "InTooBigErrors", after: " with packets too big"},
	{name: "InTruncatedPkts", after: " with truncated packets"},
	{name: "InUnknownProtos", after: " with unknown protocol"},
	{name: "OutDiscards", after: " outgoing packets dropped"},
	{name: "OutForwDatagrams", kind: always, after: " forwarded"},
	{name: "OutMcastPkts", after: " outgoing multicast packets"},
	{name: "OutNoRoutes", after: " dropped because of missing route"},
	{name: "OutRequests", kind: always, after: " requests sent out"},
	{name: "ReasmFails", after: " packet reassemblies failed"},
	{name: "ReasmOKs", after: " packets reassembled ok"},
	{name: "ReasmReqds", after: " reassemblies required"},
	{name: "ReasmTimeout", after: " fragments dropped after timeout"},
}

var icmp6Labels = []label{
	{name: "InDestUnreachs", kind: input, before: "destination unreachable: "},
	{name: "InEchoReplies", kind: input, before: "echo replies: "},
	{name: "InEchos", kind: input, before: "echo requests: "},
	{name: "InErrors", kind: always, after: " input ICMP message failed"},
	{name: "InGroupMembQueries", kind: input, before: "group member queries: "},
	{name: "InGroupMembReductions", kind: input, before: "group member reductions: "},
	{name: "InGroupMembResponses", kind: input, before: "group member responses: "},
	{name: "InMsgs", kind: always, after: " ICMP messages received"},
	{name: "InNeighborAdvertisements", kind: input, before: "neighbour advertisement: "},
	{name: "InNeighborSolicits", kind: input, before: "neighbour solicits: "},
	{name: "InParmProblems", kind: input, before: "parameter problem: "},
	{name: "InPktTooBigs", kind: input, before: "packets too big: "},
	{name: "InRedirects", kind: input, before: "redirects: "},
	{name: "InRouterAdvertisements", kind: input, before: "router advertisement: "},
	{name: "InRouterSolicits", kind: input, before: "router solicits: "},
	{name: "InTimeExcds", kind: input, before: "received ICMPv6 time exceeded: "},
	{name: "OutDestUnreachs", kind: output, before: "destination unreachable: "},
	{name: "OutEchoReplies", kind: output, before: "echo replies: "},
	{name: "OutEchos", kind: output, before: "echo requests: "},
	{name: "OutGroupMembQueries", kind: output, before: "group member queries: "},
	{name: "OutGroupMembReductions", kind: output, before: "group member reductions: "},
	{name: "OutGroupMembResponses", kind: output, before: "group member responses: "},
	{name: "OutMsgs", kind: always, after: " ICMP messages sent"},
	{name: "OutNeighborAdvertisements", kind: output, before: "neighbor advertisements: "},
	{name: "OutNeighborSolicits", kind: output, before: "neighbor solicits: "},
	{name: "OutParmProblems", kind: output, before: "parameter problem: "},
	{name: "OutPktTooBigs", kind: output, before: "packets too big: "},
	{name: "OutRedirects", kind: output, before: "redirects: "},
	{name: "OutRouterSolicits", kind: output, before: "router solicits: "},
	{name: "OutTimeExcds", kind: output, before: "sent ICMPv6 time exceeded: "},
}

var udp6Labels = []label{
	{name: "InDatagrams", kind: always, after: " packets received"},
	{name: "InErrors", kind: always, after: " packet receive errors"},
	{name: "NoPorts", kind: always, after: " packets to unknown port received"},
	{name: "OutDatagrams", kind: always, after: " packets sent"},
}

var sctpLabels = []label{
	{name: "Aborteds", kind: always, after: " Number of Aborteds "},
	{name: "ActiveEstabs", kind: always, after: " Active Associations"},
	{name: "ChecksumErrors", kind: always, after: " Number of Packets with invalid Checksum"},
	{name: "CurrEstab", kind: always, after: " Current Associations"},
	{name: "FragUsrMsgs", kind: always, after: " Number of messages fragmented"},
	{name: "InCtrlChunks", kind: always, after: " Number of control chunks received"},
	{name: "InOrderChunks", kind: always, after: " Number of ordered chunks received"},
	{name: "InSCTPPacks", kind: always, after: " Number of SCTP packets received"},
	{name: "InUnorderChunks", kind: always, after: " Number of Unordered chunks received"},
	{name: "OutCtrlChunks", kind: always, after: " Number of control chunks sent"},
	{name: "OutOfBlues", kind: always, after: " Number of Out of Blue packets"},
	{name: "OutOrderChunks", kind: always, after: " Number of ordered chunks sent"},
	{name: "OutSCTPPacks", kind: always, after: " Number of SCTP packets sent"},
	{name: "OutUnorderChunks", kind: always, after: " Number of Unordered chunks sent"},
	{name: "PassiveEstabs", kind: always, after: " Passive Associations"},
	{name: "ReasmUsrMsgs", kind: always, after: " Number of messages reassembled "},
	{name: "Shutdowns", kind: always, after: " Number of Graceful Terminations"},
}
