// SPDX-License-Identifier: GPL-2.0
/* The numbers of a step become the arguments of a call. */
#include "soak.h"

static unsigned long small_offset(unsigned int x)
{
	static const unsigned short offsets[] = { 0, 0, 0, 1, 8, 64, 2048, 4095 };

	return offsets[x % ARRAY_SIZE(offsets)];
}

static unsigned long address(const struct world *w, unsigned int option, unsigned int x)
{
	const unsigned long ends[] = {
		0, lab->lowest - 1, lab->lowest, ~0UL, ~0UL - 4095, ~0UL / 2 + 1
	};
	bool heap = option == PR_SET_MM_START_BRK || option == PR_SET_MM_BRK;
	unsigned int kind = x % 32;

	x /= 32;
	if (kind == 0)
		return ends[x % (sizeof(long) == 8 ? 6 : 5)];
	if (kind <= 2 && option && option < BOUNDS)
		return w->bound[option] + x % 3 - 1;
	if (kind <= 3)
		return w->bound[x % (BOUNDS - 1) + 1] + x / 16 % 3 - 1;
	if (heap ? kind <= 24 : kind <= 4)
		return HEAP + x % 8 * PAGE + small_offset(x / 8);
	return ARENA + x % ARENA_PAGES * PAGE + small_offset(x / ARENA_PAGES);
}

/* The bytes of a vector are made from a number, so that each is another one. */
static void fill_vector(unsigned long *to, unsigned int x)
{
	unsigned int i;

	for (i = 0; i < VECTOR_MAX / sizeof(long); i++)
		to[i] = (x << 8) + i + 1;
	/* Some have an end in the middle. */
	if (x % 4 == 0)
		to[x / 4 % 40 * 2] = 0;
}

/* Where it lies: readable, at 0, or with an end that cannot be read. */
static void place_vector(struct call *c, unsigned int x)
{
	static __thread unsigned long vector[VECTOR_MAX / sizeof(long)];
	unsigned long at = (unsigned long)vector;

	fill_vector(vector, x / 16);
	c->vector = (unsigned char *)vector;
	c->vector_readable = true;
	if (x % 16 == 0)
		at = 0;
	else if (x % 16 == 1)
		at = EDGE + PAGE - (c->vector_size ? c->vector_size - 1 : 0);
	if (x % 16 <= 1)
		c->vector_readable = false;
	if (c->option == PR_SET_MM_AUXV)
		c->arg3 = at;
	else
		c->map.auxv = (void *)at;
}

static void choose_size(struct call *c, unsigned int x)
{
	c->vector_size = x % 16 == 0 ? lab->vector_size + 1 + x / 16 % 64 :
			 x % 16 == 1 ? 0 :
			 x % 16 == 2 ? lab->vector_size :
			 x / 16 % (lab->vector_size + 1);
}

static void choose_exe(struct call *c, unsigned int x)
{
	c->exe = &lab->entry[x % lab->entries];
}

static __u64 *map_field(struct prctl_mm_map *map, unsigned int option)
{
	__u64 *const fields[BOUNDS] = {
		[PR_SET_MM_START_CODE] = &map->start_code,
		[PR_SET_MM_END_CODE] = &map->end_code,
		[PR_SET_MM_START_DATA] = &map->start_data,
		[PR_SET_MM_END_DATA] = &map->end_data,
		[PR_SET_MM_START_STACK] = &map->start_stack,
		[PR_SET_MM_START_BRK] = &map->start_brk,
		[PR_SET_MM_BRK] = &map->brk,
		[PR_SET_MM_ARG_START] = &map->arg_start,
		[PR_SET_MM_ARG_END] = &map->arg_end,
		[PR_SET_MM_ENV_START] = &map->env_start,
		[PR_SET_MM_ENV_END] = &map->env_end,
	};

	return fields[option];
}

