package wine

import (
	_ "embed"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed routes/iphlpapi.c
var routesSource []byte

// TestCommandRouteFacts runs netstat.exe with an iphlpapi.dll that answers what Wine's does not:
// the route of packets, lifetimes and origins, metrics of interfaces, reachability times.
func TestCommandRouteFacts(t *testing.T) {
	h, err := StartHere(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	exe := commandExe(t)
	if err := h.Replace("iphlpapi", routesSource, exe, "-lws2_32"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args      []string
		out, errs string
		code      int
	}{
		{args: []string{"--get", "8.8.8.8", "--get", "192.0.2.1 from 192.0.2.5 oif 14", "--get", "2001::9",
			"--format=csv", "--columns=destination,type,route,gateway,interface,source,mtu,neighbor_state,neighbor_mac,metric,protocol,table,scope"},
			out: "destination,type,route,gateway,interface,source,mtu,neighbor_state,neighbor_mac,metric,protocol,table,scope\n" +
				"8.8.8.8,unicast,0.0.0.0/0,192.0.2.1,Ethernet 2,192.0.2.5,1400,reachable,02:00:00:00:00:01,45,dhcp,,\n" +
				"192.0.2.1,unicast,0.0.0.0/0,192.0.2.1,Ethernet 2,192.0.2.5,1400,reachable,02:00:00:00:00:01,45,dhcp,,\n" +
				"2001::9,unicast,::/0,fe80::1,Ethernet 2,2001::5,1400,reachable,02:00:00:00:00:01,301,ra,,\n"},
		{args: []string{"--get", "3001::9", "--columns=destination,type,gateway", "--format=csv"}, out: "destination,type,gateway\n3001::9,,\n"},
		{args: []string{"--get", "8.8.8.8 oif 21", "--columns=destination,type,gateway", "--format=csv"}, out: "destination,type,gateway\n8.8.8.8,,\n"},
		{args: []string{"--get", "8.8.8.8 oif eth0"}, code: 1, errs: "netstat: look up the route to 8.8.8.8: no interface 'eth0'\n"},
		{args: []string{"--get", "8.8.8.8 mark 7 uid 0"}, code: 1,
			errs: "netstat: look up the route to 8.8.8.8: Windows looks up routes by destination, from and oif only, not by mark, uid\n"},
		{args: []string{"-r", "--format=csv", "--columns=destination,type,protocol,mib_protocol,origin,metric,route_metric,interface_metric,expires,preferred_lifetime,age,loopback,published,immortal"},
			out: "destination,type,protocol,mib_protocol,origin,metric,route_metric,interface_metric,expires,preferred_lifetime,age,loopback,published,immortal\n" +
				"0.0.0.0/0,unicast,dhcp,netmgmt,dhcp,45,0,45,86400,43200,61,false,false,false\n" +
				"192.0.2.5/32,local,kernel,local,manual,301,256,45,,,61,true,false,true\n" +
				"192.0.2.255/32,broadcast,kernel,local,manual,301,256,45,,,61,false,false,false\n" +
				"::/0,unicast,ra,netmgmt,ra,301,256,45,,,61,false,true,false\n"},
		{args: []string{"--neighbors", "--format=csv", "--columns=address,state,interface,router,reachable_time,unreachable_time"},
			out: "address,state,interface,router,reachable_time,unreachable_time\n" +
				"192.0.2.1,reachable,Ethernet 2,false,30.5,\n192.0.2.2,failed,Ethernet 2,false,,30.5\n" +
				"fe80::1,reachable,Ethernet 2,true,30.5,\nfe80::2,failed,Ethernet 2,false,,30.5\n"},
		{args: []string{"-e", "--format=csv", "--columns=name,description,kind,operstate,carrier,speed,receive_speed,permanent_address,guid,network_guid,settings"},
			out: "name,description,kind,operstate,carrier,speed,receive_speed,permanent_address,guid,network_guid,settings\n" +
				"Ethernet 2,Invented Network Card,,up,true,1000000000,2500000000,00:50:cc:00:00:0e,{0000000E-0000-0000-0000-000000000000},{00000ABC-0000-0000-0000-000000000000}," +
				"admin_status=up;access_type=broadcast;direction_type=sendreceive;connection_type=dedicated;media_type=802.3;physical_medium=802.3;" +
				"hardware_interface=1;connector_present=1;not_authenticated=0;not_media_connected=0;paused=0;low_power=0;endpoint=0\n" +
				"Teredo,Invented Tunnel,teredo,dormant,,,,,{00000015-0000-0000-0000-000000000000},{00000ABC-0000-0000-0000-000000000000}," +
				"admin_status=up;access_type=point-to-point;direction_type=sendreceive;connection_type=demand;media_type=tunnel;" +
				"hardware_interface=0;connector_present=0;not_authenticated=0;not_media_connected=0;paused=1;low_power=0;endpoint=0\n"},
		{args: []string{"-e", "--format=csv", "--columns=name,rx_packets,rx_bytes,rx_dropped,rx_errors,rx_non_unicast,rx_unknown_protocols,rx_unicast_bytes,rx_multicast_bytes,rx_broadcast_bytes", "--limit=1"},
			out: "name,rx_packets,rx_bytes,rx_dropped,rx_errors,rx_non_unicast,rx_unknown_protocols,rx_unicast_bytes,rx_multicast_bytes,rx_broadcast_bytes\n" +
				"Ethernet 2,2003,1099511627776,1003,1004,1002,1005,1006,1007,1008\n"},
		{args: []string{"-e", "--format=csv", "--columns=name,tx_packets,tx_bytes,tx_dropped,tx_errors,tx_non_unicast,tx_unicast_bytes,tx_multicast_bytes,tx_broadcast_bytes", "--limit=1"},
			out: "name,tx_packets,tx_bytes,tx_dropped,tx_errors,tx_non_unicast,tx_unicast_bytes,tx_multicast_bytes,tx_broadcast_bytes\n" +
				"Ethernet 2,4003,2199023255552,2003,2004,2002,2006,2007,2008\n"},
		{args: []string{"-e", "--format=csv", "--columns=name,addresses,address_scopes,address_flags,prefix_origins,suffix_origins,valid_lifetimes,preferred_lifetimes", "--limit=1"},
			out: "name,addresses,address_scopes,address_flags,prefix_origins,suffix_origins,valid_lifetimes,preferred_lifetimes\n" +
				"Ethernet 2,192.0.2.5/24;2001::5/64,global;global,deprecated,dhcp;ra,dhcp;random,86400,86400;0\n"},
		{args: []string{"--rules"}, code: 1, errs: "netstat: list the rules of inet: this system has no policy routing: only Linux has it\n"},
		{args: []string{"--conntrack"}, code: 1, errs: "netstat: read tracked connections: not supported on Windows\n"},
		{args: []string{"-r", "--table=all", "--count"}, out: "4\n"},
		{args: []string{"-r", "--table=main", "--json"}, code: 1, errs: "netstat: read routes of inet: Windows has one routing table, without a number\n"},
	} {
		r, err := h.Run(exe, append([]string{"--dialect=windows"}, c.args...)...)
		out, errs := strings.ReplaceAll(string(r.Stdout), "\r\n", "\n"), strings.ReplaceAll(string(r.Stderr), "\r\n", "\n")
		if err != nil || r.Code != c.code || errs != c.errs || c.code == 0 && out != c.out {
			t.Errorf("%q: %v, status %d, %q\n%s\nwant status %d, %q\n%s", c.args, err, r.Code, errs, out, c.code, c.errs, c.out)
		}
	}
	routesReplayed(t, h, exe)
	for _, args := range [][]string{{"-r", "--json"}, {"-e", "--json"}, {"--neighbors", "--json"}, {"--get", "8.8.8.8", "--json"}} {
		r, err := h.Run(exe, append([]string{"--dialect=windows"}, args...)...)
		if err != nil || r.Code != 0 || len(r.Stderr) > 0 || !json.Valid(r.Stdout) {
			t.Errorf("%q: %v, status %d, %q", args, err, r.Code, r.Stderr)
			continue
		}
		recordsValid(t, string(r.Stdout))
	}
}

// routesReplayed checks that a snapshot answers as the host, also after --replay F
// --snapshot F has replaced it: Windows does not replace a file that is open.
func routesReplayed(t *testing.T, h *Host, exe string) {
	file := filepath.Join(t.TempDir(), "host.json.zst")
	run := func(status int, args ...string) string {
		t.Helper()
		r, err := h.Run(exe, append([]string{"--dialect=windows"}, args...)...)
		if err != nil || r.Code != status {
			t.Errorf("%q: %v, status %d, %s", args, err, r.Code, r.Stderr)
		}
		return string(r.Stdout)
	}
	reports := [][]string{
		{"-r", "--format=csv", "--columns=destination,type,protocol,mib_protocol,origin,metric,route_metric,interface_metric,expires,age,immortal"},
		{"--neighbors", "--format=csv", "--columns=address,state,interface,router,reachable_time,unreachable_time"},
		{"-e", "--format=csv", "--columns=name,kind,network_guid,settings,prefix_origins,suffix_origins,address_details"},
	}
	run(0, "--snapshot", file)
	for range 2 {
		for _, args := range reports {
			if live, replayed := run(0, args...), run(0, append([]string{"--replay", file}, args...)...); live != replayed || strings.Count(live, "\n") < 3 {
				t.Errorf("%q:\n%s\nreplayed\n%s", args, live, replayed)
			}
		}
		run(1, "--replay", file, "-r", "--table=main", "--count")
		run(0, "--replay", file, "--snapshot", file)
	}
}
