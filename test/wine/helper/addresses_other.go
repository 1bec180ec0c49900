//go:build !windows

package main

import "errors"

// addresses asks a function that only Windows has.
func addresses(string) error { return errors.ErrUnsupported }
