// Package library holds the tests of how other Go programs use this module:
// docs/library.md, and the script that gives the module another path.
package library
