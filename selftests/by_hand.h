/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers for the programs that people run by hand, possibly as root on a machine
 * that matters: they must leave nothing behind and touch nothing that is not theirs.
 */
#ifndef BY_HAND_H
#define BY_HAND_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Open what is closed of stdin, stdout and stderr, read-only. Without this, the next
 * file that the program opens takes the number, and messages are written to it.
 * SIGCHLD must not be ignored either: the kernel would then reap children by itself,
 * and their PIDs could belong to other processes. False if stdout was closed.
 */
static inline bool clean_start(void)
{
	bool have_stdout = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	int fd;

	signal(SIGCHLD, SIG_DFL);
	do {
		fd = open("/", O_RDONLY | O_DIRECTORY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return have_stdout;
}

/*
 * Mount a filesystem of this type without a mount point: its root, or -1 with errno.
 * The mount is invisible to other processes and disappears with the descriptor.
 * <sys/mount.h> and <linux/mount.h> exclude each other, hence the plain numbers.
 */
static inline int detached_mount(const char *type)
{
	enum { CLOEXEC = 1, CREATE = 6 };	/* FSOPEN_*, FSMOUNT_*, FSCONFIG_CMD_* */
	int context = syscall(__NR_fsopen, type, CLOEXEC), root = -1, error;

	if (context < 0)
		return -1;
	if (!syscall(__NR_fsconfig, context, CREATE, NULL, NULL, 0))
		root = syscall(__NR_fsmount, context, CLOEXEC, 0);
	error = errno;
	close(context);
	errno = error;
	return root;
}

/* The first file of a list that can become the executable, or -1; *@name is its name. */
static inline int open_other_exe(const char **name)
{
	static const char *const names[] = { "/bin/busybox", "/bin/true", "/bin/sh", NULL };
	int fd = -1, i;

	*name = names[0];
	for (i = 0; fd < 0 && names[i]; i++) {
		*name = names[i];
		fd = open(*name, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

#endif /* BY_HAND_H */
