package netstat

import "testing"

func TestOwnerUnknown(t *testing.T) {
	var held, denied, confined, both Owners
	held.Add(7, 1)
	denied.Denied, confined.Confined = true, true
	both.Denied, both.Confined = true, true
	both.AddKernel(9)
	both.AddKernel(0)
	for _, test := range []struct {
		name string
		o    *Owners
		s    Socket
		want OwnerUnknown
		text string
	}{
		{"held", &held, Socket{Inode: 7}, OwnerKnown, ""},
		{"pid in the row", &held, Socket{PID: 3}, OwnerKnown, ""},
		{"not held", &held, Socket{Inode: 8}, OwnerUnheld, "unheld"},
		{"denied", &denied, Socket{Inode: 8}, OwnerDenied, "permission"},
		{"confined", &confined, Socket{Inode: 8}, OwnerConfined, "namespace"},
		{"both", &both, Socket{Inode: 8}, OwnerDenied, "permission"},
		{"kernel", &both, Socket{Inode: 8, Cookie: 9}, OwnerKernel, "kernel"},
		{"no cookie", &both, Socket{Inode: 8, Cookie: 0}, OwnerDenied, "permission"},
		{"time-wait", &held, Socket{Table: TCP6Table, State: TimeWait}, OwnerTimeWait, "time-wait"},
		{"request", &held, Socket{Table: TCP4Table, State: SynReceived}, OwnerRequest, "request"},
		{"new request", &held, Socket{Table: TCP4Table, State: NewSynRecv}, OwnerRequest, "request"},
		{"pending", &held, Socket{Table: TCP4Table, State: Established}, OwnerPending, "pending"},
		{"pending, closed by the peer", &held, Socket{Table: TCP4Table, State: CloseWait}, OwnerPending, "pending"},
		{"closed", &held, Socket{Table: TCP4Table, State: LastAck}, OwnerClosed, "closed"},
		{"unix, pending", &held, Socket{Table: UnixTable, State: Connecting}, OwnerPending, "pending"},
		{"unix, closed", &held, Socket{Table: UnixTable, State: Disconnecting}, OwnerClosed, "closed"},
		{"unix, without an inode", &held, Socket{Table: UnixTable, State: Connected}, OwnerReasonUnknown, "unknown"},
		{"table without inodes", &held, Socket{Table: L2CAPTable, State: Established}, OwnerReasonUnknown, "unknown"},
		{"inodes absent", &held, Socket{Table: TCP4Table, State: Established, Absent: FactInode}, OwnerReasonUnknown, "unknown"},
		{"closed TCP without an inode", &held, Socket{Table: TCP4Table, State: Closed}, OwnerReasonUnknown, "unknown"},
	} {
		if got := test.o.Unknown(&test.s); got != test.want || got.String() != test.text {
			t.Errorf("%s: %v %q, want %v %q", test.name, uint8(got), got, uint8(test.want), test.text)
		}
	}
	if text := OwnerUnknown(99).String(); text != "unknown" {
		t.Errorf("%q", text)
	}
}

func TestNamespaceLabel(t *testing.T) {
	for want, n := range map[string]Namespace{
		"host": {Host: true, Own: true, Names: []string{"a"}, PID: 1, Comm: "init"}, "self": {Own: true, PID: 9, Comm: "sh"},
		"own":             {Own: true, Names: []string{"own"}},
		"/run/netns/host": {Names: []string{"host"}, Path: "/run/netns/host"}, "c": {Names: []string{"all", "c", "self"}},
		"/proc/7/task/8/ns/net": {PID: 7, TID: 8, Comm: "nginx", Path: "/proc/7/task/8/ns/net"},
		"a,b":                   {Names: []string{"a", "b"}, PID: 1}, "7/nginx": {PID: 7, Comm: "nginx", Mounts: []string{"/x"}}, "7": {PID: 7},
		"/x": {Mounts: []string{"/x"}}, "/proc/3/fd/4": {Path: "/proc/3/fd/4"}, "net:[5]": {Inode: 5},
	} {
		if got := n.Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
