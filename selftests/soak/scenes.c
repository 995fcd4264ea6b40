// SPDX-License-Identifier: GPL-2.0
/* Scenes are played in a child, one after the other. */
#include "scenes.h"

#define PATIENCE	120

const struct scene scenes[] = {
	{ "torn", play_torn },
	{ "winner", play_winner },
	{ "free", play_free },
	{ "levels", play_levels },
	{ "spray", play_spray },
};

const unsigned int scene_count = ARRAY_SIZE(scenes);

bool is_over(void)
{
	return __atomic_load_n(&lab->over, __ATOMIC_RELAXED);
}

void end_scene(void)
{
	__atomic_store_n(&lab->over, true, __ATOMIC_RELAXED);
}

int count_call(unsigned long option, unsigned long arg3, unsigned long arg4)
{
	__atomic_add_fetch(&lab->calls, 1, __ATOMIC_RELAXED);
	return set_mm4(option, arg3, arg4, 0);
}

void wait_for_task(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		diverge(0, "a task ended early", "status 0x%x", status);
}

void diverge_by_bounds(const char *kind, const unsigned long *of)
{
	char text[400];
	size_t used = 0;
	unsigned int i;

	for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s 0x%lx ",
				 option_name(i), of[i]);
	diverge(0, kind, "%s", text);
}

bool play(const struct scene *scene, __u64 seed, __u64 number, unsigned int calls)
{
	struct random random;
	int level = lab->level, status;
	pid_t pid;

	memset(&lab->failure, 0, sizeof(lab->failure));
	lab->failure.level = level;
	lab->over = false;
	lab->count = 0;
	seed_random(&random, seed ^ 0x5ce9e5, number);
	pid = start_child();
	if (!pid) {
		alarm(PATIENCE);
		scene->play(&random, calls);
		_exit(0);
	}
	status = wait_child(pid);
	end_scene();
	if (status)
		note_failure(0, "the scene ended early", "status 0x%x", status);
	check_writers();
	return !lab->failure.failed;
}
