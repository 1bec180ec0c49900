// Package options holds the long options that classic netstats do not have.
// They are the same in every dialect: each dialect's own parser hands those
// that it does not know as classic ones to [Options.Set]. The package knows
// their names and values, not what follows from them.
package options

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Options are the values of the options given. The zero value is that of a
// command line without any.
type Options struct {
	// Dialect is the classic netstat to be: "linux", "windows", or empty for
	// that of the running system.
	Dialect string
	// Snapshot is the file to record the host to and Replay the one to answer
	// from; "-" is standard output and input. Empty for none.
	Snapshot, Replay string
	// ResolveTimeout limits the wait for names in each report, 0 for not
	// waiting at all. It means something only if ResolveTimeoutSet.
	ResolveTimeout    time.Duration
	ResolveTimeoutSet bool
}

// Option is one long option.
type Option struct {
	Name     string // without the dashes
	Argument string // what its value is called in help texts, empty for none
	// help is what it does, in English and in Chinese, for one line of at most
	// 52 columns.
	help, helpZH string
	set          func(o *Options, value string) error
}

// All are the options there are, in the order of help texts. None may begin
// like a classic long option of net-tools begins in full.
var All = [...]Option{
	{
		"dialect", "NAME", "be the netstat of linux or of windows",
		"按 linux 或 windows 的 netstat 行事", (*Options).dialect,
	},
	{
		"replay", "FILE", "answer from a recorded host, - for standard input",
		"从记录的主机作答，- 为标准输入", file(func(o *Options) *string { return &o.Replay }),
	},
	{
		"resolve-timeout", "D", "wait for host names D at most, such as 2 or 500ms",
		"查主机名最多等待 D，例如 2（秒）或 500ms", (*Options).resolveTimeout,
	},
	{
		"snapshot", "FILE", "record this host, - for standard output",
		"把本机记录到文件，- 为标准输出", file(func(o *Options) *string { return &o.Snapshot }),
	},
}

// Usage returns the lines of a help text on all options, in Chinese or in
// English.
func Usage(chinese bool) string {
	var b strings.Builder
	for i := range All {
		o := &All[i]
		text := "      --" + o.Name
		if o.Argument != "" {
			text += "=" + o.Argument
		}
		b.WriteString(text)
		if pad := 27 - len(text); pad >= 2 {
			b.WriteString(strings.Repeat(" ", pad))
		} else {
			b.WriteString("\n" + strings.Repeat(" ", 27))
		}
		if chinese {
			b.WriteString(o.helpZH + "\n")
		} else {
			b.WriteString(o.help + "\n")
		}
	}
	return b.String()
}

// Find returns the option that is called name, or the only one that begins so;
// found is nil for none. Of an ambiguous beginning, rivals are the others.
func Find(name string) (found *Option, rivals []string) {
	for i := range All {
		switch o := &All[i]; {
		case !strings.HasPrefix(o.Name, name):
		case o.Name == name:
			return o, nil
		case found == nil:
			found = o
		default:
			rivals = append(rivals, o.Name)
		}
	}
	return found, rivals
}

// Set notes that option is given with this value. The error says in one line
// what is wrong with the value.
func (o *Options) Set(option *Option, value string) error {
	if err := option.set(o, value); err != nil {
		return errors.New("bad value '" + value + "' for --" + option.Name + ": " + err.Error())
	}
	return nil
}

func (o *Options) dialect(value string) error {
	switch strings.ToLower(value) {
	case "linux", "windows":
		o.Dialect = strings.ToLower(value)
		return nil
	}
	return errors.New("it is linux or windows")
}

func file(field func(*Options) *string) func(*Options, string) error {
	return func(o *Options, value string) error {
		if value == "" {
			return errors.New("it is the name of a file, or - for a standard stream")
		}
		*field(o) = value
		return nil
	}
}

func (o *Options) resolveTimeout(value string) error {
	d, ok, number := Seconds(value)
	if !number {
		var err error
		d, err = time.ParseDuration(value)
		ok = err == nil && d >= 0
	}
	if !ok {
		return errors.New("it is seconds, or a duration such as 500ms")
	}
	o.ResolveTimeout, o.ResolveTimeoutSet = d, true
	return nil
}

// Seconds reads a decimal number of seconds. number says whether s is one at
// all, ok whether it is a time: neither negative nor longer than a Duration
// can be.
func Seconds(s string) (d time.Duration, ok, number bool) {
	// ParseFloat also takes "inf", "nan", hexadecimal and "_", which are
	// words here: an interface may be called so.
	if strings.Trim(s, "0123456789.eE+-") != "" {
		return 0, false, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false, false
	}
	f = math.Round(f * float64(time.Second))
	if math.Signbit(f) && f != 0 || f >= math.MaxInt64 {
		return 0, false, true
	}
	return time.Duration(f), true, true
}
