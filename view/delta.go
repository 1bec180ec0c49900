package view

import (
	"netstat"
)

// Rates is what was counted each second since the round before, in thousandths
// (ValueMilli). What cannot be told is absent: a counter that was not there, or
// one that was reset.
type Rates struct {
	// Counter is that of Record.Counter; for a gauge it is absent.
	Counter Value

	receive, transmit [len(interfaceCounters)]Value // those of Record.Interface
}

func signedCounter(c *netstat.Counter) bool { return c.Group == "Tcp" && c.Name == "MaxConn" }
