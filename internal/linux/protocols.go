package linux

import "bytes"

// readProtocols reads the format of /proc/net/protocols (proto_seq_printf in
// net/core/sock.c): a header, and a line for each protocol with its name, the size of a
// socket and the number of sockets. It calls put with the name and the number until put
// returns false, and returns the first malformed line.
//
//	protocol  size sockets  memory press maxhdr  slab module     cl co di …
//	UNIX      1152      3      -1   NI       0   yes  kernel      n  n  n …
func readProtocols(b []byte, put func(name []byte, sockets uint64) bool) (bogus []byte) {
	_, lines, _ := bytes.Cut(b, []byte("\n"))
	for line := range bytes.Lines(lines) {
		line = bytes.TrimRight(line, "\n")
		var columns [3][]byte
		n := 0
		for field := range bytes.FieldsSeq(line) {
			if columns[n] = field; n == len(columns)-1 {
				n++
				break
			}
			n++
		}
		if n == 0 {
			continue
		}
		sockets, rest, ok := scanCounter(columns[2])
		if n < len(columns) || !ok || len(rest) > 0 || columns[2][0] == '-' {
			if bogus == nil {
				bogus = line
			}
			continue
		}
		if !put(columns[0], sockets) {
			break
		}
	}
	return bogus
}
