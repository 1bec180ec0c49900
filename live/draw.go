package live

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/internal/message"
	"netstat/render"
)

// Screen returns what the terminal shows.
func (m *Model) Screen() *Screen {
	s := &Screen{Cols: m.cols, Rows: m.rows}
	legend := ""
	switch m.pane {
	case helpPane:
		m.lines(s, m.text("Keys", "按键"), m.helpLines(), m.scroll)
	case detailsPane:
		title := m.text("Details", "详情")
		switch {
		case m.details.closed:
			title += m.text(": closed, last values", ": 已关闭，最后的值")
		case m.paused:
			title += m.text(": paused", ": 已暂停")
		}
		m.lines(s, title, m.detailLines(), m.details.scroll)
	case pickPane:
		m.drawPicker(s)
	default:
		legend = m.drawTable(s)
	}
	style, text := m.status()
	most := 1
	if style == Dim {
		text = legend + text
	}
	if m.question != nil || m.message != "" {
		most = max(m.rows/2, 1)
	}
	status := wrap(text, m.cols, most)
	above := max(m.rows-len(status), 0)
	for len(s.Lines) < above {
		s.add(Plain, "")
	}
	s.Lines = s.Lines[:above]
	for _, line := range status {
		s.add(style, line)
	}
	if m.prompt != nil {
		m.drawPrompt(s)
	}
	return s
}

// wrap breaks a text into at most most lines of cols columns. If it is longer, the last
// line is wider.
func wrap(text string, cols, most int) (lines []string) {
	for len(lines) < most-1 {
		line, _ := ascii.Cut([]byte(text), cols)
		if len(line) == 0 || len(line) == len(text) { // no room for a character, or all
			break
		}
		// Break between words, unless that leaves a line half empty.
		n := len(line)
		if at := strings.LastIndexByte(text[:n+1], ' '); at > n/2 {
			n = at
		}
		lines = append(lines, text[:n])
		text = strings.TrimPrefix(text[n:], " ")
	}
	return append(lines, text)
}

// lines draws a text with a title.
func (m *Model) lines(s *Screen, title string, lines []string, first int) {
	s.add(Title, title)
	for _, line := range lines[min(first, len(lines)):] {
		s.add(Plain, line)
	}
}

// status returns what the last lines show: a question, a message or the most important
// keys.
func (m *Model) status() (Style, string) {
	switch {
	case m.prompt != nil:
		return Plain, ""
	case m.question != nil:
		return Title, m.question.text
	case m.message != "":
		if m.failed {
			return Failure, m.message
		}
		return Plain, m.message
	case m.pane != tablePane:
		return Dim, m.text("Esc back", "Esc 返回")
	case m.config.Rounds > 0:
		return Dim, m.text("q quit  ? help  ←→ round  [] ten  / filter  s sort  g group  Enter details", "q 退出  ? 帮助  ←→ 轮次  [] 十轮  / 过滤  s 排序  g 分组  Enter 详情")
	}
	return Dim, m.text("q quit  ? help  / filter  s sort  g group  Enter details  space pause  K close", "q 退出  ? 帮助  / 过滤  s 排序  g 分组  Enter 详情  空格 暂停  K 关闭")
}

// drawPrompt draws the line that is edited, in the last line.
func (m *Model) drawPrompt(s *Screen) {
	p := m.prompt
	row := len(s.Lines) - 1
	before := ascii.Width([]byte(p.label)) + ascii.Width(safe(string(p.text[:p.at])))
	text := p.label + string(safe(string(p.text)))
	for before >= m.cols { // show the end of a long line
		_, n := ascii.Cut([]byte(text), 1)
		cut := runeAt(text)
		text, before = text[cut:], before-max(n, 1)
	}
	s.Lines[row] = []Span{{text, Plain}}
	s.Prompt, s.CursorRow, s.CursorCol = true, row, max(before, 0)
}

