// Package report answers what a user asks of a host, from a choice of tables,
// rows and facts to the bytes of a format.
//
// A Go program calls [Write], or [Records] for the records themselves:
//
//	src, err := collect.Open(collect.Options{})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	return report.Write(ctx, os.Stdout, src, report.Request{
//		Filter: "state listen and sport < 1024", Columns: "local,process", Format: "json",
//	})
//
// The command netstat passes its options in a [Choice], which becomes a
// [Report] or, by [Choice.Refine], changes what a dialect's text shows.
//
// Other packages print the classic text (netstat/dialect/...), parse command
// lines (netstat/options), open hosts (netstat/collect) and record snapshots
// (netstat/snapshot). Errors name the parts of a request as the command line
// does, "--filter".
package report
