package live

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/internal/message"
	"netstat/internal/terminal"
	"netstat/render"
	"netstat/report"
)

// keepRows is the least number of rows that a round keeps, so that the user can look
// through them.
const keepRows = 1000

// Config holds what a Model shows and does not change.
type Config struct {
	Host    string
	Period  time.Duration // time between rounds
	Chinese bool          // texts are in Chinese
	// Fixed is set if the host is a snapshot, which does not change.
	Fixed bool
	// Rounds is the number of rounds if the host is a record, and First the index of the
	// one that is shown first. Keys step through them.
	Rounds, First int
}

// Action is what a key asks for and the Model cannot do itself.
type Action struct {
	Kind ActionKind
	Text string      // for Copy and Save
	Live report.Live // for Ask
	Row  *Row        // for Close
}

// ActionKind is the type of an Action.
type ActionKind uint8

const (
	Nothing ActionKind = iota
	Quit
	Ask        // change what the rounds show to Action.Live
	Read       // read a round now
	Copy       // copy Action.Text
	Save       // save the rows to the file Action.Text
	AskToClose // call Model.AskToClose
	Close      // close the socket of Action.Row
	Redraw     // write the whole screen again
)

// pane is what the screen shows.
type pane uint8

const (
	tablePane pane = iota
	detailsPane
	helpPane
	pickPane
)

// Model is what the screen shows, and what keys do. It must be used by one goroutine.
type Model struct {
	config     Config
	cols, rows int
	round      *Round
	wait       time.Duration // time to the next round
	step       int           // index of the round of a record

	pane   pane
	paused bool
	// top is the first visible row, at the selected one, and left the number of columns
	// that are scrolled out. followed is the identity of the selected row once the user
	// has moved the selection, else 0.
	top, at, left int
	followed      uint64
	toEnd         bool // select the last row of the next round
	keep          int
	widths        map[string]int // widths of columns, which only grow

	prompt   *prompt
	question *question
	picker   *picker
	details  details
	scroll   int // first line of the help

	message string
	failed  bool   // message is an error
	problem string // of the round
}

// details is the pane about one row.
type details struct {
	id     uint64
	row    *Row
	closed bool
	scroll int
}

// NewModel returns a Model without a round.
func NewModel(c Config, cols, rows int) *Model {
	m := &Model{config: c, keep: keepRows, wait: c.Period, step: c.First}
	m.Resize(cols, rows)
	return m
}

// Resize sets the size of the screen.
func (m *Model) Resize(cols, rows int) {
	m.cols, m.rows = max(cols, 1), max(rows, 1)
	m.widths = make(map[string]int)
	m.clamp()
}

// Window returns what the next round must hold.
func (m *Model) Window() Window {
	w := Window{First: m.top, Count: m.height(), Keep: max(m.keep, m.top+3*m.height())}
	if m.pane == detailsPane {
		w.Details = m.details.id
	}
	return w
}

// Paused reports whether rounds are not shown.
func (m *Model) Paused() bool { return m.paused }

// Round returns the round that is shown, or nil.
func (m *Model) Round() *Round { return m.round }

// Update shows a round. wait is the time to the next one.
func (m *Model) Update(r *Round, wait time.Duration) {
	if m.paused && m.round != nil && m.round.Live == r.Live {
		return
	}
	if m.round == nil || m.round.Live != r.Live {
		m.widths = make(map[string]int)
	}
	m.round, m.wait = r, wait
	problem := ""
	if len(r.Problems) > 0 {
		problem = string(ascii.AppendSafe(nil, message.In(r.Problems[0], m.config.Chinese).Error()))
		if more := len(r.Problems) - 1; more > 0 {
			problem += " (" + strconv.Itoa(more) + m.text(" more)", " 条未显示)")
		}
	}
	// A problem stays until a key is pressed or it is gone.
	if problem != m.problem && (problem != "" || m.message == m.problem) {
		m.say(problem, problem != "")
	}
	m.problem = problem
	if m.followed != 0 {
		if i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.ID == m.followed }); i >= 0 {
			m.at = i
		}
	}
	if m.toEnd {
		m.toEnd = false
		m.move(len(r.Rows) - 1)
	}
	if m.pane == detailsPane && r.Asked == m.details.id {
		m.details.closed = r.Details == nil
		if r.Details != nil {
			m.details.row = r.Details
		}
	}
	m.clamp()
}

// Say shows a line about what was done; failed is set if it is an error.
func (m *Model) Say(text string, failed bool) {
	m.say(string(ascii.AppendSafe(nil, text)), failed)
}

func (m *Model) say(text string, failed bool) { m.message, m.failed = text, failed }

// height returns the number of rows of the table that fit.
func (m *Model) height() int { return max(m.rows-3, 1) }

// clamp keeps the selection and the visible rows within the table.
func (m *Model) clamp() {
	n := 0
	if m.round != nil {
		n = len(m.round.Rows)
	}
	m.at = max(min(m.at, n-1), 0)
	h := m.height()
	m.top = max(min(m.top, m.at), m.at-h+1)
	m.top = max(min(m.top, n-h), 0)
}

