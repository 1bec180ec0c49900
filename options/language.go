package options

import "strings"

// Chinese reports whether a user of the language lang reads Simplified
// Chinese, the one language other than English that texts are in. lang is a
// language tag such as "zh-Hans-HK" or the name of a locale such as
// "zh_CN.UTF-8", in any case.
//
// Traditional Chinese is not Simplified Chinese: it is what a tag says with the
// script Hant, and without a script what Taiwan, Hong Kong and Macau write. CHS
// and CHT are Windows' older names of the two scripts.
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
