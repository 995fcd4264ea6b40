// SPDX-License-Identifier: GPL-2.0
/* What a call starts from. */
#include "../leave_exe.h"
#include "probe.h"

bool for_64_bit_kernel;

void limit_data(unsigned long limit)
{
	struct rlimit rlim = { limit, RLIM_INFINITY };

	if (setrlimit(RLIMIT_DATA, &rlim))
		fail("cannot set RLIMIT_DATA");
}

void drop_caps(void)
{
	if (only_caps(0))
		fail("cannot drop capabilities");
}

void leave_own_exe(void)
{
	if (leave_exe() <= 0)
		fail("cannot leave the executable");
}

/* Without the series a 64-bit kernel serves a 32-bit task only in the layout of a 64-bit one. */
int put_map(const struct prctl_mm_map *map)
{
	struct wide_map wide;

	if (!for_64_bit_kernel)
		return set_mm_map(map);
	widen_map(map, &wide);
	return set_mm4(PR_SET_MM_MAP, (unsigned long)&wide, sizeof(wide), 0);
}

int try_bounds(unsigned long low, unsigned long high)
{
	struct prctl_mm_map map;

	read_map(&map);
	fill_bounds(&map, low, high);
	map.start_brk = DATA;
	map.brk = DATA + 4 * PAGE;
	return put_map(&map);
}

void put_bounds(unsigned long low, unsigned long high)
{
	errno = -try_bounds(low, high);
	if (errno)
		fail("cannot set the bounds to start from");
}

void start_bounds(void)
{
	put_bounds(ARENA, ARENA + PAGES * PAGE);
}
