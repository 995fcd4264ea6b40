// SPDX-License-Identifier: GPL-2.0
/*
 * Once a write of a stricter level has returned, no call changes anything that this
 * level refuses: clauses P3, L1 and L3.
 */
#include "scenes.h"
#include "../policy.h"
#include <pthread.h>

static const struct entry *exes[2];
static struct tagged maps[2];
static bool warm;
static int calls_left;		/* until the next level */

static int call_once(unsigned int kind, unsigned int turn)
{
	switch (kind) {
	case 0:
		return count_call(PR_SET_MM_EXE_FILE, exes[turn % 2]->fd, 0);
	case 1:
		return count_call(PR_SET_MM_MAP, (long)&maps[turn % 2].map, sizeof(maps[0].map));
	case 2:
		return count_call(PR_SET_MM_AUXV, (long)maps[turn % 2].vector, 64);
	}
	return count_call(PR_SET_MM_START_STACK, ARENA + turn % 2 * 64, 0);
}

static void *call_always(void *argument)
{
	unsigned int kind = (long)argument, turn;

	for (turn = 0; !is_over(); turn++) {
		while (__atomic_load_n(&calls_left, __ATOMIC_RELAXED) <= 0 && !is_over())
			usleep(100);
		__atomic_sub_fetch(&calls_left, 1, __ATOMIC_RELAXED);
		call_once(kind, turn);
		__atomic_store_n(&warm, true, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void set_level(int level)
{
	int error = set_policy(level);

	if (error)
		diverge(0, "the level cannot be set", "%d: %s", level, answer_name(error));
	lab->level = level;
}

/*
 * What they must not change any more, at 1 the link, at 2 the code, which no executable
 * mapping is behind, at 3 all of it.
 */
static void check_still(int level)
{
	struct mm_state before, after;
	unsigned int turns;

	read_state(&before);
	for (turns = 0; turns < 3; turns++) {
		sched_yield();
		read_state(&after);
		if (strcmp(before.exe, after.exe))
			diverge(0, "the link has changed after a stricter level was set",
				"level %d: %s, then %s", level, before.exe, after.exe);
		if (level == 2 &&
		    before.of[PR_SET_MM_START_CODE] != after.of[PR_SET_MM_START_CODE])
			diverge(0, "the code has changed at level 2", "0x%lx, then 0x%lx",
				before.of[PR_SET_MM_START_CODE], after.of[PR_SET_MM_START_CODE]);
		if (level == 3 && memcmp(&before, &after, sizeof(after)))
			diverge(0, "something has changed at level 3", "the exe link has not");
	}
}

void play_levels(struct random *random, unsigned int calls)
{
	unsigned int rounds = calls / 500 + 1, i;
	pthread_t threads[4];

	if (!lab->may_change || lab->level == 3)
		return;
	set_level(0);
	calls_left = calls;
	for (i = 0; i < 2; i++) {
		exes[i] = &lab->entry[2 + random_below(random, 6)];
		make_tagged(&maps[i], i);
		if (random_below(random, 2))
			maps[i].map.exe_fd = exes[i]->fd;
	}
	mmap((void *)ARENA, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (i = 0; i < 4; i++)
		patient_pthread_create(&threads[i], NULL, call_always, (void *)(long)i);
	while (!__atomic_load_n(&warm, __ATOMIC_ACQUIRE))
		sched_yield();
	if (lab->final) {
		set_level(3);
		check_still(3);
	}
	while (rounds-- && !lab->final) {
		set_level(0);
		__atomic_store_n(&calls_left, calls / 2, __ATOMIC_RELAXED);
		usleep(random_below(random, 2000));
		set_level(1 + random_below(random, 2));
		check_still(lab->level);
	}
	end_scene();
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
