package linux

import (
	"bytes"
	"strconv"
)

// routeTableNames holds the names that every system has (RT_TABLE_… of
// include/uapi/linux/rtnetlink.h). Files can add to them: see readRouteTables.
func routeTableNames() map[uint32]string {
	return map[uint32]string{253: "default", rtTableMain: "main", rtTableLocal: "local"}
}

// parseRouteTables adds the names of a file in the format of rt_tables (ip-route(8)): a
// number, decimal or with 0x, and a name on each line; # begins a comment.
func parseRouteTables(b []byte, names map[uint32]string) {
	for line := range bytes.Lines(b) {
		if i := bytes.IndexByte(line, '#'); i >= 0 {
			line = line[:i]
		}
		fields := bytes.Fields(line)
		if len(fields) != 2 {
			continue
		}
		n, err := strconv.ParseUint(string(fields[0]), 0, 32)
		if err == nil && n != 0 {
			names[uint32(n)] = string(fields[1])
		}
	}
}

// routeTables returns the names of routing tables by number.
func (s *source) routeTables() map[uint32]string {
	if s.readRouteTables == nil {
		return routeTableNames()
	}
	return s.readRouteTables()
}
