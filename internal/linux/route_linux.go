package linux

import (
	"golang.org/x/sys/unix"

	"netstat/internal/linux/netlink"
)

// routeSocket is a NETLINK_ROUTE socket.
type routeSocket struct{ netlink.Socket }

func dialRoutes() (routeConn, error) {
	c, err := netlink.Dial(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(int(c), unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
		c.Close()
		if err == unix.ENOPROTOOPT {
			err = errNoStrictDump
		}
		return nil, err
	}
	return routeSocket{c}, nil
}

func (c routeSocket) interfaceName(index uint32) (string, error) {
	return nameInterface(int(c.Socket), index)
}

// interfaceName returns the name of an interface. It opens its own socket.
func interfaceName(index uint32) (string, error) {
	f, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return "", err
	}
	defer unix.Close(f)
	return nameInterface(f, index)
}

// nameInterface returns the name of an interface; "" for 0. Any socket works.
func nameInterface(socket int, index uint32) (string, error) {
	if index == 0 {
		return "", nil
	}
	request, err := unix.NewIfreq("")
	if err != nil {
		return "", err
	}
	request.SetUint32(index)
	for {
		err := unix.IoctlIfreq(socket, unix.SIOCGIFNAME, request)
		if err == nil {
			return request.Name(), nil
		}
		if err != unix.EINTR {
			return "", err
		}
	}
}