// selected returns the selected row, or nil.
func (m *Model) selected() *Row {
	if m.round == nil || m.at >= len(m.round.Rows) {
		return nil
	}
	return &m.round.Rows[m.at]
}

// move moves the selection to a row.
func (m *Model) move(to int) {
	m.at = to
	m.clamp()
	if row := m.selected(); row != nil {
		m.followed = row.ID
	}
	if to <= 0 {
		m.followed, m.keep = 0, keepRows
	}
	if m.round != nil && to >= len(m.round.Rows) && len(m.round.Rows) < m.round.Total {
		m.keep = len(m.round.Rows) + keepRows
		if m.paused {
			m.say(m.text("more rows are not kept while paused", "暂停期间不保留更多的行"), false)
		}
	}
}

// end moves the selection to the last row, which may have to be read.
func (m *Model) end() Action {
	if m.round == nil {
		return Action{}
	}
	m.move(len(m.round.Rows))
	if m.paused || len(m.round.Rows) >= m.round.Total {
		return Action{}
	}
	m.keep, m.toEnd = m.round.Total, true
	return Action{Kind: Read}
}

// text returns a text in the language of the user.
func (m *Model) text(en, zh string) string {
	if m.config.Chinese {
		return zh
	}
	return en
}

// command is a key of the table.
type command struct {
	key   rune
	name  string // of the key, if it is no character
	about string
	zh    string
	do    func(m *Model) Action
}

// commands is the contents page of the keys that act on the table or its selected row.
func (m *Model) commands() []command {
	if m.config.Rounds > 0 {
		return append(stepCommands(), tableCommands()...)
	}
	return tableCommands()
}

// stepCommands lists the keys for a record.
func stepCommands() []command {
	return []command{
		{'[', "[", "ten rounds back", "后退十轮", func(m *Model) Action { return m.stepBy(-10) }},
		{']', "]", "ten rounds forward", "前进十轮", func(m *Model) Action { return m.stepBy(10) }},
		{'<', "<", "scroll columns left", "向左滚动列", func(m *Model) Action { return m.scrollBy(-1) }},
		{'>', ">", "scroll columns right", "向右滚动列", func(m *Model) Action { return m.scrollBy(1) }},
	}
}

func tableCommands() []command {
	return []command{
		{'/', "/", "filter, in the grammar of --filter; empty for none", "过滤，语法同 --filter；留空则不过滤", (*Model).filter},
		{'s', "s", "sort by a column; the same again reverses", "按某列排序；再选同一列则反序", (*Model).sort},
		{'g', "g", "group by process, remote address, state, unit or container", "按进程、远端地址、状态、单元或容器分组", (*Model).group},
		{'\r', "Enter", "details of the selected row", "所选行的详情", (*Model).open},
		{' ', "space", "pause, or continue", "暂停或继续", (*Model).pause},
		{'y', "y", "copy the selected row to the clipboard of the terminal", "将所选行复制到终端剪贴板", (*Model).copy},
		{'e', "e", "save the rows as NDJSON", "将各行存为 NDJSON", (*Model).save},
		{'K', "K", "close the socket of the selected row, after a question", "询问后关闭所选行的套接字", func(*Model) Action { return Action{Kind: AskToClose} }},
		{'?', "?", "this help", "本帮助", (*Model).help},
		{'q', "q", "quit", "退出", func(*Model) Action { return Action{Kind: Quit} }},
	}
}

// Key does what a key asks for.
func (m *Model) Key(k terminal.Key) Action {
	switch k.Code {
	case terminal.Interrupt:
		return Action{Kind: Quit}
	case terminal.Redraw:
		return Action{Kind: Redraw}
	}
	switch {
	case m.question != nil:
		return m.keyQuestion(k)
	case m.prompt != nil:
		return m.keyPrompt(k)
	case m.pane == pickPane:
		return m.keyPicker(k)
	case m.pane == detailsPane:
		return m.keyDetails(k)
	case m.pane == helpPane:
		return m.keyHelp(k)
	}
	switch k.Code {
	case terminal.Up:
		m.move(m.at - 1)
	case terminal.Down:
		m.move(m.at + 1)
	case terminal.PageUp:
		m.move(max(m.at-m.height(), 0))
	case terminal.PageDown:
		m.move(m.at + m.height())
	case terminal.Home:
		m.move(0)
	case terminal.End:
		return m.end()
	case terminal.Left, terminal.Right:
		by := 1
		if k.Code == terminal.Left {
			by = -1
		}
		if m.config.Rounds > 0 {
			return m.stepBy(by)
		}
		return m.scrollBy(by)
	case terminal.Enter:
		return m.command('\r')
	case terminal.Char:
		return m.command(k.Rune)
	}
	return Action{}
}

func (m *Model) command(key rune) Action {
	for _, c := range m.commands() {
		if c.key == key {
			m.say("", false)
			return c.do(m)
		}
	}
	return Action{}
}

