package manual

import (
	"embed"
	"errors"
	"slices"
	"strings"
	"text/template"

	"netstat"
	"netstat/act"
	"netstat/dialect/microsoft"
	"netstat/dialect/nettools"
	"netstat/fact"
	"netstat/filter"
	"netstat/help"
	"netstat/options"
)

// candidate is a word that a shell can complete to.
type candidate struct{ word, about string }

// words is a list of candidates with a name by which the scripts find it.
type words struct {
	Name string
	list []candidate
}

// value says how the value of an option is completed.
type value struct {
	Option string
	// Source is a static list's name, or one of the words that the scripts know: columns,
	// filter, files, process, pid, user, port, interface, netns, table.
	Source string
	// Several is set for a list with commas between its values.
	Several bool
	// Required is set if the value may follow as the next word.
	Required bool
}

// sources names the lists and dynamic sources of options whose table says no more than that
// they take a value.
var sources = map[string]string{
	"port": "port", "process": "process", "pid": "pid", "user": "user", "table": "table", "netns": "netns",
	"close": "close", "watch": "watch", "signal": "signal",
}

// topicSources holds the same for options with a topic of help.
var topicSources = map[help.Topic]string{
	help.Filter: "filter", help.States: "states", help.Families: "families", help.Columns: "columns",
	help.Formats: "format", help.Namespaces: "netns", help.Diagnose: "diagnose", help.Topics: "help",
}

// values returns every option that has a value.
func values() (list []value) {
	for i := range options.All {
		o := &options.All[i]
		if o.Argument == "" {
			continue
		}
		v := value{Option: o.Name, Required: !o.Optional}
		v.Several = o.Argument == "LIST" || o.Argument == "RULE" || o.Name == "signal" || o.Name == "close"
		switch {
		case topicSources[o.Topic()] != "":
			v.Source = topicSources[o.Topic()]
		case sources[o.Name] != "":
			v.Source = sources[o.Name]
		case o.Argument == "FILE":
			v.Source = "files"
		case o.Values() != nil:
			v.Source = o.Name
		}
		list = append(list, v)
	}
	return list
}

// lists returns every static list.
func lists() []words {
	list := []words{{"options:linux", linuxOptions()}, {"options:windows", windowsOptions()}}
	for _, v := range fact.Views() {
		all := fact.Of(v)
		list = append(list, words{"columns:" + v.String(), factWords(all)})
		for i := range all {
			if all[i].Texts != nil {
				name := "texts:" + all[i].Name
				if !slices.ContainsFunc(list, func(w words) bool { return w.Name == name }) {
					list = append(list, words{name, plain(all[i].Texts)})
				}
			}
		}
	}
	states := help.Sections(help.States, &help.Request{})
	list = append(list,
		words{"fields:sockets", fieldWords()},
		words{"states", append(items(states[0]), items(states[1])...)},
		words{"families", families()},
		words{"format", formats()},
		words{"help", items(help.Sections(help.Topics, &help.Request{})[0])},
		words{"netns", []candidate{{netstat.HostNamespace, "that of process 1"}, {netstat.OwnNamespace, "that of netstat itself"}, {netstat.AllNamespaces, "every namespace"}}},
		words{"close", []candidate{{"yes", "without a question"}, {"self", "the own ssh session too"}}},
		words{"watch", []candidate{{"plain", "lines about changed rows"}}},
		words{"signal", append(signals(), candidate{"yes", "without a question"})},
		words{"table", plain([]string{"main", "local", "default", "all"})},
	)
	for i := range options.All {
		if o := &options.All[i]; o.Values() != nil && o.Topic() != help.Formats && o.Topic() != help.Topics {
			list = append(list, words{o.Name, append(plain(o.Values()), helpWord(o)...)})
		}
	}
	for _, o := range nettools.Options() {
		if o.Values != nil {
			list = append(list, words{o.Long, plain(o.Values)})
		}
	}
	for _, o := range microsoft.Options() {
		if o.Values != nil {
			list = append(list, words{"windows:" + string(rune(o.Short)), plain(o.Values)})
		}
	}
	return list
}

// helpWord returns the value "help" if the option takes it.
func helpWord(o *options.Option) []candidate {
	if o.Topic() == "" {
		return nil
	}
	return []candidate{{"help", "explain the values"}}
}

func plain(list []string) (c []candidate) {
	for _, word := range list {
		if word != "" {
			c = append(c, candidate{word: word})
		}
	}
	return c
}

func items(s help.Section) (c []candidate) {
	for _, item := range s.Items {
		c = append(c, candidate{item.Name, item.About})
	}
	return c
}

func factWords(all []fact.Fact) (c []candidate) {
	for i := range all {
		c = append(c, candidate{all[i].Name, all[i].About})
	}
	return c
}

