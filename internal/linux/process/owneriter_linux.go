package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/sysfile"

	"golang.org/x/sys/unix"
)

// bpfFindOwners lets the kernel iterate over all open files (Linux 5.8,
// kernel/bpf/task_iter.c), which costs an eighth of reading the links in /proc.
// It covers every process, so none is denied. With reading it reads the
// kernel's type information if that cannot be mapped.
func bpfFindOwners(ctx context.Context, procRoot string, reading bool, c *ownerCollector) error {
	if !ownerInitialPIDNamespace(procRoot) {
		return fmt.Errorf("bpf outside the initial pid namespace: %w", errors.ErrUnsupported)
	}
	iter, err := bpf.OpenOwners(reading, c.threads, c.rings)
	if err != nil {
		return err
	}
	defer unix.Close(iter)
	return bpfReadOwners(ctx, iter, c)
}

// bpfReadOwners reads an iterator to its end, or until everything requested is
// found.
func bpfReadOwners(ctx context.Context, iter int, c *ownerCollector) error {
	// One read returns at most the kernel's buffer of eight pages
	// (bpf_seq_read in kernel/bpf/bpf_iter.c).
	buf := make([]byte, 64<<10)
	kept, failures := 0, 0
	for !c.complete() {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := sysfile.Read(iter, buf[kept:])
		switch {
		case err == unix.EAGAIN || err == unix.ENOMEM:
			// EAGAIN: a million consecutive files that are not
			// sockets.
			if failures++; failures > 1000 || err == unix.ENOMEM && failures > 3 {
				return fmt.Errorf("read BPF iterator: %w", err)
			}
			continue
		case err != nil:
			return fmt.Errorf("read BPF iterator: %w", err)
		case n == 0 && kept > 0:
			return fmt.Errorf("read BPF iterator: %w", io.ErrUnexpectedEOF)
		case n == 0:
			return nil
		}
		failures = 0
		kept = copy(buf, bpf.OwnerRecords(buf[:kept+n], c.record))
	}
	return nil
}
