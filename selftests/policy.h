/* SPDX-License-Identifier: GPL-2.0 */
/* The sysctl kernel.prctl_set_mm, for the tests of it. */
#ifndef POLICY_H
#define POLICY_H

#include "prctl_set_mm.h"

#define POLICY	"/proc/sys/kernel/prctl_set_mm"

/* 0 or -errno. */
static inline int write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static inline int set_policy(int level)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", level);
	return write_file(POLICY, text);
}

/* The level, or -1 where there is none to read. */
static inline int get_policy(void)
{
	char text[128], *end;
	long level;

	read_file(POLICY, text, sizeof(text) - 1);
	level = strtol(text, &end, 10);
	return *end == '\n' ? level : -1;
}

/* What ExeReplaced: in /proc/self/status says, or -1. */
static inline int exe_replaced(void)
{
	char status[4096], *at;

	read_file("/proc/self/status", status, sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	at = strstr(status, "\nExeReplaced:\t");
	return at ? atoi(strchr(at, '\t')) : -1;
}

#endif /* POLICY_H */
