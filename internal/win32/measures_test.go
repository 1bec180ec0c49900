package win32

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
)

func TestMeasures(t *testing.T) {
	page := fmt.Sprintf("host page_size %d", os.Getpagesize())
	type answer struct {
		settings []portSetting
		err      error
	}
	usual := answer{settings: []portSetting{{-1, -1}, {49152, 16384}, {49152, 16384}}}
	for _, test := range []struct {
		name     string
		tcp, udp answer
		want     []string
		errs     int
	}{
		{"usual", usual, answer{settings: []portSetting{{1024, 1}}},
			[]string{"ports tcp.first 49152", "ports tcp.last 65535", "ports udp.first 1024", "ports udp.last 1024"}, 0},
		{"no class", answer{err: &winError{code: codeInvalidClass}}, answer{err: &winError{code: codeInvalidNamespace}}, nil, 0},
		{"no WMI", answer{err: &detailedError{errors.ErrUnsupported, "no oleaut32"}}, usual,
			[]string{"ports udp.first 49152", "ports udp.last 65535"}, 0},
		{"denied", answer{err: &winError{code: codeAccessDenied}}, answer{err: errors.New("late")}, nil, 1},
		{"templates that differ", answer{settings: []portSetting{{49152, 16384}, {1024, 1}}}, answer{}, nil, 0},
		{"impossible", answer{settings: []portSetting{{49152, 16385}}}, answer{settings: []portSetting{{1, 0}}}, nil, 0},
		{"from zero", answer{settings: []portSetting{{0, 5}}}, answer{settings: []portSetting{{-1, 5}}}, nil, 0},
	} {
		a := win32Missing()
		a.portSettings = func(_ context.Context, protocol string) ([]portSetting, error) {
			if protocol == "udp" {
				return test.udp.settings, test.udp.err
			}
			return test.tcp.settings, test.tcp.err
		}
		s := win32Source(t, a, Options{})
		rows, errs := win32Gather(t, s.Measures(context.Background()))
		var got []string
		for _, m := range rows {
			got = append(got, fmt.Sprintf("%v %s %d", m.Group, m.Name, m.Value))
		}
		if want := append(test.want, page); !slices.Equal(got, want) || len(errs) != test.errs {
			t.Errorf("%s: %q, errors %v", test.name, got, errs)
		}
		for stop := 1; stop <= len(rows)+len(errs); stop++ {
			n := 0
			for range s.Measures(context.Background()) {
				if n++; n == stop {
					break
				}
			}
			if n != stop {
				t.Errorf("%s: %d pairs, want %d", test.name, n, stop)
			}
		}
	}
}

// TestPortVariant reads ports as WMI hands them over.
func TestPortVariant(t *testing.T) {
	for _, test := range []struct {
		typ  byte
		want int
	}{{variantI4, 49152}, {variantI2, 49152}, {1, -1}, {variantBSTR, -1}} {
		b := make([]byte, 24)
		b[0], b[variantValue+1] = test.typ, 0xc0
		if v := decodeVariant(b); v.portOrNull() != test.want {
			t.Errorf("type %d: %d", test.typ, v.portOrNull())
		}
	}
}
