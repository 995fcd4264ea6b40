// SPDX-License-Identifier: GPL-2.0
/*
 * attempt [OPTION...] FILE: try to replace the executable of this process by FILE, and
 * print how the last call ended, 0 or an errno.
 *   -l          leave the present executable first
 *   -m          by PR_SET_MM_MAP, otherwise by PR_SET_MM_EXE_FILE
 *   -t TIMES    so many times
 *   -w          while FILE is open for writing
 *   -c NAME     with this name of the task
 *   -u UID      as this user, without capabilities
 *   -n          in a user namespace and a mount namespace of its own
 *   -b TARGET   with FILE mounted on TARGET, which is opened instead
 *   -s OUT      write what stat(2) says of the file that is opened to OUT, as inode= and dev=
 * FILE is "-" for a descriptor that is not open, and "memfd:NAME" for a memfd with a
 * program in it. "attempt malformed FILE" makes calls of which none is an attempt: with
 * unused arguments, a wrong size or address, and then, as user 1234, no capability.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "leave_exe.h"

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "attempt: %s: %s\n", what, strerror(errno));
	exit(9);
}

static int set_mm(unsigned long option, unsigned long arg3, unsigned long arg4,
		  unsigned long arg5)
{
	return prctl(PR_SET_MM, option, arg3, arg4, arg5) ? errno : 0;
}

/* A map that any process may have, and this descriptor in it. */
static struct prctl_mm_map map_with(int fd)
{
	struct prctl_mm_map map = {
		.start_code = 0x10000, .end_code = 0x20000,
		.start_data = 0x10000, .end_data = 0x10000,
		.start_stack = 0x10000,
		.arg_start = 0x10000, .arg_end = 0x10000,
		.env_start = 0x10000, .env_end = 0x10000,
		.exe_fd = fd,
	};

	map.start_brk = (unsigned long)sbrk(0);
	map.brk = map.start_brk;
	return map;
}

static int replace(int by_map, int fd)
{
	struct prctl_mm_map map = map_with(fd);

	if (!by_map)
		return set_mm(PR_SET_MM_EXE_FILE, fd, 0, 0);
	return set_mm(PR_SET_MM_MAP, (unsigned long)&map, sizeof(map), 0);
}

static void become(unsigned int uid)
{
	must(!setresgid(uid, uid, uid) && !setresuid(uid, uid, uid), "setresuid");
	/* Otherwise /proc/self/maps cannot be read. */
	prctl(PR_SET_DUMPABLE, 1);
}

static int open_file(const char *file, const char *target)
{
	int fd;

	if (!strcmp(file, "-"))
		return -1;
	if (!strncmp(file, "memfd:", 6)) {
		fd = memfd_create(file + 6, 0);
		must(fd >= 0 && write(fd, "#!/bin/true\n", 12) == 12, file);
		return fd;
	}
	if (target)
		must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount(file, target, NULL, MS_BIND, NULL), "mount");
	fd = open(target ?: file, O_RDONLY);
	must(fd >= 0, file);
	return fd;
}

static void say_identity(int fd, const char *to)
{
	FILE *out = fopen(to, "w");
	struct stat st;

	must(out && !fstat(fd, &st), to);
	fprintf(out, "inode=%llu dev=%02x:%02x\n", (unsigned long long)st.st_ino,
		major(st.st_dev), minor(st.st_dev));
	must(!fclose(out), to);
}

static int malformed(const char *file)
{
	int fd = open_file(file, NULL), i;
	struct prctl_mm_map map = map_with(fd);
	unsigned long at = (unsigned long)&map;

	must(set_mm(PR_SET_MM_EXE_FILE, fd, 1, 0) == EINVAL &&
	     set_mm(PR_SET_MM_EXE_FILE, fd, 0, 1) == EINVAL &&
	     set_mm(PR_SET_MM_MAP, at, sizeof(map), 1) == EINVAL &&
	     set_mm(PR_SET_MM_MAP, at, 8, 0) == EINVAL &&
	     set_mm(PR_SET_MM_MAP, 8, sizeof(map), 0) == EFAULT, "malformed calls");
	become(1234);
	for (i = 0; i < 100; i++)
		must(replace(0, fd) == EPERM && replace(1, fd) == EPERM, "no capability");
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = NULL, *target = NULL, *identity = NULL;
	int leave = 0, by_map = 0, times = 1, writer = 0, uid = -1, apart = 0;
	int option, fd, error = 0;

	if (argc == 3 && !strcmp(argv[1], "malformed"))
		return malformed(argv[2]);
	while ((option = getopt(argc, argv, "lmt:wc:u:nb:s:")) != -1) {
		switch (option) {
		case 'l':
			leave = 1;
			break;
		case 'm':
			by_map = 1;
			break;
		case 't':
			times = atoi(optarg);
			break;
		case 'w':
			writer = 1;
			break;
		case 'c':
			name = optarg;
			break;
		case 'u':
			uid = atoi(optarg);
			break;
		case 'n':
			apart = 1;
			break;
		case 'b':
			target = optarg;
			break;
		case 's':
			identity = optarg;
			break;
		default:
			return 9;
		}
	}
	if (optind != argc - 1)
		return 9;

	if (leave)
		must(leave_exe() > 0, "leave_exe");
	if (uid >= 0)
		become(uid);
	if (apart)
		must(!unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
	if (name)
		must(!prctl(PR_SET_NAME, name), "PR_SET_NAME");
	if (writer)
		must(open(argv[optind], O_WRONLY) >= 0, argv[optind]);
	fd = open_file(argv[optind], target);
	if (identity)
		say_identity(fd, identity);
	while (times-- > 0)
		error = replace(by_map, fd);
	printf("%d\n", error);
	return 0;
}
