// SPDX-License-Identifier: GPL-2.0
/* The calls of CRIU: criu check, and the end of a restore. */
#include "../addresses.h"
#include "../by_hand.h"
#include "../leave_exe.h"
#include "replay.h"
#include <linux/auxvec.h>

#define ABOVE	FREE_ADDRESSES

/*
 * CRIU, criu/cr-check.c: check_prctl_cat1(), check_prctl_cat2() and check_userns() ask
 * for the size of the struct, the last one with a pointer to a long.
 */
void criu_check(void)
{
	unsigned long size_for_userns = 0;
	unsigned int size = 0;

	must_find_map_size(&size);
	must_find_map_size(&size_for_userns);
	pass("MAP_SIZE is %u", size);
}

/*
 * CRIU, criu/cr-check.c: check_prctl_cat1() on a kernel without MAP_SIZE. Any error of
 * EXE_FILE except EBADF means to it that the kernel does not have EXE_FILE.
 */
void criu_check_without_map_size(void)
{
	unsigned long user_auxv = 0;
	int error;

	need_privilege();
	must_set(PR_SET_MM_BRK, (unsigned long)sbrk(0));
	error = set_mm(PR_SET_MM_EXE_FILE, -1);
	if (error != -EBADF)
		fail("EXE_FILE -1: %s instead of EBADF", answer(error));
	must_set_auxv(&user_auxv, sizeof(user_auxv));
	check_auxv(&user_auxv, sizeof(user_auxv));
	pass("BRK, EXE_FILE -1, AUXV");
}

/*
 * The vector as CRIU saves it (criu/cr-dump.c, get_task_auxv()), with another user ID,
 * so that setting it changes something. Returns its size.
 */
static size_t saved_auxv(unsigned long vector[128])
{
	size_t size = look_at("/proc/self/auxv"), i;

	if (!size || size > 128 * sizeof(long))
		fail("/proc/self/auxv has %zu bytes", size);
	memcpy(vector, seen, size);
	for (i = 0; i < size / sizeof(long) && vector[i] != AT_NULL; i += 2) {
		if (vector[i] == AT_UID)
			vector[i + 1] ^= 0x5e7;
	}
	return size;
}

/*
 * CRIU's restorer is above the task, so a start can be set before its end. Where this
 * program begins below it, its bounds move up first.
 */
static void stand_above_task(void)
{
	if ((unsigned long)stand_above_task > TASK)
		return;
	map_at(ABOVE, 1, PROT_READ | PROT_EXEC, MAP_FIXED_NOREPLACE, -1);
	map_at(ABOVE + PAGE, 1, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE, -1);
	must_set(PR_SET_MM_END_CODE, ABOVE + PAGE);
	must_set(PR_SET_MM_START_CODE, ABOVE);
	must_set(PR_SET_MM_BRK, ABOVE + 3 * PAGE);
	must_set(PR_SET_MM_START_BRK, ABOVE + 3 * PAGE);
	must_set(PR_SET_MM_END_DATA, ABOVE + 2 * PAGE);
	must_set(PR_SET_MM_START_DATA, ABOVE + PAGE);
}

/* CRIU, criu/pie/restorer.c: the single options in __export_restore_task(). */
static void criu_set_one_by_one(const struct prctl_mm_map *map)
{
	need_privilege();
	stand_above_task();
	must_set(PR_SET_MM_START_CODE, map->start_code);
	must_set(PR_SET_MM_END_CODE, map->end_code);
	must_set(PR_SET_MM_START_DATA, map->start_data);
	must_set(PR_SET_MM_END_DATA, map->end_data);
	must_set(PR_SET_MM_START_STACK, map->start_stack);
	must_set(PR_SET_MM_START_BRK, map->start_brk);
	must_set(PR_SET_MM_BRK, map->brk);
	must_set(PR_SET_MM_ARG_START, map->arg_start);
	must_set(PR_SET_MM_ARG_END, map->arg_end);
	must_set(PR_SET_MM_ENV_START, map->env_start);
	must_set(PR_SET_MM_ENV_END, map->env_end);
	must_set_auxv((void *)map->auxv, map->auxv_size);
	/* restore_self_exe_late() */
	must_set(PR_SET_MM_EXE_FILE, map->exe_fd);
}

/*
 * CRIU, criu/pie/restorer.c, __export_restore_task(): the old mappings are gone and
 * those of the task are in place. MAP has every field, the vector and the descriptor of
 * the executable. On EINVAL CRIU sets the single options; any other error ends the
 * restore.
 */
static void criu_tune_up(bool knows_map)
{
	unsigned long vector[128];
	struct prctl_mm_map map;
	int exe, error = -EINVAL;
	const char *name;

	exe = open_other_exe(&name);
	if (exe < 0)
		skip("there is no other file to become the executable");
	if (!has_cap(CAP_SYS_ADMIN) && !has_cap(CAP_CHECKPOINT_RESTORE))
		skip("needs CAP_CHECKPOINT_RESTORE");
	if (leave_exe() <= 0) {
		if (errno == EACCES)
			skip("the system lets no anonymous memory be executed");
		fail("cannot leave the executable: %s", answer(-errno));
	}
	map_task(&map, exe);
	map.auxv = (void *)vector;
	map.auxv_size = saved_auxv(vector);
	map.exe_fd = exe;

	if (knows_map)
		error = set_mm_map(&map);
	if (error == -EINVAL && (!knows_map || map_may_be_refused()))
		criu_set_one_by_one(&map);
	else
		must(PR_SET_MM_MAP, (unsigned long)&map, error);

	check_task(&map);
	check_auxv(vector, map.auxv_size);
	check_exe(exe);
	pass("%s", !knows_map ? "the single options" :
		   error ? "MAP: EINVAL, then the single options" : "MAP");
}

void criu_restore(void)
{
	criu_tune_up(true);
}

void criu_restore_without_map(void)
{
	criu_tune_up(false);
}
