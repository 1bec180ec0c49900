package report

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/view"
)

// SplitNetns splits each list in Options.Netns into the namespaces that it names, each
// once. The error is one line about a list with nothing between two commas.
func (c *Choice) SplitNetns() error {
	var refs []string
	for _, list := range c.Options.Netns {
		for _, ref := range collect.SplitNamespaces(list) {
			ref = strings.TrimSpace(ref)
			if ref == "" {
				return errors.New("bad value '" + list + "' for --netns: a name beside a comma is empty")
			}
			if !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	c.Options.Netns = refs
	return nil
}

// FindNamespace returns the network namespace that an element of Options.Netns means. The
// error about an unknown one lists similar and existing names.
func FindNamespace(ref string) (netstat.Namespace, error) {
	ns, err := collect.FindNamespace(ref)
	if _, notNumber := strconv.Atoi(ref); notNumber == nil || strings.Contains(ref, "/") ||
		!errors.Is(err, fs.ErrNotExist) {
		return ns, err
	}
	names := append(collect.NamespaceNames(), netstat.HostNamespace, netstat.OwnNamespace, netstat.AllNamespaces)
	return ns, &unknownNamespace{ref, fact.Near(ref, names), names}
}

// unknownNamespace is the error of a name that no network namespace has.
type unknownNamespace struct {
	name        string
	near, names []string
}

// fewNamespaces is the largest number of names that an error lists.
const fewNamespaces = 20

func (e *unknownNamespace) Error() string {
	text := "unknown network namespace '" + e.name + "'" + fact.DidYouMean(e.near)
	names := e.names
	if more := len(names) - fewNamespaces; more > 0 {
		// The last three are keywords of --netns.
		names = append(slices.Clone(names[:fewNamespaces-3]), "… "+strconv.Itoa(more)+" more names")
		names = append(names, e.names[len(e.names)-3:]...)
	}
	return text + " (known: " + strings.Join(names, ", ") + ", a process ID, or a path with a slash)"
}

func (e *unknownNamespace) Unwrap() error { return fs.ErrNotExist }

// openNamespaces opens the network namespaces that --netns names. It reports those that
// cannot be opened; the report shows the others.
func (r *Report) openNamespaces(ctx context.Context) {
	r.opened, r.unopened = Complete, nil
	var denied deniedNetns
	r.deniedNetns = &denied
	defer func() {
		r.deniedNetns = nil
		if err := denied.err(r.host.Advice); err != nil {
			r.unopenable(err)
		}
	}()
	var gone []uint64
	for _, ns := range r.namespaces(ctx) {
		switch err := r.openNamespace(ns); {
		case err == nil:
		case slices.Contains(r.o.Netns, netstat.AllNamespaces) && isGone(err):
			gone = append(gone, ns.Inode)
		default:
			r.unopenable(err)
		}
	}
	if len(gone) == 0 {
		return
	}
	// The process or file that led to the namespace has disappeared. If
	// nothing else leads to it, so has the namespace, and that is not
	// reported.
	list, _ := collect.Namespaces(ctx, netstat.NamespaceQuery{Files: true})
	for _, ns := range list {
		if !slices.Contains(gone, ns.Inode) {
			continue
		}
		if err := r.openNamespace(ns); err != nil && !isGone(err) {
			r.unopenable(err)
		}
	}
}

func (r *Report) openNamespace(ns netstat.Namespace) error {
	src, err := r.host.Open(ns)
	if err == nil {
		r.places = append(r.places, view.Place{Source: src, Netns: ns.Label()})
		r.inodes = append(r.inodes, uint32(ns.Inode))
	}
	return err
}

// isGone reports whether the name or process that led to a namespace no longer
// exists.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// namespaces returns the namespaces that --netns names, each once.
func (r *Report) namespaces(ctx context.Context) (list []netstat.Namespace) {
	add := func(ns netstat.Namespace) {
		if !slices.ContainsFunc(list, func(other netstat.Namespace) bool { return other.Inode == ns.Inode }) {
			list = append(list, ns)
		}
	}
	for _, ref := range r.o.Netns {
		if ref != netstat.AllNamespaces {
			ns, err := FindNamespace(ref)
			if err != nil {
				r.unopenable(err)
				continue
			}
			add(ns)
			continue
		}
		query := netstat.NamespaceQuery{Files: true, Report: func(e *netstat.OpError) { r.unopenable(e) }}
		all, err := collect.Namespaces(ctx, query)
		if err != nil {
			r.unopenable(err)
		}
		for _, ns := range all {
			add(ns)
		}
	}
	return list
}

// unopenable reports a namespace that cannot be read. The report shows the others.
func (r *Report) unopenable(err error) {
	if r.deniedNetns != nil && r.deniedNetns.add(err) {
		return
	}
	r.opened = Failed
	r.host.say(err, Failed)
	r.unopened = append(r.unopened, err)
}
