package schema

import (
	"math"
	"strconv"

	"netstat"
)

// appendDetail appends what only one family or system has, as an object that
// says of which kind it is.
func appendDetail(b []byte, d netstat.Detail) []byte {
	if d == nil {
		return b
	}
	start := len(b)
	b = append(b, `,"detail":{"kind":"`...)
	switch d := d.(type) {
	case *netstat.UnixDetail:
		b = append(b, `unix"`...)
		b = appendCount(b, "references", d.RefCount)
		b = appendNamed(b, "type", socketTypes, d.Type)
		b = appendCount(b, "protocol", uint64(d.Protocol))
		b = appendBool(b, "accepting", d.Accepting)
		b = appendTrue(b, "waiting_data", d.WaitingData)
		b = appendTrue(b, "no_space", d.NoSpace)
		b = appendTrue(b, "abstract", d.Abstract)
		b = appendUnixPeers(b, d)
	case *netstat.SCTPDetail:
		b = append(b, `sctp"`...)
		b = appendBool(b, "association", d.Association)
		b = AppendText(b, "association_state", d.AssocState)
		b = appendUint(b, "socket_state", uint64(d.SocketState))
		b = appendAddrs(b, "local_more", d.LocalMore)
		b = appendAddrs(b, "remote_more", d.RemoteMore)
		if d.Info != nil {
			f := fields{b: append(appendKey(b, "info"), '{')}
			sctpInfo(&f, d.Info)
			b = append(f.b, '}')
		}
	case *netstat.AX25Detail:
		b = append(b, `ax25"`...)
		b = AppendText(b, "device", d.Device)
		b = AppendText(b, "digipeaters", d.Digipeaters)
		b = appendSequence(b, d.SendSeq, d.RecvSeq)
	case *netstat.NetROMDetail:
		b = append(b, `netrom"`...)
		b = AppendText(b, "device", d.Device)
		b = AppendText(b, "user", d.User)
		b = appendSequence(b, d.SendSeq, d.RecvSeq)
	case *netstat.ROSEDetail:
		b = append(b, `rose"`...)
		b = AppendText(b, "device", d.Device)
		b = AppendText(b, "local_call", d.LocalCall)
		b = AppendText(b, "remote_call", d.RemoteCall)
		b = appendCount(b, "channel", uint64(d.Channel))
		b = appendCount(b, "neighbour", uint64(d.Neighbour))
	case *netstat.X25Detail:
		b = append(b, `x25"`...)
		b = AppendText(b, "device", d.Device)
		b = appendCount(b, "channel", uint64(d.Channel))
		b = appendSequence(b, d.SendSeq, d.RecvSeq)
	case *netstat.AppleTalkDetail:
		b = append(b, `appletalk"`...)
		b = appendNamed(b, "type", socketTypes, d.Type)
	case *netstat.BluetoothDetail:
		b = append(b, `bluetooth"`...)
		b = appendUint(b, "channel", uint64(d.Channel))
		b = appendCount(b, "local_cid", uint64(d.LocalCID))
		b = appendCount(b, "remote_cid", uint64(d.RemoteCID))
		b = appendCount(b, "mtu_in", uint64(d.MTUIn))
		b = appendCount(b, "mtu_out", uint64(d.MTUOut))
		b = appendNamed(b, "security", securityNames, d.Security)
	case *netstat.WindowsDetail:
		b = append(b, `windows"`...)
		b = appendTime(b, "created", d.Created)
		b = appendNamed(b, "offload", offloadNames, d.Offload)
		b = AppendText(b, "template", d.Template)
		b = AppendText(b, "module", d.Module)
		b = AppendText(b, "module_path", d.ModulePath)
	default:
		return appendFamilyDetail(b, start, d)
	}
	return append(b, '}')
}

// appendUnixPeers appends what unix_diag tells. Where "peers" is there, what is not
// is false or none.
func appendUnixPeers(b []byte, d *netstat.UnixDetail) []byte {
	b = appendTrue(b, "peers", d.Peers)
	b = appendTrue(b, "connected", d.Connected)
	b = appendCount(b, "peer_inode", d.PeerInode)
	if len(d.Pending) > 0 {
		b = append(appendKey(b, "pending"), '[')
		for i, inode := range d.Pending {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, uint64(inode), 10)
		}
		b = append(b, ']')
	}
	b = appendTrue(b, "bound", d.Bound)
	b = appendCount(b, "file_major", uint64(d.FileMajor))
	b = appendCount(b, "file_minor", uint64(d.FileMinor))
	b = appendCount(b, "file_inode", uint64(d.FileInode))
	b = appendTrue(b, "shut_read", d.ShutRead)
	return appendTrue(b, "shut_write", d.ShutWrite)
}

func appendSequence(b []byte, send, recv uint32) []byte {
	return appendUint(appendUint(b, "send_sequence", uint64(send)), "recv_sequence", uint64(recv))
}

// detailFields are all fields that a detail can have, before it is known of
// which kind it is: "kind" may stand anywhere in the object.
type detailFields struct {
	kind                                 string
	unix                                 netstat.UnixDetail
	sctp                                 netstat.SCTPDetail
	bluetooth                            netstat.BluetoothDetail
	windows                              netstat.WindowsDetail
	assocState                           ExactText
	device, digipeaters, user            ExactText
	localCall, remoteCall                ExactText
	template, module, modulePath         ExactText
	channel, neighbour, sendSeq, recvSeq uint32
}

func (r *Reader) uint32() uint32 { return uint32(r.Uint(math.MaxUint32)) }

