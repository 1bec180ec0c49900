package win32

import (
	"net/netip"
	"strings"

	"netstat"
)

// appliedSetting is what an instance of MSFT_NetTCPConnection (WMI,
// root\StandardCimv2) says.
type appliedSetting struct {
	local, remote         string // addresses, perhaps with a zone
	localPort, remotePort uint16
	setting               int // AppliedSetting, -1 for null
}

// templateNames are the values of AppliedSetting, as Microsoft documents them.
var templateNames = [...]string{"Internet", "Datacenter", "Compat", "InternetCustom", "DatacenterCustom"}

// notApplicable is what connections have that no setting applies to.
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

// templateAnswer is what WMI had to say.
type templateAnswer struct {
	settings []appliedSetting
	err      error
}

// readTemplates asks for the templates of all connections, of both versions of
// IP at once: WMI takes its time. Where that fails the rows come without.
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
		rd.flaw("read templates of", err)
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

// variant is what a VARIANT holds.
type variant struct {
	number int64
	null   bool // neither a number nor text
	isText bool // a pointer to text, which the decoder does not follow
}

// Types of VARIANT (wtypes.h) that WMI has numbers and texts in.
const (
	variantI2   = 2
	variantI4   = 3
	variantBSTR = 8
	variantUI1  = 17
)

// decodeVariant decodes a VARIANT but for the text that it may point to.
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

// numberOrNull is the number, -1 for none.
func (v *variant) numberOrNull() int {
	if v.null || v.isText {
		return -1
	}
	return int(v.number)
}
