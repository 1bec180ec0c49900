package redact

import "strings"

// knownWords are the words that say nothing of one host: names of directories, of users
// that distributions create, of widespread programs, units and container runtimes, and
// parts of such names. First names and words that sites choose must not be in the list.
const knownWords = `
a b bin boot c cgroup cgroups conf config d dev etc file fs home lib lib32 lib64 libexec local lock log logs media mnt net
opt pid proc run root sbin scope selinux share shm sock socket spool srv sys tmp usr var www x11 x11-unix xtables
x0 x1 x2 x3 ice pts tty unix snap cache private etc ssl man doc null zero random urandom log journal notify stdout
io bus desktop session system user users slice service mount timer target path device swap automount init unit
deleted enforce complain unconfined priv listener accepted master worker process pool child manager launcher helper
lo main default blackhole unspec none

apache2 httpd nginx lighttpd haproxy envoy caddy traefik varnishd squid tomcat php php-fpm fpm www-data
sshd ssh agent gpg dirmngr scdaemon extra browser gnupg s systemd logind journald udevd networkd resolved resolve timesyncd timesync
oomd machined homed userdbd hostnamed localed timedated coredump sysctl udev control varlink userdb
dbus daemon broker polkitd polkit cron crond atd rsyslogd rsyslog syslog syslogd ng agetty getty login su sudo
networkmanager wpa supplicant dhclient dhcpcd dnsmasq unbound named bind chronyd chrony ntpd ntp avahi avahi-daemon cupsd cups
bluetoothd modemmanager upowerd accounts udisksd udisks2 rtkit colord gdm gdm3 lightdm sddm xorg xwayland wayland
pulseaudio pulse pipewire native gnome shell kde plasma gvfsd
containerd dockerd docker shim runc podman conmon crio cri cni buildkit buildkitd ctr kubelet kube proxy apiserver scheduler
controller etcd coredns flanneld calico cilium istio pilot kubepods besteffort burstable guaranteed pod libpod
machine machines lxc lxcfs lxd incus nspawn libvirt libvirtd virtlogd virtlockd qemu qemu-system x86 kvm
postgres postgresql pgbouncer mysql mysqld mariadb mariadbd redis server sentinel memcached mongod mongos cassandra kafka
zookeeper elasticsearch opensearch kibana logstash rabbitmq beam epmd erlang clickhouse influxdb pgsql
prometheus grafana alertmanager node exporter telegraf collectd fluentd fluent bit vector filebeat zabbix nagios
postfix exim4 exim dovecot smtpd pickup qmgr cleanup imap pop3 lmtp spamassassin clamd
java python python2 python3 perl ruby node nodejs npm go bash sh dash zsh fish screen tmux sleep cat tail less vim vi nano
socat nc ncat netcat curl wget rsync rsyncd git netstat ss iperf iperf3 tcpdump strace gdb busybox openvpn wireguard charon
strongswan ipsec racoon nfsd rpcbind rpc statd mountd idmapd smbd nmbd winbindd samba vsftpd proftpd ftpd
kthreadd kworker ksoftirqd migration rcu watchdog

nobody nogroup daemon sync games lp mail news uucp backup list irc gnats bin adm operator ftp messagebus
tcpdump rpcuser sshd tss man _apt

system_u unconfined_u object_r u r t l0 s0 kernel confined

windows system32 syswow64 program files microsoft corporation exe dll svchost lsass services wininit winlogon csrss smss spoolsv
explorer msedge chrome firefox onenote outlook teams onedrive localsystem networkservice localservice nt authority
local network service system administrator internet datacenter compat automatic custom ethernet loopback pseudo interface
wi-fi wi fi bluetooth connection area adapter intel r tm realtek broadcom virtual hyper v gigabit controller family pci
wan miniport ip ipv6 teredo isatap tunneling tunnel kernel debug filter lightweight qos packet wfp native mac layer
`

// messageWords are the words of the messages of this program and of systems. They are
// kept in messages outside paths.
const messageWords = `
a address addresses after again against all already an and another answer any are argument arp as at available
back bad be because before begin begins between bogus both bound broken buffer busy but by byte bytes
call cannot cause cgroup change changed child closed column columns complete connect connected connection connections container
could count counter counters cut damaged data denied descriptor destination detail details device diag did directory does down
dump dumped during empty end ends entry entries error errors exceeded executable exist exists expected fail failed family fault
field fields file files find finished flag for form format found from full function get got group groups has hardware have header
held host id if ignored implemented in incomplete inconsistent inet inet6 info inode input inspect interface interfaces interrupted
into invalid io is isn it its kernel key kind known lacks large last length less limit line lines link list listen
listing local long longer lost malformed may measure memory message messages missing module more name names namespace namespaces
neighbor neighbors neighbour neighbours netlink network new no node none not nothing number of older on one only open opened
operation option or other out over overflow owner owners packet packets parse path pending per permission permitted pid
pipe port ports possible problem process processes program protocol queue raw read reading record recorded refused replay
reply report request reset resource resources route routes routing row rows rule rules same send set short signal size snapshot
socket sockets some source space state stream such supported support system table tables taken temporarily text than that the
their there these this thread threads time timed timeout timer to too tracked transport tree truncated two type unavailable
unexpected unknown unreachable unreadable unsupported up use used user users value values version wait wants was were while with
without write wrong yet zero

tcp tcp6 udp udp6 udplite udplite6 raw6 sctp sctp6 mptcp mptcp6 dccp dccp6 icmp icmp6 unix vsock tipc xdp smc can ax25 netrom
rose x25 ipx appletalk bluetooth l2cap rfcomm nat conntrack ipv4 ipv6 eof stat lstat readlink readdir openat ioctl
`

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
