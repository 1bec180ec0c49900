package linux

import (
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/netlink"
)

// TestChangesBetween checks how many changes lie between two states at least.
func TestChangesBetween(t *testing.T) {
	for _, test := range []struct {
		from, to byte
		want     uint64
	}{
		{tcpFinWait1, tcpFinWait2, 1}, {tcpEstablished, tcpLastAck, 2}, {tcpEstablished, tcpFinWait2, 2}, {tcpFinWait2, tcpEstablished, 3},
		{tcpLastAck, tcpSynSent, 2}, {tcpSynSent, tcpCloseWait, 2}, {tcpClosed, tcpClosed, 0}, {tcpClosed, tcpTimeWait, 0}, {0, tcpClosed, 0}, {200, 255, 0},
	} {
		if got := changesBetween(test.from, test.to); got != test.want {
			t.Errorf("from %d to %d: %d, want %d", test.from, test.to, got, test.want)
		}
	}
}

// TestMissingChange checks that a change from another state than the last one counts as a
// loss, before that change, and that one record twice does not.
func TestMissingChange(t *testing.T) {
	tracker := eventTracker{}
	for _, b := range [][]byte{
		eventRecord(1, tcpClosed, tcpSynSent, 0, 80), eventRecord(1, tcpEstablished, tcpCloseWait, 9, 80), eventRecord(1, tcpEstablished, tcpCloseWait, 9, 80),
		eventRecord(1, tcpLastAck, tcpClosed, 9, 80), eventRecord(2, tcpFinWait2, tcpClosed, 9, 80),
	} {
		tracker.add(b, 0)
	}
	var got []string
	for _, e := range tracker.ready {
		got = append(got, fmt.Sprint(e.Type, " ", e.New, " ", e.Lost))
	}
	want := []string{"opened SYN-SENT 0", "lost UNKNOWN 1", "state CLOSE-WAIT 0", "lost UNKNOWN 1", "closed CLOSED 0", "closed CLOSED 0"}
	if !slices.Equal(got, want) || len(tracker.known) != 0 {
		t.Errorf("%q, want %q", got, want)
	}
}

// auditConn answers requests for sockets.
type auditConn struct {
	answers []reply // of the next requests; the last one is repeated
	seq     uint32
	closed  bool
}

func (c *auditConn) Send(b []byte) error { c.seq = binary.NativeEndian.Uint32(b[8:]); return nil }
func (c *auditConn) Close()              { c.closed = true }

func (c *auditConn) Receive(b []byte) (int, bool, error) {
	r := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	if len(r.data) >= netlink.HeaderSize {
		binary.NativeEndian.PutUint32(r.data[8:], c.seq)
	}
	return copy(b, r.data), false, r.err
}

// stateAnswer returns an answer with a socket, errorAnswer one with an error.
func stateAnswer(state byte) reply {
	b := append(netlink.AppendDumpHeader(nil, sockDiagByFamily, 0, inetDiagMsgSize), make([]byte, inetDiagMsgSize)...)
	b[netlink.HeaderSize+1] = state
	return reply{data: b}
}

func errorAnswer(err syscall.Errno) reply {
	b := netlink.AppendDumpHeader(nil, netlink.TypeError, 0, 4)
	return reply{data: binary.NativeEndian.AppendUint32(b, uint32(-int32(err)))}
}

// TestEventAudit checks what answers of the kernel about a socket mean, and that nothing is
// concluded from them if the kernel may know no socket, or a record came meanwhile.
func TestEventAudit(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []reply
		late    bool // whether the record comes late
		want    string
	}{
		{"open", []reply{stateAnswer(tcpFinWait1)}, false, "[]"},
		{"in TIME-WAIT", []reply{stateAnswer(tcpTimeWait)}, false, "[2]"},
		{"in TIME-WAIT, recorded", []reply{stateAnswer(tcpTimeWait)}, true, "[]"},
		{"no socket is known", []reply{errorAnswer(syscall.ENOENT)}, false, "[]"},
		{"gone", []reply{stateAnswer(tcpEstablished), errorAnswer(syscall.ENOENT)}, false, "[0]"},
		{"another socket", []reply{stateAnswer(tcpEstablished), errorAnswer(syscall.ESTALE)}, false, "[0]"},
		{"refused", []reply{stateAnswer(tcpEstablished), errorAnswer(syscall.EPERM)}, false, "[]"},
		{"broken", []reply{{err: syscall.ENOBUFS}}, false, "[]"},
	} {
		conn := &auditConn{answers: test.answers}
		a := eventAudit{dial: func() (netlink.Conn, error) { return conn, nil }}
		tracker := eventTracker{}
		record := eventRecord(7, tcpEstablished, tcpFinWait1, 80, 9)
		binary.NativeEndian.PutUint64(record[bpf.EventTime:], 1)
		tracker.add(record, 0)
		tracker.add(eventRecord(8, tcpClosed, tcpListen, 80, 0), 0) // is not asked for
		tracker.ready = nil
		for range 3 {
			a.next = time.Time{}
			a.run(&tracker, 0)
			if pause := a.pause(&tracker); a.dial != nil && (pause <= 0 || pause > auditEvery) {
				t.Errorf("%s: waits for %v", test.name, pause)
			}
			if test.late {
				tracker.add(eventRecord(7, tcpFinWait1, tcpClosed, 80, 9), 0)
				tracker.ready = nil
			}
		}
		lost := []uint64{}
		for _, e := range tracker.ready {
			if e.Type != netstat.EventLost {
				t.Errorf("%s: %+v", test.name, e)
			}
			lost = append(lost, e.Lost)
		}
		if got := fmt.Sprint(lost); got != test.want {
			t.Errorf("%s: lost %s, want %s", test.name, got, test.want)
		}
		if a.close(); !conn.closed {
			t.Errorf("%s: not closed", test.name)
		}
	}
}

func FuzzSocketState(f *testing.F) {
	f.Add(stateAnswer(tcpTimeWait).data, uint32(0))
	f.Add(errorAnswer(syscall.ENOENT).data, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, seq uint32) {
		if state, done, err := socketState(b, seq); !done && (state != 0 || err != nil) {
			t.Fatal(state, err)
		}
	})
}
