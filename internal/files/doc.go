// Package files opens, reads and replaces files without the runtime's poller.
//
// Package os registers each file that it opens with the poller. The runtime
// crashes with a stack trace if it cannot open the poller's two descriptors.
// With few descriptors left, a report continues without names instead. This
// package therefore also counts free descriptors, and sleeps without a timer,
// which needs the poller too.
package files

// Enough is the number of free descriptors that a report needs in addition to
// those for name lookups: two for the poller, the rest for tables, owners and
// files.
const Enough = 9
