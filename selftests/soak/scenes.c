// SPDX-License-Identifier: GPL-2.0
/* Scenes are played in a child, one after the other. */
#include "scenes.h"
#include "../child.h"

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

ssize_t read_at_once(const char *name, void *to, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, to, size);
	if (length < 0)
		length = -errno;
	close(fd);
	return length;
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
	if (status && !lab->failure.failed) {
		lab->failure.failed = true;
		snprintf(lab->failure.kind, sizeof(lab->failure.kind), "the scene ended early");
		snprintf(lab->failure.text, sizeof(lab->failure.text), "status 0x%x", status);
	}
	check_writers();
	return !lab->failure.failed;
}
