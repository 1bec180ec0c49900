package schema

import "strconv"

// Decimal is a number with a fraction. It prints without an exponent.
type Decimal float64

// String returns the shortest decimal number equal to d.
func (d Decimal) String() string { return strconv.FormatFloat(float64(d), 'f', -1, 64) }

// Value reads any value: as a map[string]any, []any, string, bool, uint64, int64 if
// negative, or Decimal. It calls text for each string and uses the result.
func (r *Reader) Value(text func(string) string) any {
	switch r.peek() {
	case '{':
		object := map[string]any{}
		r.Object(func(key []byte) {
			name := string(key)
			r.keep(itemSize + len(name))
			object[name] = r.Value(text)
		})
		return object
	case '[':
		list := []any{}
		r.Array(func() { list = append(list, r.Value(text)) })
		return list
	case '"':
		return text(r.Text())
	case 't', 'f':
		return r.Bool()
	case 'n':
		r.literal("null")
		return nil
	}
	number := string(r.number())
	if n, err := strconv.ParseUint(number, 10, 64); err == nil {
		return n
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return n
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil && r.err == nil {
		r.Fail("number out of range")
	}
	return Decimal(n)
}

// AppendString appends a text as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte {
	b, _ = appendString(b, s)
	return b
}
