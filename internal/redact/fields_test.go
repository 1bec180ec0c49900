package redact

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"netstat"
)

// rows are the types of every row, and those that an interface of a row may hold.
var rows = []reflect.Type{
	reflect.TypeFor[netstat.Socket](), reflect.TypeFor[netstat.Process](), reflect.TypeFor[netstat.Route](),
	reflect.TypeFor[netstat.Interface](), reflect.TypeFor[netstat.Membership](), reflect.TypeFor[netstat.Counter](),
	reflect.TypeFor[netstat.Measure](), reflect.TypeFor[netstat.Neighbor](), reflect.TypeFor[netstat.NATSession](),
	reflect.TypeFor[netstat.TrackedConnection](), reflect.TypeFor[netstat.Rule](),

	reflect.TypeFor[netstat.UnixDetail](), reflect.TypeFor[netstat.SCTPDetail](), reflect.TypeFor[netstat.AX25Detail](),
	reflect.TypeFor[netstat.NetROMDetail](), reflect.TypeFor[netstat.ROSEDetail](), reflect.TypeFor[netstat.X25Detail](),
	reflect.TypeFor[netstat.AppleTalkDetail](), reflect.TypeFor[netstat.BluetoothDetail](), reflect.TypeFor[netstat.TLSDetail](),
	reflect.TypeFor[netstat.DCCPDetail](), reflect.TypeFor[netstat.CANDetail](), reflect.TypeFor[netstat.KeyDetail](),
	reflect.TypeFor[netstat.MPTCPDetail](), reflect.TypeFor[netstat.SubflowDetail](), reflect.TypeFor[netstat.NetlinkDetail](),
	reflect.TypeFor[netstat.PacketDetail](), reflect.TypeFor[netstat.SMCDetail](), reflect.TypeFor[netstat.TIPCDetail](),
	reflect.TypeFor[netstat.VSockDetail](), reflect.TypeFor[netstat.WindowsDetail](), reflect.TypeFor[netstat.XDPDetail](),

	reflect.TypeFor[netstat.AX25Route](), reflect.TypeFor[netstat.NetROMRoute](), reflect.TypeFor[netstat.ROSERoute](),
	reflect.TypeFor[netstat.X25Route](), reflect.TypeFor[netstat.IPXRoute](), reflect.TypeFor[netstat.AppleTalkRoute](),
}

// TestFields checks that the table names every text and address of every row.
func TestFields(t *testing.T) {
	used := map[string]bool{}
	seen := map[reflect.Type]bool{}
	var visit func(of reflect.Type)
	visit = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(of.Elem())
		case reflect.Map:
			t.Errorf("%v: maps are not walked", of)
		case reflect.Struct:
			if seen[of] || of == reflect.TypeFor[time.Time]() {
				return
			}
			seen[of] = true
			for i := range of.NumField() {
				f := of.Field(i)
				name := of.Name() + "." + f.Name
				rule := ruleOf(of, f.Name)
				used[name] = rule != unnamed
				switch {
				case !f.IsExported():
					t.Errorf("%s is not exported", name)
				case replaceable(f.Type) && rule == unnamed:
					t.Errorf("%s holds a text or an address: name it in fields", name)
				case !replaceable(f.Type):
					visit(f.Type)
				}
			}
		}
	}
	for _, row := range rows {
		visit(row)
	}
	for _, f := range fields {
		if !used[f.name] {
			t.Errorf("no row has %s", f.name)
		}
	}
}

// TestRow checks that equal things get equal pseudonyms in different rows and that the
// original row is not changed.
func TestRow(t *testing.T) {
	r := New(Key{1, 2, 3})
	detail := &netstat.PacketDetail{Device: "alice0", Memberships: []netstat.PacketMembership{{Address: []byte{2, 1, 2, 3, 4, 5}}}}
	s := netstat.Socket{Local: netstat.Addr{IP: netip.MustParseAddr("10.1.2.3"), Name: "/home/alice/x.sock"}, Detail: detail}
	to := s
	Row(r, &to)
	p := netstat.Process{User: "alice", Args: []string{"/usr/sbin/sshd", "--key=secret", "10.1.2.3:80"}, Executable: "/home/alice/sshd"}
	Row(r, &p)
	if detail.Device != "alice0" || detail.Memberships[0].Address[1] != 1 {
		t.Errorf("the detail of the source was changed: %+v", detail)
	}
	if got := to.Detail.(*netstat.PacketDetail); got.Device == "alice0" || got.Memberships[0].Address[1] == 1 {
		t.Errorf("detail: %+v", got)
	}
	if want := "/home/" + p.User + "/" + r.Text("x") + "." + r.Text("sock"); to.Local.Name != want || p.User == "alice" {
		t.Errorf("%q, want %q", to.Local.Name, want)
	}
	if p.Args[0] != "/usr/sbin/sshd" || strings.Contains(p.Args[1], "secret") || p.Executable != "/home/"+p.User+"/sshd" {
		t.Errorf("%q %q", p.Args, p.Executable)
	}
	if !strings.HasPrefix(p.Args[2], to.Local.IP.String()+":") || to.Local.IP == s.Local.IP {
		t.Errorf("%q, address %v", p.Args[2], to.Local.IP)
	}
}

// TestPath checks the example of docs/redact.md.
func TestPath(t *testing.T) {
	r := New(Key{5})
	if got, want := r.Text("/srv/alice/mysql.sock"), "/srv/"+r.UserName("alice")+"/mysql.sock"; got != want || len(r.UserName("alice")) != 11 {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestSettings checks that words of the system stay in the settings of interfaces, and
// addresses do not.
func TestSettings(t *testing.T) {
	r := New(Key{4})
	for text, kept := range map[string]bool{
		"balance-rr": true, "802.3ad": true, "802.1Q": true, "802.1ad": true, "0x9100": true, "layer3+4": true, "GOING_DOWN": true,
		"l3s": true, "l2": true, "ip6ip6": true, "": true,
		"192.0.2.1": false, "2001:db8::77": false, "02:42:ac:11:00:07": false, "8000.02:42:ac:11:00:07": false, "a7": false,
	} {
		i := netstat.Interface{Link: &netstat.Link{Settings: []netstat.LinkSetting{{Name: "x", Text: text, IsText: true}}}}
		Row(r, &i)
		if got := i.Link.Settings[0].Text; (got == text) != kept {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := r.setting("8000.02:42:ac:11:00:07"); !strings.HasPrefix(got, "8000.") || len(got) != 22 {
		t.Errorf("identity of a bridge: %q", got)
	}
}

// TestKernelFiles checks that the names of the kernel's files stay in errors about them.
func TestKernelFiles(t *testing.T) {
	r := New(Key{4})
	for _, name := range []string{
		"/proc/net/tcp6", "/proc/net/udplite6", "/proc/net/sctp/assocs", "/proc/net/if_inet6", "/proc/net/ax25", "/proc/net/ip_masquerade",
		"/proc/self/net/nr_neigh", "/proc/sys/net/core/somaxconn", "/proc/sys/net/netfilter/nf_conntrack_count", "/proc/net/softnet_stat", "/sys/kernel/btf/vmlinux",
	} {
		if got := r.Text(name); got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
}
