// SPDX-License-Identifier: GPL-2.0
/* Files on a filesystem that only this program can see. */
#include "../by_hand.h"
#include "probe.h"

int own_files;

/*
 * Random calls take small numbers for descriptors, so those of the files that are mapped are
 * 3 to 5 and the others above that are closed, whatever was inherited.
 */
void mount_own_files(void)
{
	int low;

	/* 3, as of 5.9 close_range(2) is there. */
	if (syscall(__NR_close_range, 3, ~0U, 0))
		fail("cannot close inherited descriptors");
	low = detached_mount("tmpfs");
	if (low < 0) {
		fprintf(stderr, "probe: cannot mount a tmpfs of its own, is this root?: %s\n",
			strerror(errno));
		exit(4);
	}
	own_files = fcntl(low, F_DUPFD_CLOEXEC, 100);
	if (own_files < 0)
		fail("cannot copy a descriptor");
	close(low);
}

int open_own(const char *name, int flags)
{
	int fd = openat(own_files, name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		fail("cannot open the file %s", name);
	return fd;
}

int open_exe(const char *name, mode_t mode)
{
	int fd = open_own(name, O_WRONLY | O_CREAT | O_EXCL);

	if (fchmod(fd, mode))
		fail("cannot set the mode of the file %s", name);
	close(fd);
	return open_own(name, O_RDONLY);
}

int make_memfd(const char *name)
{
	/* MFD_EXEC, which 6.1 does not know: else vm.memfd_noexec decides on the answer. */
	int fd = syscall(__NR_memfd_create, name, 0x10);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(__NR_memfd_create, name, 0);
	if (fd < 0)
		fail("cannot make a memfd");
	return fd;
}