// fieldWords returns the fields of sockets that filters have, and their words.
func fieldWords() []candidate {
	c := slices.DeleteFunc(factWords(filter.Fields()), func(c candidate) bool { return c.word == "state" })
	return append(c,
		candidate{"port", "port of either end"}, candidate{"address", "address of either end"},
		candidate{"sport", "local port"}, candidate{"dport", "remote port"},
		candidate{"src", "local end"}, candidate{"dst", "remote end"},
		candidate{"state", "sockets in a state"}, candidate{"exclude", "sockets in any other state"},
	)
}

// families returns the names that --family accepts.
func families() (c []candidate) {
	for i, s := range help.Sections(help.Families, &help.Request{}) {
		for _, item := range s.Items {
			if i == 0 {
				c = append(c, candidate{item.Name, item.About})
			}
		}
	}
	for _, t := range netstat.Tables() {
		if !slices.ContainsFunc(c, func(c candidate) bool { return c.word == t.String() }) {
			c = append(c, candidate{t.String(), "sockets of " + t.String()})
		}
	}
	return c
}

// formats returns the values of --format. The argument of a template follows it.
func formats() []candidate {
	c := items(help.Sections(help.Formats, &help.Request{})[0])
	for i := range c {
		if name, _, argument := strings.Cut(c[i].word, "="); argument {
			c[i].word = name + "="
		}
	}
	return append(c, candidate{"help", "explain the formats"})
}

func signals() []candidate {
	var unknown *fact.UnknownError
	if _, err := act.ParseSignal(""); errors.As(err, &unknown) {
		return plain(unknown.Known)
	}
	return nil
}

func linuxOptions() (c []candidate) {
	for _, o := range nettools.Options() {
		if o.Short != 0 {
			c = append(c, candidate{"-" + string(rune(o.Short)), o.About})
		}
		if o.Long != "" {
			word := "--" + o.Long
			if o.Argument != "" && !o.Optional {
				word += "="
			}
			c = append(c, candidate{word, o.About})
		}
	}
	return append(c, ourOptions("help")...)
}

func windowsOptions() (c []candidate) {
	for _, o := range microsoft.Options() {
		c = append(c, candidate{"-" + string(rune(o.Short)), o.About})
	}
	return append(c, ourOptions("")...)
}

// ourOptions returns the long options of both dialects but one.
func ourOptions(but string) (c []candidate) {
	for i := range options.All {
		o := &options.All[i]
		if o.Name == but {
			continue
		}
		word := "--" + o.Name
		if o.Argument != "" && !o.Optional {
			word += "="
		}
		c = append(c, candidate{word, o.About(false)})
	}
	return c
}

// choice is an option that selects a report, and the view of its facts.
type choice struct{ Letter, Long, View string }

// choices returns the options of a dialect that select a view.
func choices(windows bool) []choice {
	list := []choice{
		{"r", "route", fact.Routes.String()}, {"i", "interfaces", fact.Interfaces.String()}, {"g", "groups", fact.Groups.String()},
		{"s", "statistics", fact.Statistics.String()}, {"M", "masquerade", fact.NAT.String()},
	}
	if windows {
		list = []choice{{"r", "", fact.Routes.String()}, {"e", "", fact.Interfaces.String()}, {"s", "", fact.Statistics.String()}}
	}
	list = append(list, choice{"", "diagnose", fact.Findings.String()})
	for _, v := range fact.Views() {
		// A report of ours has an option with the name of its view.
		if o, _ := options.Find(v.String()); o != nil && o.Name == v.String() {
			list = append(list, choice{"", o.Name, v.String()})
		}
	}
	return list
}

//go:embed shells
var shells embed.FS

// completions returns the script of each shell by its file name.
func completions() map[string]string {
	files := map[string]string{}
	for name, quote := range map[string]func(string) string{
		"netstat.bash": quoteShell, "_netstat": quoteShell, "netstat.fish": quoteFish, "netstat.ps1": quotePowerShell,
	} {
		t := template.Must(template.New(name).Funcs(template.FuncMap{
			"lists": lists, "values": values, "choices": choices,
			"quote": quote,
			"text":  func(w words) string { return quote(w.text()) },
		}).ParseFS(shells, "shells/*"))
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, "netstat."+map[string]string{
			"netstat.bash": "bash", "_netstat": "zsh", "netstat.fish": "fish", "netstat.ps1": "ps1",
		}[name], nil); err != nil {
			panic(err) // a test makes every script
		}
		files[name] = b.String()
	}
	return files
}

// text returns a line for each candidate: the word, a tab and the description.
func (w words) text() string {
	lines := make([]string, len(w.list))
	for i, c := range w.list {
		lines[i] = c.word + "\t" + strings.NewReplacer("\n", " ", "\t", " ").Replace(c.about)
	}
	return strings.Join(lines, "\n")
}

func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
func quotePowerShell(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
