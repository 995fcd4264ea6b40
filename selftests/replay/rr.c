// SPDX-License-Identifier: GPL-2.0
/* The calls of rr: a task that is detached, and what a recorded task may call. */
#include "../areas.h"
#include "replay.h"

static void drop_caps(void)
{
	int error = only_caps(0);

	if (error)
		fail("cannot drop capabilities: %s", answer(error));
}

/*
 * rr, src/Task.cc: Task::dup_from() creates the mappings of the task that is detached,
 * and apply_mm_map() then sets its bounds with MAP, in the size that MAP_SIZE returns.
 * It passes no vector and no executable, because it does not expect to have CAP_SYS_ADMIN
 * (src/AddressSpace.cc, AddressSpace::read_mm_map()).
 */
static void rr_apply_map(bool rr_is_64_bit)
{
	struct wide_map wide;
	struct prctl_mm_map map;
	unsigned long at = (unsigned long)&map;
	unsigned int size = 0;

	map_task(&map, -1);
	drop_caps();
	/* rr asks in its own process: a 64-bit one is told the size of a 64-bit task. */
	if (rr_is_64_bit)
		size = sizeof(wide);
	else
		must_find_map_size(&size);
	if (sizeof(long) == 4 && kernel_is_64_bit() && size == sizeof(wide)) {
		widen_map(&map, &wide);
		at = (unsigned long)&wide;
	} else if (size != sizeof(map)) {
		fail("MAP_SIZE is %u, which rr does not know", size);
	}
	must(PR_SET_MM_MAP, at, set_mm4(PR_SET_MM_MAP, at, size, 0));
	check_task(&map);
	pass("MAP of %u bytes, no capability", size);
}

void rr_detach(void)
{
	rr_apply_map(false);
}

void rr_detach_32_bit(void)
{
	rr_apply_map(true);
}

/*
 * rr, src/record_syscall.cc: a recorded task may call MAP_SIZE, ARG_START and ARG_END,
 * and PR_GET_AUXV. src/test/prctl.c and src/test/prctl_auxv.c make these calls, with a
 * title on the stack, and accept success and EPERM.
 */
void rr_recorded_calls(void)
{
	char setname[16] = "prctl-test";
	unsigned long addr = (unsigned long)setname;
	bool allowed = level != 3 && has_privilege();
	unsigned int size = 0;
	int error, length;

	if (stacks_grow_up())
		skip("a name on a stack that grows up is above the present ARG_END");
	must_find_map_size(&size);
	if (!size)
		fail("MAP_SIZE is 0");
	error = set_mm(PR_SET_MM_ARG_START, addr);
	if (error != (allowed ? 0 : -EPERM))
		fail("ARG_START 0x%lx: %s", addr, answer(error));
	error = set_mm(PR_SET_MM_ARG_END, addr + sizeof(setname));
	if (error != (allowed ? 0 : -EPERM))
		fail("ARG_END 0x%lx: %s", addr + sizeof(setname), answer(error));
	if (allowed)
		check_file("/proc/self/cmdline", setname, sizeof(setname));

	if (syscall(__NR_prctl, PR_GET_AUXV, 0, 1, 0, 0) >= 0)
		fail("PR_GET_AUXV to address 0: accepted");
	if (errno == EINVAL)
		pass("ARG_START, ARG_END: %s; no PR_GET_AUXV", answer(error));
	if (errno != EFAULT)
		fail("PR_GET_AUXV to address 0: %s", answer(-errno));
	length = syscall(__NR_prctl, PR_GET_AUXV, seen, 1, 0, 0);
	if (length <= 0 || length != syscall(__NR_prctl, PR_GET_AUXV, seen, PAGE, 0, 0))
		fail("PR_GET_AUXV does not return one size");
	pass("ARG_START, ARG_END: %s; PR_GET_AUXV", answer(error));
}
