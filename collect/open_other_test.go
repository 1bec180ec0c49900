//go:build !linux && !windows

package collect

import (
	"errors"
	"testing"
)

func TestOpen(t *testing.T) {
	if s, err := Open(Options{}); !errors.Is(err, errors.ErrUnsupported) || s != nil {
		t.Errorf("%v, error %v", s, err)
	}
}
