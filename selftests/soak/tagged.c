// SPDX-License-Identifier: GPL-2.0
/* Maps of which each field tells which map it is from. */
#include "scenes.h"

/* A field of a map is at its number times this in the page of the map. */
#define STRIDE	64

static unsigned long tagged_bound(unsigned int tag, unsigned int option)
{
	if (option == PR_SET_MM_START_BRK || option == PR_SET_MM_BRK)
		return HEAP + tag * PAGE + option * STRIDE;
	/* Code lies behind the rest, where it can be executed. */
	if (option == PR_SET_MM_START_CODE || option == PR_SET_MM_END_CODE)
		tag += TAGS;
	return ARENA + tag * PAGE + option * STRIDE;
}

void make_tagged(struct tagged *t, unsigned int tag)
{
	unsigned long *word = (unsigned long *)t->vector;
	unsigned int i, words = (tag + 2) * 4;

	memset(t, 0, sizeof(*t));
	t->map = (struct prctl_mm_map) {
		.start_code = tagged_bound(tag, PR_SET_MM_START_CODE),
		.end_code = tagged_bound(tag, PR_SET_MM_END_CODE),
		.start_data = tagged_bound(tag, PR_SET_MM_START_DATA),
		.end_data = tagged_bound(tag, PR_SET_MM_END_DATA),
		.start_brk = tagged_bound(tag, PR_SET_MM_START_BRK),
		.brk = tagged_bound(tag, PR_SET_MM_BRK),
		.start_stack = tagged_bound(tag, PR_SET_MM_START_STACK),
		.arg_start = tagged_bound(tag, PR_SET_MM_ARG_START),
		.arg_end = tagged_bound(tag, PR_SET_MM_ARG_END),
		.env_start = tagged_bound(tag, PR_SET_MM_ENV_START),
		.env_end = tagged_bound(tag, PR_SET_MM_ENV_END),
		.auxv = (void *)t->vector,
		.auxv_size = words * sizeof(*word),
		.exe_fd = -1,
	};
	for (i = 0; i < words; i++)
		word[i] = (tag + 1) << 16 | i;
	memset(t->arguments, 'A' + tag, STRIDE - 1);
	memset(t->environment, 'a' + tag, STRIDE - 1);
}

void map_tags(void)
{
	mmap((void *)ARENA, TAGS * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap((void *)(ARENA + TAGS * PAGE), TAGS * PAGE, PROT_READ | PROT_EXEC,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void map_tagged(const struct tagged *t)
{
	unsigned int tag;

	map_tags();
	for (tag = 0; tag < TAGS; tag++) {
		memcpy((void *)(long)t[tag].map.arg_start, t[tag].arguments, STRIDE);
		memcpy((void *)(long)t[tag].map.env_start, t[tag].environment, STRIDE);
	}
}

int tag_of_bounds(const unsigned long *of)
{
	unsigned int tag = (of[PR_SET_MM_START_DATA] - ARENA) / PAGE, i;

	for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++) {
		if (of[i] != tagged_bound(tag, i))
			return -1;
	}
	return tag;
}

int tag_of_vector(const struct tagged *all, const void *vector, long length, bool shown)
{
	long want = lab->vector_size;
	int tag;

	for (tag = 0; tag < TAGS; tag++) {
		if (shown)
			want = all[tag].map.auxv_size + 2 * lab->word;
		if (length == want && !memcmp(vector, all[tag].vector, length))
			return tag;
	}
	return -1;
}
