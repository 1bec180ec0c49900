package help

import "netstat/render"

func (w *writer) formats() {
	w.title("Formats of --format=FORM", "--format=格式 的取值")
	for i, name := range render.FormatNames(w.Chinese) {
		w.item(name, 17, w.say(render.FormatAbout(i, false), render.FormatAbout(i, true)))
	}
	w.title("Templates", "模板")
	w.line("  A {{.NAME}} is replaced with a column (--columns=help) or a field of JSON,\n"+
		"  \\n and \\t with a new line and a tab. Functions: default, join, json, eq, ne,\n"+
		"  lt, le, gt, ge, len, index, printf and those of Go's text/template.",
		"  {{.名称}} 换成一列（--columns=help）或 JSON 的一个字段，\\n 和 \\t 换成换行和\n"+
			"  制表符。函数: default、join、json、eq、ne、lt、le、gt、ge、len、index、\n"+
			"  printf 以及 Go text/template 的函数。")
	w.title("Examples", "示例")
	for _, e := range formatExamples {
		command := e.linux
		if w.Windows {
			command = e.windows
		}
		w.b.WriteString("  " + command + "\n")
	}
}

// formatExamples are command lines of both dialects.
var formatExamples = [...]struct{ linux, windows string }{
	{"netstat -tan --json", "netstat -an --json"},
	{"netstat -tan --format=csv --columns=proto,local,remote,state", "netstat -an --format=csv --columns=proto,local,remote,state"},
	{"netstat -tln --format='template={{.local_port}} {{.process}}'", `netstat -an --format="template={{.local_port}} {{.process}}"`},
}
