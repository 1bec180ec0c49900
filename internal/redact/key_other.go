//go:build !linux && !windows

package redact

import "errors"

// NewKey reports that it is not supported.
func NewKey() (Key, error) { return Key{}, errors.ErrUnsupported }
