/* SPDX-License-Identifier: GPL-2.0 */
/* The sysctl kernel.prctl_set_mm. */
#ifndef POLICY_H
#define POLICY_H

#include "prctl_set_mm.h"

#define POLICY	"/proc/sys/kernel/prctl_set_mm"

/* 0 or -errno. */
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

#endif /* POLICY_H */
