// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks with one memory map replace its executable at the same time. At levels 1 and 2
 * one succeeds, and what the others wanted is nowhere to be seen: clauses E4, E6, E8
 * and G7.
 */
#include "scenes.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define RACERS_MAX	6
#define STACK_SIZE	(128 << 10)

static struct racer {
	struct tagged tagged;
	const struct entry *exe;
	bool whole_map;
	int result;
} racers[RACERS_MAX];

static long double stacks[RACERS_MAX][STACK_SIZE / sizeof(long double)];
static bool go;
static unsigned int ready;

static int race(void *argument)
{
	struct racer *racer = argument;

	__atomic_add_fetch(&ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		sched_yield();
	if (racer->whole_map)
		racer->result = count_call(PR_SET_MM_MAP, (long)&racer->tagged.map,
					   sizeof(racer->tagged.map));
	else
		racer->result = count_call(PR_SET_MM_EXE_FILE, racer->exe->fd, 0);
	return 0;
}

static void *race_in_thread(void *argument)
{
	race(argument);
	return NULL;
}

static const struct entry *choose_exe(struct random *random)
{
	const struct entry *entry;

	do {
		entry = &lab->entry[random_below(random, lab->entries)];
	} while (entry->kind != GOOD || entry->file == PROGRAM);
	return entry;
}

static void check_winner(unsigned int count)
{
	const struct racer *winner = NULL;
	unsigned long of[BOUNDS];
	char text[4096] = "";
	unsigned int i, wins = 0;

	for (i = 0; i < count; i++) {
		if (!racers[i].result) {
			winner = &racers[i];
			wins++;
		} else if (racers[i].result != -EBUSY) {
			diverge(0, "a racer is refused for another reason", "%s",
				answer_name(racers[i].result));
		}
	}
	if (wins != 1)
		diverge(0, "not one replacement", "%u of %u succeeded at level %d", wins,
			count, lab->level);
	if (readlink("/proc/self/exe", text, sizeof(text) - 1) < 0 ||
	    strcmp(text, file_name(winner->exe->file, winner->exe->name)))
		diverge(0, "the exe link is not the winner's", "%s", text);
	read_at_once("/proc/self/stat", text, sizeof(text) - 1);
	of[PR_SET_MM_BRK] = syscall(__NR_brk, 0);
	if (!parse_bounds(text, of))
		diverge(0, "stat cannot be read", "%s", text);
	/* The bounds were those of @world, unless a map has won. */
	if (winner->whole_map ? tag_of_bounds(of) != winner - racers :
	    of[PR_SET_MM_START_CODE] != ARENA || of[PR_SET_MM_ARG_END] != ARENA_END)
		diverge(0, "a refused map has changed the bounds", "start_code 0x%lx",
			of[PR_SET_MM_START_CODE]);
	memset(text, 0, sizeof(text));
	read_at_once("/proc/self/status", text, sizeof(text) - 1);
	if (!strstr(text, "\nExeReplaced:\t1\n"))
		diverge(0, "ExeReplaced is not true", "it should be 1");
}

/* One round, in a map of its own. */
static void race_once(struct random *random)
{
	unsigned int count = 2 + random_below(random, RACERS_MAX - 1), i;
	bool maps = random_below(random, 2);
	pthread_t threads[RACERS_MAX];
	pid_t pids[RACERS_MAX] = { };

	map_tags();
	for (i = 0; i < count; i++) {
		racers[i].exe = choose_exe(random);
		racers[i].whole_map = maps && random_below(random, 4);
		make_tagged(&racers[i].tagged, i);
		racers[i].tagged.map.exe_fd = racers[i].exe->fd;
		/* The first one is a thread: this task must not have a busy stack. */
		if (i && random_below(random, 3) == 0)
			pids[i] = clone_on(race, stacks[i], sizeof(stacks[i]),
					   CLONE_VM | SIGCHLD, &racers[i]);
		else
			patient_pthread_create(&threads[i], NULL, race_in_thread, &racers[i]);
	}
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) != count)
		sched_yield();
	__atomic_store_n(&go, true, __ATOMIC_RELEASE);
	for (i = 0; i < count; i++) {
		if (!pids[i])
			pthread_join(threads[i], NULL);
		else
			wait_for_task(pids[i]);
	}
	if (lab->level)
		check_winner(count);
}

void play_winner(struct random *random, unsigned int calls)
{
	unsigned int rounds = calls / 80 + 1;
	int status;
	pid_t pid;

	if (lab->level == 3)
		return;
	while (rounds--) {
		struct random own = { random_number(random) };

		pid = start_child();
		if (!pid) {
			race_once(&own);
			_exit(0);
		}
		status = wait_child(pid);
		if (status)
			diverge(0, "a task ended early", "status 0x%x", status);
	}
}
