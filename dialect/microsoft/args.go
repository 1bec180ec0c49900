package microsoft

import (
	"errors"
	"math"
	"strings"
	"time"

	"netstat/internal/message"
	"netstat/options"
)

// Protocol is the argument of -p. The zero value means that -p was not given.
type Protocol uint8

const (
	ProtocolAny Protocol = iota
	ProtocolIP
	ProtocolIPv6
	ProtocolICMP
	ProtocolICMPv6
	ProtocolTCP
	ProtocolTCPv6
	ProtocolUDP
	ProtocolUDPv6
)

// argProtocols maps the words that -p accepts, in lower case. Without -s only
// protocols with sockets are accepted.
var argProtocols = [...]struct {
	word     string
	protocol Protocol
}{
	{"ip", ProtocolIP}, {"ipv6", ProtocolIPv6}, {"icmp", ProtocolICMP}, {"icmpv6", ProtocolICMPv6},
	{"tcp", ProtocolTCP}, {"tcpv6", ProtocolTCPv6}, {"udp", ProtocolUDP}, {"udpv6", ProtocolUDPv6},
}

// argProtocol returns the protocol of a word in any case, ProtocolAny for none.
func argProtocol(word string) Protocol {
	for i := range argProtocols {
		if strings.EqualFold(argProtocols[i].word, word) {
			return argProtocols[i].protocol
		}
	}
	return ProtocolAny
}

// sockets reports whether a protocol has a connection table.
func (p Protocol) sockets() bool { return p >= ProtocolTCP }

// Command is a parsed command line. The zero value is that of a bare "netstat". It holds
// what was requested, not what follows from it.
type Command struct {
	All           bool // -a
	Programs      bool // -b
	Ports         bool // -c
	DSCP          bool // -d
	Ethernet      bool // -e
	FullNames     bool // -f
	TimeInState   bool // -i
	Numeric       bool // -n
	Owners        bool // -o
	Bound         bool // -q
	Routes        bool // -r
	Statistics    bool // -s
	Offload       bool // -t
	NetworkDirect bool // -x
	Templates     bool // -y

	// Protocol is the argument of -p.
	Protocol Protocol

	// Question is set if the command line has short forms of filters and no letter but
	// -n. Short forms also set All.
	Question bool

	// Interval is the time from one report to the next, 0 for one report.
	Interval time.Duration

	// Options holds the options that Microsoft's netstat does not have.
	options.Options
}

// Environment holds what the meaning of a command line depends on besides its
// words.
type Environment struct {
	// Lang is the language of help texts and messages, see [options.Chinese].
	Lang string
	// CRLF ends lines with "\r\n", as Windows does.
	CRLF bool
}

// Exit holds the output and exit status of a command line that ends the program
// at once.
type Exit struct {
	Code           int
	Stdout, Stderr string
}

// argLetters lists the single-letter options that set a field. The parser
// handles p, which takes an argument, v, which has no effect, and ?, which asks
// for help.
var argLetters = [...]struct {
	letter byte
	field  func(c *Command) *bool
}{
	{'a', func(c *Command) *bool { return &c.All }},
	{'b', func(c *Command) *bool { return &c.Programs }},
	{'c', func(c *Command) *bool { return &c.Ports }},
	{'d', func(c *Command) *bool { return &c.DSCP }},
	{'e', func(c *Command) *bool { return &c.Ethernet }},
	{'f', func(c *Command) *bool { return &c.FullNames }},
	{'i', func(c *Command) *bool { return &c.TimeInState }},
	{'n', func(c *Command) *bool { return &c.Numeric }},
	{'o', func(c *Command) *bool { return &c.Owners }},
	{'q', func(c *Command) *bool { return &c.Bound }},
	{'r', func(c *Command) *bool { return &c.Routes }},
	{'s', func(c *Command) *bool { return &c.Statistics }},
	{'t', func(c *Command) *bool { return &c.Offload }},
	{'x', func(c *Command) *bool { return &c.NetworkDirect }},
	{'y', func(c *Command) *bool { return &c.Templates }},
}

// argField returns the function of a letter, in lower case, that finds its field, or nil.
func argField(letter byte) func(c *Command) *bool {
	for i := range argLetters {
		if argLetters[i].letter == letter {
			return argLetters[i].field
		}
	}
	return nil
}

// argLine is the state of the parser.
type argLine struct {
	cmd   Command
	texts *texts
	rest  []string // words not yet looked at
	// chosen is set if a letter other than n was given.
	chosen bool
	exit   *Exit
}

