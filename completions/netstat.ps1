# Completion of netstat for PowerShell. Made by go test ./internal/manual -update.
# Dot-source it in $PROFILE: . netstat.ps1

$script:NetstatLists = @{
    'options:linux' = '--ax25	sockets or routes of AX.25, amateur radio
--x25	sockets or routes of X.25
--ip	the same as --inet
--ipx	sockets or routes of Novell IPX
--appletalk	the same as --ddp
--netrom	sockets or routes of NET/ROM, amateur radio
--inet	IPv4: its tcp, udp, udplite, sctp and raw sockets
--inet6	IPv6: its tcp, udp, udplite, sctp and raw sockets
--ddp	sockets or routes of AppleTalk
--rose	sockets or routes of ROSE, amateur radio
-x	unix sockets
--unix	unix sockets
--bluetooth	Bluetooth sockets: L2CAP and RFCOMM
--tcpip	the same as --inet
-V	version and features
--version	version and features
-i	network interfaces, or the one named NAME
--interfaces	network interfaces, or the one named NAME
-h	the options, or the text on a topic (see below)
--help	the options, or the text on a topic (see below)
-r	the kernel''s routing table
--route	the kernel''s routing table
-M	connections whose addresses are translated
--masquerade	connections whose addresses are translated
-A	sockets or routes of these families, with commas between them
--protocol=	sockets or routes of these families, with commas between them
-t	TCP sockets
--tcp	TCP sockets
-S	SCTP associations and endpoints
--sctp	SCTP associations and endpoints
-u	UDP sockets
--udp	UDP sockets
-U	UDP-Lite sockets
--udplite	UDP-Lite sockets
-w	raw sockets
--raw	raw sockets
-2	Bluetooth L2CAP sockets
--l2cap	Bluetooth L2CAP sockets
-f	Bluetooth RFCOMM sockets
--rfcomm	Bluetooth RFCOMM sockets
-l	only listening sockets
--listening	only listening sockets
-a	listening and connected (default: only connected); with -i: also interfaces that are down
--all	listening and connected (default: only connected); with -i: also interfaces that are down
-o	the timer of each socket
--timers	the timer of each socket
-c	once a second until interrupted
--continuous	once a second until interrupted
-e	more columns; -ee for still more
--extend	more columns; -ee for still more
-p	process and program that hold each socket
--programs	process and program that hold each socket
-v	say which families this host lacks
--verbose	say which families this host lacks
-s	counters of each protocol
--statistics	counters of each protocol
-W	never cut an address
--wide	never cut an address
-n	numbers instead of names of hosts, ports and users
--numeric	numbers instead of names of hosts, ports and users
--numeric-hosts	the same for hosts only
--numeric-ports	the same for ports only
--numeric-users	the same for users only
-N	with -r: hosts as numbers
--symbolic	with -r: hosts as numbers
-C	routes in the kernel''s cache
--cache	routes in the kernel''s cache
-F	routes as the kernel uses them (default)
--fib	routes as the kernel uses them (default)
-g	multicast groups that this host has joined
--groups	multicast groups that this host has joined
-Z	SELinux context of that process; implies -p
--context	SELinux context of that process; implies -p
-4	the same as --inet
-6	the same as --inet6
-d	accepted without effect
-?	the help text, as a mistake: on standard error, with status 3
--filter=	sockets that match, as in ss: ''dport = :443''
--state=	sockets in these states: listening, time-wait, …
--port=	sockets with these ports, at either end
--process=	sockets of programs with these names (* and ?)
--pid=	sockets of these processes, by number
--user=	sockets of these users
--family=	sockets of these families: tcp6, unix, vsock, …
--limit=	the first N rows
--columns=	these columns; +NAME and -NAME add to and take from the default; --columns=help lists them
--sort=	order by these columns; -NAME is descending
--group-by=	counts and sums for each value of these columns
--count	only the number of rows
--format=	text, json, ndjson, csv, tsv, table, openmetrics, prometheus or template=TEXT
--json	the same as --format=json
--color=	auto, always or never; for tables and --diagnose
--resolve-timeout=	wait for host names D at most, such as 2 or 500ms
--dialect=	behave as the netstat of linux or windows
--licenses	the licences of this program and of what it contains
--tcp-info	the inside of TCP connections: rtt, cwnd and more
--memory	the memory that each socket uses
--all-owners	every process that holds a socket, not only one
--peers	the process at the other end, if on this host
--table=	with -r: this routing table: main, local, a name or number, or all (Linux)
--diff	with an interval: what was opened, closed and changed; --diff OLD NEW: between two snapshots
--delta	with an interval: traffic of sockets, interfaces and counters per second; counters that did not move only with =all; --delta OLD NEW: between two snapshots
--watch	the table, updated in place, with keys to filter, sort, group and look inside (? explains them); =plain: lines about changed rows
--events	a line for each event of a socket as it happens: opened, closed, state (it changes), retransmit
--diagnose	what is wrong on this host, with evidence: all rules, or these; a number is the seconds to measure for; --diagnose=help lists the rules; --diagnose OLD NEW: between two snapshots
--fail-on=	exit status 1 for a warning, 2 for a critical finding; critical: only 2
--summary	sockets and their memory in numbers, by protocol, with the limits
--rules	rules of policy routing (Linux); -4 and -6 choose
--get=	route that packets to ADDRESS take, and why: rule, table, source, neighbour; "ADDRESS from A iif D oif D mark N tos N uid N ipproto P sport N dport N"; Windows knows only from and oif
--neighbors	neighbours on each link: address, MAC, state, age; -4 and -6 choose
--conntrack	connections that this host tracks, with their translation, state, timeout, mark, zone and counters (Linux); -4 and -6 choose
--snapshot=	save a snapshot of this host, - for standard output; compressed if FILE ends in .zst
--redact	with --snapshot or --record: pseudonyms for addresses, names, paths and arguments
--replay=	answer from a snapshot, - for standard input, or from the newest round of a directory
--record=	save a snapshot in a directory each 10 seconds, or at an interval; --limit=N ends after N
--keep=	with --record: remove the oldest rounds beyond a size (500M, 2GiB) or an age (24h, 7d)
--at=	with --replay DIR: the last round at or before ''2026-11-29 18:00'', 18:00 or -10m
--from=	with --diff DIR or --diagnose DIR: the older round
--to=	the newer round, the newest one if not given
--netns=	network namespaces: names, paths, processes, host (that of process 1), or all (Linux)
--close	close the selected sockets after a question; =yes: without one
--signal=	signal the processes that hold the selected sockets after a question: TERM, KILL, …, on Windows KILL; NAME,yes: without one'
    'options:windows' = '-a	All connections, listening ports and UDP sockets.
-b	Below each row, the program that made the connection or opened the port and, if known, the component in it, such as a service. Needs elevation.
-c	Processes by the number of TCP and UDP ports that they use.
-d	A column for the DSCP value of each connection. It stays empty: Windows has no public interface for it.
-e	Counters of all network interfaces together. Can be combined with -s.
-f	Full domain names for foreign addresses.
-i	The milliseconds that a connection has been in its state, at most: the time since it was made.
-n	Numbers instead of names for addresses and ports.
-o	The process ID (PID) of each row.
-p	Only this protocol: TCP, UDP, TCPv6 or UDPv6; with -s also IP, IPv6, ICMP or ICMPv6.
-q	As -a, plus TCP ports that are bound but neither listening nor connected.
-r	Interfaces and routing tables.
-s	Counters of each protocol: IP, IPv6, ICMP, ICMPv6, TCP, TCPv6, UDP and UDPv6, or only of the one that -p names.
-t	Whether each connection is offloaded to a network card.
-v	Accepted for old scripts; has no effect.
-x	NetworkDirect connections, listeners and shared endpoints.
-y	The TCP template of each connection. Only with -a -f -n -p -q; other options that add columns have no effect.
-?	The help text, on standard error, with status 1.
--filter=	sockets that match, as in ss: ''dport = :443''
--state=	sockets in these states: listening, time-wait, …
--port=	sockets with these ports, at either end
--process=	sockets of programs with these names (* and ?)
--pid=	sockets of these processes, by number
--user=	sockets of these users
--family=	sockets of these families: tcp6, unix, vsock, …
--limit=	the first N rows
--columns=	these columns; +NAME and -NAME add to and take from the default; --columns=help lists them
--sort=	order by these columns; -NAME is descending
--group-by=	counts and sums for each value of these columns
--count	only the number of rows
--format=	text, json, ndjson, csv, tsv, table, openmetrics, prometheus or template=TEXT
--json	the same as --format=json
--color=	auto, always or never; for tables and --diagnose
--resolve-timeout=	wait for host names D at most, such as 2 or 500ms
--dialect=	behave as the netstat of linux or windows
--help	explain a topic: filter, columns, states, formats, families, namespaces, diagnose, examples
--licenses	the licences of this program and of what it contains
--tcp-info	the inside of TCP connections: rtt, cwnd and more
--memory	the memory that each socket uses
--all-owners	every process that holds a socket, not only one
--peers	the process at the other end, if on this host
--table=	with -r: this routing table: main, local, a name or number, or all (Linux)
--diff	with an interval: what was opened, closed and changed; --diff OLD NEW: between two snapshots
--delta	with an interval: traffic of sockets, interfaces and counters per second; counters that did not move only with =all; --delta OLD NEW: between two snapshots
--watch	the table, updated in place, with keys to filter, sort, group and look inside (? explains them); =plain: lines about changed rows
--events	a line for each event of a socket as it happens: opened, closed, state (it changes), retransmit
--diagnose	what is wrong on this host, with evidence: all rules, or these; a number is the seconds to measure for; --diagnose=help lists the rules; --diagnose OLD NEW: between two snapshots
--fail-on=	exit status 1 for a warning, 2 for a critical finding; critical: only 2
--summary	sockets and their memory in numbers, by protocol, with the limits
--rules	rules of policy routing (Linux); -4 and -6 choose
--get=	route that packets to ADDRESS take, and why: rule, table, source, neighbour; "ADDRESS from A iif D oif D mark N tos N uid N ipproto P sport N dport N"; Windows knows only from and oif
--neighbors	neighbours on each link: address, MAC, state, age; -4 and -6 choose
--conntrack	connections that this host tracks, with their translation, state, timeout, mark, zone and counters (Linux); -4 and -6 choose
--snapshot=	save a snapshot of this host, - for standard output; compressed if FILE ends in .zst
--redact	with --snapshot or --record: pseudonyms for addresses, names, paths and arguments
--replay=	answer from a snapshot, - for standard input, or from the newest round of a directory
--record=	save a snapshot in a directory each 10 seconds, or at an interval; --limit=N ends after N
--keep=	with --record: remove the oldest rounds beyond a size (500M, 2GiB) or an age (24h, 7d)
--at=	with --replay DIR: the last round at or before ''2026-11-29 18:00'', 18:00 or -10m
--from=	with --diff DIR or --diagnose DIR: the older round
--to=	the newer round, the newest one if not given
--netns=	network namespaces: names, paths, processes, host (that of process 1), or all (Linux)
--close	close the selected sockets after a question; =yes: without one
--signal=	signal the processes that hold the selected sockets after a question: TERM, KILL, …, on Windows KILL; NAME,yes: without one'
    'columns:sockets' = 'proto	protocol and family as netstat writes them: tcp, tcp6, udp, unix; in filters tcp means tcp and tcp6
netid	protocol and type as ss writes them: u_str, p_raw, v_dgr
family	address family: inet, inet6, unix
state	state as in RFC 9293: LISTEN, ESTABLISHED
listening	accepts connections, or datagrams from any address
local	local address and port
local_address	local address
local_port	local port
local_scope	interface of the local address
local_name	local name, in families without IP addresses
remote	remote address and port
remote_address	remote address
remote_port	remote port
remote_scope	interface of the remote address
remote_name	remote name, in families without IP addresses
exposure	reach of the local address
recvq	bytes received and not yet read; for a listening socket, connections not yet accepted
sendq	bytes not yet acknowledged by the peer
max_backlog	limit of the accept queue, for a listening socket
accept_full	accept queue of a listening socket is full: recvq > max_backlog, since the kernel admits one connection more than the limit
uid	ID of the user that the socket belongs to
user	user that the socket belongs to; on Windows, user of the process
inode	inode number of the socket''s file, 0 for none
cookie	kernel''s number of the socket, never reused
pid	ID of the process that holds the socket
process	name of the process that holds the socket
owner	first process of the socket, number of others: 60/nginx+3; in a table also why it is unknown
owners	ID and name of each process that holds the socket
owner_unknown	reason why no process is known
owner_via	how the process holds the socket; empty for a file descriptor
owner_user	user of the process
command	command line of the process
argv0	first string of the command line
comm	system''s name of the process
exe	path of the program
exe_deleted	program file was removed or replaced
started	start time of the process
age	time since the process started
parent	ID of the parent process
threads	threads in the process
unit	systemd unit of the process
user_unit	systemd user unit of the process
slice	systemd slice of the process
container	ID of the container that the process runs in
runtime	runtime of the container
pod	UID of the Kubernetes pod that the process runs in
service	container or else systemd unit of the process; on Windows, services in the process
process_cgroup	control group of the process
context	SELinux security context of the process
company	maker of the program, from its file (Windows)
version	version of the program, from its file (Windows)
signature	signature of the program file (Windows)
signer	signer of the program file (Windows); absent unless the signature is valid
package	package of a store app (Windows)
services	services in the process (Windows)
interface	network interface that the socket is bound to
interface_index	index of the interface in column interface
mark	mark of packets sent
cgroup	control group in which the socket was created
cgroup_id	ID of the control group in column cgroup
tos	type of service of packets sent
tclass	traffic class of IPv6 packets sent
ulp	protocol on top of TCP in the kernel
autobound	local port was chosen by the kernel
receive_closed	receiving was shut down
send_closed	sending was shut down
v6only	IPv6 socket that accepts no IPv4; only for listening or closed sockets
timer	running timer
timer_expires	time until the timer expires
timer_retransmits	unanswered retransmissions
timer_probes	unanswered probes
peer_pid	ID of the process that holds the peer; absent if the peer is on another host
peer_process	name of the process that holds the peer
peer_owners	ID and name of each process that holds the peer
peer_inode	inode number of the peer
peer_state	state of the peer
peer_waiting	peer is not yet accepted
peer_translated	peer was found through address translation (NAT)
peer_netns	network namespace of the peer
congestion	congestion control algorithm: cubic, bbr
send_rate	congestion window per round-trip time: send of ss
ca_state	congestion control state: open, disorder, cwr, recovery, loss
retransmits	unanswered retransmissions in a row; 0 once data is acknowledged
probes	unanswered zero-window or keepalive probes
backoff	times the retransmission timeout doubled
timestamps	timestamps (RFC 7323) are in use
sack	selective acknowledgements in use (RFC 2018)
wscale	window scaling (RFC 7323) is in use
ecn	congestion notification in use (ECN, RFC 3168)
ecn_seen	an ECN-capable packet was received
fastopen	data in the SYN was acknowledged (TCP Fast Open, RFC 7413)
usec_timestamps	timestamps count microseconds (Linux 6.7)
fastopen_child	server socket created by a Fast Open SYN (Linux 6.14)
snd_wscale	window scale announced by the peer
rcv_wscale	window scale announced to the peer
app_limited	delivery_rate was limited by the application (Linux 4.9)
fastopen_fail	why a client''s Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 if it did not fail (Linux 5.5)
rto	retransmission timeout
ato	delayed acknowledgement timeout
mss	largest segment to send
rcv_mss	estimated largest segment received
unacked	segments sent and not acknowledged
sacked	unacknowledged segments with a SACK
lost	unacknowledged segments considered lost
retrans	unacknowledged segments sent again
fackets	segments up to the highest SACK; 0 since Linux 4.15
last_data_sent	time since data was last sent
last_data_recv	time since data was last received
last_ack_recv	time since the last acknowledgement
pmtu	path MTU
rcv_ssthresh	largest window to announce at present
rtt	smoothed round-trip time
rttvar	mean deviation of the round-trip time
ssthresh	slow start threshold, in segments; absent until a loss sets it
cwnd	congestion window, in segments
advmss	largest segment announced to the peer
reordering	reordered segments before one counts as lost
rcv_rtt	receiver''s estimate of the round-trip time; 0 if there is none yet
rcv_space	receive buffer space used for buffer tuning
total_retrans	segments retransmitted since the connection began
pacing_rate	pacing rate; absent if there is no limit
max_pacing_rate	upper limit of pacing_rate (SO_MAX_PACING_RATE); absent if there is none
bytes_acked	bytes sent and acknowledged (Linux 4.1)
bytes_received	bytes received in order (Linux 4.1)
segs_out	segments sent, with and without data (Linux 4.2)
segs_in	segments received, with and without data (Linux 4.2)
notsent	bytes written and not yet sent (Linux 4.6)
min_rtt	recent minimum round-trip time; absent until measured (Linux 4.6)
data_segs_in	segments with data received (Linux 4.6)
data_segs_out	segments with data sent (Linux 4.6)
delivery_rate	recent rate at which data reached the peer (Linux 4.9)
busy_time	time with data to send (Linux 4.10)
rwnd_limited	part of busy_time limited by the peer''s window (Linux 4.10)
sndbuf_limited	part of busy_time limited by the send buffer (Linux 4.10)
delivered	segments delivered, including retransmissions (Linux 4.18)
delivered_ce	delivered segments that met congestion (Linux 4.18)
bytes_sent	data bytes sent, including retransmissions (Linux 4.19)
bytes_retrans	data bytes retransmitted (Linux 4.19)
dsack_dups	segments the peer received twice (DSACK, Linux 4.19)
reord_seen	reordering events seen (Linux 4.19)
rcv_ooopack	segments received out of order (Linux 5.4)
snd_wnd	window announced by the peer (Linux 5.4)
rcv_wnd	window announced to the peer (Linux 6.2)
rehash	times another path was tried (Linux 6.2)
total_rto	retransmission timeouts in all (Linux 6.7)
total_rto_recoveries	recoveries from retransmission timeouts (Linux 6.7)
total_rto_time	time of recovery from timeouts (Linux 6.7)
received_ce	received segments that met congestion (accurate ECN, Linux 6.18)
delivered_e1_bytes	bytes delivered with ECN code point 01
delivered_e0_bytes	bytes delivered with ECN code point 10
delivered_ce_bytes	bytes delivered that met congestion
received_e1_bytes	bytes received with ECN code point 01
received_e0_bytes	bytes received with ECN code point 10
received_ce_bytes	bytes received that met congestion
accecn_fail_mode	how negotiating accurate ECN failed; bits, 0 if it did not
accecn_opt_seen	the peer''s accurate ECN option: 0 not seen, 1 seen empty, 2 seen with counters
vegas_enabled	TCP Vegas is in use
vegas_rtt_count	round-trip times measured in this round (Vegas)
vegas_rtt	minimum round-trip time of this round (Vegas)
vegas_min_rtt	minimum round-trip time of all (Vegas)
dctcp_enabled	Data Center TCP is in use
dctcp_ce_state	1 if the last segment met congestion (DCTCP)
dctcp_alpha	estimated fraction of marked bytes, in 1024ths (DCTCP)
dctcp_ab_ecn	bytes of this round that met congestion (DCTCP)
dctcp_ab_tot	bytes acknowledged in this round (DCTCP)
bbr_bw	bandwidth estimated by BBR
bbr_min_rtt	recent minimum round-trip time, by BBR
bbr_pacing_gain	gain of the pacing rate, in 256ths (BBR)
bbr_cwnd_gain	gain of the congestion window, in 256ths (BBR)
active_open	this host opened the connection
peer_mss	largest segment announced by the peer
data_bytes_in	data bytes received, including duplicates
soft_errors	segments received and found inconsistent
soft_error_reason	the check that a segment failed last; the system''s number
rwnd_limited_count	times the peer''s window limited sending
rwnd_limited_bytes	bytes sent with the peer''s window as limit
cwnd_limited	time limited by congestion control
cwnd_limited_count	times congestion control limited sending
cwnd_limited_bytes	bytes sent with congestion control as limit
sender_limited	time limited by this host: no data, for example
sender_limited_count	times this host began to limit sending
sender_limited_bytes	bytes sent while this host limited sending
slow_start	times slow start raised the window
cong_avoid	times congestion avoidance raised the window
other_reductions	reductions of the window for other reasons: not by congestion control
cwnd_bytes	congestion window, in bytes
max_slow_start_cwnd	largest congestion window in slow start
max_cong_avoid_cwnd	largest window in congestion avoidance
cwnd_limit	upper limit of the congestion window
ssthresh_bytes	slow start threshold, in bytes; absent until a loss sets it
max_ssthresh	largest slow start threshold, in bytes
min_ssthresh	smallest slow start threshold, in bytes
fast_retrans	fast retransmits
subsequent_rto	timeouts that followed another one
abrupt_rto	timeouts without a sign of congestion before
dup_acks_in	duplicate acknowledgements received
sacks_in	selective acknowledgement options received
sack_blocks_in	selective acknowledgement blocks received
cong_signals	reductions of the window by congestion
pre_cong_cwnd_sum	sum of windows before each of cong_signals
pre_cong_rtt_sum	sum of times before each of cong_signals
post_cong_rtt_sum	sum of times after each of cong_signals
post_cong_rtt_count	round-trip times in post_cong_rtt_sum
ecn_signals	congestion signals received by ECN
ece_received	received segments with the ECN echo (ECE)
send_stalls	local limits treated as congestion
bytes_reordered	bytes that were reordered, not lost
reord_dup_acks	duplicate acknowledgements by reordering
reord_episodes	reordering episodes
sample_rtt	last measured round-trip time
max_rtt	largest round-trip time
rtt_sum	sum of all round-trip times measured
rtt_count	round-trip times in rtt_sum
max_rto	largest retransmission timeout
min_rto	smallest retransmission timeout
max_mss	largest value of mss
min_mss	smallest value of mss
spurious_rto	needless retransmissions after a timeout
bytes_unacked	bytes sent and not acknowledged
max_bytes_unacked	most bytes sent and not acknowledged
max_notsent	most bytes written and not yet sent
max_rcv_wnd	largest window announced to the peer
min_rcv_wnd	smallest window announced to the peer
rcv_wnd_limit	upper limit of the announced window
dup_ack_episodes	series of duplicate acknowledgements sent
dup_acks_out	duplicate acknowledgements sent
reasm_queue	span of data after missing bytes
max_reasm_queue	largest span of data after missing bytes
unread	bytes received and not yet read
max_unread	most bytes received and not yet read
max_snd_wnd	largest window announced by the peer
min_snd_wnd	smallest window announced by the peer
bandwidth_out	estimated bandwidth of the path to the peer
bandwidth_out_instability	variation of the estimate bandwidth_out
bandwidth_out_peaked	bandwidth_out has reached its peak
bandwidth_in	estimated bandwidth from the peer
bandwidth_in_instability	variation of the estimate bandwidth_in
bandwidth_in_peaked	bandwidth_in has reached its peak
rmem_alloc	memory used by received data
rcvbuf	limit of rmem_alloc
wmem_alloc	memory used by data passed to lower layers
sndbuf	limit of wmem_queued
fwd_alloc	memory allocated in advance
wmem_queued	memory used by data written and not acknowledged
optmem	memory used by options and filters
backlog	memory of packets that wait for the socket lock; connections waiting to be accepted are recvq, up to max_backlog
drops	packets dropped
sent_per_second	bytes sent per second, without retransmissions; TCP only
received_per_second	bytes received per second; TCP only
segs_out_per_second	segments sent per second; TCP only
segs_in_per_second	segments received per second; TCP only
retrans_per_second	segments retransmitted per second; TCP only
type	socket type
protocol	protocol of a packet, netlink, CAN or unix socket
device	interface of a packet, XDP, CAN, radio socket
association_state	state as SCTP, DCCP or SMC name it
path	path of a unix socket
references	references to a unix socket
accepting	unix socket listens
pending	connections that a unix socket has not yet accepted
abstract	unix socket has an abstract name, not a file
file_inode	inode number of the file of a unix socket
subflows	TCP connections of an MPTCP socket
fallback	MPTCP or SMC socket fell back to plain TCP
token	kernel''s number of an MPTCP connection; its TCP subflows have the same
tls_version	TLS version, if the kernel runs TLS
tls_cipher	TLS cipher, if the kernel runs TLS
tls_receive	TLS decryption: none (by the program), sw, hw or hw-record
tls_transmit	TLS encryption: none (by the program), sw, hw or hw-record
mode	transport of an SMC socket
security	security level that a Bluetooth channel requires
channel	channel number of Bluetooth, ROSE or X.25
matches	frames received by a CAN filter
created	creation time of the socket (Windows)
offload	offload state of a connection (Windows)
template	template of TCP settings (Windows)
module	service or program that created the socket (Windows)
module_path	path of the module (Windows)
event	event: opened, closed, state, retransmit, lost
happened	event or, for a change of state, the new state
source	how an event became known: bpf, netlink, poll
old_state	state before an event
new_state	state after an event
lost_events	number of lost events, if known
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:exposure' = 'loopback	
link-local	
private	
public	
multicast	
wildcard	'
    'texts:owner_unknown' = 'time-wait	
request	
pending	
closed	
kernel	
permission	
namespace	
unheld	
unknown	'
    'texts:owner_via' = 'io_uring	'
    'texts:signature' = 'valid	
unsigned	
altered	
expired	
untrusted	
revoked	
invalid	'
    'texts:ulp' = 'tls	
mptcp	
smc	
espintcp	
other	'
    'texts:timer' = 'none	
retransmit	
keepalive	
time-wait	
probe	
other	'
    'texts:ca_state' = 'open	
disorder	
cwr	
recovery	
loss	
unknown	'
    'texts:type' = 'stream	
dgram	
raw	
rdm	
seqpacket	'
    'texts:mode' = 'unknown	
SMCR	
TCP	
SMCD	'
    'texts:security' = 'sdp	
low	
medium	
high	
fips	'
    'texts:offload' = 'in-host	
offloading	
offloaded	
uploading	'
    'columns:routes' = 'family	address family: inet, inet6, ax25
destination	destination address or prefix
prefix_length	prefix length of the destination
source	source prefix of packets that may take the route
gateway	next hop; for NET/ROM and ROSE the next station
flags	flags set: up, gateway, host, …
metric	preference of the route; the lowest is preferred
references	references to the route, if the system counts them
use	lookups of the route, if the system counts them
mtu	maximum packet size, if set
window	TCP window, if set
rtt	initial round-trip time in milliseconds, if set
interface	outgoing interface
index	index of the outgoing interface
type	what the route does: unicast, local, blackhole, prohibit, …
table	routing table, by name or number
vrf	VRF device that has the table
protocol	who made the route: kernel, static, dhcp, ra, bgp, …
scope	distance of the destination: global, link, host, …
preference	router preference: low, medium, high (IPv6)
weight	share of the first next hop, of several
next_hops	every next hop: gateway, interface, weight, encapsulation, flags
next_hop_id	number of the next-hop object
advmss	largest TCP segment that is announced
hoplimit	hop limit of packets
ssthresh	initial slow start threshold in segments
cwnd	limit of the congestion window in segments
initcwnd	initial congestion window in segments
initrwnd	initial receive window in segments
rttvar	initial variance of the round-trip time
rto_min	smallest retransmission timeout
reordering	reordering that is expected, in segments
features	features, as bits: 1 is ECN
quickack	1: acknowledge at once
fastopen_no_cookie	1: TCP Fast Open without a cookie
locked	metrics that path MTU discovery must not change
congestion_control	congestion control of new connections
expires	time until the route expires
realm	realm of the destination (IPv4)
source_realm	realm of the source (IPv4)
offload	what hardware does with the route: offloaded, failed, trapped
tos	type of service that packets must have
link_layer_references	references to the link-layer header (old IPv4 routing cache)
link_layer_valid	validity of the link-layer header (old IPv4 routing cache)
preferred_source	source address of packets of this host
mnemonic	name of a NET/ROM node
quality	quality of a NET/ROM route
mode	mode of an AX.25 route: default, datagram, circuit
digipeaters	repeaters of an AX.25 route
digits	significant digits of a ROSE or X.25 route
neighbours	possible next stations of a NET/ROM or ROSE route
origin	where the route comes from: manual, wellknown, dhcp, ra, 6to4 (Windows)
mib_protocol	who made the route: local, netmgmt, icmp, rip, … (Windows)
route_metric	part of the metric that is the route''s own (Windows)
interface_metric	part of the metric that is the interface''s (Windows)
age	time since the route was added or changed (Windows)
preferred_lifetime	time for which the route stays preferred, if limited (Windows)
loopback	next hop is this host (Windows)
autoconfigure	addresses may be made of the prefix (Windows)
published	this host advertises the route (Windows)
immortal	route never expires (Windows)
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'columns:interfaces' = 'name	interface name
index	interface index
altnames	alternative names
alias	administrator''s description (ip link set alias)
description	driver''s description (Windows)
flags	flags set: up, broadcast, running, …
up	interface is up
mtu	maximum packet size
queue_length	length of the transmit queue, in packets
hardware	link type
hardware_code	system''s number of the link type
hardware_address	link-layer address
addresses	IP addresses with prefix lengths
kind	kind of a virtual interface: bridge, vlan, veth, tun, …
master	bridge, bond or VRF that the interface belongs to
slave_kind	kind of the master, if it has settings for the interface
lower	interface below; for a veth its peer
lower_index	index of the lower interface
lower_netns	network namespace of the lower interface
lower_netns_id	number of that namespace in this one
operstate	operational state: up, down, lowerlayerdown, dormant, …
carrier	link has a signal
carrier_changes	changes of the carrier
carrier_ups	times that the carrier came
carrier_downs	times that the carrier went
group	group of interfaces; 0 is the default
speed	speed in bits per second
receive_speed	speed of receiving in bits per second, if it differs (Windows)
duplex	both directions at once: full, half
driver	device driver
driver_version	version of the driver
firmware	version of the firmware
bus_info	place on the bus
parent_bus	bus of the device: pci, virtio, …
parent_device	name of the device on its bus
port_name	name of the physical port
permanent_address	link-layer address that the device was made with
broadcast_address	link-layer broadcast address
guid	identity of the interface (Windows)
network_guid	identity of the network that the interface belongs to (Windows)
qdisc	root queueing discipline
tx_queues	transmit queues
rx_queues	receive queues
min_mtu	smallest possible MTU
max_mtu	largest possible MTU; 0 for no limit
promiscuity	how many want packets for other hosts
all_multicast	how many want all multicast packets
gso_max_size	largest packet for segmentation offload
gso_max_segments	most segments of such a packet
tso_max_size	largest packet that the device can segment
tso_max_segments	most segments that the device can make
gro_max_size	largest packet that receive offload builds
gso_ipv4_max_size	gso_max_size for IPv4
gro_ipv4_max_size	gro_max_size for IPv4
xdp	XDP programs attached, as mode:number
vlan_id	number of the VLAN
vlan_protocol	protocol of the VLAN: 802.1Q, 802.1ad
vni	number of the VXLAN or Geneve network
mode	mode of a bond, macvlan or ipvlan
tun_type	type of a tun interface: tun, tap
vrf_table	routing table of a VRF
settings	settings of the kind, as name=value
slave_settings	settings that the master keeps of the interface
address_details	each address with peer, scope, flags, label and lifetimes
address_scopes	scope of each address: global, link, host, …
address_flags	flags of addresses: permanent, deprecated, tentative, …
prefix_origins	where the prefix of each address comes from: manual, dhcp, ra, … (Windows)
suffix_origins	where the host part of each address comes from: manual, dhcp, linklayer, random, … (Windows)
valid_lifetimes	times that expiring addresses stay valid
preferred_lifetimes	times that expiring addresses stay preferred
rx_packets	packets (receiving)
rx_bytes	bytes (receiving)
rx_errors	errors (receiving)
rx_dropped	packets dropped (receiving)
rx_fifo	queue overruns (receiving)
rx_frame	misaligned frames (receiving)
rx_compressed	compressed packets (receiving)
rx_multicast	multicast packets (receiving)
rx_non_unicast	broadcast and multicast packets (receiving)
rx_unknown_protocols	packets of unknown protocols (receiving)
rx_length_errors	packets of bad length (receiving)
rx_over_errors	packets that the ring had no room for (receiving)
rx_crc_errors	packets with a bad checksum (receiving)
rx_frame_errors	packets with bad alignment (receiving)
rx_missed_errors	packets that found no room in the device; part of dropped (receiving)
rx_nohandler	packets dropped on an inactive bond or bridge member (receiving)
rx_otherhost_dropped	packets dropped that were for another host (receiving)
rx_unicast_bytes	bytes of unicast packets (Windows, receiving)
rx_multicast_bytes	bytes of multicast packets (Windows, receiving)
rx_broadcast_bytes	bytes of broadcast packets (Windows, receiving)
tx_packets	packets (sending)
tx_bytes	bytes (sending)
tx_errors	errors (sending)
tx_dropped	packets dropped (sending)
tx_fifo	queue overruns (sending)
tx_carrier	carrier losses (sending)
tx_collisions	collisions (sending)
tx_compressed	compressed packets (sending)
tx_non_unicast	broadcast and multicast packets (sending)
tx_aborted_errors	aborted packets (sending)
tx_carrier_errors	packets lost for lack of a carrier (sending)
tx_heartbeat_errors	heartbeat errors (sending)
tx_window_errors	late collisions (sending)
tx_unicast_bytes	bytes of unicast packets (Windows, sending)
tx_multicast_bytes	bytes of multicast packets (Windows, sending)
tx_broadcast_bytes	bytes of broadcast packets (Windows, sending)
rx_packets_per_second	rate of rx_packets (with --delta)
tx_packets_per_second	rate of tx_packets (with --delta)
rx_bytes_per_second	rate of rx_bytes (with --delta)
tx_bytes_per_second	rate of tx_bytes (with --delta)
rx_errors_per_second	rate of rx_errors (with --delta)
tx_errors_per_second	rate of tx_errors (with --delta)
rx_dropped_per_second	rate of rx_dropped (with --delta)
tx_dropped_per_second	rate of tx_dropped (with --delta)
rx_fifo_per_second	rate of rx_fifo (with --delta)
tx_fifo_per_second	rate of tx_fifo (with --delta)
rx_frame_per_second	rate of rx_frame (with --delta)
tx_carrier_per_second	rate of tx_carrier (with --delta)
tx_collisions_per_second	rate of tx_collisions (with --delta)
rx_compressed_per_second	rate of rx_compressed (with --delta)
tx_compressed_per_second	rate of tx_compressed (with --delta)
rx_multicast_per_second	rate of rx_multicast (with --delta)
rx_non_unicast_per_second	rate of rx_non_unicast (with --delta)
tx_non_unicast_per_second	rate of tx_non_unicast (with --delta)
rx_unknown_protocols_per_second	rate of rx_unknown_protocols (with --delta)
rx_length_errors_per_second	rate of rx_length_errors (with --delta)
rx_over_errors_per_second	rate of rx_over_errors (with --delta)
rx_crc_errors_per_second	rate of rx_crc_errors (with --delta)
rx_frame_errors_per_second	rate of rx_frame_errors (with --delta)
rx_missed_errors_per_second	rate of rx_missed_errors (with --delta)
rx_nohandler_per_second	rate of rx_nohandler (with --delta)
rx_otherhost_dropped_per_second	rate of rx_otherhost_dropped (with --delta)
tx_aborted_errors_per_second	rate of tx_aborted_errors (with --delta)
tx_carrier_errors_per_second	rate of tx_carrier_errors (with --delta)
tx_heartbeat_errors_per_second	rate of tx_heartbeat_errors (with --delta)
tx_window_errors_per_second	rate of tx_window_errors (with --delta)
rx_unicast_bytes_per_second	rate of rx_unicast_bytes (with --delta)
tx_unicast_bytes_per_second	rate of tx_unicast_bytes (with --delta)
rx_multicast_bytes_per_second	rate of rx_multicast_bytes (with --delta)
tx_multicast_bytes_per_second	rate of tx_multicast_bytes (with --delta)
rx_broadcast_bytes_per_second	rate of rx_broadcast_bytes (with --delta)
tx_broadcast_bytes_per_second	rate of tx_broadcast_bytes (with --delta)
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:operstate' = 'unknown	
notpresent	
down	
lowerlayerdown	
testing	
dormant	
up	'
    'columns:groups' = 'family	address family: inet, inet6
interface	interface that joined the group
index	index of the interface
group	group address
users	number of times that the group was joined
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'columns:statistics' = 'family	IP version: inet, inet6
group	group of the counter: Ip, Tcp, TcpExt
name	name of the counter in its MIB
value	value of the counter
part	number of the part, if the system reports a group in several parts
per_second	rate per second, with --delta
before	value at the time before, with --diff
increase	what was counted since, with --diff
back	the counter got less: wrapped, or reset (no rate), with --delta and --diff
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'columns:nat' = 'family	address family
proto	protocol name, or its number
ip_protocol	protocol number
state	TCP state
association_state	SCTP state
original_source	source of the session
original_source_address	address of the source of the session
original_source_port	port of the source of the session
original_destination	destination of the session
original_destination_address	address of the destination of the session
original_destination_port	port of the destination of the session
reply_source	source of the replies
reply_source_address	address of the source of the replies
reply_source_port	port of the source of the replies
reply_destination	destination of the replies
reply_destination_address	address of the destination of the replies
reply_destination_port	port of the destination of the replies
icmp_type	ICMP type of the first packet
icmp_code	ICMP code of the first packet
timeout	time until the session expires
source_translated	source address or port is translated
destination_translated	destination address or port is translated
status	status: replied, assured, offloaded
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'columns:findings' = 'severity	how bad it is
rule	rule that found it
subject	what it is about: a socket, process, interface, route, or the host
kind	type of the subject
text	what is wrong, in one sentence
evidence	facts that show it, as NAME=VALUE, with the limit
advice	what to do, in one sentence
command	command line of this program that shows the evidence
source	where to read on: an RFC, a manual page, kernel documentation
proto	protocol of the socket: tcp, udp6, unix
local	local end of the socket
remote	remote end of the socket
state	state of the socket
pid	process ID of its owner
process	name of its owner
service	container or systemd unit of its owner
interface	network interface
destination	destination of the route
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:severity' = 'info	
warning	
critical	'
    'texts:kind' = 'host	
socket	
process	
interface	
route	
remote	'
    'columns:summary' = 'protocol	what is counted: all, tcp, udp, raw, inet, frag, unix
name	which number: sockets, established, closed, orphans, time-wait, allocated, memory
value	the number
ipv4	its part of IPv4
ipv6	its part of IPv6
low	limit below which the system does not save memory
pressure	limit above which the system saves memory
max	the most that the system allows
unit	bytes, or nothing for a count
scope	netns: the network namespace; system: all of them together
source	where the system says so
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'columns:conntrack' = 'family	address family: inet, inet6
proto	protocol: tcp, udp, icmp, …, or its number
ip_protocol	protocol number
state	state of TCP, SCTP or DCCP, as the kernel names it
source	source of the connection
source_address	address of the source of the connection
source_port	port of the source of the connection
destination	destination of the connection
destination_address	address of the destination of the connection
destination_port	port of the destination of the connection
reply_source	source of the replies
reply_source_address	address of the source of the replies
reply_source_port	port of the source of the replies
reply_destination	destination of the replies
reply_destination_address	address of the destination of the replies
reply_destination_port	port of the destination of the replies
icmp_type	ICMP type
icmp_code	ICMP code
icmp_id	ICMP identifier
source_key	GRE key of the source
destination_key	GRE key of the destination
reply_icmp_type	ICMP type of the replies
reply_icmp_code	ICMP code of the replies
reply_icmp_id	ICMP identifier of the replies
reply_source_key	GRE key of the source of the replies
reply_destination_key	GRE key of the destination of the replies
snat_to	source that the responder sees, if it is translated
dnat_to	destination that is reached, if it is translated
source_translated	source address or port is translated
destination_translated	destination address or port is translated
status	flags of the kernel: seen_reply, assured, confirmed, src_nat, …
assured	kept when the table is full
unreplied	no packet was seen in the other direction
timeout	time until the entry is removed if no packet arrives
mark	mark of the connection (connmark)
labels	numbers of the labels set (connlabel)
zone	zone, 0 for the default one
zone_direction	direction that the zone separates: both, original, reply
original_packets	packets of the initiator
original_bytes	bytes of the initiator, with headers
reply_packets	packets of the replies
reply_bytes	bytes of the replies, with headers
packets	packets of both directions
bytes	bytes of both directions
original_packets_per_second	packets of the initiator per second (--delta)
original_bytes_per_second	bytes of the initiator per second (--delta)
reply_packets_per_second	packets of the replies per second (--delta)
reply_bytes_per_second	bytes of the replies per second (--delta)
original_window_scale	window scale that the initiator announced (TCP)
original_vtag	verification tag in packets of the initiator (SCTP)
reply_window_scale	window scale that the responder announced (TCP)
reply_vtag	verification tag in packets of the responder (SCTP)
master_source	source of the connection that expected this one
master_destination	destination of the connection that expected this one
original_sequence_offset	shift of the initiator''s sequence numbers (helper, SYNPROXY)
reply_sequence_offset	shift of the responder''s sequence numbers (helper, SYNPROXY)
synproxy	SYNPROXY answered the initiator first
started	start of the connection, if the kernel keeps it
helper	helper that reads the data: ftp, sip, …
security_context	security context (SELinux, Smack)
use	users of the entry within the kernel
id	kernel''s number of the entry
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:zone_direction' = 'both	
original	
reply	'
    'columns:neighbors' = 'family	address family: inet, inet6
address	address of the neighbour
hardware_address	link-layer address (MAC)
state	state of the entry
interface	interface of the link
index	index of the interface
used	time since the entry was last used to send
confirmed	time since the neighbour was last known to be reachable
updated	time since the entry last changed
references	users of the entry within the kernel
probes	requests sent since the last answer
reachable_time	time for which a confirmed neighbour counts as reachable (Windows)
unreachable_time	time for which a silent neighbour counts as unreachable (Windows)
flags	flags set: router, proxy, extern-learn, offloaded, managed, sticky
router	neighbour says that it is a router (IPv6)
proxy	this host answers for the address
extern_learn	a program or device taught the kernel the entry
offloaded	hardware uses the entry
managed	kernel keeps the entry resolved
sticky	link-layer address cannot move to another port
protocol	who made the entry: static, zebra, bgp, …
vlan	VLAN of the entry, if given
vni	VXLAN network of the entry, if given
master	index of the master interface, if given
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:state' = 'incomplete	
reachable	
stale	
delay	
probe	
failed	
noarp	
permanent	
none	'
    'columns:rules' = 'family	address family: inet, inet6
priority	order of the rule; the lowest is applied first
selector	packets that the rule is for, as in ip-rule(8)
action	action: table, goto, nop, blackhole, unreachable, prohibit
table	routing table, by name or number
table_id	number of the routing table
vrf	VRF device that has the table
goto	priority of the rule to continue with
unresolved	rule to continue with is missing: skipped
invert	rule is for packets that do not match
from	source network
to	destination network
input	interface that packets come from
output	interface that sockets are bound to
input_detached	no interface has the name of the input now
output_detached	no interface has the name of the output now
l3mdev	rule is for packets of VRF devices
mark	mark of packets
mark_mask	bits of the mark that count
tos	type of service
dscp	differentiated-services code point
dscp_mask	bits of the code point that count
flow_label	flow label (IPv6)
flow_label_mask	bits of the flow label that count
ip_protocol	IP protocol: tcp, udp, icmp, … or its number
source_port	source ports: 80, 80-90, 80/0xff (with a mask)
destination_port	destination ports
first_uid	first user ID of the senders
last_uid	last user ID of the senders
tunnel_id	key of the tunnel that packets came through
suppress_prefix_length	longest prefix of routes that are ignored
suppress_group	interface group whose routes are ignored
realm	realm of the destination
source_realm	realm of the source
protocol	who made the rule: kernel, static, dhcp, bgp, …
permanent	kernel made the rule and does not delete it
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:action' = 'table	
goto	
nop	
blackhole	
unreachable	
prohibit	'
    'columns:lookups' = 'destination	destination of the packets
type	what happens to the packets: unicast, local, blackhole, …
refusal	error of the system for packets without a usable route
rule	priority of the policy rule that matched
rule_selector	packets that this rule is for
table	routing table, by name or number
vrf	VRF device that has the table
route	destination of the route in the table
gateway	next hop
interface	outgoing interface
index	index of the outgoing interface
source	source address of the packets
mtu	maximum packet size of the route or the interface
neighbor_state	state of the neighbour that packets are sent to
neighbor_mac	link-layer address of this neighbour
metric	preference of the route
protocol	who made the route: kernel, static, dhcp, …
scope	distance of the destination: global, link, host, …
next_hop_id	number of the next-hop object
from	source address that was asked about
mark	mark that was asked about
netns	network namespace, with --netns
time	time of the report or event; in a table the time of day
change	change since the previous round: opened, closed, changed
changed	facts that changed since the previous round'
    'texts:neighbor_state' = 'incomplete	
reachable	
stale	
delay	
probe	
failed	
noarp	
permanent	
none	'
    'fields:sockets' = 'proto	protocol and family as netstat writes them: tcp, tcp6, udp, unix; in filters tcp means tcp and tcp6
netid	protocol and type as ss writes them: u_str, p_raw, v_dgr
family	address family: inet, inet6, unix
listening	accepts connections, or datagrams from any address
local	local address and port
local_address	local address
local_port	local port
local_scope	interface of the local address
local_name	local name, in families without IP addresses
remote	remote address and port
remote_address	remote address
remote_port	remote port
remote_scope	interface of the remote address
remote_name	remote name, in families without IP addresses
exposure	reach of the local address
recvq	bytes received and not yet read; for a listening socket, connections not yet accepted
sendq	bytes not yet acknowledged by the peer
max_backlog	limit of the accept queue, for a listening socket
accept_full	accept queue of a listening socket is full: recvq > max_backlog, since the kernel admits one connection more than the limit
uid	ID of the user that the socket belongs to
user	user that the socket belongs to; on Windows, user of the process
inode	inode number of the socket''s file, 0 for none
cookie	kernel''s number of the socket, never reused
pid	ID of the process that holds the socket
process	name of the process that holds the socket
owner	first process of the socket, number of others: 60/nginx+3; in a table also why it is unknown
owners	ID and name of each process that holds the socket
owner_unknown	reason why no process is known
owner_via	how the process holds the socket; empty for a file descriptor
owner_user	user of the process
command	command line of the process
argv0	first string of the command line
comm	system''s name of the process
exe	path of the program
exe_deleted	program file was removed or replaced
started	start time of the process
age	time since the process started
parent	ID of the parent process
threads	threads in the process
unit	systemd unit of the process
user_unit	systemd user unit of the process
slice	systemd slice of the process
container	ID of the container that the process runs in
runtime	runtime of the container
pod	UID of the Kubernetes pod that the process runs in
service	container or else systemd unit of the process; on Windows, services in the process
process_cgroup	control group of the process
context	SELinux security context of the process
company	maker of the program, from its file (Windows)
version	version of the program, from its file (Windows)
signature	signature of the program file (Windows)
signer	signer of the program file (Windows); absent unless the signature is valid
package	package of a store app (Windows)
services	services in the process (Windows)
interface	network interface that the socket is bound to
interface_index	index of the interface in column interface
mark	mark of packets sent
cgroup	control group in which the socket was created
cgroup_id	ID of the control group in column cgroup
tos	type of service of packets sent
tclass	traffic class of IPv6 packets sent
ulp	protocol on top of TCP in the kernel
autobound	local port was chosen by the kernel
receive_closed	receiving was shut down
send_closed	sending was shut down
v6only	IPv6 socket that accepts no IPv4; only for listening or closed sockets
timer	running timer
timer_expires	time until the timer expires
timer_retransmits	unanswered retransmissions
timer_probes	unanswered probes
peer_pid	ID of the process that holds the peer; absent if the peer is on another host
peer_process	name of the process that holds the peer
peer_owners	ID and name of each process that holds the peer
peer_inode	inode number of the peer
peer_state	state of the peer
peer_waiting	peer is not yet accepted
peer_translated	peer was found through address translation (NAT)
peer_netns	network namespace of the peer
congestion	congestion control algorithm: cubic, bbr
send_rate	congestion window per round-trip time: send of ss
ca_state	congestion control state: open, disorder, cwr, recovery, loss
retransmits	unanswered retransmissions in a row; 0 once data is acknowledged
probes	unanswered zero-window or keepalive probes
backoff	times the retransmission timeout doubled
timestamps	timestamps (RFC 7323) are in use
sack	selective acknowledgements in use (RFC 2018)
wscale	window scaling (RFC 7323) is in use
ecn	congestion notification in use (ECN, RFC 3168)
ecn_seen	an ECN-capable packet was received
fastopen	data in the SYN was acknowledged (TCP Fast Open, RFC 7413)
usec_timestamps	timestamps count microseconds (Linux 6.7)
fastopen_child	server socket created by a Fast Open SYN (Linux 6.14)
snd_wscale	window scale announced by the peer
rcv_wscale	window scale announced to the peer
app_limited	delivery_rate was limited by the application (Linux 4.9)
fastopen_fail	why a client''s Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 if it did not fail (Linux 5.5)
rto	retransmission timeout
ato	delayed acknowledgement timeout
mss	largest segment to send
rcv_mss	estimated largest segment received
unacked	segments sent and not acknowledged
sacked	unacknowledged segments with a SACK
lost	unacknowledged segments considered lost
retrans	unacknowledged segments sent again
fackets	segments up to the highest SACK; 0 since Linux 4.15
last_data_sent	time since data was last sent
last_data_recv	time since data was last received
last_ack_recv	time since the last acknowledgement
pmtu	path MTU
rcv_ssthresh	largest window to announce at present
rtt	smoothed round-trip time
rttvar	mean deviation of the round-trip time
ssthresh	slow start threshold, in segments; absent until a loss sets it
cwnd	congestion window, in segments
advmss	largest segment announced to the peer
reordering	reordered segments before one counts as lost
rcv_rtt	receiver''s estimate of the round-trip time; 0 if there is none yet
rcv_space	receive buffer space used for buffer tuning
total_retrans	segments retransmitted since the connection began
pacing_rate	pacing rate; absent if there is no limit
max_pacing_rate	upper limit of pacing_rate (SO_MAX_PACING_RATE); absent if there is none
bytes_acked	bytes sent and acknowledged (Linux 4.1)
bytes_received	bytes received in order (Linux 4.1)
segs_out	segments sent, with and without data (Linux 4.2)
segs_in	segments received, with and without data (Linux 4.2)
notsent	bytes written and not yet sent (Linux 4.6)
min_rtt	recent minimum round-trip time; absent until measured (Linux 4.6)
data_segs_in	segments with data received (Linux 4.6)
data_segs_out	segments with data sent (Linux 4.6)
delivery_rate	recent rate at which data reached the peer (Linux 4.9)
busy_time	time with data to send (Linux 4.10)
rwnd_limited	part of busy_time limited by the peer''s window (Linux 4.10)
sndbuf_limited	part of busy_time limited by the send buffer (Linux 4.10)
delivered	segments delivered, including retransmissions (Linux 4.18)
delivered_ce	delivered segments that met congestion (Linux 4.18)
bytes_sent	data bytes sent, including retransmissions (Linux 4.19)
bytes_retrans	data bytes retransmitted (Linux 4.19)
dsack_dups	segments the peer received twice (DSACK, Linux 4.19)
reord_seen	reordering events seen (Linux 4.19)
rcv_ooopack	segments received out of order (Linux 5.4)
snd_wnd	window announced by the peer (Linux 5.4)
rcv_wnd	window announced to the peer (Linux 6.2)
rehash	times another path was tried (Linux 6.2)
total_rto	retransmission timeouts in all (Linux 6.7)
total_rto_recoveries	recoveries from retransmission timeouts (Linux 6.7)
total_rto_time	time of recovery from timeouts (Linux 6.7)
received_ce	received segments that met congestion (accurate ECN, Linux 6.18)
delivered_e1_bytes	bytes delivered with ECN code point 01
delivered_e0_bytes	bytes delivered with ECN code point 10
delivered_ce_bytes	bytes delivered that met congestion
received_e1_bytes	bytes received with ECN code point 01
received_e0_bytes	bytes received with ECN code point 10
received_ce_bytes	bytes received that met congestion
accecn_fail_mode	how negotiating accurate ECN failed; bits, 0 if it did not
accecn_opt_seen	the peer''s accurate ECN option: 0 not seen, 1 seen empty, 2 seen with counters
vegas_enabled	TCP Vegas is in use
vegas_rtt_count	round-trip times measured in this round (Vegas)
vegas_rtt	minimum round-trip time of this round (Vegas)
vegas_min_rtt	minimum round-trip time of all (Vegas)
dctcp_enabled	Data Center TCP is in use
dctcp_ce_state	1 if the last segment met congestion (DCTCP)
dctcp_alpha	estimated fraction of marked bytes, in 1024ths (DCTCP)
dctcp_ab_ecn	bytes of this round that met congestion (DCTCP)
dctcp_ab_tot	bytes acknowledged in this round (DCTCP)
bbr_bw	bandwidth estimated by BBR
bbr_min_rtt	recent minimum round-trip time, by BBR
bbr_pacing_gain	gain of the pacing rate, in 256ths (BBR)
bbr_cwnd_gain	gain of the congestion window, in 256ths (BBR)
active_open	this host opened the connection
peer_mss	largest segment announced by the peer
data_bytes_in	data bytes received, including duplicates
soft_errors	segments received and found inconsistent
soft_error_reason	the check that a segment failed last; the system''s number
rwnd_limited_count	times the peer''s window limited sending
rwnd_limited_bytes	bytes sent with the peer''s window as limit
cwnd_limited	time limited by congestion control
cwnd_limited_count	times congestion control limited sending
cwnd_limited_bytes	bytes sent with congestion control as limit
sender_limited	time limited by this host: no data, for example
sender_limited_count	times this host began to limit sending
sender_limited_bytes	bytes sent while this host limited sending
slow_start	times slow start raised the window
cong_avoid	times congestion avoidance raised the window
other_reductions	reductions of the window for other reasons: not by congestion control
cwnd_bytes	congestion window, in bytes
max_slow_start_cwnd	largest congestion window in slow start
max_cong_avoid_cwnd	largest window in congestion avoidance
cwnd_limit	upper limit of the congestion window
ssthresh_bytes	slow start threshold, in bytes; absent until a loss sets it
max_ssthresh	largest slow start threshold, in bytes
min_ssthresh	smallest slow start threshold, in bytes
fast_retrans	fast retransmits
subsequent_rto	timeouts that followed another one
abrupt_rto	timeouts without a sign of congestion before
dup_acks_in	duplicate acknowledgements received
sacks_in	selective acknowledgement options received
sack_blocks_in	selective acknowledgement blocks received
cong_signals	reductions of the window by congestion
pre_cong_cwnd_sum	sum of windows before each of cong_signals
pre_cong_rtt_sum	sum of times before each of cong_signals
post_cong_rtt_sum	sum of times after each of cong_signals
post_cong_rtt_count	round-trip times in post_cong_rtt_sum
ecn_signals	congestion signals received by ECN
ece_received	received segments with the ECN echo (ECE)
send_stalls	local limits treated as congestion
bytes_reordered	bytes that were reordered, not lost
reord_dup_acks	duplicate acknowledgements by reordering
reord_episodes	reordering episodes
sample_rtt	last measured round-trip time
max_rtt	largest round-trip time
rtt_sum	sum of all round-trip times measured
rtt_count	round-trip times in rtt_sum
max_rto	largest retransmission timeout
min_rto	smallest retransmission timeout
max_mss	largest value of mss
min_mss	smallest value of mss
spurious_rto	needless retransmissions after a timeout
bytes_unacked	bytes sent and not acknowledged
max_bytes_unacked	most bytes sent and not acknowledged
max_notsent	most bytes written and not yet sent
max_rcv_wnd	largest window announced to the peer
min_rcv_wnd	smallest window announced to the peer
rcv_wnd_limit	upper limit of the announced window
dup_ack_episodes	series of duplicate acknowledgements sent
dup_acks_out	duplicate acknowledgements sent
reasm_queue	span of data after missing bytes
max_reasm_queue	largest span of data after missing bytes
unread	bytes received and not yet read
max_unread	most bytes received and not yet read
max_snd_wnd	largest window announced by the peer
min_snd_wnd	smallest window announced by the peer
bandwidth_out	estimated bandwidth of the path to the peer
bandwidth_out_instability	variation of the estimate bandwidth_out
bandwidth_out_peaked	bandwidth_out has reached its peak
bandwidth_in	estimated bandwidth from the peer
bandwidth_in_instability	variation of the estimate bandwidth_in
bandwidth_in_peaked	bandwidth_in has reached its peak
rmem_alloc	memory used by received data
rcvbuf	limit of rmem_alloc
wmem_alloc	memory used by data passed to lower layers
sndbuf	limit of wmem_queued
fwd_alloc	memory allocated in advance
wmem_queued	memory used by data written and not acknowledged
optmem	memory used by options and filters
backlog	memory of packets that wait for the socket lock; connections waiting to be accepted are recvq, up to max_backlog
drops	packets dropped
type	socket type
protocol	protocol of a packet, netlink, CAN or unix socket
device	interface of a packet, XDP, CAN, radio socket
association_state	state as SCTP, DCCP or SMC name it
path	path of a unix socket
references	references to a unix socket
accepting	unix socket listens
pending	connections that a unix socket has not yet accepted
abstract	unix socket has an abstract name, not a file
file_inode	inode number of the file of a unix socket
subflows	TCP connections of an MPTCP socket
fallback	MPTCP or SMC socket fell back to plain TCP
token	kernel''s number of an MPTCP connection; its TCP subflows have the same
tls_version	TLS version, if the kernel runs TLS
tls_cipher	TLS cipher, if the kernel runs TLS
tls_receive	TLS decryption: none (by the program), sw, hw or hw-record
tls_transmit	TLS encryption: none (by the program), sw, hw or hw-record
mode	transport of an SMC socket
security	security level that a Bluetooth channel requires
channel	channel number of Bluetooth, ROSE or X.25
matches	frames received by a CAN filter
created	creation time of the socket (Windows)
offload	offload state of a connection (Windows)
template	template of TCP settings (Windows)
module	service or program that created the socket (Windows)
module_path	path of the module (Windows)
netns	network namespace, with --netns
port	port of either end
address	address of either end
sport	local port
dport	remote port
src	local end
dst	remote end
state	sockets in a state
exclude	sockets in any other state'
    'states' = 'established	connected, data can flow
syn-sent	this end asked for a connection, no answer yet
syn-received	the other end asked, the connection is being made
fin-wait-1	this end has closed, not acknowledged yet
fin-wait-2	this end has closed, the other end has not
time-wait	both ends have closed; late packets are awaited
closed	not connected; also a datagram socket without a peer
close-wait	the other end has closed, the program here has not
last-ack	both have closed, the last acknowledgement is missing
listen	waits for others to connect
closing	both have closed at the same time
new-syn-recv	a request that has no socket of its own yet
bound	bound to a port, neither listening nor connected
delete-tcb	being deleted (Windows)
free	not in use (unix)
connecting	being connected
disconnecting	being disconnected
recovering	deals with an error or a reset (AX.25 and its like)
accepting	a call waits for the program''s answer
configuring	the ends agree on a channel (Bluetooth)
open	made, neither bound nor connected (Bluetooth)
partopen	the server has answered, no data yet (DCCP)
unknown	a state without a name here
all	every state
connected	all but listening and closed
synchronized	connected but syn-sent
bucket	what the kernel keeps small: syn-recv, time-wait
big	all but bucket'
    'families' = 'inet	IPv4
inet6	IPv6
unix	between programs of one host
smc	TCP by shared memory (RFC 7609)
tipc	cluster communication
vsock	between virtual machines and their host
packet	frames of network interfaces
netlink	between programs and the kernel
xdp	frames by way of shared memory
can	Controller Area Network
pfkey	keys of IPsec
ipx	Novell IPX
ax25	amateur radio
x25	ITU-T X.25
netrom	amateur radio
rose	amateur radio
appletalk	AppleTalk DDP
bluetooth	Bluetooth: l2cap, rfcomm
all	all of these
tcp	sockets of tcp
tcp6	sockets of tcp6
mptcp	sockets of mptcp
mptcp6	sockets of mptcp6
sctp	sockets of sctp
dccp	sockets of dccp
dccp6	sockets of dccp6
udp	sockets of udp
udp6	sockets of udp6
udplite	sockets of udplite
udplite6	sockets of udplite6
icmp	sockets of icmp
icmp6	sockets of icmp6
raw	sockets of raw
raw6	sockets of raw6
l2cap	sockets of l2cap
rfcomm	sockets of rfcomm'
    'format' = 'text	the classic text; without --format
json	one JSON document; --json is short for it
ndjson	one JSON object on each line
csv	CSV for spreadsheets: a line of names, then a line for each row
tsv	the same with tabs, for cut and awk
table	columns as wide as what is in them
openmetrics	totals of the host for Prometheus, in OpenMetrics text
prometheus	the same in the text that node_exporter reads from files
template=	a line for each row, as a Go template writes it
help	explain the formats'
    'help' = 'filter	what --filter accepts: operators, fields, examples
columns	what --columns, --sort and --group-by accept
states	what --state accepts, and what each state means
formats	what --format accepts
families	what --family accepts
namespaces	what --netns accepts
diagnose	what --diagnose looks for: each rule, its threshold, its source
examples	everyday questions and the command lines that answer them'
    'netns' = 'host	that of process 1
self	that of netstat itself
all	every namespace'
    'close' = 'yes	without a question
self	the own ssh session too'
    'watch' = 'plain	lines about changed rows'
    'signal' = 'TERM	
KILL	
HUP	
INT	
QUIT	
USR1	
USR2	
STOP	
CONT	
yes	without a question'
    'table' = 'main	
local	
default	
all	'
    'color' = 'auto	
always	
never	'
    'dialect' = 'linux	
windows	'
    'events' = 'opened	
closed	
state	
retransmit	'
    'diagnose' = 'accept-queue	
syn-queue	
close-wait	
ephemeral-ports	
retransmits	
stuck-sender	
unread	
udp-drops	
tcp-memory	
orphans	
time-wait	
syn-sent	
closing	
unix-backlog	
exposed	
deleted-exe	
no-owner	
keepalive	
reuseport-skew	
conntrack	
neighbors	
softnet	
interface	
mtu	
routing	
v6-only	
help	explain the values'
    'fail-on' = 'warning	
critical	'
    'protocol' = 'inet	
inet6	
unix	
ip	
ip6	
tcpip	
ipx	
ax25	
netrom	
rose	
x25	
ddp	
appletalk	
econet	
ash	
bluetooth	'
    'windows:p' = 'ip	
ipv6	
icmp	
icmpv6	
tcp	
tcpv6	
udp	
udpv6	'
}

