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

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
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

static inline int get_policy(void)
{
	char text[16] = "";

	read_file(POLICY, text, sizeof(text) - 1);
	return atoi(text);
}

#endif /* POLICY_H */
