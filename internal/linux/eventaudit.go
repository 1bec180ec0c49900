package linux

import (
	"encoding/binary"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/netlink"
)

// Limits of an eventAudit.
const (
	auditEvery   = 2 * time.Second       // between two rounds
	auditSoon    = time.Second           // between two rounds if some sockets are suspect
	auditShare   = 100                   // a round takes at most this part of the time
	auditSockets = 5000                  // most sockets of a round
	auditRecent  = int64(time.Second)    // age of the last record of a socket worth asking for
	auditGrace   = 50 * time.Millisecond // within which the record of a closed socket can be read
)

// eventAudit notices that the end of a socket was not recorded. It asks the kernel for the
// sockets that an eventTracker believes to be open. One that is gone is suspect, because the
// kernel removes a socket from its table just before it changes the state. If there is no
// record a while later, some are missing.
//
// The zero value asks for nothing.
type eventAudit struct {
	dial    func() (netlink.Conn, error)
	conn    netlink.Conn
	seq     uint32
	request []byte
	reply   []byte
	// works reports that the kernel has found a socket. Without its module for TCP, it
	// finds none.
	works    bool
	next     time.Time // of the next round
	suspects map[uint64]suspect
}

// suspect is a socket that is gone.
type suspect struct {
	time     uint64 // of its last record
	timeWait bool   // whether its connection is in TIME-WAIT
}

// pause returns how long to wait for records until the next round, -1 for no limit.
func (a *eventAudit) pause(t *eventTracker) time.Duration {
	if a.dial == nil || len(t.known) == 0 {
		return -1
	}
	return max(time.Until(a.next), 0)
}

// run makes a round, if it is time. Every record must have been read. clock is what must be
// added to the time of a record.
func (a *eventAudit) run(t *eventTracker, clock int64) {
	began := time.Now()
	if a.dial == nil || len(t.known) == 0 || began.Before(a.next) {
		return
	}
	a.conclude(t)
	a.ask(t, clock, auditRecent)
	pause := auditEvery
	if len(a.suspects) > 0 {
		pause = auditSoon
	}
	now := time.Now()
	a.next = now.Add(max(pause, auditShare*now.Sub(began)))
}

// last makes the last round. The caller then reads every record and calls conclude.
func (a *eventAudit) last(t *eventTracker, clock int64) {
	if a.dial == nil || len(t.known) == 0 {
		return
	}
	if a.ask(t, clock, 0); len(a.suspects) > 0 {
		time.Sleep(auditGrace)
	}
}

// conclude reports the missing records of suspects that have none since.
func (a *eventAudit) conclude(t *eventTracker) {
	for cookie, s := range a.suspects {
		k := t.known[cookie]
		if k == nil || binary.NativeEndian.Uint64(k.last[bpf.EventTime:]) != s.time || !a.works {
			continue
		}
		n := uint64(0)
		switch {
		case s.timeWait && k.is == tcpFinWait2, k.is == tcpClosing, k.is == tcpLastAck:
			n = 1
		case s.timeWait:
			n = changesBetween(k.is, tcpFinWait2) + 1
		}
		t.gap(k, n, time.Now())
		delete(t.known, cookie)
	}
	clear(a.suspects)
}

// ask asks for sockets whose last record is older than age nanoseconds. clock is what must
// be added to the time of a record.
func (a *eventAudit) ask(t *eventTracker, clock, age int64) {
	if a.conn == nil {
		conn, err := a.dial()
		if err != nil {
			a.dial = nil
			return
		}
		a.conn, a.reply, a.suspects = conn, make([]byte, 4096), make(map[uint64]suspect)
	}
	asked := 0
	latest := time.Now().UnixNano() - clock - age
	for cookie, k := range t.known {
		at := binary.NativeEndian.Uint64(k.last[bpf.EventTime:])
		// A listening socket can share its port. One without a port is in no table.
		if k.is == tcpListen || k.last[bpf.EventLocalPort] == 0 && k.last[bpf.EventLocalPort+1] == 0 || int64(at) > latest {
			continue
		}
		if asked++; asked > auditSockets {
			return
		}
		state, err := a.state(k.last[:])
		switch {
		case err == syscall.ENOENT, err == syscall.ESTALE, err == nil && state == tcpTimeWait:
			a.suspects[cookie] = suspect{at, state == tcpTimeWait}
		case err != nil:
			a.close()
			a.dial = nil
			return
		}
		a.works = a.works || err == nil
	}
}

// state returns the state of the socket of a record.
func (a *eventAudit) state(record []byte) (byte, error) {
	var s netstat.Socket
	if !decodeEventSocket(record, &s) {
		return 0, syscall.EAFNOSUPPORT
	}
	a.seq++
	a.request = appendSocketRequest(a.request[:0], sockDiagByFamily, netlink.FlagRequest, a.seq, ipprotoTCP, &s, s.Remote.Port)
	if err := a.conn.Send(a.request); err != nil {
		return 0, err
	}
	for {
		n, _, err := a.conn.Receive(a.reply)
		if err != nil {
			return 0, err
		}
		if state, done, err := socketState(a.reply[:n], a.seq); done {
			return state, err
		}
	}
}

// socketState returns the state of the socket in the answer to request seq, or the error in
// it. done is false if b has no answer.
func socketState(b []byte, seq uint32) (state byte, done bool, err error) {
	for {
		message, rest, ok := netlink.NextMessage(b)
		if !ok {
			return 0, false, nil
		}
		if done, err := acknowledged(message, seq); done {
			return 0, true, err
		}
		order := binary.NativeEndian
		if order.Uint32(message[8:]) == seq && order.Uint16(message[4:]) == sockDiagByFamily && len(message) >= netlink.HeaderSize+inetDiagMsgSize {
			return message[netlink.HeaderSize+1], true, nil
		}
		b = rest
	}
}

func (a *eventAudit) close() {
	if a.conn != nil {
		a.conn.Close()
		a.conn = nil
	}
}
