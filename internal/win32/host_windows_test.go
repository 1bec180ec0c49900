package win32

import "testing"

// A code page is asked for every character: most of them have some Chinese.
func TestWindowsEncodable(t *testing.T) {
	const simplified, shared = "活动连接", "中文 (100%)?"
	for page, want := range map[uint32][2]bool{
		936: {true, true}, 65001: {true, true},
		950: {false, true}, 932: {false, true}, // 活 and 动 or 连 are not in both
		437: {false, false}, 850: {false, false}, 1252: {false, false},
	} {
		if got := [2]bool{encodable(simplified, page), encodable(shared, page)}; got != want {
			t.Errorf("code page %d: %v, want %v", page, got, want)
		}
		if !encodable("", page) || !encodable("a?b", page) {
			t.Errorf("code page %d lacks ASCII", page)
		}
	}
	// Windows has GB 18030, Wine 8.0 does not. In a code page that is not there
	// nothing can be shown.
	if has := encodable("a", 54936); encodable(simplified, 54936) != has {
		t.Errorf("code page 54936, which is here (%v), has not all of Unicode", has)
	}
	if encodable(simplified, 12345) {
		t.Error("a code page that does not exist has Chinese")
	}
}
