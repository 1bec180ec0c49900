package linux

import (
	"encoding/binary"

	"netstat"
)

// Sizes and numbers of include/uapi/linux/ethtool.h.
const (
	driverInfoSize   = 196 // struct ethtool_drvinfo
	linkSettingsSize = 48  // struct ethtool_link_settings without its masks

	speedUnknown = 1<<32 - 1
)

// decodeDriverInfo sets the driver's fields from a struct ethtool_drvinfo: a command, and
// texts of 32 bytes.
func decodeDriverInfo(b []byte, l *netstat.Link) {
	if len(b) < driverInfoSize {
		return
	}
	text := func(at int) string {
		s := string(cString(b[at : at+32]))
		if s == "N/A" {
			return ""
		}
		return s
	}
	l.Driver, l.DriverVersion, l.Firmware, l.BusInfo = text(4), text(36), text(68), text(100)
}

// decodeLinkSettings sets speed and duplex from a struct ethtool_link_settings. The speed
// is a number of megabits per second.
func decodeLinkSettings(b []byte, l *netstat.Link) {
	if len(b) < linkSettingsSize {
		return
	}
	if speed := binary.NativeEndian.Uint32(b[4:]); speed != speedUnknown && speed != 0 {
		l.Numbers.Set(netstat.LinkSpeed, uint64(speed)*1_000_000)
	}
	switch b[8] {
	case 0:
		l.Duplex = netstat.DuplexHalf
	case 1:
		l.Duplex = netstat.DuplexFull
	}
}
