// SPDX-License-Identifier: GPL-2.0
/* Begin a soak, and run its sequences: two at a time, or one that changes levels. */
#include "scenes.h"
#include "../exe_files.h"
#include "../need.h"
#include "../policy.h"
#include "../room.h"
#include "../short_memory.h"

struct lab *worker_lab[WORKERS];
const char *only_kind;
static char scene_name[16];

/*
 * kmemleak allocates memory too, which fail-nth would count. It does not where failslab
 * is for some caches only, of which those of kmemleak are none.
 */
static bool may_fail(void)
{
	char name[96], text[8 + 96] = "";

	if (why_not(NEED_PRIVILEGE | NEED_LEVELS))
		return false;
	snprintf(name, sizeof(name), "%s/cache-filter", failslab_dir);
	read_file(name, text, sizeof(text) - 1);
	if (why_not(NEED_FAILURES) && !(text[0] == 'Y' && is_noted(CHANGES_FAILSLAB)))
		return false;
	return !allow_failures();
}

/* Without the sysctl it is what the kernel was built with, by default 1. */
static int present_level(void)
{
	int level = get_policy();

	return level < 0 ? 1 : level;
}

const char *begin_soak(void)
{
	const char *why = why_not(NEED_PRIVILEGE | NEED_FILES | NEED_MOUNTS);
	char dir[96], path[128];
	struct world world = { };
	unsigned int i;
	int twin;

	if (why)
		return why;
	if (access("/proc/sys/vm/mmap_min_addr", R_OK))
		return "the kernel does not say what the lowest address is";
	world.caps = ALL_CAPS;
	if (!make_dir(dir, "soak"))
		return "no folder can be made";
	snprintf(path, sizeof(path), "%s/twin", dir);
	if (!copy_file("/proc/self/exe", path))
		return "the program cannot be copied";
	twin = open(path, O_RDONLY);
	if (!leave_for_twin(twin))
		return "the executable cannot be left";
	for (i = 0; i < WORKERS; i++) {
		if (!make_dir(dir, "soak"))
			return "no folder can be made";
		if (!make_lab(dir, i, &why))
			return why;
		worker_lab[i] = lab;
	}
	if (begin_world(&world))
		return "the bounds to begin with are refused";
	for (i = 0; i < WORKERS; i++) {
		lab = worker_lab[i];
		lab->world = world;
		lab->twin = twin;
		lab->level = present_level();
		lab->may_change = !why_not(NEED_LEVELS);
		lab->can_fail = may_fail();
		lab->can_park = can_park();
		lab->can_make_users = !why_not(NEED_USER_NAMESPACE);
	}
	return NULL;
}

void begin_at(int level)
{
	unsigned int i;

	if (!worker_lab[0]->may_change || set_policy(level))
		return;
	for (i = 0; i < WORKERS; i++)
		worker_lab[i]->level = level;
}

static bool may_pass(void)
{
	if (!only_kind || !strncmp(lab->failure.kind, only_kind, strlen(only_kind)))
		return false;
	printf("# let pass: %s\n", lab->failure.kind);
	fflush(stdout);
	lab->passed++;
	return true;
}

static bool run_one(__u64 seed, unsigned int worker, bool levels)
{
	struct random random;

	seed_random(&random, seed, lab->sequences++ * 4 + worker * 2 + levels);
	lab->count = generate(&random, levels, lab->steps);
	return run_sequence(lab->level) || may_pass();
}

/* Several sequences by each of the workers at once: false if one has failed. */
bool run_alone(__u64 seed, unsigned int sequences)
{
	pid_t pid[WORKERS];
	bool done = true;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		pid[i] = start_child();
		if (pid[i])
			continue;
		lab = worker_lab[i];
		while (sequences--) {
			if (!run_one(seed, i, false))
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++) {
		if (wait_child(pid[i]) && done) {
			lab = worker_lab[i];
			done = false;
		}
	}
	return done;
}

/* One after the other, with changes of the level: false if one has failed. */
bool run_levels(__u64 seed, unsigned int sequences)
{
	int level = worker_lab[0]->level;

	lab = worker_lab[0];
	while (sequences--) {
		if (!run_one(seed, 0, true))
			return false;
		begin_at(level);
	}
	return true;
}

/* With calls that wait, or with some that never end: the last thing before a boot. */
bool run_final(__u64 seed, unsigned int sequences)
{
	struct random random;
	unsigned int i;

	lab = worker_lab[0];
	lab->final = true;
	seed_random(&random, seed, ~1ULL);
	begin_at(random_below(&random, 3));
	if (random_below(&random, 2)) {
		lab->count = generate_final(&random, lab->steps);
		if (!run_sequence(lab->level))
			return false;
	} else if (!run_scenes(seed, 1000, "levels")) {
		return false;
	}
	for (i = 0; i < WORKERS; i++) {
		worker_lab[i]->final = true;
		worker_lab[i]->level = present_level();
	}
	return run_alone(seed, sequences) && run_levels(seed, sequences) &&
	       run_scenes(seed, 1000, "free");
}

bool is_scene(const char *name)
{
	unsigned int i;

	for (i = 0; i < scene_count; i++) {
		if (!strcmp(scenes[i].name, name))
			return true;
	}
	return false;
}

/* Each of the scenes once, with that many calls: false if one has failed. */
bool run_scenes(__u64 seed, unsigned int calls, const char *name)
{
	int level = worker_lab[0]->level;
	unsigned int i;

	lab = worker_lab[0];
	for (i = 0; i < scene_count; i++) {
		if (name && strcmp(name, scenes[i].name))
			continue;
		if (!play(&scenes[i], seed, lab->plays++, calls) && !may_pass()) {
			snprintf(scene_name, sizeof(scene_name), "%s", scenes[i].name);
			return false;
		}
		begin_at(level);
	}
	return true;
}

/* Shrink the sequence that has failed, and tell of it. */
void print_failure(__u64 seed)
{
	int level = lab->failure.level;

	if (!lab->failure.failed) {
		printf("# a worker ended early\n");
		return;
	}
	if (scene_name[0]) {
		printf("# scene %s, after %llu calls, level %d: %s; %s\n", scene_name,
		       lab->calls, level, lab->failure.kind, lab->failure.text);
		printf("# again: soak --seed %llu --scene %s\n", (unsigned long long)seed,
		       scene_name);
		return;
	}
	printf("# seed %llu, sequence %llu, after %llu calls: step %u: %s; %s\n",
	       (unsigned long long)seed, lab->sequences, lab->calls, lab->failure.step,
	       lab->failure.kind, lab->failure.text);
	fflush(stdout);
	/* At level 3 it cannot be run again. */
	if (get_policy() != 3)
		shrink(level);
	printf("# %s; %s\n", lab->failure.kind, lab->failure.text);
	print_steps(stdout, level, lab->steps, lab->count);
	fflush(stdout);
}
