package microsoft

import "testing"

// Only Simplified Chinese is Chinese; all else is English.
func TestTextsOf(t *testing.T) {
	for lang, want := range map[string]*texts{
		"zh-CN": &chinese, "zh_SG.UTF-8": &chinese, "zh-Hans-HK": &chinese, "zh": &chinese,
		"zh-TW": &english, "zh_HK.UTF-8": &english, "zh-MO": &english, "zh-Hant": &english, "zh_Hant_TW": &english,
		"de": &english, "": &english,
	} {
		if textsOf(lang) != want {
			t.Errorf("%q: the other language", lang)
		}
	}
}
