package schema

import (
	"math"
	"sync"

	"netstat"
)

// detailForm is the JSON form of one type of netstat.Detail.
type detailForm struct {
	kind string // value of the field "kind"
	is   func(netstat.Detail) bool
	new  func() netstat.Detail
	// visit visits the fields, to append or to read them.
	visit func(*fields, netstat.Detail)
	// tables are the tables in which each socket has this detail.
	tables []netstat.Table
}

var (
	detailOnce  sync.Once
	detailTable []detailForm
	// detailOfTable maps tables to forms.
	detailOfTable map[netstat.Table]*detailForm
)

// detailForms returns all forms. It builds them at the first detail.
func detailForms() []detailForm {
	detailOnce.Do(func() {
		detailTable = allDetailForms()
		detailOfTable = make(map[netstat.Table]*detailForm, len(detailTable))
		for i := range detailTable {
			for _, table := range detailTable[i].tables {
				detailOfTable[table] = &detailTable[i]
			}
		}
	})
	return detailTable
}

// allDetailForms lists all forms, the most frequent first.
func allDetailForms() []detailForm {
	return []detailForm{
		formOf("unix", unixFields, netstat.UnixTable),
		formOf("windows", windowsFields),
		formOf("subflow", subflowFields),
		formOf("tls", tlsFields),
		formOf("netlink", netlinkFields, netstat.NetlinkTable),
		formOf("packet", packetFields, netstat.PacketTable),
		formOf("sctp", sctpFields, netstat.SCTP4Table),
		formOf("mptcp", mptcpFields, netstat.MPTCP4Table, netstat.MPTCP6Table),
		formOf("smc", smcFields, netstat.SMCTable),
		formOf("dccp", dccpFields, netstat.DCCP4Table, netstat.DCCP6Table),
		formOf("tipc", tipcFields, netstat.TIPCTable),
		formOf("vsock", vsockFields, netstat.VSockTable),
		formOf("xdp", xdpFields, netstat.XDPTable),
		formOf("can", canFields, netstat.CANTable),
		formOf("pfkey", keyFields, netstat.KeyTable),
		formOf("ax25", ax25Fields, netstat.AX25Table),
		formOf("netrom", netromFields, netstat.NetROMTable),
		formOf("rose", roseFields, netstat.ROSETable),
		formOf("x25", x25Fields, netstat.X25Table),
		formOf("appletalk", appletalkFields, netstat.AppleTalkTable),
		formOf("bluetooth", bluetoothFields, netstat.L2CAPTable, netstat.RFCOMMTable),
	}
}

// formOf returns the form of a detail type that each socket of the given tables has.
func formOf[T any, D interface {
	*T
	netstat.Detail
}](kind string, visit func(*fields, D), tables ...netstat.Table) detailForm {
	return detailForm{
		kind: kind,
		is:   func(d netstat.Detail) bool { _, ok := d.(D); return ok },
		new:  func() netstat.Detail { return D(new(T)) },
		visit: func(f *fields, d netstat.Detail) {
			if d, ok := d.(D); ok {
				visit(f, d)
			}
		},
		tables: tables,
	}
}

// appendDetail appends a detail as an object with its kind, or nothing for a type
// without a form.
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
		b = append(append(append(b, `,"detail":{"kind":"`...), form.kind...), '"')
		b = append(appendFields(b, func(f *fields) { form.visit(f, d) }), '}')
		return b
	}
	return b
}

// HasDetail reports whether a socket has the detail of its table; true if the table has
// none.
func HasDetail(s *netstat.Socket) bool {
	detailForms()
	form, ok := detailOfTable[s.Table]
	return !ok || s.Detail != nil && form.is(s.Detail)
}

func (r *Reader) uint32() uint32 { return uint32(r.Uint(math.MaxUint32)) }

// detail reads what appendDetail wrote. It returns nil for unknown kinds, which a newer
// version may write.
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

// detailForm reads ahead to find the kind of the detail that starts here; it may be
// anywhere in the object.
func (r *Reader) detailForm() (form *detailForm) {
	r.first(func() {
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
	})
	return form
}
