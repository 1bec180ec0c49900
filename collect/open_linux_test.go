package collect

import (
	"errors"
	"testing"

	"netstat"
)

func TestOpen(t *testing.T) {
	for _, o := range []Options{{}, {Source: "netlink"}, {Source: "proc", Owners: "scan"}, {Owners: "bpf"}, {ProcRoot: "/nowhere"}} {
		s, err := Open(o)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []Options{{Source: "x"}, {Owners: "x"}, {Source: "netlink", ProcRoot: "/copy"}} {
		var op *netstat.OpError
		if s, err := Open(o); !errors.As(err, &op) || s != nil {
			t.Errorf("%+v: %v, error %v", o, s, err)
		}
	}
}
