package schema

import "netstat"

// unixFields visits the fields of a unix socket. If "peers" is present, an absent field
// is false or none.
func unixFields(f *fields, d *netstat.UnixDetail) {
	number(f, "references", &d.RefCount, false)
	named(f, "type", socketTypes.names(), &d.Type)
	number(f, "protocol", &d.Protocol, false)
	flag(f, "accepting", &d.Accepting, true)
	flag(f, "waiting_data", &d.WaitingData, false)
	flag(f, "no_space", &d.NoSpace, false)
	flag(f, "abstract", &d.Abstract, false)
	flag(f, "peers", &d.Peers, false)
	flag(f, "connected", &d.Connected, false)
	number(f, "peer_inode", &d.PeerInode, false)
	numbers(f, "pending", &d.Pending)
	flag(f, "bound", &d.Bound, false)
	number(f, "file_major", &d.FileMajor, false)
	number(f, "file_minor", &d.FileMinor, false)
	number(f, "file_inode", &d.FileInode, false)
	flag(f, "shut_read", &d.ShutRead, false)
	flag(f, "shut_write", &d.ShutWrite, false)
}
