// Package early checks the environment of this process before package os does.
// It ends the program with a message where the runtime would end it with a
// stack trace.
//
// Packages are initialized in the order of their paths, as far as their imports
// allow. This one imports less than package os, and its path comes first.
package early

// FewFiles reports whether this process may open so few files that the runtime
// may find none left for its poller.
var FewFiles bool
