// SPDX-License-Identifier: GPL-2.0
/* The calls of LXC: the title of its monitor. */
#include "replay.h"

/*
 * LXC, src/lxc/initutils.c, setproctitle(): MAP with the bounds from /proc/self/stat and
 * brk(2), except for the arguments, which are on the heap of malloc(3). If that fails,
 * LXC logs it and goes on (src/lxc/lxccontainer.c, do_lxcapi_start()).
 */
void lxc_title(void)
{
	static const char name[] = "[lxc monitor] /var/lib/lxc replay";
	struct prctl_mm_map map;
	char *proctitle;
	int error;

	proctitle = malloc(sizeof(name));
	if (!proctitle)
		fail("no memory for the title");
	memset(proctitle, 0, sizeof(name));
	read_map(&map);
	map.arg_start = (unsigned long)proctitle;
	map.arg_end = map.arg_start + sizeof(name);
	error = set_mm_map(&map);
	if ((error == -EINVAL && map_may_be_refused()) || (error == -EPERM && level == 3))
		pass("MAP: %s, so it goes on without the title", answer(error));
	must(PR_SET_MM_MAP, (unsigned long)&map, error);
	memcpy(proctitle, name, sizeof(name));
	check_bounds(&map);
	check_file("/proc/self/cmdline", name, sizeof(name));
	pass("MAP");
}
