package filter

import (
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

// stateRow is a row of a table in a state.
func stateRow(t netstat.Table, s netstat.State) *fact.Record {
	return testRecord(&netstat.Socket{Table: t, State: s}, fact.Row{})
}

// TestEveryShownState checks that a filter accepts each state as tables show it, with
// words joined in any way.
func TestEveryShownState(t *testing.T) {
	for _, table := range netstat.Tables() {
		for s := netstat.State(0); netstat.AllStates.Has(s); s++ {
			shown := s.String()
			for _, name := range []string{shown, strings.ToLower(shown), strings.ReplaceAll(shown, "-", "_"), strings.ReplaceAll(shown, "-", "")} {
				for _, form := range []string{"state ", "state = ", "state in ", "STATE == "} {
					if e := mustParse(t, form+name); !e.Match(stateRow(table, s)) {
						t.Errorf("%s%s does not choose %s of %v", form, name, shown, table)
					}
				}
				e, err := Short{States: []string{name}}.Expr(testEnv)
				if err != nil || !e.Match(stateRow(table, s)) {
					t.Errorf("--state %s does not choose %s of %v: %v", name, shown, table, err)
				}
				if peer := mustParse(t, "peer_state = "+name); s != netstat.StateUnknown {
					r := stateRow(table, netstat.Established)
					r.Row.Peer = &fact.Peer{PeerEnd: fact.PeerEnd{State: s}}
					if !peer.Match(r) || peer.Match(stateRow(table, s)) {
						t.Errorf("peer_state = %s does not choose %s of %v alone", name, shown, table)
					}
				}
			}
		}
	}
}

// TestClassicStates checks that a filter accepts each state as the classic texts and ss
// show it.
func TestClassicStates(t *testing.T) {
	for _, test := range []struct {
		name  string
		table netstat.Table
		state netstat.State
	}{
		{"ESTABLISHED", netstat.TCP4Table, netstat.Established},
		{"SYN_SENT", netstat.TCP4Table, netstat.SynSent},
		{"SYN_RECV", netstat.TCP4Table, netstat.SynReceived},
		{"FIN_WAIT1", netstat.TCP6Table, netstat.FinWait1},
		{"FIN_WAIT2", netstat.TCP4Table, netstat.FinWait2},
		{"TIME_WAIT", netstat.TCP4Table, netstat.TimeWait},
		{"CLOSE", netstat.TCP4Table, netstat.Closed},
		{"CLOSE_WAIT", netstat.TCP4Table, netstat.CloseWait},
		{"LAST_ACK", netstat.TCP4Table, netstat.LastAck},
		{"LISTEN", netstat.TCP4Table, netstat.Listen},
		{"CLOSING", netstat.TCP4Table, netstat.Closing},
		{"UNKNOWN", netstat.TCP4Table, netstat.StateUnknown},
		{"ESTABLISHED", netstat.UDP4Table, netstat.Established},
		{"FREE", netstat.UnixTable, netstat.Free},
		{"LISTENING", netstat.UnixTable, netstat.Listen},
		{"CONNECTING", netstat.UnixTable, netstat.Connecting},
		{"CONNECTED", netstat.UnixTable, netstat.Connected},
		{"DISCONNECTING", netstat.UnixTable, netstat.Disconnecting},
		{"LISTENING", netstat.AX25Table, netstat.Unconnected},
		{"'SABM SENT'", netstat.AX25Table, netstat.Connecting},
		{"'DISC SENT'", netstat.AX25Table, netstat.Disconnecting},
		{"ESTABLISHED", netstat.AX25Table, netstat.Connected},
		{"RECOVERY", netstat.AX25Table, netstat.Recovering},
		{"'CONN SENT'", netstat.NetROMTable, netstat.Connecting},
		{"'RESET SENT'", netstat.ROSETable, netstat.Recovering},
		{"'CONN RCVD'", netstat.ROSETable, netstat.Accepting},
		{"CALL_SENT", netstat.X25Table, netstat.Connecting},
		{"CLEAR_SENT", netstat.X25Table, netstat.Disconnecting},
		{"RESET_SENT", netstat.X25Table, netstat.Recovering},
		{"CALL_RCVD", netstat.X25Table, netstat.Accepting},
		{"CONNECT", netstat.L2CAPTable, netstat.Connecting},
		{"CONNECT2", netstat.L2CAPTable, netstat.Accepting},
		{"CONFIG", netstat.L2CAPTable, netstat.Configuring},
		{"DISCONN", netstat.RFCOMMTable, netstat.Disconnecting},
		{"OPEN", netstat.RFCOMMTable, netstat.Open},
		{"BOUND", netstat.RFCOMMTable, netstat.Bound},
		{"ESTAB", netstat.IPXTable, netstat.Established},
		{"UNK.", netstat.IPXTable, netstat.StateUnknown},
		// Microsoft's, and those of its Get-NetTCPConnection.
		{"LISTENING", netstat.TCP4Table, netstat.Listen},
		{"SYN_RECEIVED", netstat.TCP4Table, netstat.SynReceived},
		{"FIN_WAIT_1", netstat.TCP4Table, netstat.FinWait1},
		{"DELETE_TCB", netstat.TCP4Table, netstat.DeleteTCB},
		{"CLOSED", netstat.TCP4Table, netstat.Closed},
		{"TimeWait", netstat.TCP4Table, netstat.TimeWait},
		// ss's.
		{"UNCONN", netstat.UDP4Table, netstat.Closed},
		{"SYN-RECV", netstat.TCP4Table, netstat.NewSynRecv},
		{"BOUND-INACTIVE", netstat.TCP4Table, netstat.Bound},
		{"*wait*", netstat.TCP4Table, netstat.CloseWait},
	} {
		if e := mustParse(t, "state "+test.name); !e.Match(stateRow(test.table, test.state)) {
			t.Errorf("state %s does not choose %v of %v", test.name, test.state, test.table)
		}
	}
}

// TestAssociationStates checks SCTP's states, which net-tools shows as the state.
func TestAssociationStates(t *testing.T) {
	for _, name := range associationStates {
		r := testRecord(&netstat.Socket{Table: netstat.SCTP4Table, State: netstat.Established, Detail: &netstat.SCTPDetail{AssocState: name}}, fact.Row{})
		for _, text := range []string{"state " + strings.ReplaceAll(name, "-", "_"), "state = " + name, "association_state = " + strings.ToLower(name)} {
			if e := mustParse(t, text); !e.Match(r) || !e.HasState() {
				t.Errorf("%s does not choose %s", text, name)
			}
		}
	}
}
