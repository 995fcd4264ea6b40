/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The start time of a process. With its PID it identifies a process: no other one has
 * had both since the boot.
 */
#ifndef START_TIME_H
#define START_TIME_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Read it, in clock ticks since the boot, from /proc/PID/stat. False if there is no such
 * process, or if it is a zombie.
 */
static inline bool read_start_time(int pid, unsigned long long *start)
{
	char name[32], text[1024], *at;
	ssize_t len;
	int fd, field;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';

	/* It is field 22. Field 2 is the name, in parentheses, which may have any byte in it. */
	at = strrchr(text, ')');
	if (at && at[1] && strchr("ZX", at[2]))
		return false;
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %llu", start) == 1;
}

#endif /* START_TIME_H */
