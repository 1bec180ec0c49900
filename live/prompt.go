package live

import (
	"slices"
	"strings"

	"netstat/internal/terminal"
)

// What the user types and chooses from.

// prompt is a line that the user edits.
type prompt struct {
	label string
	text  []rune
	at    int
	done  func(text string) Action
}

// picker is a list to choose from.
type picker struct {
	title string
	items []string
	match []string // items that contain text
	text  string   // what was typed
	at    int
	done  func(item string) Action
}

func (m *Model) pick(title string, items []string, done func(string) Action) {
	m.pane, m.picker = pickPane, &picker{title: title, items: items, match: items, done: done}
}

// keyPrompt edits the line of a prompt.
func (m *Model) keyPrompt(k terminal.Key) Action {
	p := m.prompt
	switch k.Code {
	case terminal.Escape:
		m.prompt = nil
		m.say("", false)
	case terminal.Enter:
		m.prompt = nil
		m.say("", false)
		return p.done(string(p.text))
	case terminal.Backspace:
		if p.at > 0 {
			p.at--
			p.text = slices.Delete(p.text, p.at, p.at+1)
		}
	case terminal.Delete:
		if p.at < len(p.text) {
			p.text = slices.Delete(p.text, p.at, p.at+1)
		}
	case terminal.Erase:
		p.text, p.at = nil, 0
	case terminal.Left:
		p.at = max(p.at-1, 0)
	case terminal.Right:
		p.at = min(p.at+1, len(p.text))
	case terminal.Home:
		p.at = 0
	case terminal.End:
		p.at = len(p.text)
	case terminal.Char:
		p.text = slices.Insert(p.text, p.at, k.Rune)
		p.at++
	}
	return Action{}
}

// keyPicker moves in a list, and narrows it to the items that contain what is typed.
func (m *Model) keyPicker(k terminal.Key) Action {
	p := m.picker
	switch k.Code {
	case terminal.Escape:
		m.pane = tablePane
	case terminal.Enter:
		m.pane = tablePane
		if p.at < len(p.match) {
			return p.done(p.match[p.at])
		}
	case terminal.Up:
		p.at--
	case terminal.Down:
		p.at++
	case terminal.PageUp:
		p.at -= m.height()
	case terminal.PageDown:
		p.at += m.height()
	case terminal.Home:
		p.at = 0
	case terminal.End:
		p.at = len(p.match)
	case terminal.Backspace:
		if n := len(p.text); n > 0 {
			p.narrow(p.text[:n-1])
		}
	case terminal.Erase:
		p.narrow("")
	case terminal.Char:
		if k.Rune > ' ' && k.Rune < 0x7f {
			p.narrow(p.text + string(k.Rune))
		}
	}
	p.at = max(min(p.at, len(p.match)-1), 0)
	return Action{}
}

// narrow keeps the items that contain a text, those that begin with it first.
func (p *picker) narrow(text string) {
	p.text, p.match, p.at = text, nil, 0
	var others []string
	for _, item := range p.items {
		switch {
		case strings.HasPrefix(item, text):
			p.match = append(p.match, item)
		case strings.Contains(item, text):
			others = append(others, item)
		}
	}
	p.match = append(p.match, others...)
}
