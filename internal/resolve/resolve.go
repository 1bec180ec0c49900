// Package resolve names hosts, networks, ports, IP protocols and users as the running
// host knows them. Hosts are looked up many at a time, users asked from the
// name service once each, and the waiting for both is bounded per report.
//
// Names are delivered as their sources have them: text from DNS, NSS and
// files that a user of this package did not write. Making it safe for a
// terminal, and cutting it to a column, is for the caller.
//
// Nothing is read, started or looked up before the first question that needs
// it, so that a numeric report pays nothing.
package resolve

//go:generate go run golang.org/x/sys/windows/mkwinsyscall -output zsyscall_windows.go system_windows.go

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"netstat/internal/files"
)

// DefaultTimeout is the waiting time of one report unless Options says
// otherwise.
const DefaultTimeout = 5 * time.Second

// slowAfter is how long a report waits for names before Options.Slow is called.
const slowAfter = time.Second

const (
	defaultWorkers = 256
	userWorkers    = 16 // processes at once
)

// lookupLimit ends a single lookup or getent that nobody waits for any more,
// so that hung ones do not keep their worker for ever. It is far above
// DefaultTimeout because late answers still serve later reports.
const lookupLimit = 30 * time.Second

// Options configure a Resolver. The zero value is the running host.
type Options struct {
	// Timeout bounds the time that one report waits for host and user names
	// together: 0 is DefaultTimeout. A negative one means never to wait and
	// hence never to ask: hosts, and users absent from /etc/passwd, have no
	// name.
	Timeout time.Duration
	// Workers is the highest number of concurrent host lookups; 0 is 256, or
	// fewer where the process may not open that many sockets.
	Workers int
	// Root is put before the paths of /etc/services, /etc/protocols,
	// /etc/networks, /etc/passwd and, for users, /etc/nsswitch.conf. Without
	// it Windows has the first three in %SystemRoot%\System32\drivers\etc,
	// and no names of users. Host lookups do not use it.
	Root string
	// Lookup returns the name of an address; nil is the resolver of package
	// net without cgo: /etc/hosts and DNS, in the order of
	// /etc/nsswitch.conf; on Windows it is GetNameInfoW, which also knows
	// what the local network calls its hosts. It is called from many
	// goroutines at once. An error or the empty name means that there is
	// none.
	Lookup func(context.Context, netip.Addr) (string, error)
	// Getent returns the login name of a user absent from /etc/passwd; nil
	// runs getent(1), if there is one. An error or the empty name means that
	// there is none.
	Getent func(ctx context.Context, uid uint32) (string, error)
	// Slow, where not nil, is called once a report has waited a second for names,
	// and only for the first such report. names says which, and from where.
	Slow func(names string)
}

// Resolver answers from files, the name service and what it has found
// earlier. Its methods are for one goroutine. Answers, also that there is no
// name, are kept as long as the Resolver.
type Resolver struct {
	root    string
	timeout time.Duration
	getent  func(context.Context, uint32) (string, error)
	slow    func(names string) // Options.Slow, nil once it has been called

	services  *services
	protocols map[uint16]string
	networks  map[netip.Addr]string
	passwd    *passwd
	local     map[netip.Addr]string // LocalHosts, where nothing else tells names

	given  int  // Options.Workers
	sized  bool // the pools have their workers
	told   map[string]bool
	untold []error // for Problems

	left      time.Duration // what the report may still wait
	gaveUp    int           // names the report did without
	hosts     map[netip.Addr]*answer
	users     map[uint32]*answer
	asksUsers *bool // whether getent is of use; nil until the first user that passwd lacks

	// mu guards what lookups share with the owner: the pools, and the content
	// of every answer.
	mu       sync.Mutex
	hostPool pool
	userPool pool
	starved  bool    // a lookup found no descriptor free
	waiting  *answer // what the owner is blocked on
	wake     chan struct{}
}

// answer is a name asked for. Only the owner makes answers and looks them up.
type answer struct {
	name string // empty: none
	done bool
	late bool // a report has gone on without it; for the owner alone
}

// request is a lookup to be done, of a host or of a user.
type request struct {
	ip  netip.Addr
	uid uint32
	to  *answer
}

// pool does lookups of one kind, some at a time.
type pool struct {
	lookup  func(context.Context, request) (string, error)
	workers int       // at most; 0 if nothing can be looked up
	running int       // now
	queue   []request // from next on: wanted and not begun
	next    int
}

