// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test: the time that two threads need for calls of PR_SET_MM that want the same lock.
 * A line each, with a tab between: what the threads call, the ns for one call of each.
 * Compare two kernels by the median of many runs, which take turns: one run says little.
 *
 * It changes only its own process and makes no files. Exit codes: 0 all was measured, 1
 * something could not be, 2 wrong use.
 */
#include "prctl_set_mm.h"
#include "areas.h"
#include "by_hand.h"
#include <pthread.h>
#include <time.h>

#define CALLS	100000

static unsigned long vector[32];
static struct prctl_mm_map map;

static bool set_stack(unsigned int n)
{
	return !set_mm(PR_SET_MM_START_STACK, map.start_stack - 8 * (n & 1));
}

static bool set_vector(unsigned int n)
{
	(void)n;
	return !set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, sizeof(vector), 0);
}

static bool set_map(unsigned int n)
{
	(void)n;
	return !set_mm_map(&map);
}

/* Takes mmap_lock for writing. */
static bool change_areas(unsigned int n)
{
	void *area = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)n;
	return area != MAP_FAILED && !munmap(area, PAGE);
}

static pthread_barrier_t start;

static void *call_often(void *call)
{
	bool (*const once)(unsigned int n) = *(bool (**)(unsigned int))call;
	unsigned int n;

	pthread_barrier_wait(&start);
	for (n = 0; n < CALLS; n++) {
		if (!once(n))
			return NULL;
	}
	return call;
}

static bool contend(const char *what, bool (*one)(unsigned int), bool (*other)(unsigned int))
{
	struct timespec begin, end;
	pthread_t thread;
	void *mine, *its;

	pthread_barrier_init(&start, NULL, 2);
	if (pthread_create(&thread, NULL, call_often, &other))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	mine = call_often(&one);
	pthread_join(thread, &its);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%s\t%lld\n", what, ((end.tv_sec - begin.tv_sec) * 1000000000LL +
				    end.tv_nsec - begin.tv_nsec) / CALLS);
	return mine && its;
}

int main(int argc, char **argv)
{
	bool have_stdout = clean_start();

	if (argc != 1) {
		fprintf(stderr, "usage: contend\n");
		return 2;
	}
	if (!have_stdout) {
		fprintf(stderr, "contend: stdout is closed\n");
		return 1;
	}
	read_map(&map);
	map.start_stack = (unsigned long)__libc_stack_end & ~15UL;
	if (!contend("START_STACK and START_STACK", set_stack, set_stack) ||
	    !contend("AUXV and AUXV", set_vector, set_vector) ||
	    !contend("MAP and MAP", set_map, set_map) ||
	    !contend("MAP and mmap(2), munmap(2)", set_map, change_areas)) {
		fprintf(stderr, "contend: a call was refused; PR_SET_MM wants CAP_SYS_RESOURCE\n");
		return 1;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "contend: cannot write to stdout: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
