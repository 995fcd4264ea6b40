// SPDX-License-Identifier: GPL-2.0
/* PR_SET_MM_MAP and PR_SET_MM_MAP_SIZE. */
#include "probe.h"

static int map_with_exe(int before, int fd, bool capable)
{
	struct prctl_mm_map map;
	int error;

	if (fd >= 0)
		leave_own_exe();
	read_map(&map);
	map.exe_fd = before;
	error = before < 0 ? 0 : set_mm_map(&map);
	if (!error && !capable)
		drop_caps();
	map.exe_fd = fd;
	return error ?: set_mm_map(&map);
}

void probe_maps(void)
{
	int a = open_own("a", O_RDONLY), b = open_exe("d", 0755);
	const unsigned int bounds = offsetof(struct prctl_mm_map, auxv) / sizeof(__u64);
	static const __u64 bad[] = { 0, 1ULL << 63, ~0ULL };
	struct prctl_mm_map map;
	unsigned int i, j;
	char what[64];
	__u64 good;

	read_map(&map);
	for (i = 0; i < 128; i += 4) {
		snprintf(what, sizeof(what), "%u bytes", i);
		try(i == sizeof(map) && sizeof(long) == 4 ? "M4" : "M2", PR_SET_MM_MAP,
		    what, (unsigned long)&map, i, 0);
	}
	try(sizeof(long) == 4 ? "M4" : "M2", PR_SET_MM_MAP, "address 0", 0, sizeof(map), 0);
	say("M1", PR_SET_MM_MAP_SIZE, "address 0", IN_A_CHILD(set_mm(PR_SET_MM_MAP_SIZE, 0)));
	if (sizeof(long) == 4)
		return;
	for (i = 0; i < bounds; i++) {
		good = ((__u64 *)&map)[i];
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			((__u64 *)&map)[i] = bad[j];
			snprintf(what, sizeof(what), "bound %u bad in way %u", i, j);
			say("G6", PR_SET_MM_MAP, what, IN_A_CHILD(set_mm_map(&map)));
		}
		((__u64 *)&map)[i] = good;
	}
	map.auxv_size = 8;
	say("M2", PR_SET_MM_MAP, "a size and no vector", IN_A_CHILD(set_mm_map(&map)));
	say("M3", PR_SET_MM_MAP, "an executable and a vector that cannot be read, no capability",
	    IN_A_CHILD((drop_caps(), map.exe_fd = a, map.auxv = (void *)1, set_mm_map(&map))));
	say("M3", PR_SET_MM_MAP, "an executable, no capability",
	    IN_A_CHILD(map_with_exe(-1, a, false)));
	say("M3", PR_SET_MM_MAP, "an executable", IN_A_CHILD(map_with_exe(-1, a, true)));
	say("E4", PR_SET_MM_MAP, "a second executable", IN_A_CHILD(map_with_exe(a, b, true)));
	say("E1", PR_SET_MM_MAP, "no executable", IN_A_CHILD(map_with_exe(-1, 1000, true)));
}
