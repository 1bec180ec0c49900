package render

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/template"

	"netstat/internal/ascii"
	"netstat/schema"
)

// The functions that templates have in addition to those of text/template.

// templateShow is the function appended to every action. It shows an absent
// field as nothing, and a list of plain values with commas between them.
const templateShow = "_show"

func showAbsent(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		for _, item := range v {
			switch item.(type) {
			case []any, map[string]any:
				return v
			}
		}
		text, _ := templateJoin(",", v)
		return text
	}
	return v
}

// templateDefault returns v, or other if v is absent or empty.
func templateDefault(other, v any) any {
	if truth, ok := template.IsTrue(v); v == nil || !truth && ok && v != any(false) && !isZeroNumber(v) {
		return other
	}
	return v
}

// isZeroNumber reports whether v is a number. It is called only for zero
// values: a 0 is not absent.
func isZeroNumber(v any) bool {
	switch v.(type) {
	case uint64, int64, schema.Decimal:
		return true
	}
	return false
}

// templateLen is text/template's len, but returns 0 for an absent value.
func templateLen(v any) (int, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		return len(v), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return 0, errors.New("len needs a list, an object or a string")
}

// templateIndex is text/template's index for lists and objects, but returns an
// absent value for an element of an absent value or beyond the end.
func templateIndex(v any, keys ...any) (any, error) {
	for _, key := range keys {
		switch in := v.(type) {
		case nil:
			return nil, nil
		case []any:
			i, ok := listIndex(key)
			if !ok {
				return nil, errors.New("index needs a number for a list")
			}
			if v = nil; i < uint64(len(in)) {
				v = in[i]
			}
		case map[string]any:
			name, ok := key.(string)
			if !ok {
				return nil, errors.New("index needs a field name for an object")
			}
			v = in[name]
		default:
			return nil, errors.New("index needs a list or an object")
		}
	}
	return v, nil
}

// listIndex returns an index into a list. A negative number becomes an index
// beyond the end of any list.
func listIndex(key any) (uint64, bool) {
	switch key := key.(type) {
	case int:
		return uint64(key), true
	case int64:
		return uint64(key), true
	case uint64:
		return key, true
	}
	return 0, false
}

// templatePrint prints arguments, absent ones as nothing. The size of text is
// limited, since a template could double it repeatedly.
func templatePrint(args []any, print func(...any) string) (string, error) {
	size := 0
	for i, arg := range args {
		switch arg := arg.(type) {
		case nil:
			args[i] = absentArg{}
		case string:
			size += len(arg)
		}
	}
	if size > templateLimit {
		return "", errTemplateLimit
	}
	return print(args...), nil
}

// absentArg prints as nothing, padded to the width of its verb.
type absentArg struct{}

func (absentArg) Format(s fmt.State, _ rune) {
	if width, ok := s.Width(); ok {
		_, _ = s.Write(ascii.AppendBlanks(nil, width))
	}
}

// templateJoin joins a list, or one field of each object in it, with a
// separator: join "," .flags, join "," "name" .owners.
func templateJoin(separator string, args ...any) (string, error) {
	field := ""
	switch len(args) {
	case 1:
	case 2:
		name, ok := args[0].(string)
		if !ok {
			return "", errors.New("join needs a separator, optionally a field name, and a list")
		}
		field = name
	default:
		return "", errors.New("join needs a separator, optionally a field name, and a list")
	}
	if args[len(args)-1] == nil {
		return "", nil
	}
	list, ok := args[len(args)-1].([]any)
	if !ok {
		return "", errors.New("join needs a list")
	}
	var b []byte
	for i, item := range list {
		if field != "" {
			object, ok := item.(map[string]any)
			if !ok {
				return "", errors.New("join needs a list of objects for a field")
			}
			item = object[field]
		}
		if i > 0 {
			b = append(b, separator...)
		}
		b = appendPlain(b, item)
	}
	return string(b), nil
}

// appendPlain appends a value of a template as text.
func appendPlain(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
	case string:
		b = append(b, v...)
	default:
		b = appendValueJSON(b, v)
	}
	return b
}

// templateJSON returns a value as JSON.
func templateJSON(v any) string { return string(appendValueJSON(nil, v)) }

func appendValueJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return schema.AppendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case schema.Decimal:
		return append(b, v.String()...)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValueJSON(b, item)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for i, key := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(schema.AppendString(b, key), ':')
			b = appendValueJSON(b, v[key])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}
