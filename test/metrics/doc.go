// Package metrics lets Prometheus' own programs read what --format=prometheus and
// --format=openmetrics write, in network namespaces of its own.
package metrics