static void choose_bounds(const struct world *w, struct prctl_mm_map *map, unsigned int x)
{
	unsigned int kind = x % 8, i;

	x /= 8;
	if (kind <= 2) {
		for (i = 1; i < BOUNDS; i++)
			*map_field(map, i) = w->bound[i];
	} else {
		fill_bounds(map, ARENA + x % 64 * 32, ARENA_END - x % 64 * 64);
		map->start_brk = HEAP + x % 4 * PAGE;
		map->brk = map->start_brk + x / 4 % 4 * 1000;
	}
	/* One that may be of no use. */
	if (kind == 2 || kind == 3) {
		i = x / 64 % (BOUNDS - 1) + 1;
		*map_field(map, i) = address(w, i, x / 1024);
	}
}

static void decode_map(const struct world *w, const struct step *s, struct call *c)
{
	/* A file's bytes from here on, so that the end of the struct is in no page. */
	static __thread struct prctl_mm_map good;

	choose_bounds(w, &c->map, s->b);
	c->map.exe_fd = -1;
	if (s->c % 4 == 0) {
		choose_size(c, s->c / 4);
		place_vector(c, s->c >> 12);
	}
	c->map.auxv_size = c->vector_size;
	if (s->d % 4 == 0) {
		choose_exe(c, (s->d & 0xfffff) / 4);
		c->map.exe_fd = c->exe->fd;
	}
	c->arg3 = (unsigned long)&good;
	c->arg4 = sizeof(c->map);
	/* Bits of its own: with those of the vector it would go with the same ones always. */
	if (s->c >> 27 == 1)
		c->arg4 = s->d % 100;
	if (s->c >> 27 == 2)
		c->arg3 = 0;
	if (s->c >> 27 == 3)
		c->arg3 = EDGE + PAGE - sizeof(c->map) + 1;
	c->struct_readable = c->arg3 == (unsigned long)&good;
	good = c->map;
}

static void decode_map_size(const struct step *s, struct call *c)
{
	static __thread unsigned int size;

	c->arg3 = (unsigned long)&size;
	c->arg4 = s->c % 2 ? s->c : 0;
	if (s->b % 8 == 0)
		c->arg3 = 0;
	if (s->b % 8 == 1)
		c->arg3 = EDGE + PAGE;
	c->struct_readable = s->b % 8 > 1;
}

static unsigned long choose_limit(unsigned int x)
{
	const unsigned long data = ARENA_PAGES * PAGE;
	const unsigned long limits[] = { 0, data, data + 1000, data + PAGE, data + 4 * PAGE };

	return x % 8 < ARRAY_SIZE(limits) ? limits[x % 8] : NO_LIMIT;
}

void decode_call(const struct world *w, const struct step *s, struct call *c)
{
	unsigned int how = s->d >> 20;

	memset(c, 0, sizeof(*c));
	c->option = s->a;
	c->caps = w->own_users ? w->caps & ~RESOURCE : w->caps;
	c->level = lab->level;
	c->limit = NO_LIMIT;
	c->vector_readable = true;
	if (c->option == PR_SET_MM_AUXV) {
		choose_size(c, s->c);
		place_vector(c, s->b);
		c->arg4 = c->vector_size;
	} else if (c->option == PR_SET_MM_EXE_FILE) {
		choose_exe(c, s->b);
		c->arg3 = (unsigned int)c->exe->fd;
		/* The low 32 bits count. */
		if (sizeof(long) == 8 && s->c % 16 == 0)
			c->arg3 |= 0x123456ULL << 32;
	} else if (c->option == PR_SET_MM_MAP) {
		decode_map(w, s, c);
	} else if (c->option == PR_SET_MM_MAP_SIZE) {
		decode_map_size(s, c);
	} else {
		c->arg3 = address(w, c->option, s->b);
		c->arg4 = s->c % 64 ? 0 : s->c / 64;
	}
	if (how % 64 == 0)
		c->arg5 = 1 + how / 64;
	if (how % 16 == 1)
		c->limit = choose_limit(how / 16);
	/* Only this capability lets a task ask for a failure. */
	if (how % 16 == 2 && lab->can_fail && c->caps & RESOURCE)
		c->nth = how / 16 % 3 + 1;
}
