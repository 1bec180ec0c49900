package linux

import (
	"context"

	"netstat"
)

// pfkey reads the sockets of the IPsec key management (RFC 2367).
func (s *source) pfkey(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	s.rareSockets(ctx, r.table, n, yield, true, parseKey, s.net("pfkey"))
}

// parseKey parses a line of /proc/net/pfkey (pfkey_seq_show in
// net/key/af_key.c):
//
//	sk RefCnt Rmem Wmem User Inode
func parseKey(line []byte, s *netstat.Socket) bool {
	*s = netstat.Socket{Table: s.Table}
	f := scanner{b: line}
	f.skipWords(1)
	refs, ok1 := f.decimal()
	received, ok2 := f.uint32()
	sent, ok3 := f.uint32()
	user, ok4 := f.uint32()
	inode, ok5 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return false
	}
	s.State = netstat.Closed
	s.RecvQ, s.SendQ, s.UID, s.Inode = uint64(received), uint64(sent), user, inode
	s.Detail = &netstat.KeyDetail{RefCount: refs}
	return true
}
