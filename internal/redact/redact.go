// Package redact replaces what is personal in a host's rows, names and errors by
// pseudonyms. The table fields says which fields are personal and how each is replaced.
//
// The same thing has the same pseudonym wherever it occurs: pseudonyms are keyed hashes,
// of addresses bit by bit and of texts word by word. The package does not read a host and
// does not write documents.
package redact

import (
	"net/netip"
	"reflect"
	"sync"
)

// Key is the secret on which pseudonyms depend. Whoever knows it can test guesses of what
// a pseudonym stands for. It must be random, used for one document and not stored.
type Key [16]byte

// Redactor replaces what is personal. It keeps the pseudonyms of addresses it has met.
// Methods must not be called concurrently.
type Redactor struct {
	hash  hasher
	addrs map[netip.Addr]netip.Addr
	// fixed holds the first and last addresses of networks, which stay first and last,
	// and the addresses whose pseudonyms these took.
	fixed map[netip.Addr]netip.Addr
	known map[string]bool // words that are kept
	said  map[string]bool // words that are kept in messages
	plans map[reflect.Type][]step

	special4, special6 []specialBits
}

var lists struct {
	once        sync.Once
	known, said map[string]bool
}

// New returns a Redactor with pseudonyms of its own.
func New(key Key) *Redactor {
	lists.once.Do(func() {
		lists.known, lists.said = wordSet(knownWords), wordSet(messageWords)
	})
	return &Redactor{
		hash: newHasher(key), addrs: map[netip.Addr]netip.Addr{}, fixed: map[netip.Addr]netip.Addr{},
		known: lists.known, said: lists.said, plans: map[reflect.Type][]step{},
		special4: parseSpecials(special4[:]), special6: parseSpecials(special6[:]),
	}
}

// Domains separate the hashes of different things.
const (
	domainWord = iota
	domainAddress4
	domainAddress6
	domainHardware
	domainNumber
	domainDigits
)

// HostName returns the pseudonym of a host name or network name. Names that every host
// has for itself are kept.
func (r *Redactor) HostName(name string) string {
	switch name {
	case "localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback", "ip6-allnodes",
		"ip6-allrouters", "ip6-localnet", "ip6-mcastprefix", "default", "loopback", "link-local":
		return name
	}
	return r.Strict(name)
}

// UserName returns the pseudonym of a user's name. Well-known names are kept.
func (r *Redactor) UserName(name string) string { return r.Text(name) }
