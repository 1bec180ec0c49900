//go:build !windows

package resolve

import (
	"context"
	"net"
	"net/netip"
)

func systemLookup(ctx context.Context, ip netip.Addr) (string, error) {
	return lookupAddr(ctx, &net.Resolver{PreferGo: true}, ip)
}

func systemFile(name string) string { return "/" + name }
