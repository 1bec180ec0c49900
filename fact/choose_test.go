package fact

import (
	"strings"
	"testing"
)

// TestChoose checks that names, +name and -name apply from left to right.
func TestChoose(t *testing.T) {
	normal := Default(Groups) // interface,users,group
	for _, c := range []struct{ value, want, named string }{
		{"family", "family", "family"},
		{"group,interface", "group,interface", "group,interface"},
		{"group,group", "group,group", "group,group"},
		{"default", "interface,users,group", "interface,users,group"},
		{"+family", "interface,users,group,family", "family"},
		{"-users", "interface,group", ""},
		{"+family,-users,+index", "interface,group,family,index", "family,index"},
		{"+users", "interface,users,group", "users"},
		{"-family", "interface,users,group", ""},
		{"-users,+users", "interface,group,users", "users"},
		{"family,+index,-family", "index", "family,index"},
		{"+family,index", "interface,users,group,family,index", "family,index"},
		{"+family,users", "interface,users,group,family", "family,users"},
		{"default,-group,+family", "interface,users,family", "interface,users,group,family"},
		{"-default,index", "index", "index"},
		{" + FAMILY , - Users ", "interface,group,family", "family"},
		{"all,-changed,-change,-time,-netns", "family,interface,index,group,users", "family,interface,index,group,users,netns,time,change,changed"},
	} {
		list, named, err := Choose(c.value, normal, func(name string) ([]Fact, error) { return Find(Groups, name) })
		if err != nil || names(list) != c.want || names(named) != c.named {
			t.Errorf("%q: %s, named %s, %v", c.value, names(list), names(named), err)
		}
	}
	for value, want := range map[string]string{
		"-default": "takes all columns away", "-nosuch": "unknown column 'nosuch' of groups", "+": "missing column name", "+grup": "did you mean group?", "group,": "missing column name",
	} {
		_, _, err := Choose(value, normal, func(name string) ([]Fact, error) { return Find(Groups, name) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func names(list []Fact) string {
	var all []string
	for _, f := range list {
		all = append(all, f.Name)
	}
	return strings.Join(all, ",")
}

// TestTitles checks that each title is one word and that no default column is much wider
// because of its title.
func TestTitles(t *testing.T) {
	const most = 9 // columns for a number
	for v := range View(len(views)) {
		shown := append(Spare(v), strings.Split(views[v].shown, ",")...)
		for _, name := range shown {
			f := mustFind(v, name)[0]
			if f.Name != name {
				t.Errorf("%s: %s is called %s", v, name, f.Name)
			}
			switch f.Kind {
			case ValueNumber, ValueSigned, ValueBytes, ValueRate, ValueDuration, ValueMilli, ValueFlag:
				if len(f.Title) > most {
					t.Errorf("%s: %s stands above numbers", v, f.Title)
				}
			}
		}
		for _, f := range Of(v) {
			if strings.ContainsAny(f.Title, " \t") {
				t.Errorf("%s: the title %q is several words", v, f.Title)
			}
		}
	}
}

// TestAliases checks that no name means two facts of a view.
func TestAliases(t *testing.T) {
	for v := range View(len(views)) {
		of := map[string]string{}
		for _, f := range Of(v) {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				if other := of[name]; other != "" {
					t.Errorf("%s: %s is %s and %s", v, name, other, f.Name)
				}
				of[name] = f.Name
			}
		}
	}
}
