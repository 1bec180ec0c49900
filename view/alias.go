package view

import "netstat/fact"

type (
	View        = fact.View
	Record      = fact.Record
	Row         = fact.Row
	Owner       = fact.Owner
	Peer        = fact.Peer
	PeerEnd     = fact.PeerEnd
	Change      = fact.Change
	Rates       = fact.Rates
	Group       = fact.Group
	Value       = fact.Value
	ValueKind   = fact.ValueKind
	Column      = fact.Fact
	ColumnError = fact.NameError
)

const (
	Sockets       = fact.Sockets
	Routes        = fact.Routes
	Interfaces    = fact.Interfaces
	Groups        = fact.Groups
	Statistics    = fact.Statistics
	NAT           = fact.NAT
	ChangeNone    = fact.ChangeNone
	ChangeOpened  = fact.ChangeOpened
	ChangeClosed  = fact.ChangeClosed
	ChangeChanged = fact.ChangeChanged
	ValueAbsent   = fact.ValueAbsent
	ValueText     = fact.ValueText
	ValueNumber   = fact.ValueNumber
	ValueSigned   = fact.ValueSigned
	ValueBytes    = fact.ValueBytes
	ValueRate     = fact.ValueRate
	ValueDuration = fact.ValueDuration
	ValueTime     = fact.ValueTime
	ValueFlag     = fact.ValueFlag
	ValueAddress  = fact.ValueAddress
	ValueEndpoint = fact.ValueEndpoint
	ValueProcess  = fact.ValueProcess
	ValueMilli    = fact.ValueMilli
)

func Columns(v View) []Column                            { return fact.Of(v) }
func FindColumns(v View, names string) ([]Column, error) { return fact.Find(v, names) }
func DefaultColumns(v View) []Column                     { return fact.Default(v) }
func ColumnFacts(c []Column) fact.Needs                  { return fact.NeedsOf(c) }
