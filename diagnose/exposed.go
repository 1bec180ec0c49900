package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	"netstat"
)

// privateService is a service that is meant for a host or a private network, and the
// port that its vendor's documentation gives it.
type privateService struct {
	protocol netstat.Protocol
	port     uint16
	name     string
}

// privateServices lists databases, caches, queues, orchestration and debug ports, by
// port. Services that listen on a port of general use, such as 8080 or 9000, are not
// here: the port does not tell them.
var privateServices = [...]privateService{
	{netstat.TCP, 1433, "Microsoft SQL Server"},
	{netstat.UDP, 1434, "SQL Server Browser"},
	{netstat.TCP, 1521, "Oracle Database"},
	{netstat.TCP, 2181, "ZooKeeper"},
	{netstat.TCP, 2375, "Docker API without TLS"},
	{netstat.TCP, 2376, "Docker API"},
	{netstat.TCP, 2377, "Docker Swarm management"},
	{netstat.TCP, 2379, "etcd"},
	{netstat.TCP, 2380, "etcd peers"},
	{netstat.TCP, 3306, "MySQL, MariaDB"},
	{netstat.TCP, 4222, "NATS"},
	{netstat.TCP, 4369, "Erlang port mapper"},
	{netstat.TCP, 4646, "Nomad API"},
	{netstat.TCP, 5005, "Java debugger"},
	{netstat.TCP, 5432, "PostgreSQL"},
	{netstat.TCP, 5672, "RabbitMQ"},
	{netstat.TCP, 5984, "CouchDB"},
	{netstat.TCP, 6379, "Redis, Valkey"},
	{netstat.TCP, 7000, "Cassandra nodes"},
	{netstat.TCP, 7199, "Cassandra JMX"},
	{netstat.TCP, 7474, "Neo4j"},
	{netstat.TCP, 7687, "Neo4j Bolt"},
	{netstat.TCP, 8086, "InfluxDB"},
	{netstat.TCP, 8088, "Hadoop YARN"},
	{netstat.TCP, 8222, "NATS monitoring"},
	{netstat.TCP, 8300, "Consul servers"},
	{netstat.TCP, 8500, "Consul API"},
	{netstat.TCP, 9042, "Cassandra"},
	{netstat.TCP, 9092, "Kafka"},
	{netstat.TCP, 9200, "Elasticsearch, OpenSearch"},
	{netstat.TCP, 9229, "Node.js debugger"},
	{netstat.TCP, 9300, "Elasticsearch, OpenSearch nodes"},
	{netstat.TCP, 9870, "Hadoop HDFS"},
	{netstat.TCP, 10250, "Kubernetes kubelet"},
	{netstat.TCP, 10255, "Kubernetes kubelet, read-only"},
	{netstat.TCP, 11211, "Memcached"},
	{netstat.UDP, 11211, "Memcached"},
	{netstat.TCP, 15672, "RabbitMQ management"},
	{netstat.TCP, 25672, "RabbitMQ nodes"},
	{netstat.TCP, 26257, "CockroachDB"},
	{netstat.TCP, 26379, "Redis Sentinel"},
	{netstat.TCP, 27017, "MongoDB"},
	{netstat.TCP, 27018, "MongoDB shard"},
	{netstat.TCP, 27019, "MongoDB configuration server"},
	{netstat.TCP, 33060, "MySQL X Protocol"},
	{netstat.TCP, 61616, "ActiveMQ"},
}

// privateServiceAt returns the service with this port, or nil if there is none.
func privateServiceAt(protocol netstat.Protocol, port uint16) *privateService {
	for i := range privateServices {
		if s := &privateServices[i]; s.port == port && s.protocol == protocol {
			return s
		}
	}
	return nil
}

// exposed finds services that are meant to be private and accept connections from
// anywhere.
func exposed() *Rule {
	return &Rule{
		Name: "exposed",
		Signal: Text{
			"listener on every address, or on a public one, at the usual port of a service that is meant to be private: databases, caches, queues, orchestration, debuggers",
			"在所有地址或公网地址上监听，且端口属于本应私有的服务: 数据库、缓存、消息队列、编排、调试器",
		},
		Threshold: Text{
			"any: info; if nothing filters packets to this host (no hook of Netfilter): warning",
			"存在即 info；若没有任何规则过滤发往本机的报文（无 Netfilter 钩子）: warning",
		},
		Doubt: Text{
			"another program may use the port; a firewall outside of this host, or authentication, may protect it",
			"该端口可能由其他程序使用；主机之外的防火墙或身份认证可能已提供保护",
		},
		Source:  "the vendors' documentation of ports, nft(8)",
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP, netstat.UDP}, Facts: netstat.FactInode, Owners: true,
			Process: processNames, Measures: true,
		},
		new: func() check { return &exposedCheck{} },
	}
}

