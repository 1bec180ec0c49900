package help

import (
	"strings"

	"netstat/diagnose"
)

// moments describes what a rule needs, in English and in Chinese.
var moments = [...]struct{ about, aboutZH string }{
	diagnose.OneMoment:  {"one moment", "一个时刻"},
	diagnose.BetterTwo:  {"one moment; two show more", "一个时刻；两个时刻所得更多"},
	diagnose.TwoMoments: {"two moments", "两个时刻"},
}

// rules explains every rule.
func (w *writer) rules() {
	const column = 13 // after the longest word
	for _, r := range diagnose.Rules() {
		w.title(r.Name, r.Name)
		w.item(w.say("signal", "信号"), column, r.Signal.In(w.Chinese))
		w.item(w.say("threshold", "阈值"), column, r.Threshold.In(w.Chinese))
		w.item(w.say("doubt", "可能误报"), column, r.Doubt.In(w.Chinese))
		w.item(w.say("needs", "需要"), column, w.say(moments[r.Moments].about, moments[r.Moments].aboutZH))
		systems := "Linux"
		if r.Windows {
			systems += ", Windows"
		}
		w.item(w.say("systems", "系统"), column, systems)
		w.item(w.say("source", "来源"), column, r.Source)
	}
	w.title("Examples", "示例")
	for _, e := range [...]string{"--diagnose", "--diagnose=" + strings.Join(diagnose.Names()[:1], ",") + ",5", "--diagnose old.json new.json"} {
		w.example("netstat " + e)
	}
}