// detailKind reads ahead to the kind of the detail that begins here. It is kept
// for the kinds of families.go, whose fields have types of their own.
func (r *Reader) detailKind() (kind familyKind) {
	if r.peek(); r.err != nil {
		return 0
	}
	start := r.at
	r.Object(func(key []byte) {
		if string(key) == "kind" {
			kind = familyKind(r.name(familyKinds))
		} else {
			r.Skip()
		}
	})
	if r.err == nil {
		r.at = start
	}
	return kind
}

// detail returns nil for kinds that a newer version may have.
func (r *Reader) detail() netstat.Detail {
	if kind := r.detailKind(); kind != 0 || r.err != nil {
		return r.familyDetail(kind)
	}
	var f detailFields
	r.Object(func(key []byte) { r.detailField(key, &f) })
	switch f.kind {
	case "unix":
		return &f.unix
	case "sctp":
		f.sctp.AssocState = f.assocState.s
		return &f.sctp
	case "ax25":
		return &netstat.AX25Detail{Device: f.device.s, Digipeaters: f.digipeaters.s, SendSeq: f.sendSeq, RecvSeq: f.recvSeq}
	case "netrom":
		return &netstat.NetROMDetail{Device: f.device.s, User: f.user.s, SendSeq: f.sendSeq, RecvSeq: f.recvSeq}
	case "rose":
		return &netstat.ROSEDetail{
			Device: f.device.s, LocalCall: f.localCall.s, RemoteCall: f.remoteCall.s,
			Channel: f.channel, Neighbour: f.neighbour,
		}
	case "x25":
		return &netstat.X25Detail{Device: f.device.s, Channel: f.channel, SendSeq: f.sendSeq, RecvSeq: f.recvSeq}
	case "appletalk":
		return &netstat.AppleTalkDetail{Type: f.unix.Type}
	case "bluetooth":
		f.bluetooth.Channel = f.channel
		return &f.bluetooth
	case "windows":
		f.windows.Template, f.windows.Module, f.windows.ModulePath = f.template.s, f.module.s, f.modulePath.s
		return &f.windows
	}
	return nil
}

func (r *Reader) detailField(key []byte, f *detailFields) {
	switch string(key) {
	case "kind":
		f.kind = r.Text()
	case "references":
		f.unix.RefCount = r.Uint(math.MaxUint64)
	case "type":
		f.unix.Type = netstat.SocketType(r.name(socketTypes))
	case "protocol":
		f.unix.Protocol = r.uint32()
	case "accepting":
		f.unix.Accepting = r.Bool()
	case "waiting_data":
		f.unix.WaitingData = r.Bool()
	case "no_space":
		f.unix.NoSpace = r.Bool()
	case "peers":
		f.unix.Peers = r.Bool()
	case "connected":
		f.unix.Connected = r.Bool()
	case "peer_inode":
		f.unix.PeerInode = r.Uint(math.MaxUint64)
	case "pending":
		f.unix.Pending = nil
		r.Array(func() { f.unix.Pending = append(f.unix.Pending, r.uint32()) })
	case "bound":
		f.unix.Bound = r.Bool()
	case "file_major":
		f.unix.FileMajor = r.uint32()
	case "file_minor":
		f.unix.FileMinor = r.uint32()
	case "file_inode":
		f.unix.FileInode = r.uint32()
	case "shut_read":
		f.unix.ShutRead = r.Bool()
	case "shut_write":
		f.unix.ShutWrite = r.Bool()
	case "abstract":
		f.unix.Abstract = r.Bool()
	case "info":
		info := new(netstat.SCTPInfo)
		readFields(r, func(g *fields) { sctpInfo(g, info) })
		f.sctp.Info = info
	case "association":
		f.sctp.Association = r.Bool()
	case "socket_state":
		f.sctp.SocketState = uint8(r.Uint(math.MaxUint8))
	case "local_more":
		f.sctp.LocalMore = r.addrs()
	case "remote_more":
		f.sctp.RemoteMore = r.addrs()
	case "send_sequence":
		f.sendSeq = r.uint32()
	case "recv_sequence":
		f.recvSeq = r.uint32()
	case "channel":
		f.channel = r.uint32()
	case "neighbour":
		f.neighbour = r.uint32()
	case "local_cid":
		f.bluetooth.LocalCID = r.uint32()
	case "remote_cid":
		f.bluetooth.RemoteCID = r.uint32()
	case "mtu_in":
		f.bluetooth.MTUIn = r.uint32()
	case "mtu_out":
		f.bluetooth.MTUOut = r.uint32()
	case "security":
		f.bluetooth.Security = netstat.BluetoothSecurity(r.name(securityNames))
	case "created":
		f.windows.Created = r.Time()
	case "offload":
		f.windows.Offload = netstat.OffloadState(r.name(offloadNames))
	default:
		r.textField(key, []textField{
			{"association_state", &f.assocState},
			{"device", &f.device}, {"digipeaters", &f.digipeaters}, {"user", &f.user},
			{"local_call", &f.localCall}, {"remote_call", &f.remoteCall},
			{"template", &f.template}, {"module", &f.module}, {"module_path", &f.modulePath},
		})
	}
}

// textField is a text of an object, by its name.
type textField struct {
	name string
	to   *ExactText
}

// textField takes the value of one of these fields, or passes over it.
func (r *Reader) textField(key []byte, fields []textField) {
	for _, f := range fields {
		if r.TextField(key, f.name, f.to) {
			return
		}
	}
	r.Skip()
}
