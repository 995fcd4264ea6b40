// SPDX-License-Identifier: GPL-2.0
/*
 * Many calls that wait in the middle must not fill the kernel's general caches with
 * bytes of the caller: clause X5. What the threads cost that make them is found out by
 * as many that wait for the same page in a system call of another kind.
 */
#include "scenes.h"
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define CALLS	160
#define CACHES	64

static struct cache {
	char name[32];
	long before, control, parked;
} caches[CACHES];

static unsigned int cache_count;
static bool real;

/* The general caches; false if this kernel does not tell. */
static bool count_objects(long (*get)(struct cache *cache, long count))
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[256], name[32];
	unsigned int i;
	long active;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%31s %ld", name, &active) != 2 || strncmp(name, "kmalloc-", 8))
			continue;
		for (i = 0; i < cache_count && strcmp(caches[i].name, name); i++)
			;
		if (i == CACHES)
			continue;
		if (i == cache_count)
			snprintf(caches[cache_count++].name, sizeof(name), "%s", name);
		get(&caches[i], active);
	}
	fclose(file);
	return true;
}

static long set_before(struct cache *cache, long count)
{
	return cache->before = count;
}

static long set_control(struct cache *cache, long count)
{
	return cache->control = count - cache->before;
}

static long set_parked(struct cache *cache, long count)
{
	return cache->parked = count - cache->before;
}

static void *wait_in_call(void *argument)
{
	if (real)
		count_call(PR_SET_MM_AUXV, PARK, lab->vector_size);
	else
		/* There is no such process, which is found out after the copy. */
		syscall(__NR_prlimit64, -1, RLIMIT_NOFILE, PARK, NULL);
	return NULL;
}

/* All of them wait, then go on. */
static void park_all(long (*get)(struct cache *cache, long count))
{
	static char zeros[1 << 16];
	struct uffdio_copy copy = { .dst = PARK, .src = (unsigned long)zeros, .len = PAGE };
	pthread_t threads[CALLS];
	pthread_attr_t small;
	struct uffd_msg message;
	unsigned int i;
	int faults;

	faults = keep_back(PARK, 0);
	if (faults < 0)
		diverge(0, "userfaultfd", "%m");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (i = 0; i < CALLS; i++) {
		patient_pthread_create(&threads[i], &small, wait_in_call, NULL);
		if (read(faults, &message, sizeof(message)) < 0)
			diverge(0, "userfaultfd", "%m");
	}
	count_objects(get);
	ioctl(faults, UFFDIO_COPY, &copy);
	for (i = 0; i < CALLS; i++)
		pthread_join(threads[i], NULL);
	munmap((void *)PARK, PAGE);
	close(faults);
}

/* The cache with an object for most of the calls, or NULL. */
static const struct cache *find_full(void)
{
	unsigned int i;
	long others;

	real = false;
	count_objects(set_before);
	park_all(set_control);
	real = true;
	count_objects(set_before);
	park_all(set_parked);
	for (i = 0; i < cache_count; i++) {
		/* What others freed meanwhile says nothing of these calls. */
		others = caches[i].control > 0 ? caches[i].control : 0;
		if (caches[i].parked - others > CALLS * 3 / 4)
			return &caches[i];
	}
	return NULL;
}

void play_spray(struct random *random, unsigned int calls)
{
	const struct cache *cache = NULL;
	unsigned int turns;

	if (!lab->can_park || lab->level == 3 || random_below(random, 8) ||
	    !count_objects(set_before) || !cache_count)
		return;
	/* Others fill caches too, but not the same one each time. */
	for (turns = 0; turns < 3; turns++) {
		cache = find_full();
		if (!cache)
			return;
	}
	diverge(0, "parked calls fill a general cache",
		"%s: %ld objects, and %ld for other calls", cache->name, cache->parked,
		cache->control);
}
