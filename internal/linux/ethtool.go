package linux

import (
	"encoding/binary"

	"netstat"
)

// Commands, sizes and numbers of include/uapi/linux/ethtool.h.
const (
	ethtoolGetDriver       = 0x3
	ethtoolGetLinkSettings = 0x4c

	driverInfoSize   = 196 // struct ethtool_drvinfo
	linkSettingsSize = 48  // struct ethtool_link_settings without its masks
	linkMasks        = 3
	linkMaskWords    = 15 // offset of link_mode_masks_nwords
	linkMaskWordsMax = 127

	speedUnknown = 1<<32 - 1
)

// driverRoom is room for the answers of drivers, one interface after another, and what is
// often the same for the next one.
type driverRoom struct {
	info     [driverInfoSize]byte
	settings [linkSettingsSize + linkMasks*4*linkMaskWordsMax]byte
	// words is the number of words of each mask, from the kernel; 0 if unknown.
	words byte
	texts [4]string
}

// ask makes the requests of ethtool(8) and sets what the driver answers. A driver may not
// support a request. request makes one of SIOCETHTOOL, whose struct is b.
func (d *driverRoom) ask(request func(b []byte) error, l *netstat.Link) {
	clear(d.info[:])
	binary.NativeEndian.PutUint32(d.info[:], ethtoolGetDriver)
	if request(d.info[:]) == nil {
		d.decodeInfo(l)
	}
	if d.words == 0 {
		// The first answer has the number of words of the masks that follow the struct, as a
		// negative number; only the second one has the facts (ethtool_get_link_settings).
		if d.askSettings(request, 0) != nil || int8(d.settings[linkMaskWords]) >= 0 {
			return
		}
		d.words = -d.settings[linkMaskWords]
	}
	if d.askSettings(request, d.words) == nil {
		decodeLinkSettings(d.settings[:], l)
	}
}

// askSettings asks for the settings of a link, with masks of this number of words.
func (d *driverRoom) askSettings(request func(b []byte) error, words byte) error {
	clear(d.settings[:linkSettingsSize+linkMasks*4*int(words)])
	binary.NativeEndian.PutUint32(d.settings[:], ethtoolGetLinkSettings)
	d.settings[linkMaskWords] = words
	return request(d.settings[:])
}

// decodeInfo sets the driver's fields from a struct ethtool_drvinfo: a command, and texts of
// 32 bytes.
func (d *driverRoom) decodeInfo(l *netstat.Link) {
	for i := range d.texts {
		text := cString(d.info[4+32*i:][:32])
		if string(text) == "N/A" {
			text = nil
		}
		if d.texts[i] != string(text) {
			d.texts[i] = string(text)
		}
	}
	l.Driver, l.DriverVersion, l.Firmware, l.BusInfo = d.texts[0], d.texts[1], d.texts[2], d.texts[3]
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
