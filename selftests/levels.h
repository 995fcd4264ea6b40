/* SPDX-License-Identifier: GPL-2.0 */
/* The levels of kernel.prctl_set_mm one after the other, for tests of what differs. */
#ifndef LEVELS_H
#define LEVELS_H

#include "guard.h"
#include "need.h"
#include "policy.h"

/* The levels at which something can be changed are 0 to this one. */
#define LAST_LEVEL	2

/* The level that the tests began with. A kernel without the sysctl has the default. */
static inline int first_level(void)
{
	return base_level < 0 ? 1 : base_level;
}

/* Can a test have this level? Without the permission to set it, there is only the first one. */
static inline bool has_level(int level)
{
	return level == first_level() || !why_not(NEED_LEVELS);
}

/* Set it unless it is there: 0 or -errno. */
static inline int enter_level(int level)
{
	int present = get_policy();

	return level == (present < 0 ? first_level() : present) ? 0 : set_policy(level);
}

#endif /* LEVELS_H */
