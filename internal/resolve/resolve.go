// Package resolve looks up the names of hosts, networks, ports, IP protocols
// and users on the running host. It looks up many hosts at once and each user
// once with the name service, and limits how long a report waits for both.
//
// Names are returned as their sources have them: text from DNS, NSS and files,
// which may come from anyone. The caller must make it safe for a terminal and
// cut it to a column.
//
// Nothing is read, started or looked up before it is needed, so that a numeric
// report pays nothing.
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

// DefaultTimeout is the time limit of one report if Options does not set one.
const DefaultTimeout = 5 * time.Second

// slowAfter is how long a report waits for names before Options.Slow is called.
const slowAfter = time.Second

const (
	defaultWorkers = 256
	userWorkers    = 16 // processes at once
)

// lookupLimit ends a single lookup or getent that no report waits for any more,
// so that a hung one does not occupy its worker forever. It is far above
// DefaultTimeout, because late answers still serve later reports.
const lookupLimit = 30 * time.Second

// Options configure a Resolver. The zero value is for the running host.
type Options struct {
	// Timeout limits how long one report waits for host and user names
	// together; 0 means DefaultTimeout. With a negative Timeout the
	// Resolver never waits and therefore never looks up: hosts, and users
	// missing from /etc/passwd, have no name.
	Timeout time.Duration
	// Workers is the maximum number of concurrent host lookups; 0 means
	// 256, or fewer if the process may not open that many sockets.
	Workers int
	// Root is a prefix of the paths /etc/services, /etc/protocols,
	// /etc/networks, /etc/hosts, /etc/passwd and /etc/nsswitch.conf. If it
	// is empty, Windows has the first four in
	// %SystemRoot%\System32\drivers\etc, and no names of users. Lookup
	// ignores it.
	Root string
	// Lookup returns the name of an address; nil means /etc/hosts and the
	// resolver of package net without cgo, in the order of
	// /etc/nsswitch.conf. On Windows nil means GetNameInfoW, which also
	// knows the names of hosts on the local network. It is called from many
	// goroutines at once. An error or the empty name means that there is
	// none.
	Lookup func(context.Context, netip.Addr) (string, error)
	// Getent returns the login name of a user missing from /etc/passwd; nil
	// means getent(1), if it is installed. An error or the empty name means
	// that there is none.
	Getent func(ctx context.Context, uid uint32) (string, error)
	// Slow, if not nil, is called once a report has waited a second for names, and only
	// for the first such report. names describes the names and their source.
	Slow func(names string)
}

// Resolver answers from files, the name service and its earlier answers. Its
// methods must be called from one goroutine. It keeps all answers, including
// that there is no name.
type Resolver struct {
	root    string
	timeout time.Duration
	getent  func(context.Context, uint32) (string, error)
	slow    func(names string) // Options.Slow, nil once it has been called

	services  *services
	protocols map[uint16]string
	networks  map[netip.Addr]string
	passwd    *passwd
	// local is the result of LocalHosts, if it comes before lookups or in place of them.
	local  map[netip.Addr]string
	system bool // whether hosts have the system's names: Options.Lookup is nil

	given  int  // Options.Workers
	sized  bool // whether the pools have their workers
	told   map[string]bool
	untold []error // for Problems

	left      time.Duration // how long the report may still wait
	gaveUp    int           // number of names that the report did without
	hosts     map[netip.Addr]*answer
	users     map[uint32]*answer
	asksUsers *bool // whether getent may know more users; nil until the first user missing from passwd

	// mu guards what lookups share with the owner: the pools, and the
	// content of every answer.
	mu       sync.Mutex
	hostPool pool
	userPool pool
	starved  bool    // whether a lookup found no free descriptor
	waiting  *answer // the answer that the owner waits for
	wake     chan struct{}
}

// answer is a requested name. Only the owner creates and finds answers.
type answer struct {
	name string // "" if there is none
	done bool
	late bool // whether a report has continued without it; only for the owner
}

// request is a lookup of a host or a user.
type request struct {
	ip  netip.Addr
	uid uint32
	to  *answer
}

// pool runs one kind of lookups, several at a time.
type pool struct {
	lookup  func(context.Context, request) (string, error)
	workers int       // maximum; 0 if lookups are not possible
	running int       // current number
	queue   []request // requests from next on are not yet started
	next    int
}

// enqueue adds a lookup to p. It returns false if lookups are not possible.
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

// size sets the number of workers of the pools at the first lookup. Not
// earlier, because testing how many this process can afford takes system calls.
func (r *Resolver) size() {
	n := r.given
	if n <= 0 {
		n = min(defaultWorkers, affordableLookups())
	}
	r.hostPool.workers, r.userPool.workers = n, min(userWorkers, n)
	r.sized = true
}

// errNoRoom means that too few descriptors are left for lookups: the runtime
// would end the program if it found none for its poller.
var errNoRoom = errors.New("cannot look up names: too few file descriptors")

// problem keeps an error for Problems, once.
func (r *Resolver) problem(err error) {
	if text := err.Error(); !r.told[text] {
		if r.told == nil {
			r.told = make(map[string]bool)
		}
		r.told[text] = true
		r.untold = append(r.untold, err)
	}
}

// Problems returns why names are missing, other than for lack of time: files
// that cannot be read, and lookups for which this process has no descriptors.
// Each error is returned once.
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

// work runs a pool's lookups until none is left.
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

// retire returns a lookup that found no free descriptor to the pool and ends
// its worker, unless that is the last one.
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

// outOfFiles reports whether a lookup failed for lack of a descriptor. The
// resolver of package net keeps only the text of such an error.
func outOfFiles(err error) bool {
	return strings.Contains(err.Error(), syscall.EMFILE.Error()) || strings.Contains(err.Error(), syscall.ENFILE.Error())
}

// New returns a Resolver. It reads nothing and starts nothing.
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
		o.Lookup, r.system = systemLookup, systemHosts
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

// NextReport starts a new time limit. Answers are kept, including those too
// late for the last report. Running lookups continue; those not yet started are
// dropped until they are requested again.
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

// GaveUp returns how many names the report did without because its time limit
// was reached.
func (r *Resolver) GaveUp() int { return r.gaveUp }

// ready reports whether await would not wait: the answer is there, no report
// waits for it any more, or this one may not wait.
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

// await returns an answer. It waits as long as the time limit of the report allows. It
// does not wait again for an answer that took longer than that: a later report uses it
// once it has arrived. names is the argument of Options.Slow.
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

// file returns the text of a file below Root, as far as it can be read. As in
// the C library, a database that is missing or denied has no entries.
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
