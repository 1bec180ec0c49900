package collect

import "netstat/internal/linux"

// SELinuxEnabled says whether the running system enforces or logs by an
// SELinux policy, as is_selinux_enabled(3) does.
func SELinuxEnabled() bool { return linux.SELinuxEnabled() }
