package microsoft

import (
	"reflect"
	"strings"
	"testing"
)

// TestChineseText checks that ChineseText has every text of the language.
func TestChineseText(t *testing.T) {
	all := ChineseText()
	var look func(name string, v reflect.Value)
	look = func(name string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if v.Len() == 0 || !strings.Contains(all, v.String()) {
				t.Errorf("%s: %q is empty or missing", name, v.String())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				look(name+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Array, reflect.Slice:
			for i := range v.Len() {
				look(name, v.Index(i))
			}
		}
	}
	look("chinese", reflect.ValueOf(chinese))
	if !strings.Contains(all, usage(&chinese)) {
		t.Error("the help text is missing")
	}
}

// TestTextsOf checks that only Simplified Chinese gets Chinese text and
// everything else English.
func TestTextsOf(t *testing.T) {
	for lang, want := range map[string]*texts{
		"zh-CN": &chinese, "zh_SG.UTF-8": &chinese, "zh-Hans-HK": &chinese, "zh": &chinese,
		"zh-TW": &english, "zh_HK.UTF-8": &english, "zh-MO": &english, "zh-Hant": &english, "zh_Hant_TW": &english,
		"de": &english, "": &english,
	} {
		if textsOf(lang) != want {
			t.Errorf("%q: wrong language", lang)
		}
	}
}
