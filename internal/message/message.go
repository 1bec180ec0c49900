// Package message holds what the program says about watching, following, closing and
// signalling: each sentence once, in English and in Chinese. Other errors are in English
// only.
package message

import (
	"errors"
	"fmt"
	"strings"
)

// Text names a sentence of the table texts.
type Text uint8

// In returns the sentence in Chinese or in English, with the arguments in its gaps.
func (t Text) In(chinese bool, args ...string) string {
	text := texts[t].english
	if chinese {
		text = texts[t].chinese
	}
	if len(args) == 0 {
		return text
	}
	list := make([]any, len(args))
	for i := range args {
		list[i] = args[i]
	}
	return fmt.Sprintf(text, list...)
}

// Err returns the sentence as an error.
func (t Text) Err(args ...string) error { return &Error{text: t, args: args} }

// Wrap returns the sentence as an error that wraps cause, whose text fills the last gap.
func (t Text) Wrap(cause error, args ...string) error { return &Error{t, args, cause} }

// Error is a sentence as an error.
type Error struct {
	text  Text
	args  []string
	cause error
}

// Error returns the sentence in English.
func (e *Error) Error() string { return e.Text(false) }

func (e *Error) Unwrap() error { return e.cause }

// Text returns the sentence in Chinese or in English.
func (e *Error) Text(chinese bool) string {
	args := e.args
	if e.cause != nil {
		args = append(args[:len(args):len(args)], In(e.cause, chinese).Error())
	}
	return e.text.In(chinese, args...)
}

// bilingual is an error with a text in both languages.
type bilingual interface {
	error
	Text(chinese bool) string
}

// Bilingual reports whether an error has a Chinese text.
func Bilingual(err error) bool {
	_, ok := err.(bilingual)
	return ok
}

// In returns an error whose text is that of err in a language. Without a Chinese text it
// is err.
func In(err error, chinese bool) error {
	if e, ok := err.(bilingual); ok && chinese {
		return errors.New(e.Text(true))
	}
	return err
}

// Noun is what is counted.
type Noun uint8

const (
	Sockets Noun = iota
	ListeningSockets
	UDPSockets
	Processes
)

var nouns = [...]struct{ one, more, chinese string }{
	Sockets:          {"%d socket", "%d sockets", "%d 个套接字"},
	ListeningSockets: {"%d listening socket", "%d listening sockets", "%d 个监听套接字"},
	UDPSockets:       {"%d UDP socket", "%d UDP sockets", "%d 个 UDP 套接字"},
	Processes:        {"%d process", "%d processes", "%d 个进程"},
}

// Count returns a number of things in words, such as "2 sockets".
func (noun Noun) Count(n int, chinese bool) string {
	text := nouns[noun].more
	switch {
	case chinese:
		text = nouns[noun].chinese
	case n == 1:
		text = nouns[noun].one
	}
	return fmt.Sprintf(text, n)
}

// Chinese returns all Chinese texts, for a terminal that may lack some characters.
func Chinese() string {
	var b strings.Builder
	for i := range texts {
		b.WriteString(texts[i].chinese)
	}
	for i := range nouns {
		b.WriteString(nouns[i].chinese)
	}
	return b.String()
}
