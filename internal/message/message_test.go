package message

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var gap = regexp.MustCompile(`%(\[\d\])?s`)

// TestTexts requires that each sentence is in both languages, with the same gaps.
func TestTexts(t *testing.T) {
	if len(texts) != int(NameValues)+1 {
		t.Errorf("%d sentences, want %d", len(texts), NameValues+1)
	}
	for i, text := range texts {
		if text.english == "" || strings.ContainsFunc(text.english, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%d: English %q", i, text.english)
		}
		if Text(i) != About && !strings.ContainsFunc(text.chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%d: Chinese %q", i, text.chinese)
		}
		en, zh := gap.FindAllString(text.english, -1), gap.FindAllString(text.chinese, -1)
		if len(en) != len(zh) {
			t.Errorf("%q has %d gaps, %q has %d", text.english, len(en), text.chinese, len(zh))
		}
		args := []string{"one", "two", "three"}[:len(en)]
		for _, chinese := range []bool{false, true} {
			if got := Text(i).In(chinese, args...); strings.Contains(got, "%") {
				t.Errorf("%q", got)
			}
		}
		// A line of a program's input begins with the same word in both languages.
		if word, _, ok := strings.Cut(text.chinese, "（"); ok && Closed <= Text(i) && Text(i) <= Sent && !strings.HasPrefix(text.english, strings.TrimSuffix(word, " ")) {
			t.Errorf("%q and %q begin otherwise", text.english, text.chinese)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		noun    Noun
		n       int
		chinese bool
		want    string
	}{
		{Sockets, 0, false, "0 sockets"},
		{Sockets, 1, false, "1 socket"},
		{Processes, 2, false, "2 processes"},
		{UDPSockets, 1, true, "1 个 UDP 套接字"},
	} {
		if got := c.noun.Count(c.n, c.chinese); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestError(t *testing.T) {
	err := BadValue.Wrap(CloseValues.Err(), "now", "close")
	if got, want := err.Error(), "bad value 'now' for --close: must be yes, or yes,self"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := In(err, true).Error(), "--close 的值 'now' 无效: 只能是 yes 或 yes,self"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if In(err, false) != err || In(fs.ErrExist, true) != fs.ErrExist || Bilingual(fs.ErrExist) || !Bilingual(err) {
		t.Error("the language of an error is not as it should be")
	}
	if err := WatchTerminal.Wrap(fs.ErrExist); !errors.Is(err, fs.ErrExist) || !strings.HasSuffix(In(err, true).Error(), ": file already exists") {
		t.Errorf("%v", In(err, true))
	}
}

// TestChinese requires that a terminal is asked for each character.
func TestChinese(t *testing.T) {
	all := Chinese()
	for _, part := range []string{"关闭 %s？", "权限不足", "只能是 yes 或 yes,self", "%d 个进程"} {
		if !strings.Contains(all, part) {
			t.Errorf("%q is missing", part)
		}
	}
}
