//go:build !windows

package resolve

import (
	"context"
	"net"
	"net/netip"
)

// systemHosts reports whether the Resolver reads /etc/hosts before it calls systemLookup.
const systemHosts = true

func systemLookup(ctx context.Context, ip netip.Addr) (string, error) {
	return lookupAddr(ctx, &net.Resolver{PreferGo: true}, ip)
}

func systemFile(name string) string { return "/" + name }
