package resolve

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// User returns the login name of a user: from /etc/passwd, where the first
// entry for a uid wins, else from the name service through getent(1), which
// is asked once for each uid and waited for within the report's allowance.
// Package os/user is not used because without cgo it knows only /etc/passwd.
func (r *Resolver) User(uid uint32) (string, bool) {
	if r.passwd == nil {
		r.passwd = parsePasswd(r.file("etc/passwd"))
	}
	if name, ok := r.passwd.names[uid]; ok {
		return name, true
	}
	a := r.users[uid]
	if a == nil {
		if r.left <= 0 || !r.mayAskUsers() {
			return "", false
		}
		if r.users == nil {
			r.users = make(map[uint32]*answer)
		}
		a = new(answer)
		r.users[uid] = a
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
			defer cancel()
			name, err := r.getent(ctx, uid)
			r.finish(a, name, err)
		}()
	}
	return r.await(a)
}

// passwd is what passwd(5) has.
type passwd struct {
	names map[uint32]string
	// nis is set by lines starting with "+" or "-", which let the "compat"
	// service of nsswitch.conf(5) go on to NIS.
	nis bool
}

// parsePasswd reads /etc/passwd as the "files" service of glibc 2.36 does.
// Lines that it would pass over, and empty names, are left out.
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

// parseUser reads one line of passwd(5). Fields behind the group may be
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

// mayAskUsers says whether getent may know users that /etc/passwd lacks, and
// can be run.
func (r *Resolver) mayAskUsers() bool {
	if r.asksUsers == nil {
		asks := usersBeyondFiles(r.file("etc/nsswitch.conf"), r.passwd.nis)
		if asks && r.getent == nil {
			path, err := exec.LookPath("getent")
			asks = err == nil
			r.getent = func(ctx context.Context, uid uint32) (string, error) {
				return runGetent(ctx, path, uid)
			}
		}
		r.asksUsers = &asks
	}
	return *r.asksUsers
}

// usersBeyondFiles says whether an nsswitch.conf(5) names a source of users
// other than /etc/passwd. Without a passwd line there is none: glibc's default
// is "files" (2.36). The source "compat" is /etc/passwd alone, unless that has
// entries for NIS.
func usersBeyondFiles(conf string, nis bool) bool {
	beyond := false
	for line := range records(conf) {
		database, sources, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(database) != "passwd" {
			continue
		}
		beyond = false
		action := false // inside [NOTFOUND=return]
		for _, source := range strings.Fields(strings.NewReplacer("[", " [ ", "]", " ] ").Replace(sources)) {
			switch {
			case source == "[":
				action = true
			case source == "]":
				action = false
			case !action && source != "files" && (source != "compat" || nis):
				beyond = true
			}
		}
	}
	return beyond
}

var errNoUser = errors.New("no such user")

// runGetent asks the name service for a user.
func runGetent(ctx context.Context, path string, uid uint32) (string, error) {
	cmd := exec.CommandContext(ctx, path, "passwd", strconv.FormatUint(uint64(uid), 10))
	// A child of a killed getent may hold the pipe open.
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
