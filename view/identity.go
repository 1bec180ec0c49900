package view

import (
	"encoding/binary"

	"netstat/fact"
)

// Identity returns a number that identifies a record among those of a host: a socket by
// its namespace and its cookie or, without one, its inode and addresses; a group by its
// keys. It is the same in every round and never 0. Records that need an identity need
// netstat.FactInode. Two records have the same number with a probability of 2^-64.
func Identity(r *fact.Record) uint64 {
	var room [128]byte
	b := append(room[:0], r.Netns...)
	switch {
	case r.Group != nil:
		for i := range r.Group.Keys {
			v := r.Group.Keys[i]
			if v.Kind == fact.ValueAbsent {
				v.Text = ""
			}
			b = appendKey(b, &v, false)
		}
	case r.Row == nil:
	case r.Row.Socket.Cookie != 0:
		b = binary.LittleEndian.AppendUint64(append(b, 0), r.Row.Socket.Cookie)
	default:
		s := &r.Row.Socket
		b = append(b, 1, byte(s.Table.Family), byte(s.Table.Protocol))
		b = binary.LittleEndian.AppendUint64(b, s.Inode)
		b = binary.LittleEndian.AppendUint32(b, s.PID)
		b = appendEnd(appendEnd(b, &s.Local), &s.Remote)
		b = append(append(append(b, s.Local.Name...), 0), s.Remote.Name...)
	}
	// FNV-1a, with the bits mixed at the end as in MurmurHash3.
	h := uint64(0xcbf29ce484222325)
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return max(h^h>>33, 1)
}
