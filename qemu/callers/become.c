// SPDX-License-Identifier: GPL-2.0
/*
 * become FILE: replace the executable of this process by FILE, and wait to be killed. Exit
 * status 1: it was refused, with the reason on stderr.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "leave_exe.h"

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	if (fd < 0 || leave_exe() <= 0 ||
	    prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0)) {
		perror("become");
		return 1;
	}
	close(fd);
	for (;;)
		pause();
}