# Of each option with a value: its source, whether it is a list, whether the value may be
# the next word.
$script:NetstatValues = @{
    'filter' = @('filter', $false, $true)
    'state' = @('states', $true, $true)
    'port' = @('port', $true, $true)
    'process' = @('process', $true, $true)
    'pid' = @('pid', $true, $true)
    'user' = @('user', $true, $true)
    'family' = @('families', $true, $true)
    'limit' = @('', $false, $true)
    'columns' = @('columns', $true, $true)
    'sort' = @('columns', $true, $true)
    'group-by' = @('columns', $true, $true)
    'format' = @('format', $false, $true)
    'color' = @('color', $false, $true)
    'resolve-timeout' = @('', $false, $true)
    'dialect' = @('dialect', $false, $true)
    'help' = @('help', $false, $false)
    'table' = @('table', $false, $true)
    'diff' = @('files', $false, $false)
    'delta' = @('files', $false, $false)
    'watch' = @('watch', $false, $false)
    'events' = @('events', $true, $false)
    'diagnose' = @('diagnose', $true, $false)
    'fail-on' = @('fail-on', $false, $true)
    'get' = @('', $false, $true)
    'snapshot' = @('files', $false, $true)
    'replay' = @('files', $false, $true)
    'record' = @('', $false, $true)
    'keep' = @('', $false, $true)
    'at' = @('', $false, $true)
    'from' = @('', $false, $true)
    'to' = @('', $false, $true)
    'netns' = @('netns', $true, $true)
    'close' = @('close', $true, $false)
    'signal' = @('signal', $true, $true)
    'protocol' = @('protocol', $true, $true)
    'interfaces' = @('interface', $false, $false)
    'interface' = @('interface', $false, $false)
}

