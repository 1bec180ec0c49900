// Package library tests how other Go programs use this module: docs/library.md, and the
// script that renames the module.
package library
