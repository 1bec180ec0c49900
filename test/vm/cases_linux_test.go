package vm

import (
	"fmt"
	"strings"
)

// testCase is a case with its declared divergences, by their numbers in
// docs/differences.md.
type testCase struct {
	Case
	declared []string
}

// caseList collects the cases of a stage.
type caseList []testCase

// add adds command lines. words are numbers of divergences, or "older", "nobody",
// "repeats".
func (l *caseList) add(words string, lines ...string) {
	for _, line := range lines {
		c := testCase{Case: Case{Args: strings.Fields(line)}}
		for _, w := range strings.Fields(words) {
			switch w {
			case "older":
				c.Older = true
			case "nobody":
				c.UID = 65534
			case "repeats":
				c.Repeats = true
			default:
				c.declared = append(c.declared, w)
			}
		}
		*l = append(*l, c)
	}
}

// spellings are the ways to name a family on the command line; "~" stands for a space.
var spellings = map[string]string{
	"ax25":   "--ax25 -A~ax25 --protocol=ax25 --ax",
	"netrom": "--netrom -A~netrom --protocol=netrom --netr",
	"rose":   "--rose -A~rose --protocol=rose --ros",
	"x25":    "--x25 -A~x25 --protocol=x25 --x2",
	"ipx":    "--ipx -A~ipx --protocol=ipx",
	"ddp":    "--ddp -A~ddp --appletalk -A~appletalk --protocol=ddp",
}

// spelt adds lines in which FAMILY stands for a way to name a family: the first line
// with all of them, the others each with the next one.
func (l *caseList) spelt(words, family string, lines ...string) {
	names := strings.Fields(spellings[family])
	for i, line := range lines {
		at := func(n int) string {
			return strings.ReplaceAll(strings.ReplaceAll(line, "FAMILY", names[n%len(names)]), "~", " ")
		}
		l.add(words, at(i))
		if i == 0 {
			for n := 1; n < len(names); n++ {
				l.add(words, at(n))
			}
		}
	}
}

// stages lists every case by the state of the guest it needs.
func stages() map[string]caseList {
	return map[string]caseList{
		"nothing":        nothing(),
		"empty":          empty(),
		"open":           open(),
		"selinux-off":    {{Case: Case{Args: []string{"-anZ"}}}, {Case: Case{Args: []string{"-tZ"}}}},
		"selinux-kernel": selinux(),
		"selinux":        selinux(),
	}
}

// nothing returns the cases for a kernel without any of the families.
func nothing() caseList {
	var l caseList
	for _, f := range []string{"ax25", "netrom", "rose", "x25", "ipx"} {
		l.spelt("", f, "FAMILY", "-a FAMILY", "-ln FAMILY", "-anpe FAMILY", "-v FAMILY")
		if f != "netrom" {
			l.add("", "-r --"+f, "-rnv -A "+f)
		}
	}
	l.add("F14", "-r --netrom", "-rn -A netrom")
	l.spelt("F1", "ddp", "FAMILY", "-an FAMILY")
	l.add("", "-r --ddp", "-rn -A appletalk")
	l.add("F15", "-2", "-f", "--bluetooth", "-an --l2cap", "-A bluetooth -l")
	l.add("", "-S", "-an --sctp", "-tSn", "-SUn", "-U", "-anU", "-n", "-an", "-nv", "-anv", "-A inet,ax25 -n", "-A ax25,rose -n", "-x --rose", "-r -A inet,ax25,ipx -n")
	l.add("nobody", "-an --ax25", "-anv", "-anS")
	return l
}

// empty returns the cases for loaded modules without sockets, and for the interfaces,
// which have addresses of all families.
func empty() caseList {
	var l caseList
	for _, f := range []string{"ax25", "netrom", "rose"} {
		l.spelt("", f, "FAMILY", "-an FAMILY", "-ln FAMILY")
		l.add("", "-r --"+f, "-rn -A "+f)
	}
	l.add("F10", "-ane --ax25", "-p --netrom", "-anpe --rose")
	l.add("", "--x25", "-an -A x25", "-r --x25")
	l.add("F1", "--ddp", "-an -A appletalk")
	l.add("older", "-r --ddp")
	l.add("F15", "-2", "--bluetooth -an", "-f -l")
	l.add("", "-S", "-anS", "-anSpe", "-lnS6", "-tSUn", "-Unl")
	l.add("F1 F15", "-n", "-an", "-anv", "-ln")
	l.add("", "-A inet,unix,ax25 -n", "-i", "-ia", "-ie", "-iae", "-in", "-rn", "-rn6", "-gn")
	return l
}

