package report

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// TestEveryPrintedFamily checks that --family accepts every name that the columns proto,
// netid and family print, in any case, and means the tables that print it.
func TestEveryPrintedFamily(t *testing.T) {
	r := &Report{sel: &view.Selection{}}
	for _, table := range netstat.Tables() {
		for _, name := range append(table.Netids(), table.String(), table.Protocol.String(), table.Family.String()) {
			if table.Protocol == netstat.ProtocolNone && name == table.Protocol.String() {
				continue
			}
			k, err := r.family(name)
			if err != nil || !slices.Contains(k.tables, table) {
				t.Errorf("%s of %v: %v, %v", name, table, k.tables, err)
			}
			if whole := name == table.String() || name == table.Protocol.String() || name == table.Family.String(); whole != (k.netid == "") {
				t.Errorf("%s of %v: of type %q", name, table, k.netid)
			}
		}
	}
	for _, a := range familyAliases {
		if k, err := r.family(a.alias); err != nil || len(k.tables) == 0 {
			t.Errorf("%s: %v, %v", a.alias, k.tables, err)
		}
	}
}

func TestUnknownFamily(t *testing.T) {
	r := &Report{sel: &view.Selection{}}
	for name, want := range map[string]string{
		"":      "unknown socket family '' (known: tcp, ",
		"vsok":  "unknown socket family 'vsok': did you mean vsock? (known: tcp, ",
		"inet7": "unknown socket family 'inet7': did you mean inet or inet6? (known: tcp, ",
	} {
		_, err := r.family(name)
		if !errors.As(err, new(*fact.UnknownError)) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
