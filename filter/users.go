package filter

import (
	"math"
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
)

// userLeaf tests the user of a socket: by user ID, or by the name of its
// owner's user on systems where sockets have no user.
type userLeaf struct {
	name   string
	uid    uint64
	hasUID bool
}

func (l *userLeaf) match(r *fact.Record) bool {
	if r.Row.Socket.Absent&netstat.FactUID == 0 {
		return l.hasUID && uint64(r.Row.Socket.UID) == l.uid
	}
	return ownedBy(r, l.name)
}

// ownedBy reports whether a process of this user holds the socket.
func ownedBy(r *fact.Record, name string) bool {
	r.Row.Need(&userNeeds)
	owners := r.Row.Owners
	for i := range owners {
		if sameUser(owners[i].User, name) {
			return true
		}
	}
	return false
}

var userNeeds = fact.OwnerNeeds(netstat.FactUser)

// sameUser reports whether name means user. Windows writes DOMAIN\name, where
// case does not matter.
func sameUser(user, name string) bool {
	if strings.EqualFold(user, name) {
		return true
	}
	i := strings.LastIndexByte(user, '\\')
	return i >= 0 && strings.EqualFold(user[i+1:], name)
}

func (l *userLeaf) needs() fact.Needs {
	if l.hasUID {
		return fact.Needs{Socket: netstat.FactUID}
	}
	return fact.Needs{Socket: netstat.FactUID | netstat.FactInode, Process: netstat.FactUser, Owners: true}
}

func (l *userLeaf) kernel() *netstat.Condition   { return nil }
func (l *userLeaf) decide(netstat.Table) verdict { return open }

func (l *userLeaf) appendText(b []byte) []byte {
	if l.hasUID {
		return strconv.AppendUint(append(b, "user = "...), l.uid, 10)
	}
	return appendWord(append(b, "user = "...), l.name)
}

// user parses a user. It returns the user ID if there is one.
func (v *value) user() (uid uint64, hasUID bool, reason string) {
	name := v.token.text
	if name == "" {
		return 0, false, "a user is missing"
	}
	if n, reason := number(name, math.MaxUint32); reason == "" {
		return n, true, ""
	}
	if v.env.User == nil {
		return 0, false, ""
	}
	n, ok := v.env.User(name)
	if !ok {
		return 0, false, "no such user"
	}
	return uint64(n), true, ""
}

func parseUser(v *value) (node, *Error) {
	l := &userLeaf{name: v.token.text}
	var reason string
	if l.uid, l.hasUID, reason = v.user(); reason != "" {
		return v.fail(reason)
	}
	if l.hasUID {
		l.name = strconv.FormatUint(l.uid, 10)
	}
	return v.leaf(l)
}

// ownerUserLeaf tests the user of a process that holds the socket.
type ownerUserLeaf struct{ name string } // as the system writes it

func (l *ownerUserLeaf) match(r *fact.Record) bool {
	return ownedBy(r, l.name)
}

func (l *ownerUserLeaf) needs() fact.Needs            { return userNeeds }
func (l *ownerUserLeaf) kernel() *netstat.Condition   { return nil }
func (l *ownerUserLeaf) decide(netstat.Table) verdict { return open }

func (l *ownerUserLeaf) appendText(b []byte) []byte {
	return appendWord(append(b, "owner_user = "...), l.name)
}

func parseOwnerUser(v *value) (node, *Error) {
	l := &ownerUserLeaf{v.token.text}
	uid, hasUID, reason := v.user()
	if reason != "" {
		return v.fail(reason)
	}
	if hasUID {
		l.name = strconv.FormatUint(uid, 10)
	}
	return v.leaf(l)
}
