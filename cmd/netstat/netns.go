package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"netstat"
	"netstat/collect"
	"netstat/options"
	"netstat/view"
)

// netnsMistake reports a choice of network namespaces that cannot be meant.
func (p *process) netnsMistake(o *options.Options) error {
	switch {
	case len(o.Netns) == 0:
	case p.recorded != nil:
		return errors.New("a recording is of one network namespace: --netns has no place beside --replay")
	case o.Snapshot != "" && o.SeveralNetns():
		return errors.New("a recording is of one network namespace: --snapshot takes no more")
	case len(o.DiffFiles) > 0:
		return errors.New("--diff of two recordings looks at no other host")
	}
	return nil
}

// openHost opens the host, or the one network namespace of it that is asked
// for, which netns is the name of.
func (p *process) openHost(o *options.Options) (src netstat.Source, netns string, err error) {
	choice := p.collectOptions()
	if len(o.Netns) == 1 {
		ns, err := collect.FindNamespace(o.Netns[0])
		if err != nil {
			return nil, "", err
		}
		choice.Netns, netns = &ns, ns.Label()
	}
	src, err = p.open(choice)
	return src, netns, err
}

// openNamespaces opens those network namespaces that --netns names. What cannot
// be opened is said; the others are shown.
func (j *job) openNamespaces(ctx context.Context) {
	j.opened, j.unopened = 0, nil
	var gone []uint64
	for _, ns := range j.namespaces(ctx) {
		switch err := j.openNamespace(ns); {
		case err == nil:
		case slices.Contains(j.o.Netns, "all") && isGone(err):
			gone = append(gone, ns.Inode)
		default:
			j.unopenable(err)
		}
	}
	if len(gone) == 0 {
		return
	}
	// What led there has ended meanwhile. Where nothing else does, so has the
	// namespace, and there is nothing to tell of it.
	list, _ := collect.Namespaces(ctx, netstat.NamespaceQuery{Files: true})
	for _, ns := range list {
		if !slices.Contains(gone, ns.Inode) {
			continue
		}
		if err := j.openNamespace(ns); err != nil && !isGone(err) {
			j.unopenable(err)
		}
	}
}

func (j *job) openNamespace(ns netstat.Namespace) error {
	choice := j.p.collectOptions()
	choice.Netns = &ns
	src, err := j.p.open(choice)
	if err == nil {
		j.places = append(j.places, view.Place{Source: src, Netns: ns.Label()})
	}
	return err
}

// isGone says that the name or the process that led to a namespace is no more.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// namespaces are those that --netns names, each once.
func (j *job) namespaces(ctx context.Context) (list []netstat.Namespace) {
	add := func(ns netstat.Namespace) {
		if !slices.ContainsFunc(list, func(other netstat.Namespace) bool { return other.Inode == ns.Inode }) {
			list = append(list, ns)
		}
	}
	for _, ref := range j.o.Netns {
		if ref != "all" {
			ns, err := collect.FindNamespace(ref)
			if err != nil {
				j.unopenable(err)
				continue
			}
			add(ns)
			continue
		}
		query := netstat.NamespaceQuery{Files: true, Report: func(e *netstat.OpError) { j.unopenable(e) }}
		all, err := collect.Namespaces(ctx, query)
		if err != nil {
			j.unopenable(err)
		}
		for _, ns := range all {
			add(ns)
		}
	}
	return list
}

// unopenable says that a namespace cannot be looked at; the others are.
func (j *job) unopenable(err error) {
	j.opened = j.p.fail(j.d, j.d.failure, err)
	j.unopened = append(j.unopened, err)
}