// runeAt returns the length of the first character of a text.
func runeAt(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

func safe(text string) []byte { return ascii.AppendSafe(nil, text) }

// header returns the first line: what is shown, and how much of it.
func (m *Model) header() string {
	r := m.round
	if r == nil {
		return m.text("reading …", "读取中 …")
	}
	words := []string{r.At.Format(time.TimeOnly)}
	switch {
	case m.config.Rounds > 0:
		words = []string{r.At.Local().Format(time.DateTime), strconv.Itoa(r.Step+1) + m.text(" of ", "/") + strconv.Itoa(m.config.Rounds)}
	case m.paused:
		words = append(words, m.text("PAUSED", "已暂停"))
	case m.config.Fixed:
		words = append(words, m.text("snapshot", "快照"))
	default:
		words = append(words, m.text("every ", "每 ")+seconds(m.wait))
	}
	of := m.text(" socket", " 个套接字")
	if r.GroupBy != "" {
		of = m.text(" group", " 组")
	}
	if r.Total != 1 && !m.config.Chinese {
		of += "s"
	}
	count := strconv.Itoa(r.Total) + of
	if r.Opened > 0 {
		count += ", " + strconv.Itoa(r.Opened) + m.text(" opened", " 个新打开")
	}
	if r.Closed > 0 {
		count += ", " + strconv.Itoa(r.Closed) + m.text(" closed", " 个已关闭")
	}
	words = append(words, count)
	if r.GroupBy != "" {
		words = append(words, m.text("by ", "分组 ")+r.GroupBy)
	}
	if r.Sort != "" {
		words = append(words, m.text("sort ", "排序 ")+r.Sort)
	}
	if r.Live.Filter != "" {
		words = append(words, m.text("filter ", "过滤 ")+string(safe(r.Live.Filter)))
	}
	if m.config.Host != "" {
		words = append(words, string(safe(m.config.Host)))
	}
	return strings.Join(words, "  ")
}

// seconds returns a time as seconds with at most one decimal.
func seconds(d time.Duration) string {
	return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + "s"
}

// column is a column that is drawn.
type column struct {
	*fact.Fact
	cells []string // of the visible rows
	width int
	least int // width if its names are cut
	right bool
}

const (
	leastName = 8 // least width of names that are cut
	cutMark   = "…"
	markWidth = len("opened")
	// The widths of what precedes the columns if no column has room for the marks: that of
	// the selection with a sign or, on a wide screen, with a word.
	signGutter, wordGutter = 2, 1 + markWidth + 1
)

// spare names the columns that are left out if a line is wider than the screen, the
// first first, before those of fact.Spare.
func spare() []string {
	return append([]string{"proto", "received_per_second", "sent_per_second", "process", "state"}, fact.Spare(fact.Sockets)...)
}

// drawTable draws the table, and returns the meaning of the signs in it.
func (m *Model) drawTable(s *Screen) (legend string) {
	s.add(Title, m.header())
	if m.round == nil {
		return ""
	}
	rows := m.round.Rows[m.top:min(m.top+m.height(), len(m.round.Rows))]
	columns, gutter, gap := m.fit(m.columns(rows))
	line := strings.Repeat(" ", gutter)
	for i := range columns {
		line = columns[i].pad(line, columns[i].Title, i == len(columns)-1, gap)
	}
	s.add(Title, line)
	for i := range rows {
		selected := m.top+i == m.at
		mark, sign, style := "", " ", Plain
		switch rows[i].Record.Change {
		case fact.ChangeOpened:
			mark, sign, style = fact.ChangeOpened.String(), "+", Opened
		case fact.ChangeClosed:
			mark, sign, style = fact.ChangeClosed.String(), "-", Closed
		}
		if selected {
			style = Chosen
		}
		line := " "
		if selected {
			line = ">"
		}
		marked := mark == ""
		switch gutter {
		case signGutter:
			line += sign
			marked = true
			if mark != "" && !strings.Contains(legend, mark) {
				legend += sign + " " + mark + "  "
			}
		case wordGutter:
			line += mark + strings.Repeat(" ", gutter-1-len(mark))
			marked = true
		}
		for k := range columns {
			cell := columns[k].cells[i]
			if !marked && isRate(columns[k].Fact) {
				cell, marked = mark, true // the row has no rate
			}
			line = columns[k].pad(line, cell, k == len(columns)-1, gap)
		}
		s.add(style, line)
	}
	if len(rows) == 0 && len(m.round.Problems) == 0 {
		s.add(Dim, m.text(" no socket matches", " 没有符合条件的套接字"))
	}
	return legend
}

func isRate(f *fact.Fact) bool { return f.Name == "sent_per_second" || f.Name == "received_per_second" }

// columns returns the columns with the cells of some rows.
func (m *Model) columns(rows []Row) []column {
	all := m.round.Columns[min(m.left, len(m.round.Columns)-1):]
	list := make([]column, len(all))
	for i := range all {
		c := &list[i]
		*c = column{Fact: &all[i], right: render.IsNumber(all[i].Kind), width: max(ascii.Width([]byte(all[i].Title)), m.widths[all[i].Name])}
		if isRate(&all[i]) {
			c.width = max(c.width, markWidth)
		}
		c.least = ascii.Width([]byte(all[i].Title))
		var b []byte
		for k := range rows {
			b = render.AppendCell(b[:0], &all[i], &rows[k].Record)
			width := ascii.Width(b)
			c.width = max(c.width, width)
			if cuts(c.Fact, b) {
				width = min(width, leastName)
			}
			c.least = max(c.least, width)
			c.cells = append(c.cells, string(b))
		}
		m.widths[all[i].Name] = c.width
	}
	return list
}

// cuts reports whether a cell may be cut: a name, and no address.
func cuts(f *fact.Fact, cell []byte) bool {
	if f.Kind == fact.ValueEndpoint {
		return len(cell) > 0 && strings.IndexByte("0123456789[*-", cell[0]) < 0
	}
	return f.Cut
}

// fit returns the columns that fit the screen, with their widths, the width of what
// precedes them, and the blanks between them.
func (m *Model) fit(columns []column) (fit []column, gutter, gap int) {
	total := func(width func(*column) int) int {
		sum := gutter + gap*(len(columns)-1)
		for i := range columns {
			sum += width(&columns[i])
		}
		return sum
	}
	least := func(c *column) int { return c.least }
	set := func() {
		gutter, gap = 1, 1
		if !slices.ContainsFunc(columns, func(c column) bool { return isRate(c.Fact) }) {
			gutter = signGutter
		}
	}
	set()
	for _, name := range spare() {
		if total(least) <= m.cols {
			break
		}
		if i := slices.IndexFunc(columns, func(c column) bool { return c.Name == name }); i >= 0 && len(columns) > 1 {
			columns = slices.Delete(columns, i, i+1)
			set()
		}
	}
	width := func(c *column) int { return c.width }
	if gutter == signGutter && total(width)-signGutter+wordGutter <= m.cols {
		gutter = wordGutter
	}
	for over := total(width) - m.cols; over > 0; over-- {
		widest := -1
		for i := range columns {
			if c := &columns[i]; c.width > c.least && (widest < 0 || c.width > columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		columns[widest].width--
	}
	if total(width)+len(columns)-1 <= m.cols {
		gap = 2
	}
	return columns, gutter, gap
}

// pad appends a cell to a line.
func (c *column) pad(line, cell string, last bool, gap int) string {
	width := ascii.Width([]byte(cell))
	if width > c.width {
		text, n := ascii.Cut([]byte(cell), c.width-1)
		cell, width = string(text)+cutMark, n+1
	}
	blanks := strings.Repeat(" ", max(c.width-width, 0))
	if c.right {
		line += blanks + cell
	} else {
		line += cell + blanks
	}
	if !last {
		line += strings.Repeat(" ", gap)
	}
	return line
}

// drawPicker draws a list to choose from.
func (m *Model) drawPicker(s *Screen) {
	p := m.picker
	s.add(Title, p.title+": "+p.text)
	h := max(m.rows-2, 1)
	first := max(min(p.at-h/2, len(p.match)-h), 0)
	for i := first; i < min(first+h, len(p.match)); i++ {
		if i == p.at {
			s.add(Chosen, "> "+p.match[i])
		} else {
			s.add(Plain, "  "+p.match[i])
		}
	}
}

// helpLines returns the text of the help.
func (m *Model) helpLines() []string {
	var lines []string
	key := func(name, about string) {
		const indent = 13
		line := "  " + name + strings.Repeat(" ", max(indent-2-ascii.Width([]byte(name)), 1))
		for _, part := range wrap(about, max(m.cols-indent, leastName), len(about)) {
			lines = append(lines, line+part)
			line = strings.Repeat(" ", indent)
		}
	}
	for _, c := range m.commands() {
		name := c.name
		if c.key == ' ' {
			name = m.text(name, "空格")
		}
		key(name, m.text(c.about, c.zh))
	}
	if m.config.Rounds > 0 {
		key(m.text("arrows", "方向键"), m.text("select a row; left and right: the round before and after", "选择行；左右键: 上一轮与下一轮"))
	} else {
		key(m.text("arrows", "方向键"), m.text("select a row; left and right scroll columns", "选择行；左右键滚动列"))
	}
	key("PgUp PgDn", m.text("a screen up or down; Home and End: first and last row", "上下翻页；Home 和 End: 首行与末行"))
	key("Ctrl-L", m.text("draw the screen again", "重绘屏幕"))
	lines = append(lines, "")
	for _, text := range []string{
		m.text("opened, closed (if narrow + -): new or gone since the previous round", "opened、closed（窄屏为 + -）: 上一轮以来新打开或已关闭的行"),
		m.text("SENT, RCVD: bytes per second since then; TCP only", "SENT、RCVD: 自那时起每秒的字节数；仅限 TCP"),
	} {
		lines = append(lines, wrap(text, m.cols, len(text))...)
	}
	return lines
}

// detailLines returns the facts of the row in the details pane that have a value, by
// section.
func (m *Model) detailLines() []string {
	row := m.details.row
	if row == nil || m.round == nil {
		return nil
	}
	facts := fact.Of(fact.Sockets)
	if row.Record.Row == nil {
		facts = m.round.Columns
	}
	var lines []string
	var b []byte
	section := fact.SectionGeneral
	for i := range facts {
		f := &facts[i]
		b = render.AppendCell(b[:0], f, &row.Record)
		if len(b) == 0 || string(b) == "-" {
			continue
		}
		if f.Section != section {
			section = f.Section
			lines = append(lines, "")
		}
		const indent = 24
		line := "  " + f.Name + strings.Repeat(" ", max(indent-2-len(f.Name), 1))
		for {
			text, _ := ascii.Cut(b, max(m.cols-ascii.Width([]byte(line)), 1))
			lines = append(lines, line+string(text))
			if b = b[len(text):]; len(b) == 0 || len(text) == 0 {
				break
			}
			line = strings.Repeat(" ", min(indent, m.cols/2))
		}
	}
	return lines
}

// ChineseText returns the Chinese texts, for a terminal that may lack some characters.
func ChineseText() string {
	m := Model{config: Config{Chinese: true}, cols: 80, rows: 24}
	return strings.Join(m.helpLines(), "\n") + m.Screen().Text() + message.Chinese()
}