type exposedCheck struct {
	services map[exposedKey]*exposedService
}

// exposedKey groups the listeners of one service: those of both families are one.
type exposedKey struct {
	service *privateService
	pid     uint32
}

type exposedService struct {
	listeners uint64
	subject   netstat.Subject
	exposure  string // as in the column of this name: "wildcard" or "public"
}

// exposedAs returns the reach of a local address that others can reach, as the column
// exposure has it; "" for addresses of a private network.
func exposedAs(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case ip.IsUnspecified():
		return "wildcard"
	case !ip.IsGlobalUnicast() || ip.IsPrivate():
		return ""
	}
	if ip.Is4() {
		if b := ip.As4(); b[0] == 100 && b[1]&0xc0 == 64 { // RFC 6598
			return ""
		}
	}
	return "public"
}

func (c *exposedCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen && (s.Table.Protocol != netstat.UDP || s.Remote.Port != 0) {
		return
	}
	service := privateServiceAt(s.Table.Protocol, s.Local.Port)
	if service == nil {
		return
	}
	exposure := exposedAs(s.Local.IP)
	if exposure == "" {
		return
	}
	pid, _ := m.Owner(s)
	key := exposedKey{service, pid}
	e := c.services[key]
	if e == nil {
		if c.services == nil {
			c.services = make(map[exposedKey]*exposedService)
		}
		e = &exposedService{subject: m.aboutSocket(s), exposure: exposure}
		c.services[key] = e
	}
	e.listeners++
}

func (c *exposedCheck) conclude(m *Moment) {
	hooks, known := m.Measure("firewall.input")
	open := known && hooks == 0
	if !known && len(c.services) > 0 {
		m.cannot(m.say("it is unknown whether a firewall filters packets to this host", "不知道是否有防火墙过滤发往本机的报文"))
	}
	for i := range privateServices {
		service := &privateServices[i]
		pids := make(map[uint32]*exposedService)
		for key, e := range c.services {
			if key.service == service {
				pids[key.pid] = e
			}
		}
		for _, pid := range sortedKeys(pids) {
			e := pids[pid]
			port := strconv.Itoa(int(service.port))
			text := [...]string{
				"a service that is meant to be private listens on every address: port " + port + " (" + service.name + ")",
				"本应私有的服务在所有地址上监听: 端口 " + port + "（" + service.name + "）",
			}
			if e.exposure == "public" {
				text = [...]string{
					"a service that is meant to be private listens on a public address: port " + port + " (" + service.name + ")",
					"本应私有的服务在公网地址上监听: 端口 " + port + "（" + service.name + "）",
				}
			}
			f := netstat.Finding{
				Subject:  e.subject,
				Severity: netstat.Info,
				Advice: m.say("bind it to 127.0.0.1 or to an address of a private network, or let a firewall accept only those who need it",
					"让它绑定 127.0.0.1 或私有网络的地址，或用防火墙只放行需要者"),
				Evidence: []netstat.Evidence{
					{Fact: "exposure", Value: netstat.TextOf(e.exposure)},
					{Fact: "local_port", Value: netstat.NumberOf(uint64(service.port))},
					{Fact: "count", Value: netstat.NumberOf(e.listeners)},
				},
				Command: "-" + service.protocol.String()[:1] + "an --filter 'listening = yes and local_port = " + port + "' --columns local,exposure,owners",
			}
			if m.diagnosis.windows() { // where -u is no option
				f.Command = strings.Replace(f.Command, "-uan", "-an", 1)
			}
			if open {
				f.Severity = netstat.Warning
				text[0] += ", and nothing filters packets to this host"
				text[1] += "，且没有任何规则过滤发往本机的报文"
				f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "firewall.input", Value: netstat.NumberOf(hooks)})
			}
			f.Text = m.say(text[0], text[1])
			m.find(f)
		}
	}
	c.services = nil
}
