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
 * Read it, in clock ticks since the boot, and the parent, from the file stat of a process, by
 * its folder of /proc. False if there is no such process, or if it is a zombie.
 */
static inline bool read_start_time_at(int dir, const char *name, int *ppid,
				      unsigned long long *start)
{
	char text[1024], *at;
	ssize_t len;
	int fd, field;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';

	/* It is field 22. Field 2 is the name, in parentheses, which may have any byte in it. */
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %d", ppid) != 1 || strchr("ZX", at[2]))
		return false;
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %llu", start) == 1;
}

/* The same by its PID. */
static inline bool read_start_time(int pid, unsigned long long *start)
{
	char name[32];
	int ppid;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	return read_start_time_at(AT_FDCWD, name, &ppid, start);
}

#endif /* START_TIME_H */
