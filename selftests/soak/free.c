// SPDX-License-Identifier: GPL-2.0
/*
 * Threads make any calls at all, while others map and read. No answer can be
 * predicted, but what was read is in order, and one replacement is the most:
 * clauses G6, E4 and X4.
 */
#include "scenes.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#define CALLERS	3

static unsigned int calls_left, replacements;
static struct world start;

static void check_answer(const struct call *call, int answer)
{
	/* Fault injection is for one thread; this is memory that is short in earnest. */
	if (!is_answer(call->option, answer))
		diverge(0, "an answer that this call does not have", "%s: %s",
			option_name(call->option), answer_name(answer));
	if (!answer && call->exe)
		__atomic_add_fetch(&replacements, 1, __ATOMIC_RELAXED);
}

static void *call_anything(void *argument)
{
	struct random random = { (long)argument };
	struct world world = start;
	struct step step = { CALL };
	struct call call;

	while (__atomic_fetch_sub(&calls_left, 1, __ATOMIC_RELAXED) - 1 < INT_MAX) {
		step.a = 1 + random_below(&random, PR_SET_MM_MAP_SIZE);
		step.b = random_number(&random);
		step.c = random_number(&random);
		step.d = random_number(&random);
		decode_call(&world, &step, &call);
		/* The limit is one for all threads. */
		call.limit = NO_LIMIT;
		check_answer(&call, make_call(&call));
	}
	end_scene();
	return NULL;
}

static void *map_anything(void *argument)
{
	static const int kinds[] = { PRIVATE, SHARED, GROWING, FILE_PRIVATE };
	struct random random = { (long)argument };

	while (!is_over()) {
		unsigned long at = ARENA + random_below(&random, ARENA_PAGES) * PAGE;
		int kind = kinds[random_below(&random, ARRAY_SIZE(kinds))];
		int prot = random_below(&random, 8);
		int fd = kind == FILE_PRIVATE ? lab->entry[random_below(&random, 10)].fd : -1;

		switch (random_below(&random, 4)) {
		case 0:
			munmap((void *)at, PAGE);
			break;
		case 1:
			mprotect((void *)at, PAGE, prot);
			break;
		default:
			map_kind(kind, at, PAGE, prot, fd);
		}
	}
	return NULL;
}

static void check_order(const char *path)
{
	unsigned long of[BOUNDS];
	char text[1024] = "";

	read_at_once(path, text, sizeof(text) - 1);
	if (!parse_bounds(text, of))
		diverge(0, "stat cannot be read", "%s: %s", path, text);
	if (of[PR_SET_MM_START_CODE] >= of[PR_SET_MM_END_CODE] ||
	    of[PR_SET_MM_START_DATA] > of[PR_SET_MM_END_DATA] ||
	    of[PR_SET_MM_ARG_START] > of[PR_SET_MM_ARG_END] ||
	    of[PR_SET_MM_ENV_START] > of[PR_SET_MM_ENV_END])
		diverge_by_bounds("a start is above its end", of);
}

static void check_end(const char *path)
{
	static const char zero[8];
	char got[VECTOR_MAX];
	ssize_t length = read_at_once(path, got, sizeof(got));

	if (length < (ssize_t)(2 * lab->word) ||
	    memcmp(got + length - 2 * lab->word, zero, lab->word))
		diverge(0, "a vector has no end", "%s: %zd bytes", path, length);
}

static void read_files(pid_t pid)
{
	/*
	 * Not what reads the memory: below a growing mapping the kernel says so, with a
	 * trace, once.
	 */
	static const char *const others[] = { "maps", "status", "smaps", "statm" };
	char path[64], text[4096];
	unsigned int turn;

	for (turn = 0; !is_over(); turn++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		check_order(path);
		snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
		check_end(path);
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, others[turn % ARRAY_SIZE(others)]);
		read_at_once(path, text, sizeof(text));
	}
}

static void *fork_children(void *argument)
{
	pid_t pid;

	while (!is_over()) {
		pid = patient_fork();
		if (!pid) {
			check_order("/proc/self/stat");
			check_end("/proc/self/auxv");
			_exit(0);
		}
		wait_for_task(pid);
	}
	return NULL;
}

void play_free(struct random *random, unsigned int calls)
{
	void *(*const functions[])(void *argument) = {
		call_anything, call_anything, call_anything, map_anything,
		random_below(random, 2) ? fork_children : map_anything,
	};
	pthread_t threads[ARRAY_SIZE(functions)];
	pid_t self = getpid(), reader;
	unsigned int i;

	calls_left = 4 * calls;
	start = lab->world;
	reader = patient_fork();
	if (!reader) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_files(self);
		_exit(0);
	}
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		patient_pthread_create(&threads[i], NULL, functions[i],
				       (void *)(long)random_number(random));
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		pthread_join(threads[i], NULL);
	wait_for_task(reader);
	if (lab->level && replacements > 1)
		diverge(0, "more than one replacement", "%u at level %d", replacements,
			lab->level);
	if (lab->level == 3 && replacements)
		diverge(0, "a replacement at level 3", "%u", replacements);
}
