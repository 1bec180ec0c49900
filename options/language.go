package options

import "strings"

// Chinese reports whether a user of the language lang reads Simplified Chinese,
// the only language besides English that texts are in. lang is a language tag
// such as "zh-Hans-HK" or a locale name such as "zh_CN.UTF-8", in either case.
//
// Traditional Chinese does not count: a tag with the script Hant or, without a
// script, the language of Taiwan, Hong Kong and Macau. CHS and CHT are Windows'
// older names of the two scripts.
func Chinese(lang string) bool {
	if i := strings.IndexAny(lang, ".@"); i >= 0 {
		lang = lang[:i]
	}
	subtags := strings.Split(strings.ReplaceAll(strings.ToLower(lang), "_", "-"), "-")
	if subtags[0] != "zh" {
		return false
	}
	traditional := false
	for _, subtag := range subtags[1:] {
		switch subtag {
		case "hans", "chs":
			return true
		case "hant", "cht", "tw", "hk", "mo":
			traditional = true
		}
	}
	return !traditional
}
