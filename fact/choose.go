package fact

import (
	"errors"
	"slices"
	"strings"
)

// Has reports whether a list has the fact with this name.
func Has(list []Fact, name string) bool {
	return slices.ContainsFunc(list, func(f Fact) bool { return f.Name == name })
}

// Choose parses the value of --columns: names separated by commas. +name adds a column
// unless it is already in the list, and -name removes one. A value that begins with
// either starts from the normal columns, which "default" also stands for. named returns
// the columns that the value adds by name. find returns the columns that any other name
// stands for.
func Choose(value string, normal []Fact, find func(name string) ([]Fact, error)) (list, named []Fact, err error) {
	signed := false // the first name has a sign: later ones without one are added too
	for i, name := range strings.Split(value, ",") {
		name = strings.TrimSpace(name)
		sign := byte(0)
		if name != "" && (name[0] == '+' || name[0] == '-') {
			sign, name = name[0], strings.TrimSpace(name[1:])
		}
		if i == 0 && sign != 0 {
			list, signed = slices.Clone(normal), true
		}
		found := normal
		if !strings.EqualFold(name, "default") {
			if found, err = find(name); err != nil {
				return nil, nil, err
			}
		}
		for _, f := range found {
			switch {
			case sign == '-':
				list = slices.DeleteFunc(list, func(other Fact) bool { return other.Name == f.Name })
			case sign == 0 && !signed || !Has(list, f.Name):
				list = append(list, f)
			}
		}
		if sign != '-' {
			named = append(named, found...)
		}
	}
	if len(list) == 0 {
		return nil, nil, errors.New("--columns takes all columns away")
	}
	return list, named, nil
}
