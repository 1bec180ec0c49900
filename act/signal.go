package act

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/internal/message"
	"netstat/report"
)

// Signalling says what SignalProcesses may do.
type Signalling struct {
	// Signal is the name of the signal, as ParseSignal returns it.
	Signal string
	// Yes signals without a question.
	Yes bool
	// Self are this process and its ancestors, which are never signalled.
	Self []uint32
}

// ParseSignal returns the name of a signal without "SIG" and in capitals. The error lists
// the accepted names.
func ParseSignal(name string) (string, error) {
	short := strings.TrimPrefix(strings.ToUpper(name), "SIG")
	for i := range signals {
		if signals[i].name == short {
			return short, nil
		}
	}
	known := make([]string, len(signals))
	for i := range signals {
		known[i] = signals[i].name
	}
	return "", &fact.UnknownError{What: "signal", Chinese: "信号", Name: name, Known: known}
}

func signalNamed(name string) os.Signal {
	for i := range signals {
		if signals[i].name == name {
			return signals[i].signal
		}
	}
	return syscall.SIGTERM
}

// holder is a process that holds selected sockets.
type holder struct {
	owner   fact.Owner
	sockets int
	source  netstat.Source
	handle  *os.Process // nil if err is set
	err     error
}

// SignalProcesses sends a signal to each process that holds a selected socket, and
// prints a line for each. It returns the number of those that did not get it. The error is
// one of writing or asking.
func SignalProcesses(d *Desk, list []report.Selected, s Signalling) (failed int, err error) {
	holders := holdersOf(list)
	if len(holders) == 0 {
		d.say(message.NoProcess)
		return 1, nil
	}
	for i := range holders {
		h := &holders[i]
		if h.err = kept(h.owner.PID, s.Self); h.err != nil {
			continue
		}
		h.open()
		defer h.close()
	}
	var b []byte
	show := func() error {
		for i := range holders {
			b = append(holders[i].line(b, d.Chinese), '\n')
		}
		_, err := d.Out.Write(b)
		b = b[:0]
		return err
	}
	if ok, err := d.agreed(s.Yes, show, message.Send, s.Signal, d.count(message.Processes, len(holders))); !ok || err != nil {
		return len(holders), err
	}
	for i := range holders {
		h := &holders[i]
		if h.err == nil {
			h.err = h.handle.Signal(signalNamed(s.Signal))
		}
		b = append(h.line(b[:0], d.Chinese), ": "...)
		switch {
		case h.err == nil:
			b = append(b, message.Sent.In(d.Chinese, s.Signal)...)
		case errors.Is(h.err, os.ErrProcessDone), errors.Is(h.err, fs.ErrNotExist), errors.Is(h.err, syscall.ESRCH):
			b = append(b, message.Gone.In(d.Chinese)...)
		case errors.Is(h.err, fs.ErrPermission):
			b = append(b, message.Denied.In(d.Chinese)...)
		default:
			b = append(b, message.In(h.err, d.Chinese).Error()...)
		}
		if h.err != nil {
			failed++
		}
		if _, err := d.Out.Write(append(b, '\n')); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// kept returns why a process is never signalled, or nil.
func kept(pid uint32, self []uint32) error {
	switch {
	case pid == 1:
		return message.KeptFirst.Err()
	case slices.Contains(self, pid):
		return message.KeptSelf.Err()
	}
	return nil
}

// holdersOf returns the processes that hold the sockets, by number.
func holdersOf(list []report.Selected) []holder {
	var holders []holder
	at := make(map[uint32]int)
	for i := range list {
		for _, o := range list[i].Record.Row.Owners {
			k, seen := at[o.PID]
			if !seen {
				k = len(holders)
				at[o.PID] = k
				holders = append(holders, holder{owner: o, source: list[i].Source})
			}
			holders[k].sockets++
		}
	}
	slices.SortFunc(holders, func(a, b holder) int { return cmp.Compare(a.owner.PID, b.owner.PID) })
	return holders
}

// open opens a handle of the process and ensures that its number was not given to another
// one since the socket was found.
func (h *holder) open() {
	if h.handle, h.err = os.FindProcess(int(h.owner.PID)); h.err != nil {
		return
	}
	now, err := h.source.Process(h.owner.PID, netstat.FactStarted)
	switch {
	case err != nil:
		h.err = err
	case now.Started.IsZero() || !now.Started.Equal(h.owner.Started):
		h.err = fs.ErrNotExist
	}
}

func (h *holder) close() {
	if h.handle != nil {
		_ = h.handle.Release()
	}
}

// line appends the process: its number, name, how many selected sockets it holds, and its
// command line.
func (h *holder) line(b []byte, chinese bool) []byte {
	b = strconv.AppendUint(b, uint64(h.owner.PID), 10)
	b = ascii.AppendSafe(append(b, ' '), h.owner.Name())
	b = append(append(b, " ("...), message.Sockets.Count(h.sockets, chinese)...)
	b = append(b, ')')
	if h.owner.Command != "" {
		b = ascii.AppendSafe(append(b, ' '), h.owner.Command)
	}
	return b
}
