package ascii

import "testing"

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "naïve": 5, "名字": 4, "ｆｕ": 4, "e\u0301": 1, "\u200b": 0, "한글": 4, "\u1112\u1161\u11ab": 2, "😀": 2, "\U00020000": 2, "\ufffd": 1, "Ⅳ": 1, "ก็": 1,
	} {
		if got := Width([]byte(text)); got != want {
			t.Errorf("%q takes %d, want %d", text, got, want)
		}
	}
	for i := 1; i < len(wideRunes); i++ {
		if wideRunes[i][0] <= wideRunes[i-1][1] || wideRunes[i][1] < wideRunes[i][0] {
			t.Errorf("ranges %x are out of order", wideRunes[i])
		}
	}
	if cut, width := Cut([]byte("a名字"), 4); string(cut) != "a名" || width != 3 {
		t.Errorf("%q %d", cut, width)
	}
}
