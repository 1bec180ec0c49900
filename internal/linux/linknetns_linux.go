package linux

import (
	"context"
	"encoding/binary"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/netlink"
	"netstat/internal/linux/process"
)

// Numbers of include/uapi/linux/rtnetlink.h and net_namespace.h.
const (
	rtmNewNsID = 88
	rtmGetNsID = 90
	netnsaFD   = 3
)

// linkNamespaces returns the labels of the network namespaces that can be found, by their
// numbers in the namespace that dial reaches. A namespace that is not connected with that
// one by an interface has no number there.
func linkNamespaces(ctx context.Context, dial func() (netlink.Conn, error)) (map[uint32]string, error) {
	// What cannot be inspected has no name here: no report is about these namespaces.
	list, err := process.Namespaces(ctx, netstat.NamespaceQuery{})
	if err != nil {
		return nil, err
	}
	c, err := dial()
	if err != nil {
		return nil, linkError("number network namespaces", err)
	}
	defer c.Close()
	labels := make(map[uint32]string)
	buf := make([]byte, 4096)
	for i := range list {
		fd, err := unix.Open(list[i].Path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // it is gone, or may not be entered: its number stays without a name
		}
		request := binary.NativeEndian.AppendUint16(make([]byte, 4), netlink.AttributeSize+4)
		request = binary.NativeEndian.AppendUint16(request, netnsaFD)
		request = binary.NativeEndian.AppendUint32(request, uint32(fd))
		seq := uint32(i + 1)
		b := netlink.AppendDumpHeader(nil, rtmGetNsID, seq, len(request))
		binary.NativeEndian.PutUint16(b[6:], netlink.FlagRequest) // one answer, not a dump
		err = c.Send(append(b, request...))
		m := netlink.Reader{Ctx: ctx, Seq: seq, Conn: c, Buf: buf}
		if err == nil && m.Next() && m.Kind == rtmNewNsID {
			if id, ok := decodeNamespaceID(m.Payload); ok {
				labels[id] = list[i].Label()
			}
		}
		unix.Close(fd)
		if err := ctx.Err(); err != nil {
			return nil, linkError("number network namespaces", err)
		}
	}
	return labels, nil
}
