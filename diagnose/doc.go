// Package diagnose finds what is wrong with a host's network, with evidence. A [Rule]
// looks for one thing; [Rules] lists all. A [Diagnosis] reads a host once or several
// times and applies rules to what it reads.
//
// Rules read the model only, so that they judge a snapshot as they judge a running host.
// The package neither formats findings nor chooses hosts: packages render and report do.
package diagnose
