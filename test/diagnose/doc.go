// Package diagnose makes the faults that the rules of package netstat/diagnose look for,
// each in a network namespace of its own, and hosts that come close to them. Each rule
// has its file.
package diagnose
