package diagnose

import (
	"cmp"
	"hash/maphash"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"netstat"
)

// tally counts the sockets of a group and keeps the worst of them as its example. V is
// what a rule knows of the worst.
type tally[V any] struct {
	count   uint64
	bad     uint64 // how bad the worst is, by the measure of the rule
	subject netstat.Subject
	worst   V
}

// add counts a socket that is so bad, and reports whether it is the worst so far, which
// the caller then describes.
func (t *tally[V]) add(bad uint64) bool {
	t.count++
	if t.count > 1 && bad <= t.bad {
		return false
	}
	t.bad = bad
	return true
}

// tallyOf returns the tally of a group, which it creates if necessary.
func tallyOf[K comparable, V any](groups *map[K]*tally[V], key K) *tally[V] {
	t := (*groups)[key]
	if t == nil {
		if *groups == nil {
			*groups = make(map[K]*tally[V])
		}
		t = new(tally[V])
		(*groups)[key] = t
	}
	return t
}

// worstFirst returns the tallies of all groups, the worst first.
func worstFirst[K comparable, V any](groups map[K]*tally[V]) []*tally[V] {
	return slices.SortedFunc(maps.Values(groups), func(a, b *tally[V]) int {
		return cmp.Or(
			cmp.Compare(b.bad, a.bad), cmp.Compare(b.count, a.count), cmp.Compare(a.subject.PID, b.subject.PID),
			compareEnds(a.subject.Local, b.subject.Local), compareEnds(a.subject.Remote, b.subject.Remote),
		)
	})
}

func compareEnds(a, b netstat.Addr) int {
	return cmp.Or(a.IP.Compare(b.IP), cmp.Compare(a.Port, b.Port))
}

// manyRemotes is the number of remote addresses above which a rule reports one finding
// for all of them.
const manyRemotes = 10

// sumOf returns how many sockets the groups have together.
func sumOf[V any](list []*tally[V]) uint64 {
	var sum uint64
	for _, t := range list {
		sum += t.count
	}
	return sum
}

// hashing holds the seed of hashSeed, which nothing makes before it is needed.
var hashing struct {
	once sync.Once
	seed maphash.Seed
}

// hashSeed returns the seed of this process for hashes of sockets.
func hashSeed() maphash.Seed {
	hashing.once.Do(func() { hashing.seed = maphash.MakeSeed() })
	return hashing.seed
}

// identity returns a number by which a socket is known again at another moment: the
// cookie or, without one, a hash of the inode and the ends.
func identity(s *netstat.Socket) uint64 {
	if s.Cookie != 0 {
		return s.Cookie
	}
	return maphash.Comparable(hashSeed(), struct {
		table         netstat.Table
		local, remote netstat.Addr
		inode         uint64
		pid           uint32
	}{s.Table, s.Local, s.Remote, s.Inode, s.PID}) | 1<<63
}

// decimal returns n as text.
func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// percent returns part of whole in percent with one decimal, rounded down, such as
// "2.5".
func percent(part, whole uint64) string {
	permille := uint64(float64(part) / float64(max(whole, 1)) * 1000)
	return decimal(permille/10) + "." + decimal(permille%10)
}

// count returns n and a noun in the singular or the plural.
func count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return decimal(n) + " " + many
}

// sortedKeys returns the keys of a map in ascending order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// silentForMinute reports whether the last segment of the peer is a minute old. The one
// that began the states CLOSE-WAIT, FIN-WAIT-2, CLOSING and LAST-ACK came from the peer,
// so that the socket has been in such a state for as long. It is false if unknown.
func silentForMinute(s *netstat.Socket) bool {
	return s.TCP != nil && s.TCP.Has(netstat.TCPLastAckRecv) && s.TCP.LastAckRecv >= time.Minute
}

// filterAddress returns an address as filters write it.
func filterAddress(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// processFilter returns the end of a filter that keeps the sockets of a process; it is
// empty for 0, an unknown process.
func processFilter(pid uint32) string {
	if pid == 0 {
		return ""
	}
	return " and pid = " + decimal(uint64(pid))
}
