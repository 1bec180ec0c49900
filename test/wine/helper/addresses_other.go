//go:build !windows

package main

import "errors"

// addresses needs a function of Windows.
func addresses(string) error { return errors.ErrUnsupported }