// Parse reads a command line as Microsoft's netstat does. Options begin with
// "-" or "/", may be clustered, and are letters of either case. A p that ends a
// cluster takes the next word. A decimal number is the interval in seconds.
// args[0] is the program's name. Exactly one of the results is not nil. For a
// mistake and for "/?" it is an Exit with the help text on standard error, as
// in a public capture of Windows.
//
// Beyond Microsoft's, the options of package options follow two dashes, as
// --name=value or --name value, in any case and abbreviated where only one of
// them begins so. A dash stands for hyphens, see [options.Hyphens]. An error in one
// of them is one line. --help without a topic prints the help text to standard
// output, with status 0.
//
// Inferred, since no capture shows it: the exit status of a mistake is 1; the
// last of several -p and of several intervals counts; a word after the protocol
// that names another protocol is ignored, as in Microsoft's example "-s -p tcp
// udp".
func Parse(args []string, env Environment) (*Command, *Exit) {
	l := argLine{texts: textsOf(env.Lang)}
	if len(args) > 0 {
		l.rest = args[1:]
	}
	afterProtocol := false
	for len(l.rest) > 0 && l.exit == nil {
		word := options.Hyphens(l.next(), func(string) bool { return false })
		protocol := false
		switch {
		case strings.HasPrefix(word, "--") && len(word) > 2:
			l.longOption(word[2:])
		case len(word) > 1 && (word[0] == '-' || word[0] == '/'):
			protocol = l.cluster(word[1:])
		case afterProtocol && argProtocol(word) != ProtocolAny:
			protocol = true
		default:
			l.interval(word)
		}
		afterProtocol = protocol
	}
	if l.exit == nil && l.cmd.Protocol != ProtocolAny && !l.cmd.Protocol.sockets() && !l.cmd.Statistics {
		l.help()
	}
	if l.exit != nil {
		if env.CRLF {
			l.exit.Stdout, l.exit.Stderr = crlf(l.exit.Stdout), crlf(l.exit.Stderr)
		}
		return nil, l.exit
	}
	if l.cmd.Short() || l.cmd.Watch {
		l.cmd.Question, l.cmd.All = !l.chosen, true
	}
	return &l.cmd, nil
}

func (l *argLine) next() string {
	word := l.rest[0]
	l.rest = l.rest[1:]
	return word
}

// help ends the program with the help text.
func (l *argLine) help() { l.exit = &Exit{Code: ExitFailure, Stderr: usage(l.texts)} }

// fail ends the program with a line of its own.
func (l *argLine) fail(line string) {
	l.exit = &Exit{Code: ExitFailure, Stderr: "netstat: " + safe(line) + "\n"}
}

// cluster parses letters and reports whether the last one is p.
func (l *argLine) cluster(letters string) (protocol bool) {
	for i := 0; i < len(letters); i++ {
		c := letters[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		field := argField(c)
		l.chosen = l.chosen || c != 'n'
		switch {
		case field != nil:
			*field(&l.cmd) = true
		case c == 'v':
			// -v with -b made Windows XP show every component.
			// Later versions accept it without effect.
		case c == 'p' && i == len(letters)-1 && len(l.rest) > 0:
			p := argProtocol(l.next())
			if p == ProtocolAny {
				l.help()
				return false
			}
			l.cmd.Protocol = p
			return true
		default:
			l.help()
			return false
		}
	}
	return false
}

// interval parses a word that is not an option.
func (l *argLine) interval(word string) {
	seconds := uint64(0)
	for _, c := range []byte(word) {
		if c < '0' || c > '9' || seconds > math.MaxInt64/uint64(time.Second)/10 {
			l.help()
			return
		}
		seconds = 10*seconds + uint64(c-'0')
	}
	if seconds == 0 || seconds > math.MaxInt64/uint64(time.Second) {
		l.help()
		return
	}
	l.cmd.Interval = time.Duration(seconds) * time.Second
}

// longOption parses an option of package options, given without its dashes.
func (l *argLine) longOption(text string) {
	name, value, hasValue := strings.Cut(text, "=")
	name = strings.ToLower(name)
	if o, rivals := options.Find(name); o != nil && o.Name == "help" && rivals == nil && !hasValue {
		l.exit = &Exit{Code: ExitOK, Stdout: usage(l.texts)}
		return
	}
	if hasValue {
		name += "=" + value
	}
	err := l.cmd.Read(name, func() (string, bool) {
		if len(l.rest) == 0 {
			return "", false
		}
		return l.next(), true
	}, nil)
	var m *options.Mistake
	switch {
	case errors.As(err, &m):
		l.fail(m.Text(l.texts.chinese) + l.texts.tryHelp)
	case err != nil:
		l.fail(message.In(err, l.texts.chinese).Error())
	}
}
