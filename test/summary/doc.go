// Package summary compares --summary and statistics in other formats than classic text
// with ss(8), nstat(8) and the kernel's own files, in network namespaces of its own.
package summary
