package options

import "testing"

func TestChinese(t *testing.T) {
	for lang, want := range map[string]bool{
		// Windows' language names, and their identifiers.
		"zh-CN":   true,  // 0x0804
		"zh-SG":   true,  // 0x1004
		"zh-Hans": true,  // 0x0004
		"zh":      true,  // 0x7804
		"zh-TW":   false, // 0x0404
		"zh-HK":   false, // 0x0c04
		"zh-MO":   false, // 0x1404
		"zh-Hant": false, // 0x7c04
		"zh-CHS":  true,
		"zh-CHT":  false,
		"en-US":   false,

		"zh-Hans-CN": true, "zh-Hans-SG": true, "zh-Hans-HK": true, "zh-Hans-MO": true, "zh-Hans-TW": true,
		"zh-Hant-TW": false, "zh-Hant-HK": false, "zh-Hant-MO": false, "zh-Hant-CN": false,
		"zh-cmn-Hans-CN": true, "zh-cmn-Hant-TW": false, "zh-CN-u-nu-hanidec": true,

		// Linux locale names.
		"zh_CN": true, "zh_CN.UTF-8": true, "zh_CN.gb18030": true, "zh_CN.GBK@pinyin": true, "zh_CN@stroke": true,
		"zh_SG.utf8": true, "zh_Hans": true, "zh_Hans_HK.UTF-8": true, "zh.UTF-8": true,
		"zh_TW": false, "zh_TW.UTF-8": false, "zh_TW.Big5": false, "zh_TW@radical": false, "zh_HK.UTF-8": false,
		"zh_HK.big5hkscs": false, "zh_MO.UTF-8": false, "zh_Hant": false, "zh_Hant_HK.UTF-8": false,

		"ZH": true, "ZH_cn": true, "ZH-TW": false, "zh_hant": false, "ZH_HANS_tw": true,

		"": false, "C": false, "C.UTF-8": false, "POSIX": false, "z": false, "de": false, "en_HK.UTF-8": false,
		"zhx": false, "zha_CN": false, ".zh": false, "-zh": false, "_": false, "x-zh": false, "zh-": true, "zh__TW": false,
	} {
		if got := Chinese(lang); got != want {
			t.Errorf("%q: %v", lang, got)
		}
	}
}
