package filter

import (
	"bytes"

	"netstat"
	"netstat/fact"
)

// pairLeaf compares one fact of a row with another. A value absent on either side matches
// no comparison. For facts with several values, some pair must match.
type pairLeaf struct {
	left, right *fact.Fact
	compare     netstat.Comparison // not CompareNotEqual, which is the negation of CompareEqual
	both        fact.Needs
}

func (l *pairLeaf) match(r *fact.Record) bool {
	join(r, &l.both)
	if l.left.All == nil && l.right.All == nil {
		a, b := l.left.Value(r), l.right.Value(r)
		return l.holds(&a, &b)
	}
	left, right := fact.Pair(r, l.left, l.right)
	for i := range left {
		for j := range right {
			if l.holds(&left[i], &right[j]) {
				return true
			}
		}
	}
	return false
}

func (l *pairLeaf) holds(a, b *fact.Value) bool {
	switch {
	case a.Kind == fact.ValueAbsent || b.Kind == fact.ValueAbsent:
		return false
	case classOf(l.left) >= classNumber:
		return l.compare.Compare(a.Ordinal(), b.Ordinal())
	case a.Kind == fact.ValueText && b.Kind == fact.ValueText:
		return a.Text == b.Text
	case a.Kind == fact.ValueAddress && b.Kind == fact.ValueAddress:
		return a.Address.Unmap().WithZone("") == b.Address.Unmap().WithZone("")
	}
	var left, right [128]byte
	return bytes.Equal(a.Append(left[:0]), b.Append(right[:0]))
}

func (l *pairLeaf) needs() fact.Needs          { return l.both }
func (l *pairLeaf) kernel() *netstat.Condition { return nil }
func (l *pairLeaf) appendText(b []byte) []byte {
	return append(append(b, l.left.Name+" "+l.compare.String()+" "...), l.right.Name...)
}

func (l *pairLeaf) decide(t netstat.Table) verdict {
	for _, f := range []*fact.Fact{l.left, l.right} {
		if f.Only != nil && !f.Only(t) {
			return never
		}
	}
	return open
}

// class groups facts that can be compared with each other. Classes from classNumber on
// have an order.
type class uint8

const (
	classNone class = iota
	classText
	classAddress
	classEnd
	classFlag
	classNumber // bytes too
	classRate
	classMilli
	classDuration
	classTime
)

func classOf(f *fact.Fact) class {
	switch f.Kind {
	case fact.ValueText:
		return classText
	case fact.ValueAddress:
		return classAddress
	case fact.ValueEndpoint:
		return classEnd
	case fact.ValueFlag:
		return classFlag
	case fact.ValueNumber, fact.ValueBytes:
		return classNumber
	case fact.ValueRate:
		return classRate
	case fact.ValueMilli:
		return classMilli
	case fact.ValueDuration:
		return classDuration
	case fact.ValueTime:
		return classTime
	}
	return classNone
}

// test parses the value that a field is compared with: another fact, or a value that
// parse accepts.
func (v *value) test(parse func(*value) (node, *Error)) (node, *Error) {
	if v.operator == nil || v.token.quoted {
		return parse(v)
	}
	other := fact.Named(v.facts(), v.token.text)
	if other == nil || v.tooLate(other) {
		return parse(v)
	}
	if v.fact == nil { // of either end
		if class := classOf(other); class == classAddress || class == classNumber {
			return v.fail("only one end can be compared with a field: use local_" + v.field + " or remote_" + v.field)
		}
		return parse(v)
	}
	ours, theirs := classOf(v.fact), classOf(other)
	switch {
	case ours < classFlag && ours != theirs, isKnown(v.fact, v.token.text), v.env.Facts == nil && v.field == "state" && len(statesNamed(v.token.text)) > 0:
		return parse(v) // a text equal to that name
	case ours != theirs:
		return v.failNamed(v.fact.Name + " (" + v.fact.Type() + ") cannot be compared with " + other.Name + " (" + other.Type() + ")")
	}
	l := &pairLeaf{left: v.fact, right: other, compare: v.compare}
	if v.compare == netstat.CompareNotEqual {
		l.compare = netstat.CompareEqual
	}
	l.both.Add(v.fact.Needs)
	l.both.Add(other.Needs)
	if v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual || ours < classNumber {
		return v.leaf(l)
	}
	return leafOf(l), nil
}
