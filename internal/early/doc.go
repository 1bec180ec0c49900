// Package early looks at what this process was started with before package os
// does, and ends the program in words where the runtime would end it with a
// stack.
//
// Packages are initialized in the order of their paths, as far as their imports
// allow. This one imports less than package os and its path comes first.
package early

// FewFiles reports whether this process may open so few files that the runtime
// may find none left for its poller.
var FewFiles bool