// live returns what the shown rows answer.
func (m *Model) live() report.Live {
	if m.round == nil {
		return report.Live{}
	}
	return m.round.Live
}

func (m *Model) filter() Action {
	text := []rune(m.live().Filter)
	m.prompt = &prompt{label: m.text("filter: ", "过滤: "), text: text, at: len(text), done: func(text string) Action {
		live := m.live()
		live.Filter = strings.TrimSpace(text)
		m.followed, m.at, m.top = 0, 0, 0
		return Action{Kind: Ask, Live: live}
	}}
	return Action{}
}

func (m *Model) sort() Action {
	if m.round == nil {
		return Action{}
	}
	items := []string{report.NoneLive}
	add := func(facts []fact.Fact) {
		for i := range facts {
			if !slices.Contains(items, facts[i].Name) {
				items = append(items, facts[i].Name)
			}
		}
	}
	add(m.round.Columns)
	all := fact.Of(fact.Sockets)
	if m.round.GroupBy == "" {
		add(all)
	}
	m.pick(m.text("sort by", "排序依据"), items, func(name string) Action {
		live := m.live()
		live.Sort = name
		column := fact.Named(m.round.Columns, name)
		if column == nil {
			column = fact.Named(all, name)
		}
		// Of numbers, the greatest ones matter.
		if column != nil && render.IsNumber(column.Kind) {
			live.Sort = "-" + name
		}
		if m.round.Sort == live.Sort && column != nil {
			live.Sort = strings.TrimPrefix("-"+live.Sort, "--")
		}
		m.followed, m.at, m.top = 0, 0, 0
		return Action{Kind: Ask, Live: live}
	})
	return Action{}
}

// groups lists the facts that the key g groups by.
func groups() []string {
	return []string{report.NoneLive, "process", "remote_address", "state", "unit", "container"}
}

func (m *Model) group() Action {
	m.pick(m.text("group by", "分组依据"), groups(), func(name string) Action {
		live := m.live()
		live.GroupBy, live.Sort = name, ""
		if name != report.NoneLive && m.round != nil && m.round.Sort != "" {
			live.Sort = report.NoneLive // an order of sockets is none of groups
		}
		m.followed, m.at, m.top = 0, 0, 0
		return Action{Kind: Ask, Live: live}
	})
	return Action{}
}

func (m *Model) open() Action {
	row := m.selected()
	if row == nil {
		return Action{}
	}
	m.pane, m.details = detailsPane, details{id: row.ID, row: row}
	if m.paused {
		return Action{}
	}
	return Action{Kind: Read}
}

func (m *Model) pause() Action {
	m.paused = !m.paused
	if m.paused {
		return Action{}
	}
	return Action{Kind: Read}
}

func (m *Model) copy() Action {
	row := m.selected()
	if row == nil {
		return Action{}
	}
	var b []byte
	for i := range m.round.Columns {
		if i > 0 {
			b = append(b, "  "...)
		}
		b = render.AppendCell(b, &m.round.Columns[i], &row.Record)
	}
	return Action{Kind: Copy, Text: string(b)}
}

func (m *Model) save() Action {
	if m.round == nil {
		return Action{}
	}
	text := []rune("netstat-" + m.round.At.Format("20060102-150405") + ".ndjson")
	m.prompt = &prompt{label: m.text("save as: ", "存为: "), text: text, at: len(text), done: func(text string) Action {
		if text = strings.TrimSpace(text); text == "" {
			return Action{}
		}
		return Action{Kind: Save, Text: text}
	}}
	return Action{}
}

func (m *Model) help() Action {
	m.pane, m.scroll = helpPane, 0
	return Action{}
}

func (m *Model) keyDetails(k terminal.Key) Action {
	if m.leaves(k) {
		return Action{}
	}
	m.details.scroll = scrolled(k, m.details.scroll, m.rows, len(m.detailLines()))
	if k == (terminal.Key{Rune: ' '}) {
		return m.pause()
	}
	return Action{}
}

func (m *Model) keyHelp(k terminal.Key) Action {
	if m.leaves(k) {
		return Action{}
	}
	m.scroll = scrolled(k, m.scroll, m.rows, len(m.helpLines()))
	return Action{}
}

// leaves returns to the table for a key that closes a pane, and reports whether it did.
func (m *Model) leaves(k terminal.Key) bool {
	if k.Code == terminal.Escape || k.Code == terminal.Enter || k.Code == terminal.Char && (k.Rune == 'q' || k.Rune == '?') {
		m.pane = tablePane
		return true
	}
	return false
}

// scrolled returns the first line of a text of n lines after a key.
func scrolled(k terminal.Key, first, rows, n int) int {
	page := max(rows-2, 1)
	switch k.Code {
	case terminal.Up:
		first--
	case terminal.Down:
		first++
	case terminal.PageUp:
		first -= page
	case terminal.PageDown:
		first += page
	case terminal.Home:
		first = 0
	case terminal.End:
		first = n
	}
	return max(min(first, n-page), 0)
}
