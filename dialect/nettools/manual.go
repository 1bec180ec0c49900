package nettools

import (
	"slices"

	"netstat/options"
)

// Options returns the options of net-tools that [Parse] accepts, in the order of its table.
func Options() []options.Classic {
	var list []options.Classic
	for _, o := range argClassic {
		c := options.Classic{
			Short: o.short, Long: o.long, Argument: o.argument, Optional: o.kind == argOptional,
			About: o.about, AboutZH: o.aboutZH,
		}
		if o.long == "protocol" {
			for _, f := range argFamilies {
				c.Values = append(c.Values, f.word)
			}
		}
		// net-tools has --unix twice.
		if i := slices.IndexFunc(list, func(p options.Classic) bool { return p.Long != "" && p.Long == c.Long }); i >= 0 {
			list[i] = c
			continue
		}
		list = append(list, c)
	}
	return list
}
