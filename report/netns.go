package report

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"netstat"
	"netstat/collect"
	"netstat/view"
)

// openNamespaces opens those network namespaces that --netns names. What cannot
// be opened is said; the others are shown.
func (r *Report) openNamespaces(ctx context.Context) {
	r.opened, r.unopened = Complete, nil
	var gone []uint64
	for _, ns := range r.namespaces(ctx) {
		switch err := r.openNamespace(ns); {
		case err == nil:
		case slices.Contains(r.o.Netns, "all") && isGone(err):
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
		if ref != "all" {
			ns, err := collect.FindNamespace(ref)
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

// unopenable reports that a namespace cannot be read. The others are shown.
func (r *Report) unopenable(err error) {
	r.opened = Failed
	r.host.say(err, Failed)
	r.unopened = append(r.unopened, err)
}
