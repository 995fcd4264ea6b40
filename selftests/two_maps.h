/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two memory maps that have no value in common, and a writer that swaps them. What a
 * reader sees beside it has to be all of one map.
 */
#ifndef TWO_MAPS_H
#define TWO_MAPS_H

#include <time.h>

#include "prctl_set_mm.h"

#define AUXV_SIZE	1024
#define TEXT_SIZE	160

struct two_maps {
	struct prctl_mm_map map[2];
	unsigned long vector[2][128];
	char text[2][TEXT_SIZE];	/* the arguments; the environment is its beginning */
	/* What the kernel shows of them. */
	unsigned long bounds[2][PR_SET_MM_ENV_END + 1];
	char auxv[2][AUXV_SIZE];
	size_t auxv_size[2];
	/* Of the writer. */
	bool only_auxv;		/* it swaps nothing else, by PR_SET_MM_AUXV */
	bool stop, failed;
	unsigned long calls;
};

#define MAP_DISTANCE	(256UL << 10)
#define ENV_SIZE(i)	(16 * ((i) + 1))

static inline size_t show_auxv(char auxv[AUXV_SIZE])
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	ssize_t size;

	memset(auxv, 0, AUXV_SIZE);
	size = read(fd, auxv, AUXV_SIZE);
	close(fd);
	return size < 0 ? 0 : size;
}

/*
 * A map in @memory. The first vector is the shorter one, both end where a pair does. In
 * each a pair has the value 0, which is no end.
 */
static inline void make_map(struct two_maps *two, unsigned int i, char *memory)
{
	struct prctl_mm_map *map = &two->map[i];
	unsigned long at = (unsigned long)memory;
	unsigned int word;

	for (word = 0; word < ARRAY_SIZE(two->vector[i]); word++)
		two->vector[i][word] = (i + 1) * 0x10000 + word;
	two->vector[i][4 * i + 3] = 0;
	memset(two->text[i], 'a' + i, 64 * (i + 1) - 1);
	/* What lies behind it belongs to neither. */
	memset(memory, '!', PAGE);
	memcpy(memory + 256, two->text[i], 64 * (i + 1));
	memcpy(memory + 2048, two->text[i], ENV_SIZE(i));

	read_map(map);
	map->start_code = at;
	map->end_code = at + (i + 1) * PAGE;
	map->start_data = at + 16;
	map->end_data = at + 32;
	/* brk(2) goes on to work. */
	map->start_brk = map->brk - 16 * i;
	map->start_stack = at + 64;
	map->arg_start = at + 256;
	map->arg_end = map->arg_start + 64 * (i + 1);
	map->env_start = at + 2048;
	map->env_end = map->env_start + ENV_SIZE(i);
	map->auxv = (void *)two->vector[i];
	map->auxv_size = vector_size() * (i ? 3 : 2) / 4 / 16 * 16;
}

/* Make both, and see what the kernel shows of each: 0 or -errno. */
static inline int make_two_maps(struct two_maps *two)
{
	char *memory = mmap(NULL, 2 * MAP_DISTANCE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;
	int error;

	if (memory == MAP_FAILED)
		return -errno;
	for (i = 0; i < 2; i++)
		make_map(two, i, memory + i * MAP_DISTANCE);
	for (i = 0; i < 2; i++) {
		error = set_mm_map(&two->map[i]);
		if (error)
			return error;
		read_bounds("/proc/self/stat", two->bounds[i]);
		two->auxv_size[i] = show_auxv(two->auxv[i]);
		if (two->auxv_size[i] < two->map[i].auxv_size ||
		    memcmp(two->auxv[i], two->vector[i], two->map[i].auxv_size))
			return -EIO;
	}
	return 0;
}

static inline void *swap_maps(void *arg)
{
	struct two_maps *two = arg;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&two->stop, __ATOMIC_RELAXED); i++) {
		const struct prctl_mm_map *map = &two->map[i % 2];

		if (two->only_auxv ? set_mm4(PR_SET_MM_AUXV, (unsigned long)map->auxv,
					     map->auxv_size, 0) : set_mm_map(map))
			__atomic_store_n(&two->failed, true, __ATOMIC_RELAXED);
		two->calls++;
	}
	return NULL;
}

/* Which of two is it: 0 or 1, or -1 if neither. */
static inline int which_of(const void *first, const void *second, const void *got,
			   size_t size)
{
	if (!memcmp(got, first, size))
		return 0;
	return memcmp(got, second, size) ? -1 : 1;
}

/* Which map are the bounds of: 0 or 1, or -1 if of both. */
static inline int which_bounds(const struct two_maps *two, const unsigned long *of)
{
	return which_of(two->bounds[0], two->bounds[1], of, sizeof(two->bounds[0]));
}

/* The same of a vector with its AT_NULL. */
static inline int which_auxv(const struct two_maps *two, const char *auxv, size_t size)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (size == two->auxv_size[i] && !memcmp(auxv, two->auxv[i], size))
			return i;
	}
	return -1;
}

/* Rounds for some seconds and at least so many, or a number of them with SOAK=1. */
struct rounds {
	unsigned long done, torn, seen[2];
	struct timespec end;
};

static inline bool another_round(struct rounds *rounds, unsigned int seconds,
				 unsigned long least, unsigned long soak)
{
	struct timespec now;

	if (getenv("SOAK"))
		return rounds->done++ < soak;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!rounds->done++) {
		rounds->end = now;
		rounds->end.tv_sec += seconds;
	}
	return rounds->done <= least || now.tv_sec < rounds->end.tv_sec ||
	       (now.tv_sec == rounds->end.tv_sec && now.tv_nsec < rounds->end.tv_nsec);
}

/* Count what a reader has seen. */
static inline void count_seen(struct rounds *rounds, int which)
{
	if (which < 0)
		rounds->torn++;
	else
		rounds->seen[which]++;
}

#endif /* TWO_MAPS_H */
