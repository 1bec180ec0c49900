// Package help makes the texts of --help=TOPIC and the examples of help texts, in English
// and in Chinese. The names of fields, columns, states, formats and families come from
// the tables of the packages that define them. Package options has the list of options.
package help

import (
	"slices"
	"strings"
	"unicode/utf8"

	"netstat/fact"
)

// Topic is a topic of --help=TOPIC. The empty Topic is none.
type Topic string

const (
	Filter     Topic = "filter"
	Columns    Topic = "columns"
	States     Topic = "states"
	Formats    Topic = "formats"
	Families   Topic = "families"
	Namespaces Topic = "namespaces"
	Diagnose   Topic = "diagnose"
	Examples   Topic = "examples"
	Topics     Topic = "help" // the list of topics
)

// topics lists all topics except the list itself, in its order.
var topics = [...]struct {
	topic          Topic
	about, aboutZH string
}{
	{Filter, "what --filter accepts: operators, fields, examples", "--filter 的语法: 运算符、示例、字段"},
	{Columns, "what --columns, --sort and --group-by accept", "--columns、--sort、--group-by 可用的列"},
	{States, "what --state accepts, and what each state means", "--state 可用的状态及其含义"},
	{Formats, "what --format accepts", "--format 可用的格式"},
	{Families, "what --family accepts", "--family 可用的地址族"},
	{Namespaces, "what --netns accepts", "--netns 可用的命名空间"},
	{Diagnose, "what --diagnose looks for: each rule, its threshold, its source", "--diagnose 的规则: 信号、阈值、来源"},
	{Examples, "everyday questions and the command lines that answer them", "日常问题与相应的命令行"},
}

// ParseTopic returns the topic with a name, or the only one that begins with it, in any
// case. The error is one line.
func ParseTopic(name string) (Topic, error) {
	var found []Topic
	for i := range topics {
		if strings.HasPrefix(string(topics[i].topic), strings.ToLower(name)) {
			found = append(found, topics[i].topic)
		}
	}
	switch {
	case strings.EqualFold(name, string(Topics)):
		return Topics, nil
	case len(found) == 1:
		return found[0], nil
	}
	return "", &fact.UnknownError{What: "help topic", Name: name, Known: topicNames()}
}

func topicNames() []string {
	names := make([]string, len(topics))
	for i := range topics {
		names[i] = string(topics[i].topic)
	}
	return names
}

// TopicWords returns the topics as a list for readers of English or of Chinese; a line
// may end after each word.
func TopicWords(chinese bool) []string {
	before, between := "explain a topic: ", ", "
	if chinese {
		before, between = "某一主题的说明: ", "、"
	}
	names := topicNames()
	words := slices.Insert(names, 0, before)
	for i := 1; i < len(words)-1; i++ {
		words[i] += between
	}
	return words
}

// Request selects the contents of a text.
type Request struct {
	// View is the view whose columns are explained.
	View fact.View
	// Windows is set for command lines with Microsoft's classic options instead of
	// net-tools'.
	Windows bool
	Chinese bool
	// Namespaces holds a line about each network namespace of this host. It is nil if
	// they cannot be listed.
	Namespaces []string
}

// Section is a part of the text about a topic.
type Section struct {
	Title string
	Items []Item
	// Lines holds the text that follows the items: examples and remarks.
	Lines []string
}

// Item is a name that a topic explains.
type Item struct{ Name, About string }

// Sections returns the text about a topic in parts, without the lists of facts, which
// package fact has.
func Sections(t Topic, r *Request) []Section {
	w := writer{Request: r}
	w.topic(t)
	return w.sections
}

// Text returns the text about a topic. No line is wider than 80 columns.
func Text(t Topic, r *Request) string {
	w := writer{Request: r}
	w.topic(t)
	return w.b.String()
}

func (w *writer) topic(t Topic) {
	switch t {
	case Filter:
		w.filter()
	case Columns:
		w.columns()
	case States:
		w.states()
	case Formats:
		w.formats()
	case Families:
		w.families()
	case Namespaces:
		w.namespaces()
	case Diagnose:
		w.rules()
	case Examples:
		w.examples()
	default:
		w.topics()
	}
}

// width is the width of every text in columns.
const width = 80

// writer builds a text.
type writer struct {
	*Request
	b        strings.Builder
	sections []Section
}

// section returns the section that is being written.
func (w *writer) section() *Section {
	if len(w.sections) == 0 {
		w.sections = append(w.sections, Section{})
	}
	return &w.sections[len(w.sections)-1]
}

// say returns the text in the chosen language.
func (w *writer) say(english, chinese string) string {
	if w.Chinese {
		return chinese
	}
	return english
}

func (w *writer) line(english, chinese string) {
	text := w.say(english, chinese)
	w.b.WriteString(text + "\n")
	s := w.section()
	s.Lines = append(s.Lines, strings.TrimSpace(text))
}

// title begins a section, after a blank line unless it is the first.
func (w *writer) title(english, chinese string) {
	if w.b.Len() > 0 {
		w.b.WriteByte('\n')
	}
	title := w.say(english, chinese)
	w.b.WriteString(title + ":\n")
	w.sections = append(w.sections, Section{Title: title})
}

// item writes a name, padded to a column, and its description, wrapped.
func (w *writer) item(name string, column int, about string) {
	s := w.section()
	s.Items = append(s.Items, Item{name, about})
	text := "  " + name
	w.b.WriteString(text + strings.Repeat(" ", max(column-Width(text), 2)))
	Wrap(&w.b, Words(about), column, width)
}

func (w *writer) topics() {
	w.title("Topics of --help=TOPIC", "--help=主题 的取值")
	for i := range topics {
		w.item(string(topics[i].topic), 14, w.say(topics[i].about, topics[i].aboutZH))
	}
	w.line("\nThe value help shows the same: --filter=help, --columns=help, --state=help, …",
		"\n也可以 help 为选项的值: --filter=help、--columns=help、--state=help 等。")
}

// Words splits a text where a line may end: after blanks and Chinese punctuation.
func Words(text string) (words []string) {
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune(" ，、；。", r) })
		if end < 0 {
			return append(words, text)
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		words, text = append(words, text[:end+size]), text[end+size:]
	}
	return words
}

// Wrap appends words as lines that begin at a column and end before another, with a
// newline. Each word ends with its blank.
func Wrap(b *strings.Builder, words []string, column, end int) {
	line := ""
	for _, word := range words {
		if line != "" && Width(strings.TrimRight(line+word, " ")) > end-column {
			b.WriteString(strings.TrimRight(line, " ") + "\n" + strings.Repeat(" ", column))
			line = ""
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// Width returns the number of terminal columns of a help text: two for each character
// outside ASCII except English punctuation, since all others there are Chinese.
func Width(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}
