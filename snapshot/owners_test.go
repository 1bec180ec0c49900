package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"netstat"
)

// ownersHost is a host that reports kernel sockets, threads with a file table of their
// own, and rings.
type ownersHost struct {
	*fakeHost
	kernelErr error
}

func (h ownersHost) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	o := &netstat.Owners{Seen: true, Hidden: true, Unread: true, Busy: q.Rings}
	if q.Threads {
		o.AddThread(30, 4) // lower than the pid of the process that has it
		o.AddThread(31, 9)
	}
	o.Add(30, 7)
	if q.Rings {
		o.AddRing(30, 2)
		o.AddRing(32, 8)
		o.AddRing(32, 9)
	}
	return o, nil
}

func (h ownersHost) KernelSockets(_ context.Context, o *netstat.Owners) error {
	o.AddKernel(1 << 63)
	o.AddKernel(5)
	return h.kernelErr
}

// halfSearched is a host whose threads and rings cannot be searched.
type halfSearched struct{ *fakeHost }

func (h halfSearched) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	o := new(netstat.Owners)
	o.Add(30, 7)
	if q.Threads || q.Rings {
		return o, &netstat.OpError{Op: "find owners", Err: errors.New("too many open files")}
	}
	return o, nil
}

func ownersOfHost(t *testing.T, src netstat.Source) string {
	t.Helper()
	text := ""
	for _, q := range []netstat.OwnerQuery{
		{All: true}, {All: true, Threads: true}, {All: true, Rings: true}, {All: true, Threads: true, Rings: true},
	} {
		o, err := src.Owners(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(o.All(nil, 30), o.All(nil, 31), o.All(nil, 32), o.Len(), o.Via(30), o.Via(31), o.Via(32))
	}
	o := new(netstat.Owners)
	if k, ok := src.(netstat.KernelSockets); ok {
		err := k.KernelSockets(context.Background(), o)
		text += fmt.Sprintln(o.Kernel(nil), err, errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrPermission))
	}
	return text
}

func TestSnapshotOwners(t *testing.T) {
	table := fakeTable[netstat.Socket]{}
	for inode := range uint64(4) { // the last one has no owner
		table = append(table, fakeItem[netstat.Socket]{row: netstat.Socket{
			Table: netstat.UDP4Table, Inode: 30 + inode, Cookie: 5 + inode, Local: fakeAddr("0.0.0.0:1"), Remote: fakeAddr("0.0.0.0:0"),
		}})
	}
	for _, kernelErr := range []error{nil, &netstat.OpError{Op: "find the kernel's sockets", Err: fs.ErrPermission}} {
		h := ownersHost{&fakeHost{sockets: map[netstat.Table]fakeTable[netstat.Socket]{netstat.UDP4Table: table}}, kernelErr}
		text := record(t, h, fakeMeta, nil)
		s := open(t, text)
		none, ring := []uint32(nil), netstat.ViaRing
		want := fmt.Sprintln([]uint32{7}, none, none, 1, "", "", "") +
			fmt.Sprintln([]uint32{4, 7}, []uint32{9}, none, 2, "", "", "") +
			fmt.Sprintln([]uint32{7}, none, []uint32{8, 9}, 2, "", "", ring) +
			fmt.Sprintln([]uint32{4, 7}, []uint32{9}, []uint32{8, 9}, 3, "", "", ring) +
			fmt.Sprintln([]uint64{5, 1 << 63}, kernelErr, false, kernelErr != nil)
		for name, src := range map[string]netstat.Source{"host": h, "snapshot": s} {
			if got := ownersOfHost(t, src); got != want {
				t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
			}
		}
		if _, err := s.Process(9, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("process 9: %v", err) // recorded as having exited
		}
		if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
			t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
		}
		var unknown []string
		owners, _ := s.Owners(context.Background(), netstat.OwnerQuery{})
		_ = s.KernelSockets(context.Background(), owners)
		for row, err := range s.Sockets(context.Background(), netstat.UDP4Table, netstat.Need{Facts: netstat.FactInode}) {
			if err != nil {
				t.Fatal(err)
			}
			row.Inode += 100 // without an owner
			unknown = append(unknown, owners.Unknown(&row).String())
		}
		if fmt.Sprint(unknown) != "[kernel permission permission permission]" || !owners.Hidden || owners.Denied || !owners.Unread || !owners.Busy {
			t.Errorf("reasons %v", unknown)
		}
	}

	// If each socket has an owner, the kernel is not asked.
	h := ownersHost{&fakeHost{sockets: map[netstat.Table]fakeTable[netstat.Socket]{netstat.UDP4Table: table[:3]}}, nil}
	if err := open(t, record(t, h, fakeMeta, nil)).KernelSockets(context.Background(), new(netstat.Owners)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("each socket has an owner: %v", err)
	}

	// A failed search gives no reason.
	failed := &fakeHost{owners: &netstat.Owners{Failed: true}, ownersErr: &netstat.OpError{Op: "find owners", Err: errors.New("too many open files")}}
	if o, err := open(t, record(t, failed, fakeMeta, nil)).Owners(context.Background(), netstat.OwnerQuery{}); err == nil || o.Unknown(&netstat.Socket{Inode: 1}) != netstat.OwnerReasonUnknown {
		t.Errorf("failed: %+v, %v", o, err)
	}

	// Nor does a failed search of threads and rings.
	table = fakeTable[netstat.Socket]{{row: netstat.Socket{Table: netstat.UDP4Table, Inode: 30, Local: fakeAddr("0.0.0.0:1"), Remote: fakeAddr("0.0.0.0:0")}}}
	half := halfSearched{&fakeHost{sockets: map[netstat.Table]fakeTable[netstat.Socket]{netstat.UDP4Table: table}}}
	o, err := open(t, record(t, half, fakeMeta, nil)).Owners(context.Background(), netstat.OwnerQuery{})
	if first, _ := o.First(30); err == nil || first != 7 || o.Unknown(&netstat.Socket{Inode: 1}) != netstat.OwnerReasonUnknown {
		t.Errorf("half searched: %+v, %v", o, err)
	}

	// Older snapshots, and those of hosts without the facts, have neither.
	const older = `{"schema":"netstat","version":1,"content":"snapshot","host":{},"owners":{"denied":false,"seen":true},"sockets":[` +
		`{"family":"inet","proto":"udp","facts":["inode"],"rows":[{"family":"inet","proto":"udp","inode":30,"owners":[{"pid":7}]}]}]}`
	unsupported := ownersHost{newFakeHost(), errors.ErrUnsupported}
	for name, src := range map[string]netstat.Source{"older": open(t, []byte(older)), "a host without": open(t, record(t, unsupported.fakeHost, fakeMeta, nil))} {
		var o netstat.Owners
		err := src.(netstat.KernelSockets).KernelSockets(context.Background(), &o)
		if !errors.Is(err, errors.ErrUnsupported) || len(o.Kernel(nil)) != 0 {
			t.Errorf("%s: %v %v", name, err, o.Kernel(nil))
		}
	}
	if got := ownersOfHost(t, open(t, []byte(older))); !strings.HasPrefix(got, strings.Repeat(fmt.Sprintln([]uint32{7}, "[]", "[]", 1, "", "", ""), 4)) {
		t.Errorf("older: %s", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := open(t, []byte(older)).KernelSockets(ctx, new(netstat.Owners)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
