package help

import (
	"strings"

	"netstat/render"
)

func (w *writer) formats() {
	w.title("Formats of --format=FORM", "--format=格式 的取值")
	for i, name := range render.FormatNames(w.Chinese) {
		w.item(name, 17, w.say(render.FormatAbout(i, false), render.FormatAbout(i, true)))
	}
	w.title("Templates", "模板")
	w.item(w.say("{{.NAME}}", "{{.名称}}"), 17, w.say("a column (--columns=help), or a field of JSON", "一列（--columns=help），或 JSON 的一个字段"))
	w.item("\\n, \\t", 17, w.say("a new line, a tab", "换行、制表符"))
	w.item(w.say("functions", "函数"), 17, w.say("those of Go's text/template, and: ", "Go text/template 的函数，以及: ")+
		strings.Join(render.TemplateFunctions(), ", "))
	w.title("Examples", "示例")
	for _, e := range formatExamples {
		command := e.linux
		if w.Windows {
			command = e.windows
		}
		w.example(command)
	}
}

// formatExamples holds command lines of both dialects.
var formatExamples = [...]struct{ linux, windows string }{
	{"netstat -tan --json", "netstat -an --json"},
	{"netstat -tan --format=csv --columns=proto,local,remote,state", "netstat -an --format=csv --columns=proto,local,remote,state"},
	{"netstat -tln --format='template={{.local_port}} {{.process}}'", `netstat -an --format="template={{.local_port}} {{.process}}"`},
}
