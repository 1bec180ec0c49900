// Package sources tests where the program takes its tables from: that each is told
// from its second source where the first is refused. It has tests only.
package sources
