// Package early looks at what this process was started with before package os
// does, and ends the program in words where the runtime would end it with a
// stack. It is imported for that alone.
//
// Packages are initialized in the order of their paths, as far as their imports
// allow. This one imports less than package os and its path comes first.
package early