# Get-NetstatStatic returns pairs of a word and its description.
function script:Get-NetstatStatic([string]$List) {
    $text = $script:NetstatLists[$List]
    if (-not $text) { return }
    foreach ($line in $text -split "`r?`n") {
        $word, $about = $line -split "`t", 2
        , @($word, $about)
    }
}

# Get-NetstatSource returns the words of a source. Item is what has been typed of the word.
function script:Get-NetstatSource([string]$Source, [string]$Item, [string]$View) {
    switch ($Source) {
        '' { return }
        'columns' {
            $sign = ''
            if ($Item -match '^[+-]') { $sign = $Item.Substring(0, 1) }
            foreach ($pair in Get-NetstatStatic "columns:$View") { , @(($sign + $pair[0]), $pair[1]) }
            if ($sign -eq '') {
                , @('help', 'explain the columns')
                , @('all', 'every column')
                , @('default', 'the columns that are shown without --columns')
            }
        }
        'process' {
            # A comma would end the name in a list, and a name is a pattern.
            Get-Process -ErrorAction SilentlyContinue | Select-Object -ExpandProperty ProcessName -Unique |
                Where-Object { $_ -notmatch '[,*?\\\[\x00-\x1f\x7f]' } | ForEach-Object { , @($_, 'process') }
        }
        'pid' {
            Get-Process -ErrorAction SilentlyContinue | ForEach-Object {
                , @([string]$_.Id, ($_.ProcessName -replace '[\x00-\x1f\x7f]', '.'))
            }
        }
        'interface' {
            [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces() |
                ForEach-Object { , @($_.Name, 'network interface') }
        }
        'netns' {
            Get-NetstatStatic 'netns'
            if (Test-Path -LiteralPath '/run/netns') {
                Get-ChildItem -LiteralPath '/run/netns' | ForEach-Object { , @($_.Name, 'network namespace') }
            }
        }
        default { Get-NetstatStatic $Source }
    }
}

# Get-NetstatFilter returns what the last word of an expression can be, each with what
# stands before it.
function script:Get-NetstatFilter([string]$Expression, [string]$View) {
    $item = [regex]::Match($Expression, '[^ (!,=<>]*$').Value
    $before = $Expression.Substring(0, $Expression.Length - $item.Length)
    $pairs = if ($before -match '(^|[ (])(state|exclude)\s+([^ ()]*,)?$') {
        Get-NetstatStatic 'states'
    } elseif ($before -match '([A-Za-z_-]+)\s*([=!<>]=?|\s(in|eq|ne))\s*([^ ()]*,)?$') {
        $field = $Matches[1] -replace '-', '_'
        switch ($field) {
            'state' { Get-NetstatStatic 'states' }
            { $_ -in 'process', 'pid', 'interface', 'netns' } {
                # Others need quotes in an expression.
                Get-NetstatSource $field $item $View | Where-Object { $_[0] -notmatch '[^A-Za-z0-9_./:+@%-]' }
            }
            default { Get-NetstatStatic "texts:$field" }
        }
    } else {
        if ($View -eq 'sockets') { Get-NetstatStatic 'fields:sockets' } else { Get-NetstatStatic "columns:$View" }
        , @('and', 'both sides match')
        , @('or', 'one side matches')
        , @('not', 'the next test fails')
    }
    foreach ($pair in $pairs) { , @(($before + $pair[0]), $pair[1]) }
}

# Get-NetstatCandidates completes a word after the other words.
function script:Get-NetstatCandidates([string]$Current, [string[]]$Words) {
    $dialect = 'windows'
    if ($PSVersionTable.PSVersion.Major -ge 6 -and -not $IsWindows) { $dialect = 'linux' }
    if ($env:NETSTAT_DIALECT) { $dialect = $env:NETSTAT_DIALECT }
    $view = 'sockets'
    $last = ''
    foreach ($word in $Words) {
        if ($last -eq '--dialect') { $dialect = $word }
        if ($word -match '^--dialect=(.*)$') { $dialect = $Matches[1] }
        $last = $word
    }
    foreach ($word in $Words) {
        switch -Regex -CaseSensitive ("${dialect}:$word") {
            '^[a-z]*:--diagnose(=.*)?$' { $view = 'findings'; break }
            '^[a-z]*:--summary(=.*)?$' { $view = 'summary'; break }
            '^[a-z]*:--conntrack(=.*)?$' { $view = 'conntrack'; break }
            '^[a-z]*:--neighbors(=.*)?$' { $view = 'neighbors'; break }
            '^[a-z]*:--rules(=.*)?$' { $view = 'rules'; break }
            '^linux:--route(=.*)?$' { $view = 'routes'; break }
            '^linux:--interfaces(=.*)?$' { $view = 'interfaces'; break }
            '^linux:--groups(=.*)?$' { $view = 'groups'; break }
            '^linux:--statistics(=.*)?$' { $view = 'statistics'; break }
            '^linux:--masquerade(=.*)?$' { $view = 'nat'; break }
            '^[a-z]*:--' { break }
            '^linux:-[^-]*r' { $view = 'routes'; break }
            '^linux:-[^-]*i' { $view = 'interfaces'; break }
            '^linux:-[^-]*g' { $view = 'groups'; break }
            '^linux:-[^-]*s' { $view = 'statistics'; break }
            '^linux:-[^-]*M' { $view = 'nat'; break }
            '^windows:[-/][A-Za-z]*[r]' { $view = 'routes'; break }
            '^windows:[-/][A-Za-z]*[e]' { $view = 'interfaces'; break }
            '^windows:[-/][A-Za-z]*[s]' { $view = 'statistics'; break }
        }
    }
    $prefix = ''
    $value = $null
    $text = $Current
    if ($Current -match '^(--([a-z-]+)=)(.*)$') {
        $prefix, $text = $Matches[1], $Matches[3]
        $value = $script:NetstatValues[$Matches[2]]
        if (-not $value) { return }
    } elseif ($last -match '^--([a-z-]+)$') {
        $value = $script:NetstatValues[$Matches[1]]
        if ($value -and -not $value[2]) { $value = $null }
    } elseif ($dialect -eq 'linux' -and $last -cmatch '^-[^-]*A$') {
        $value = $script:NetstatValues['protocol']
    } elseif ($dialect -eq 'windows' -and $last -match '^[-/][a-z]*p$') {
        $value = @('windows:p', $false, $true)
    }
    $quote = ''
    if ($text -match '^[''"]') {
        $quote, $text = $text.Substring(0, 1), $text.Substring(1).TrimEnd($text[0])
    }
    if ($value) {
        if ($value[0] -eq 'filter') {
            $pairs = Get-NetstatFilter $text $view
        } else {
            $before = ''
            $item = $text
            if ($value[1]) {
                $item = $text.Substring($text.LastIndexOf(',') + 1)
                $before = $text.Substring(0, $text.Length - $item.Length)
            }
            $pairs = foreach ($pair in Get-NetstatSource $value[0] $item $view) { , @(($before + $pair[0]), $pair[1]) }
        }
    } elseif ($text -match '^-') {
        $pairs = Get-NetstatStatic "options:$dialect"
    } elseif ($dialect -eq 'windows' -and $text -match '^/') {
        $pairs = foreach ($pair in Get-NetstatStatic 'options:windows') {
            if ($pair[0] -match '^-[^-]$') { , @(($pair[0] -replace '^-', '/'), $pair[1]) }
        }
    } else {
        return
    }
    foreach ($pair in $pairs) {
        if (-not $pair[0].StartsWith($text, [StringComparison]::OrdinalIgnoreCase)) { continue }
        $word = $pair[0]
        # Between single quotes PowerShell expands nothing.
        if ($quote -ne '' -or $word -match '[^A-Za-z0-9_./:=+@%-]') { $word = "'" + ($word -replace "'", "''") + "'" }
        $about = $pair[1]
        if (-not $about) { $about = $pair[0] }
        [System.Management.Automation.CompletionResult]::new(($prefix + $word), $pair[0], 'ParameterValue', $about)
    }
}

Register-ArgumentCompleter -Native -CommandName netstat, netstat.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { [string]$_.Extent.Text })
    Get-NetstatCandidates $wordToComplete $words
}
