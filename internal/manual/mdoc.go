package manual

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape returns a text of a table as a text line of mdoc(7).
func escape(text string) string {
	text = strings.ReplaceAll(text, `\`, `\e`)
	var b strings.Builder
	before := ' '
	for i, r := range text {
		after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		switch {
		case r == '-' && !unicode.IsLetter(before), r == '-' && !unicode.IsLetter(after):
			b.WriteString(`\-`) // of an option or a negative number, not a hyphen
		case r == '\'' && (!unicode.IsLetter(before) || !unicode.IsLetter(after)):
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return guard(b.String())
}

// guard keeps the first character of a line from starting a macro.
func guard(line string) string {
	if line != "" && (line[0] == '.' || line[0] == '\'') {
		return `\&` + line
	}
	return line
}

// literal returns a text that people type, as a line of a literal display.
func literal(text string) string {
	return guard(strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text))
}

// argument returns a text as one argument of a macro.
func argument(text string) string {
	text = strings.ReplaceAll(literal(text), `"`, `\(dq`)
	return `"\&` + text + `"`
}

// markup replaces `text` by bold text.
func markup(line string) string {
	parts := strings.Split(line, "`")
	for i := range parts {
		if i%2 == 1 {
			parts[i] = `\fB` + literal(parts[i]) + `\fP`
		}
	}
	return strings.Join(parts, "")
}

// most is the largest length of a line of a page in bytes, which mandoc(1) asks for.
const most = 78

// fill returns a page with its text lines filled: in English each sentence begins a line,
// and in Chinese a line can end after a character too, without a blank there.
func fill(page string) string {
	var b strings.Builder
	display := false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, ".Bd -literal"):
			display = true
		case strings.HasPrefix(line, ".Ed"):
			display = false
		}
		switch {
		case line == "" && !display:
			// A template leaves such a line where a function or a definition is.
		case display || strings.HasPrefix(line, "."):
			b.WriteString(line + "\n")
		default:
			fillLine(&b, markup(line))
		}
	}
	return b.String()
}

// fillLine appends a text line.
func fillLine(b *strings.Builder, text string) {
	line := ""
	end := func(mark string) {
		b.WriteString(guard(strings.TrimRight(line, " ")) + mark + "\n")
		line = ""
	}
	for text != "" {
		piece, blank := next(text)
		text = strings.TrimLeft(text[len(piece):], " ")
		if line != "" && long(line+piece) {
			if i := strings.LastIndexByte(line, ' '); i >= 0 {
				rest := line[i+1:]
				line = line[:i]
				end("")
				line = rest
			}
		}
		if line != "" && long(line+piece) {
			line = strings.TrimSuffix(line, `\:`)
			end(`\:\c`)
		}
		line += piece
		switch {
		case text == "":
		case blank && sentence(piece):
			end("")
		case blank:
			line += " "
		case punctuation(piece):
			line += `\:`
		}
	}
	end("")
}

// long reports whether a line is too long for mandoc(1), which reads a character outside
// ASCII as "\[u4E00]" and accepts a long line if it has no blank.
func long(line string) bool {
	bytes := len(line) + len(`\:\c`)
	if strings.Contains(line, " ") {
		for _, r := range line {
			if r >= 0x80 {
				bytes += len(`\[u4E00]`) - utf8.RuneLen(r)
			}
		}
	}
	return bytes > most
}

// next returns the beginning of a text up to the first place where a line may end, and
// whether there is a blank.
func next(text string) (piece string, blank bool) {
	before := rune(0)
	for i, r := range text {
		switch {
		case r == ' ':
			return text[:i], true
		case i > 0 && wide(before) && wide(r) && !strings.ContainsRune("，。、；：！？）》”…", r) && !strings.ContainsRune("（《“", before):
			return text[:i], false
		}
		before = r
	}
	return text, false
}

// wide reports whether a character is Chinese.
func wide(r rune) bool { return r >= 0x2e80 || r == '“' || r == '”' }

// punctuation reports whether a text ends with Chinese punctuation.
func punctuation(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune("，。、；：）", r)
}

// sentence reports whether a word ends a sentence of English.
func sentence(word string) bool {
	word = strings.TrimRight(strings.TrimSuffix(word, `\fP`), `)"`)
	return len(word) > 2 && strings.ContainsAny(word[len(word)-1:], ".?!") && !strings.HasSuffix(word, "..")
}
