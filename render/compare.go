package render

import (
	"cmp"
	"errors"
	"text/template"

	"netstat/schema"
)

// templateComparisons returns the comparison functions of templates. Unlike
// those of text/template, they compare whole with decimal numbers, since a
// number of seconds may be either. An absent field is not equal to, less than
// or greater than any value.
func templateComparisons() template.FuncMap {
	return template.FuncMap{
		"eq": func(a any, others ...any) (bool, error) {
			if len(others) == 0 {
				return false, errors.New("missing argument for comparison")
			}
			for _, b := range others {
				n, known, err := compareValues(a, b)
				if err != nil || known && n == 0 {
					return err == nil, err
				}
			}
			return false, nil
		},
		"ne": func(a, b any) (bool, error) {
			n, known, err := compareValues(a, b)
			return err == nil && (!known || n != 0), err
		},
		"lt": comparison(func(n int) bool { return n < 0 }),
		"le": comparison(func(n int) bool { return n <= 0 }),
		"gt": comparison(func(n int) bool { return n > 0 }),
		"ge": comparison(func(n int) bool { return n >= 0 }),
	}
}

func comparison(holds func(n int) bool) func(a, b any) (bool, error) {
	return func(a, b any) (bool, error) {
		n, known, err := compareValues(a, b)
		return known && holds(n), err
	}
}

// compareValues compares two numbers, texts or booleans. known is false if one
// of them is absent.
func compareValues(a, b any) (n int, known bool, err error) {
	if a == nil || b == nil {
		return 0, false, nil
	}
	if x, ok := numberOf(a); ok {
		if y, ok := numberOf(b); ok {
			return x.compare(y), true, nil
		}
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b), true, nil
		}
	case bool:
		if b, ok := b.(bool); ok {
			if a == b {
				return 0, true, nil
			}
			return 1, true, nil
		}
	}
	return 0, false, errors.New("values of different types cannot be compared")
}

// aNumber is a number in a template: an integer with a separate sign, or a
// decimal number.
type aNumber struct {
	size     uint64
	negative bool
	decimal  bool
	value    float64
}

func numberOf(v any) (n aNumber, ok bool) {
	whole := func(i int64) aNumber {
		if i < 0 {
			return aNumber{size: -uint64(i), negative: true, value: float64(i)}
		}
		return aNumber{size: uint64(i), value: float64(i)}
	}
	switch v := v.(type) {
	case uint64:
		return aNumber{size: v, value: float64(v)}, true
	case int64:
		return whole(v), true
	case int:
		return whole(int64(v)), true
	case float64:
		return aNumber{decimal: true, value: v}, true
	case schema.Decimal:
		return aNumber{decimal: true, value: float64(v)}, true
	}
	return aNumber{}, false
}

func (n aNumber) compare(m aNumber) int {
	switch {
	case n.decimal || m.decimal:
		return cmp.Compare(n.value, m.value)
	case n.negative && m.negative:
		return cmp.Compare(m.size, n.size)
	case n.negative:
		return -1
	case m.negative:
		return 1
	}
	return cmp.Compare(n.size, m.size)
}
