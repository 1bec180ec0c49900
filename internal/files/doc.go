// Package files opens, reads and replaces files without the runtime's poller.
//
// Package os registers each file that it opens with the poller, and the runtime
// ends the program with a stack where the poller's own two descriptors cannot be
// opened. With few descriptors left, a report goes on without names instead, so
// this package also counts them, and waits without a timer, which needs the
// poller too.
package files

// Enough is how many free descriptors a report needs besides what looks up
// names: two for the poller, the others for tables, owners and files.
const Enough = 9
