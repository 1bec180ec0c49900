package win32

import (
	"context"
	"errors"
	"iter"
	"math"
	"syscall"

	"netstat"
)

// portSetting holds the dynamic port range of an instance of MSFT_NetTCPSetting or
// MSFT_NetUDPSetting (WMI, root\StandardCimv2); -1 for null.
type portSetting struct{ start, count int }

// Measures implements netstat.Source. Windows documents no way to list the ranges of ports
// that are excluded, so there is no such measure.
func (s *source) Measures(ctx context.Context) iter.Seq2[netstat.Measure, error] {
	return func(yield func(netstat.Measure, error) bool) {
		for _, protocol := range [...]string{"tcp", "udp"} {
			settings, err := s.api.portSettings(ctx, protocol)
			if err != nil {
				if lacksClass(err) {
					continue
				}
				if !yield(netstat.Measure{}, opError("read ports of "+protocol, netstat.Table{}, err)) {
					return
				}
				break // WMI fails, or is too slow, for the other one too
			}
			first, last, ok := portRange(settings)
			if !ok {
				continue
			}
			if !yield(netstat.Measure{Group: netstat.MeasurePorts, Name: protocol + ".first", Value: uint64(first)}, nil) ||
				!yield(netstat.Measure{Group: netstat.MeasurePorts, Name: protocol + ".last", Value: uint64(last)}, nil) {
				return
			}
		}
		yield(netstat.Measure{Group: netstat.MeasureHost, Name: "page_size", Value: uint64(syscall.Getpagesize())}, nil)
	}
}

// lacksClass reports whether an error of WMI means that the system has no such class:
// Windows before 8, and Wine.
func lacksClass(err error) bool {
	var win *winError
	if errors.As(err, &win) {
		return win.code == codeInvalidNamespace || win.code == codeInvalidClass
	}
	return errors.Is(err, errors.ErrUnsupported)
}

// portRange returns the range that all instances have: TCP has one for each template. ok
// is false if there is none, or if they differ, because it is then unknown which one a
// connection gets.
func portRange(settings []portSetting) (first, last uint16, ok bool) {
	for _, p := range settings {
		if p.start < 0 || p.count < 0 { // the template Automatic
			continue
		}
		end := p.start + p.count - 1
		if p.start == 0 || end < p.start || end > math.MaxUint16 ||
			ok && (uint16(p.start) != first || uint16(end) != last) {
			return 0, 0, false
		}
		first, last, ok = uint16(p.start), uint16(end), true
	}
	return first, last, ok
}