// enqueue has p look something up, and reports false where it cannot.
func (r *Resolver) enqueue(p *pool, q request) bool {
	if !r.sized {
		r.size()
	}
	if p.workers == 0 {
		r.problem(errNoRoom)
		q.to.done = true
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.queue = append(p.queue, q)
	if p.running < p.workers {
		p.running++
		go r.work(p)
	}
	return true
}

// size gives the pools their workers, when the first name is looked up: not
// before, since to see what this process can afford takes system calls.
func (r *Resolver) size() {
	n := r.given
	if n <= 0 {
		n = min(defaultWorkers, affordableLookups())
	}
	r.hostPool.workers, r.userPool.workers = n, min(userWorkers, n)
	r.sized = true
}

// errNoRoom is why nothing is looked up where few descriptors are left: what
// lookups need of the runtime ends the program if it finds none.
var errNoRoom = errors.New("cannot look up names: too few file descriptors")

// problem keeps an error for Problems, each once.
func (r *Resolver) problem(err error) {
	if text := err.Error(); !r.told[text] {
		if r.told == nil {
			r.told = make(map[string]bool)
		}
		r.told[text] = true
		r.untold = append(r.untold, err)
	}
}

// Problems returns why names are missing that there may be, other than for want
// of time: files that cannot be read, and lookups that this process has no
// descriptors for. Each is returned once.
func (r *Resolver) Problems() []error {
	r.mu.Lock()
	starved := r.starved
	r.mu.Unlock()
	if starved {
		r.problem(errNoRoom)
	}
	list := r.untold
	r.untold = nil
	return list
}

// work does a pool's lookups until none is left.
func (r *Resolver) work(p *pool) {
	for {
		r.mu.Lock()
		if p.next == len(p.queue) {
			p.queue, p.next = p.queue[:0], 0
			p.running--
			r.mu.Unlock()
			return
		}
		q := p.queue[p.next]
		p.next++
		r.mu.Unlock()

		ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
		name, err := p.lookup(ctx, q)
		cancel()
		if err != nil && outOfFiles(err) && r.retire(p, q) {
			return
		}
		r.finish(q.to, name, err)
	}
}

// retire hands a lookup that found no descriptor free back to the pool, and
// ends the worker that tried, unless it is the last one.
func (r *Resolver) retire(p *pool, q request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.running == 1 {
		r.starved = true
		return false
	}
	p.running--
	p.workers = p.running
	p.queue = append(p.queue, q)
	return true
}

// outOfFiles says whether a lookup failed for want of a descriptor. The
// resolver of package net keeps only the text of such an error.
func outOfFiles(err error) bool {
	return strings.Contains(err.Error(), syscall.EMFILE.Error()) || strings.Contains(err.Error(), syscall.ENFILE.Error())
}

// New makes a Resolver. It reads nothing and starts nothing.
func New(o Options) *Resolver {
	r := &Resolver{
		root:    o.Root,
		timeout: o.Timeout,
		getent:  o.Getent,
		slow:    o.Slow,
		given:   o.Workers,
		wake:    make(chan struct{}, 1),
	}
	if r.timeout == 0 {
		r.timeout = DefaultTimeout
	}
	if o.Lookup == nil {
		o.Lookup = systemLookup
	}
	r.hostPool = pool{lookup: func(ctx context.Context, q request) (string, error) {
		return o.Lookup(ctx, q.ip)
	}}
	r.userPool = pool{lookup: func(ctx context.Context, q request) (string, error) {
		return r.getent(ctx, q.uid)
	}}
	r.left = r.timeout
	return r
}

// NextReport starts a new allowance of waiting time. Answers are kept, also
// those that arrived too late for the last report. Lookups that have begun go
// on; those that have not are forgotten until they are wanted again.
func (r *Resolver) NextReport() {
	r.left, r.gaveUp = r.timeout, 0
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.hostPool.queue[r.hostPool.next:] {
		delete(r.hosts, q.ip)
	}
	for _, q := range r.userPool.queue[r.userPool.next:] {
		delete(r.users, q.uid)
	}
	r.hostPool.queue, r.hostPool.next = nil, 0
	r.userPool.queue, r.userPool.next = nil, 0
}

// GaveUp returns how many names the report has done without because the time
// was up.
func (r *Resolver) GaveUp() int { return r.gaveUp }

// ready says whether awaiting an answer takes no time: it is there, no report
// waits for it any more, or this one may not wait at all.
func (r *Resolver) ready(a *answer) bool {
	if r.left <= 0 || a != nil && a.late {
		return true
	}
	if a == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.done
}

// await returns an answer, waiting for it as long as the report's allowance
// lasts. One that took longer than that is not waited for again: it is there
// when it comes. names is what Options.Slow is told.
func (r *Resolver) await(a *answer, names string) (string, bool) {
	r.mu.Lock()
	if !a.done && r.left > 0 && !a.late {
		r.waiting = a
		r.mu.Unlock()
		quiet := slowAfter - (r.timeout - r.left)
		if r.slow == nil || quiet >= r.left {
			r.sleep(r.left)
		} else if !r.sleep(quiet) {
			r.slow(names)
			r.slow = nil
			r.sleep(r.left)
		}
		r.mu.Lock()
		r.waiting = nil
		// The answer may have come after the timer fired.
		select {
		case <-r.wake:
		default:
		}
	}
	name, ok := a.name, a.name != ""
	if !a.done {
		a.late = true
		r.gaveUp++
	}
	r.mu.Unlock()
	return name, ok
}

// sleep waits for the answer that is r.waiting, at most for d of the report's
// allowance, and reports whether it has come.
func (r *Resolver) sleep(d time.Duration) bool {
	start := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	defer func() { r.left -= time.Since(start) }()
	select {
	case <-r.wake:
		return true
	case <-timer.C:
		return false
	}
}

// finish delivers an answer, from any goroutine.
func (r *Resolver) finish(a *answer, name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		a.name = name
	}
	a.done = true
	if r.waiting == a {
		r.wake <- struct{}{}
	}
}

// file returns the text of a file below Root, as far as it can be read: as in
// the C library, a database that is not there, or is not for this user to read,
// has no entries.
func (r *Resolver) file(name string) string {
	path := filepath.Join(r.root, "/", name)
	if r.root == "" {
		path = systemFile(name)
	}
	b, err := files.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR) {
		r.problem(err)
	}
	return string(b)
}
