package diagnose

import (
	"context"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"netstat"
)

// kernelHost also lists sockets of the kernel.
type kernelHost struct {
	host
	cookies []uint64
	threads netstat.Owners // what a look at threads and rings finds
}

func (h *kernelHost) KernelSockets(_ context.Context, o *netstat.Owners) error {
	for _, c := range h.cookies {
		o.AddKernel(c)
	}
	return nil
}

func (h *kernelHost) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	if q.Threads && q.Rings {
		return &h.threads, nil
	}
	return &h.owners, nil
}

// The reasons permission and namespace need another user or pid namespace than those of
// the test, so that these hosts are made up.
func TestNoOwner(t *testing.T) {
	for _, c := range []struct {
		name   string
		host   *kernelHost
		reason netstat.OwnerUnknown
	}{
		{"unheld", &kernelHost{}, netstat.OwnerUnheld},
		{"permission", &kernelHost{host: host{owners: netstat.Owners{Denied: true}}}, netstat.OwnerDenied},
		{"hidden", &kernelHost{host: host{owners: netstat.Owners{Hidden: true}}}, netstat.OwnerDenied},
		{"namespace", &kernelHost{host: host{owners: netstat.Owners{Confined: true}}}, netstat.OwnerConfined},
		{"kernel", &kernelHost{cookies: []uint64{500, 501}}, netstat.OwnerKernel},
		{"kernel, though permission lacks", &kernelHost{host: host{owners: netstat.Owners{Denied: true}}, cookies: []uint64{500, 501}}, netstat.OwnerKernel},
	} {
		t.Run(c.name, func(t *testing.T) {
			any4 := netstat.Addr{IP: netip.IPv4Unspecified(), Port: 4789}
			c.host.sockets = map[netstat.Table][]netstat.Socket{
				netstat.UDP4Table: {
					{State: netstat.Closed, Local: any4, Inode: 70, Cookie: 500},
					{State: netstat.Established, Local: any4, Remote: netstat.Addr{IP: any4.IP, Port: 9}, Inode: 72, Cookie: 502},
					{State: netstat.Closed, Local: netstat.Addr{IP: any4.IP}, Inode: 73, Cookie: 503},
				},
				netstat.TCP4Table: {
					{State: netstat.Listen, Local: any4, Inode: 71, Cookie: 501},
					{State: netstat.Established, Local: any4, Inode: 74, Cookie: 504},
					{State: netstat.Listen, Local: any4, Inode: 75, Cookie: 505},
				},
			}
			c.host.owners.Add(75, 7)
			r := lookAt(t, "no-owner", c.host)
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Info || r.Findings[0].Evidence[0].Value != netstat.TextOf(c.reason.String()) ||
				r.Findings[0].Evidence[1].Value != netstat.NumberOf(2) {
				t.Errorf("findings %+v", r.Findings)
			}
		})
	}
}

// A closer look finds sockets in the file table of a thread.
func TestNoOwnerThreads(t *testing.T) {
	h := &kernelHost{}
	h.sockets = map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {{State: netstat.Listen, Inode: 70}}}
	h.threads.Add(70, 7)
	wantUnlooked(t, lookAt(t, "no-owner", h), 0)
}

// Sockets that a system does not identify are no finding.
func TestNoOwnerReasonUnknown(t *testing.T) {
	h := &host{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {{State: netstat.Listen, Absent: netstat.FactInode}}}}
	wantUnlooked(t, look(t, "no-owner", h), 1)
}

// windowsHost does not know processes that have exited.
type windowsHost struct {
	host
	err error // of reading a process that is not in the list
}

func (h *windowsHost) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	if p, ok := h.processes[pid]; ok {
		return p, nil
	}
	return netstat.Process{PID: pid}, h.err
}

// Windows has the process with the row, also after it has exited.
func TestNoOwnerWindows(t *testing.T) {
	h := &windowsHost{host: host{
		sockets:   map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {{State: netstat.Listen, PID: 7}, {State: netstat.Listen, PID: 8}, {State: netstat.TimeWait}}},
		processes: map[uint32]netstat.Process{8: {PID: 8, Argv0: "app.exe"}},
	}}
	windows := func() Result {
		d := New([]*Rule{Named("no-owner")}, Options{System: "windows"})
		return d.Look(context.Background(), h, time.Unix(0, 0))
	}
	h.err = &netstat.OpError{Op: "read process", Err: fs.ErrNotExist}
	if r := windows(); len(r.Findings) != 1 || r.Findings[0].Evidence[0] != (netstat.Evidence{Fact: "count", Value: netstat.NumberOf(1)}) {
		t.Errorf("findings %+v", r.Findings)
	}
	h.err = &netstat.OpError{Op: "read process", Err: fs.ErrPermission}
	wantUnlooked(t, windows(), 0)
	h.sockets[netstat.TCP4Table] = []netstat.Socket{{State: netstat.Listen}}
	wantUnlooked(t, windows(), 1)
}