// open returns the cases for sockets of every family.
func open() caseList {
	var l caseList
	views := []string{"FAMILY", "-a FAMILY", "-l FAMILY", "-n FAMILY", "-an FAMILY", "-ln FAMILY", "-al FAMILY", "-o FAMILY", "-W FAMILY", "-anW FAMILY", "-nv FAMILY", "-anN FAMILY"}
	columns := []string{"-p FAMILY", "-e FAMILY", "-ee FAMILY", "-anp FAMILY", "-ane FAMILY", "-anpe FAMILY", "-lnpo FAMILY", "-anpeeoW FAMILY"}
	routes := []string{"-r FAMILY", "-rn FAMILY", "-rv FAMILY", "-rC FAMILY", "-rF FAMILY", "-rnN FAMILY", "-ra FAMILY"}

	for _, f := range []string{"ax25", "netrom"} {
		l.spelt("", f, views...)
		l.spelt("F10", f, columns...)
		l.spelt("", f, routes...)
	}
	l.add("", "-re --netrom", "-rnee -A netrom")
	l.add("F11", "-re --ax25", "-rne -A ax25", "-re --rose", "-rnee -A rose")
	l.spelt("F5 F6", "rose", views...)
	l.spelt("F5 F6 F10", "rose", columns...)
	l.spelt("", "rose", routes...)
	l.add("F5 F6", "-an --ax25 --netrom --rose", "-A rose,netrom,ax25", "-a -A ax25 -A rose", "-x --rose -n", "-tn --rose")
	l.add("F5 F6 F17", "-A inet,unix,rose -n")
	l.add("F17", "-A inet,unix,ax25 -n", "-4 --ax25 -an")
	l.add("", "-tuxn --netrom", "-A ax25,ipx -n", "-A ipx,ax25 -n", "-A ax25,ash -n", "-r -A ax25,netrom,rose", "-rn -A inet,ax25", "-rn -A ax25,ipx", "-r -A ax25,unix")
	l.add("nobody", "-an --ax25", "-n --netrom", "-r --rose", "-r --ax25")
	l.add("nobody F10", "-anpe --ax25", "-p --netrom")
	l.add("nobody F5 F6 F10", "-ape --rose")
	l.add("repeats", "-cn --ax25", "-can --netrom")
	l.add("repeats F5 F6", "-cn --rose")

	// SCTP: associations are shown except with -l.
	l.add("F17", "-S", "-n --sctp", "-aS", "-anS", "-anSW", "-nSv", "-anSo", "-anSe", "-anSee", "-anSp", "-nSp", "-anSpeeo", "-anSpeeoW",
		"-anS --numeric-ports", "-aS --numeric-hosts", "-4nS", "-anS -4", "-an -A inet -S", "-tSn", "-antSU", "-antuwSU", "-antuwSUpeo", "-antuwxSU", "-xSn")
	l.add("", "-lS", "-lnS", "-lnSp", "-lnSee", "-6nS", "-anS -6", "-an -A inet6 -S", "-lntuwSU", "-lnSo")
	l.add("F17 nobody", "-anS", "-anSp", "-nSe")
	l.add("F17 repeats", "-cnS")
	// UDP-Lite and the others.
	l.add("", "-U", "-aU", "-nU", "-anU", "-lnU", "-anUp", "-anUe", "-anUee", "-anUo", "-anUpeeo", "-anUW", "-anU4", "-anU6", "-6nU", "-an --udplite", "-an --inet6 -U", "-anUv", "-tuUn", "-antuU", "-lntuUpe", "-t", "-ta", "-tanpe", "-w", "-wan", "-xan", "-xpe", "-s -U", "-sS", "-su", "-6su")
	l.add("nobody", "-anU", "-anUpe")
	l.add("repeats", "-cnU")
	// DCCP has no option and is in no table.
	l.add("4", "--dccp", "-an --dccp")
	l.add("", "-A dccp", "-an -A inet,dccp")

	// AppleTalk.
	l.spelt("F1", "ddp", "FAMILY", "-a FAMILY", "-n FAMILY", "-an FAMILY", "-l FAMILY", "-e FAMILY", "-ane FAMILY", "-anpeo FAMILY", "-W FAMILY")
	l.spelt("older", "ddp", "-r FAMILY", "-rn FAMILY", "-re FAMILY", "-rC FAMILY", "-rv FAMILY")
	l.add("F2", "-r --ddp", "-rn -A appletalk")
	l.add("nobody F1", "-an --ddp")

	// Bluetooth.
	l.add("F15", "-2", "-f", "--bluetooth", "-2f", "--l2cap", "--rfcomm", "-A bluetooth", "-a -2", "-l -2", "-an --l2cap", "-ln --rfcomm", "-a --bluetooth", "-lA bluetooth", "-anpe --bluetooth", "-n -2 -f", "-2W", "-fo")
	l.add("F15 nobody", "-an --bluetooth", "-2", "-f")

	// X.25.
	l.spelt("older F4", "x25", views...)
	l.spelt("older F4 F10", "x25", columns...)
	l.spelt("", "x25", routes...)
	l.add("F3", "--x25", "-an --x25", "-l -A x25")
	l.add("", "-re --x25", "-r -A x25,ax25")

	// All families.
	l.add("F1 F3 F5 F6 F15 F17", "-an", "-n", "-anv", "-nW", "-ano", "", "-a", "-v")
	l.add("F1 F3 F5 F6 F15", "-ln", "-lnv", "-l")
	l.add("F1 F3 F5 F6 F10 F15 F17", "-anp", "-ane", "-anpeeo", "-npe")
	l.add("F1 F3 F5 F6 F10 F15", "-lnpe")
	l.add("F1 F3 F5 F6 F17 nobody", "-an", "-n")
	l.add("F1 F3 F5 F6 F10 F17 nobody", "-anp")
	return l
}

// selinux returns the cases for contexts of processes.
func selinux() caseList {
	var l caseList
	l.add("", "-tnZ", "-tlnZ", "-anutZ", "-xanZ", "-anUZ", "-tanpZ", "-tanpeZ", "-tanZo", "-lnSZ", "-wanZ", "-4tuanZ", "-6tuanZ", "-tuanZ --numeric-ports")
	l.add("nobody", "-tanZ")
	l.add("F17", "-anSZ", "-antuwxSUZ", "-antuwxSUpeeoZ")
	l.add("F10", "-anZ --ax25", "-anZ --netrom", "-anpeZ --ax25")
	return l
}

// name returns the command line of a case.
func (c *Case) name() string {
	s := fmt.Sprintf("netstat %s", strings.Join(c.Args, " "))
	if c.UID != 0 {
		s += fmt.Sprintf(" (as user %d)", c.UID)
	}
	if c.Older {
		s += " (files at the oracle's paths)"
	}
	return s
}
