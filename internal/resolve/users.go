package resolve

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User returns the login name of a user: from /etc/passwd, where the first
// entry for a uid wins, or else from the name service through getent(1). It
// queries the name service once for each uid, and waits within the report's
// time limit. It does not use package os/user, which without cgo reads only
// /etc/passwd.
func (r *Resolver) User(uid uint32) (string, bool) {
	if name, ok := r.knownUser(uid); ok {
		return name, true
	}
	if a := r.wantUser(uid); a != nil {
		return r.await(a, "user names from the name service")
	}
	return "", false
}

// WantUser starts to look up a user missing from /etc/passwd, and returns at
// once.
func (r *Resolver) WantUser(uid uint32) {
	if _, ok := r.knownUser(uid); !ok {
		r.wantUser(uid)
	}
}

// UserReady reports whether User would answer without waiting.
func (r *Resolver) UserReady(uid uint32) bool {
	if _, ok := r.knownUser(uid); ok {
		return true
	}
	a := r.users[uid]
	return a == nil && !r.mayAskUsers() || r.ready(a)
}

func (r *Resolver) knownUser(uid uint32) (string, bool) {
	if r.passwd == nil {
		r.passwd = parsePasswd(r.file("etc/passwd"))
	}
	name, ok := r.passwd.names[uid]
	return name, ok
}

// wantUser returns the answer for a user, or nil if there can be none. After
// the report's time limit it starts no getent.
func (r *Resolver) wantUser(uid uint32) *answer {
	if a := r.users[uid]; a != nil {
		return a
	}
	if r.left <= 0 || !r.mayAskUsers() {
		return nil
	}
	if r.users == nil {
		r.users = make(map[uint32]*answer)
	}
	a := new(answer)
	r.users[uid] = a
	r.enqueue(&r.userPool, request{uid: uid, to: a})
	return a
}

// passwd is the content of passwd(5).
type passwd struct {
	names map[uint32]string
	// nis reports whether there are lines that start with "+" or "-". With
	// these the "compat" service of nsswitch.conf(5) continues with NIS.
	nis bool
}

// parsePasswd parses /etc/passwd like the "files" service of glibc 2.36. It
// leaves out the lines that glibc skips, and empty names.
func parsePasswd(text string) *passwd {
	p := &passwd{names: make(map[uint32]string)}
	for line := range lines(text) {
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '+' || line[0] == '-' {
			p.nis = true
			continue
		}
		uid, name, ok := parseUser(line)
		if !ok {
			continue
		}
		if _, known := p.names[uid]; !known {
			p.names[uid] = name
		}
	}
	return p
}

// parseUser parses one line of passwd(5). The fields after the group may be
// missing.
func parseUser(line string) (uid uint32, name string, ok bool) {
	name, rest, _ := strings.Cut(line, ":")
	_, rest, _ = strings.Cut(rest, ":") // the password
	uid, rest, ok = number(rest, 10)
	if !ok || name == "" || rest == "" || rest[0] != ':' {
		return 0, "", false
	}
	_, rest, ok = number(rest[1:], 10)
	if !ok || rest != "" && rest[0] != ':' {
		return 0, "", false
	}
	return uid, name, true
}

// mayAskUsers reports whether getent may know users missing from /etc/passwd
// and can be run.
func (r *Resolver) mayAskUsers() bool {
	if r.asksUsers == nil {
		asks := usersBeyondFiles(r.file("etc/nsswitch.conf"), r.passwd.nis)
		if asks && r.getent == nil {
			// Prefer the absolute path to PATH: this may run as
			// root.
			path, err := exec.LookPath("/usr/bin/getent")
			if err != nil {
				path, err = exec.LookPath("getent")
			}
			asks = err == nil
			r.getent = func(ctx context.Context, uid uint32) (string, error) {
				return runGetent(ctx, path, uid)
			}
		}
		r.asksUsers = &asks
	}
	return *r.asksUsers
}

// usersBeyondFiles reports whether an nsswitch.conf(5) names a source of users
// other than /etc/passwd. The default without a passwd line is "files" (glibc
// 2.36). The source "compat" is only /etc/passwd, unless that has entries for
// NIS.
func usersBeyondFiles(conf string, nis bool) bool {
	return slices.ContainsFunc(sources(conf, "passwd"), func(source string) bool {
		return source != "files" && (source != "compat" || nis)
	})
}

var errNoUser = errors.New("no such user")

// runGetent looks up a user with the name service.
func runGetent(ctx context.Context, path string, uid uint32) (string, error) {
	cmd := exec.CommandContext(ctx, path, "passwd", strconv.FormatUint(uint64(uid), 10))
	// A child of a killed getent may keep the pipe open.
	cmd.WaitDelay = time.Second
	endWithParent(cmd)
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	for line := range lines(string(out)) {
		if found, name, ok := parseUser(line); ok && found == uid {
			return name, nil
		}
	}
	return "", errNoUser
}
