package win32

import (
	"net/netip"
	"strings"

	"netstat"
)

// appliedSetting is an instance of MSFT_NetTCPConnection (WMI, root\StandardCimv2).
type appliedSetting struct {
	local, remote         string // addresses, possibly with a zone
	localPort, remotePort uint16
	setting               int // AppliedSetting, -1 for null
}

// templateNames are the values of AppliedSetting, as Microsoft documents them.
var templateNames = [...]string{"Internet", "Datacenter", "Compat", "InternetCustom", "DatacenterCustom"}

// notApplicable is the template of connections without a setting.
const notApplicable = "Not Applicable"

func templateName(setting int) string {
	switch {
	case setting < 0:
		return notApplicable
	case setting < len(templateNames):
		return templateNames[setting]
	}
	return "" // newer than this program
}

// templateAnswer is an answer of WMI.
type templateAnswer struct {
	settings []appliedSetting
	err      error
}

// readTemplates reads the templates of all connections of both versions of IP at once,
// because WMI is slow. If it fails, the rows have no templates.
func (rd *reading) readTemplates() {
	answer := rd.held
	if answer == nil {
		answer = new(templateAnswer)
		answer.settings, answer.err = rd.api.templates(rd.ctx)
		if rd.need.Then.Protocol == netstat.TCP && rd.need.Then != rd.table {
			rd.source.held = answer
		}
	}
	settings, err := answer.settings, answer.err
	if err != nil {
		rd.warning("read templates of", err)
		return
	}
	rd.templates = make(map[tuple]string, len(settings))
	for i := range settings {
		c := &settings[i]
		local, ok1 := parseAddr(c.local)
		remote, ok2 := parseAddr(c.remote)
		if ok1 && ok2 && local.Is4() == (rd.family == familyInet4) {
			rd.templates[tuple{local, remote, c.localPort, c.remotePort}] = templateName(c.setting)
		}
	}
}

func parseAddr(text string) (netip.Addr, bool) {
	text, _, _ = strings.Cut(text, "%")
	a, err := netip.ParseAddr(text)
	return a, err == nil
}

// variant is the value of a VARIANT.
type variant struct {
	number int64
	null   bool // neither a number nor text
	isText bool // a pointer to text, which the decoder does not follow
}

// Types of VARIANT (wtypes.h) that WMI uses for numbers and texts.
const (
	variantI2   = 2
	variantI4   = 3
	variantBSTR = 8
	variantUI1  = 17
)

// decodeVariant decodes a VARIANT, except for text that it points to.
func decodeVariant(b []byte) variant {
	value := b[variantValue:]
	switch uint16(b[0]) | uint16(b[1])<<8 {
	case variantUI1:
		return variant{number: int64(value[0])}
	case variantI2:
		return variant{number: int64(int16(word(value, 0)))}
	case variantI4:
		return variant{number: int64(int32(word(value, 0)))}
	case variantBSTR:
		return variant{isText: true}
	}
	return variant{null: true}
}

// numberOrNull returns the number, or -1 for null.
func (v *variant) numberOrNull() int {
	if v.null || v.isText {
		return -1
	}
	return int(v.number)
}

// portOrNull returns an unsigned number of 16 bits, which WMI may hand over as a signed
// one of 16 or 32, or -1 for null.
func (v *variant) portOrNull() int {
	if v.null || v.isText {
		return -1
	}
	return int(uint16(v.number))
}
