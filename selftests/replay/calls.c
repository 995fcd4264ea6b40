// SPDX-License-Identifier: GPL-2.0
/* The calls of PR_SET_MM, with what is known of the user, the level and the kernel. */
#include "replay.h"

const char *answer(int error)
{
	return error ? strerrorname_np(-error) : "accepted";
}

void must(unsigned int option, unsigned long arg3, int error)
{
	if (level == 3 && error == -EPERM)
		skip("%s: EPERM, since kernel.prctl_set_mm is 3", option_name(option));
	if (level == 3 && !error)
		fail("%s is accepted although kernel.prctl_set_mm is 3", option_name(option));
	if (error && option == PR_SET_MM_MAP)
		fail("MAP: %s", answer(error));
	if (error)
		fail("%s 0x%lx: %s", option_name(option), arg3, answer(error));
}

void must_set(unsigned int option, unsigned long arg3)
{
	must(option, arg3, set_mm(option, arg3));
}

void must_set_auxv(const unsigned long *auxv, size_t size)
{
	must(PR_SET_MM_AUXV, (unsigned long)auxv,
	     set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, size, 0));
}

void must_find_map_size(void *size)
{
	int error = set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)size);

	if (error)
		fail("MAP_SIZE: %s", answer(error));
}

/* -1 is no descriptor, so this changes nothing. */
bool has_privilege(void)
{
	return level == 3 ? has_cap(CAP_SYS_RESOURCE) :
			    set_mm(PR_SET_MM_EXE_FILE, -1) != -EPERM;
}

void need_privilege(void)
{
	if (!has_privilege())
		skip("needs CAP_SYS_RESOURCE in the initial user namespace");
}

bool map_may_be_refused(void)
{
	return sizeof(long) == 4 && kernel_is_64_bit() && level < 0;
}
