package linux

import (
	"context"
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/if_link.h.
const (
	iflaLinkinfo = 18
	iflaInfoKind = 1
	iflaInfoData = 2
	iflaVRFTable = 1
)

// appendVRFRequest appends a request to dump the VRF devices. A kernel where none was ever
// made dumps all links.
func appendVRFRequest(b []byte, seq uint32) []byte {
	order := binary.NativeEndian
	const size = netlink.AttributeSize
	b = netlink.AppendDumpHeader(b, rtmGetLink, seq, ifinfomsgSize+size+4+size+size+4)
	b = append(b, make([]byte, ifinfomsgSize)...)
	b = order.AppendUint16(order.AppendUint16(b, size+4), iflaExtMask)
	b = order.AppendUint32(b, rtextFilterSkipStats)
	b = order.AppendUint16(order.AppendUint16(b, size+size+4), iflaLinkinfo)
	b = order.AppendUint16(order.AppendUint16(b, size+4), iflaInfoKind)
	return append(b, "vrf\x00"...)
}

// decodeVRF returns the name and the table of a VRF device from the payload of an
// RTM_NEWLINK message. ok is false for another device.
func decodeVRF(b []byte) (name string, table uint32, ok bool) {
	if len(b) < ifinfomsgSize {
		return "", 0, false
	}
	for b = b[ifinfomsgSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, valid := netlink.Attribute(b)
		if !valid {
			return "", 0, false
		}
		switch b = rest; kind {
		case iflaIfname:
			name = terminated(value)
		case iflaLinkinfo:
			table, ok = vrfTable(value)
			if !ok {
				return "", 0, false
			}
		}
	}
	return name, table, ok && name != ""
}

// vrfTable returns the table in IFLA_LINKINFO.
func vrfTable(b []byte) (table uint32, ok bool) {
	isVRF, known := false, false
	for len(b) >= netlink.AttributeSize {
		kind, value, rest, valid := netlink.Attribute(b)
		if !valid {
			return 0, false
		}
		switch b = rest; kind {
		case iflaInfoKind:
			isVRF = terminated(value) == "vrf"
		case iflaInfoData:
			for data := value; len(data) >= netlink.AttributeSize; {
				kind, value, rest, valid := netlink.Attribute(data)
				if !valid {
					return 0, false
				}
				if data = rest; kind == iflaVRFTable && len(value) >= 4 {
					table, known = binary.NativeEndian.Uint32(value), true
				}
			}
		}
	}
	return table, isVRF && known
}

// vrfs returns the names of VRF devices by their tables, with commas between those that
// share one. What cannot be read is reported.
func (s *source) vrfs(ctx context.Context, report func(*netstat.OpError)) map[uint32]string {
	names, err := s.dumpVRFs(ctx)
	if err != nil && report != nil {
		report(&netstat.OpError{Op: "find VRF devices", Err: err})
	}
	return names
}

func (s *source) dumpVRFs(ctx context.Context) (names map[uint32]string, err error) {
	c, err := s.dialRoutes()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	for range dumpTries {
		names = nil
		var again bool
		again, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendVRFRequest(nil, seq) }, rtmNewLink, buf, func(b []byte) bool {
			name, table, ok := decodeVRF(b)
			if !ok {
				return true
			}
			if names == nil {
				names = map[uint32]string{}
			}
			if other := names[table]; other != "" {
				name = other + "," + name
			}
			names[table] = name
			return true
		})
		if !again || err != nil {
			break
		}
	}
	return names, err
}
