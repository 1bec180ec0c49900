package win32

import "testing"

// Every character must be in the code page: most code pages have some Chinese.
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
	// Windows has GB 18030, Wine 8.0 does not. A code page that does not exist can show
	// nothing.
	if has := encodable("a", 54936); encodable(simplified, 54936) != has {
		t.Errorf("code page 54936, which exists (%v), lacks part of Unicode", has)
	}
	if encodable(simplified, 12345) {
		t.Error("a code page that does not exist can show Chinese")
	}
}
