package redact

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"strings"
)

// Row replaces what is personal in *row, a row of the model. Values that the row points to
// are copied first: a Source may use them again.
//
// It walks the row by reflection, so that no field can be forgotten: a text or an address
// that the table fields does not name is replaced as well.
func Row[T any](r *Redactor, row *T) { r.walk(reflect.ValueOf(row).Elem()) }

// step is a field of a struct that is replaced by a rule or, without one, walked.
type step struct {
	field int
	rule  rule
	walk  bool
}

// plan returns the fields of a struct that may hold something personal.
func (r *Redactor) plan(t reflect.Type) []step {
	steps, ok := r.plans[t]
	if ok {
		return steps
	}
	r.plans[t] = nil // ends the recursion of a type that contains itself
	for i := range t.NumField() {
		f := t.Field(i)
		rule := ruleOf(t, f.Name)
		switch {
		case !f.IsExported() || rule == keep:
		case rule != unnamed || replaceable(f.Type):
			steps = append(steps, step{field: i, rule: rule})
		case r.personal(f.Type):
			steps = append(steps, step{field: i, walk: true})
		}
	}
	r.plans[t] = steps
	return steps
}

// replaceable reports whether values of a type are texts or addresses.
func replaceable(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[string](), reflect.TypeFor[[]string](), reflect.TypeFor[[]byte](),
		reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.AddrPort]():
		return true
	}
	return t.Kind() == reflect.String
}

// personal reports whether a value of a type may contain something personal.
func (r *Redactor) personal(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return replaceable(t) || r.personal(t.Elem())
	case reflect.Struct:
		return len(r.plan(t)) > 0
	case reflect.String, reflect.Interface, reflect.Map:
		return true
	}
	return false
}

func (r *Redactor) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || !r.personal(v.Type().Elem()) {
			return
		}
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(v.Elem())
		r.walk(to.Elem())
		v.Set(to)
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		to := reflect.New(v.Elem().Type()).Elem()
		to.Set(v.Elem())
		r.walk(to)
		v.Set(to)
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(to, v)
		v.Set(to)
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Struct:
		for _, s := range r.plan(v.Type()) {
			if s.walk {
				r.walk(v.Field(s.field))
			} else {
				r.replace(v.Field(s.field), s.rule)
			}
		}
	case reflect.String:
		r.replace(v, unnamed)
	}
}

// replace replaces the value of a field.
func (r *Redactor) replace(v reflect.Value, by rule) {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = r.text(*p, by)
	case *[]string:
		if by == args && *p != nil {
			*p = r.args(*p)
			return
		}
		list := *p
		if *p = nil; list != nil {
			*p = make([]string, len(list))
		}
		for i, s := range list {
			(*p)[i] = r.text(s, by)
		}
	case *[]byte:
		if *p != nil {
			*p = r.hardware(*p)
		}
	case *netip.Addr:
		*p = r.Addr(*p)
	case *netip.Prefix:
		if by == host {
			*p = r.hostPrefix(*p)
		} else {
			*p = r.Prefix(*p)
		}
	case *netip.AddrPort:
		if p.IsValid() {
			*p = netip.AddrPortFrom(r.Addr(p.Addr()), p.Port())
		}
	case *uint32:
		*p = uint32(r.number(uint64(*p)))
	case *uint64:
		*p = r.number(*p)
	default:
		v.SetString(r.text(v.String(), by))
	}
}

func (r *Redactor) text(s string, by rule) string {
	switch by {
	case text:
		return r.Text(s)
	case digits:
		return r.digits(s)
	case version:
		if strings.Trim(s, "0123456789.") == "" {
			return s
		}
		return r.Text(s)
	case setting:
		return r.setting(s)
	}
	return r.Strict(s)
}

// number returns the pseudonym of a number; 0 is kept.
func (r *Redactor) number(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return max(1, r.hash.sum(domainNumber, binary.LittleEndian.AppendUint64(nil, n))>>32)
}
