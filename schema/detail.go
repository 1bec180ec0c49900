package schema

import (
	"math"
	"sync"

	"netstat"
)

// detailForm is the form of one kind of detail: what only one family or system has of
// a socket.
type detailForm struct {
	kind string // the field "kind"
	is   func(netstat.Detail) bool
	new  func() netstat.Detail
	// visit goes through the fields, to append or to read them.
	visit func(*fields, netstat.Detail)
}

var (
	detailOnce  sync.Once
	detailTable []detailForm
)

// detailForms returns all forms, which are made when the first detail comes.
func detailForms() []detailForm {
	detailOnce.Do(func() { detailTable = allDetailForms() })
	return detailTable
}

// allDetailForms is the contents page; the most frequent ones are first.
func allDetailForms() []detailForm {
	return []detailForm{
		formOf("unix", unixFields),
		formOf("windows", windowsFields),
		formOf("subflow", subflowFields),
		formOf("tls", tlsFields),
		formOf("netlink", netlinkFields),
		formOf("packet", packetFields),
		formOf("sctp", sctpFields),
		formOf("mptcp", mptcpFields),
		formOf("smc", smcFields),
		formOf("dccp", dccpFields),
		formOf("tipc", tipcFields),
		formOf("vsock", vsockFields),
		formOf("xdp", xdpFields),
		formOf("can", canFields),
		formOf("pfkey", keyFields),
		formOf("ax25", ax25Fields),
		formOf("netrom", netromFields),
		formOf("rose", roseFields),
		formOf("x25", x25Fields),
		formOf("appletalk", appletalkFields),
		formOf("bluetooth", bluetoothFields),
	}
}

// formOf returns the form of a type of detail.
func formOf[T any, D interface {
	*T
	netstat.Detail
}](kind string, visit func(*fields, D)) detailForm {
	return detailForm{
		kind:  kind,
		is:    func(d netstat.Detail) bool { _, ok := d.(D); return ok },
		new:   func() netstat.Detail { return D(new(T)) },
		visit: func(f *fields, d netstat.Detail) { visit(f, d.(D)) },
	}
}

// appending has fields to append with, since those of a form are reached by way of a
// function and would be allocated for each row.
var appending = sync.Pool{New: func() any { return new(fields) }}

// appendDetail appends a detail as an object that says of which kind it is, and
// nothing for a kind without a form.
func appendDetail(b []byte, d netstat.Detail) []byte {
	if d == nil {
		return b
	}
	forms := detailForms()
	for i := range forms {
		form := &forms[i]
		if !form.is(d) {
			continue
		}
		f := appending.Get().(*fields)
		f.b = append(append(append(b, `,"detail":{"kind":"`...), form.kind...), '"')
		form.visit(f, d)
		b = append(f.b, '}')
		f.b = nil
		appending.Put(f)
		return b
	}
	return b
}

func (r *Reader) uint32() uint32 { return uint32(r.Uint(math.MaxUint32)) }

// detail reads what appendDetail wrote. It returns nil for kinds that a newer version
// may have.
func (r *Reader) detail() netstat.Detail {
	form := r.detailForm()
	if form == nil {
		r.Skip()
		return nil
	}
	d := form.new()
	readFields(r, func(f *fields) { form.visit(f, d) })
	return d
}

// detailForm reads ahead to the kind of the detail that begins here, which may stand
// anywhere in the object.
func (r *Reader) detailForm() (form *detailForm) {
	if r.peek(); r.err != nil {
		return nil
	}
	start := r.at
	r.Object(func(key []byte) {
		if string(key) != "kind" {
			r.Skip()
			return
		}
		kind := r.stringBytes()
		forms := detailForms()
		for i := range forms {
			if forms[i].kind == string(kind) {
				form = &forms[i]
			}
		}
	})
	if r.err == nil {
		r.at = start
	}
	return form
}
