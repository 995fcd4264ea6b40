// SPDX-License-Identifier: GPL-2.0
/*
 * The contract in executable form: one table. The first rule that a call breaks gives
 * the error; a call that breaks none is accepted. The clauses are those of
 * Documentation/contract.md.
 */
#include "soak.h"

static bool always(const struct world *w, const struct call *c)
{
	return true;
}

/* G2 */
static bool unused_argument(const struct world *w, const struct call *c)
{
	return c->arg5 || (c->arg4 && c->option != PR_SET_MM_AUXV &&
			   c->option != PR_SET_MM_MAP && c->option != PR_SET_MM_MAP_SIZE);
}

/* G3, M3 */
static bool no_resource(const struct world *w, const struct call *c)
{
	return !(c->caps & RESOURCE);
}

static bool exe_not_allowed(const struct world *w, const struct call *c)
{
	return c->exe && !(c->caps & (RESTORE | ADMIN));
}

/* X5, M2, M1. A call makes one allocation of its own, and then those of a report. */
static bool no_memory(const struct world *w, const struct call *c)
{
	return c->failed && c->nth == 1;
}

static bool wrong_size(const struct world *w, const struct call *c)
{
	return c->arg4 != sizeof(c->map);
}

static bool struct_unreadable(const struct world *w, const struct call *c)
{
	return !c->struct_readable;
}

/* X1, X2, M2 */
static bool vector_too_long(const struct world *w, const struct call *c)
{
	return c->vector_size > lab->vector_size;
}

static bool vector_missing(const struct world *w, const struct call *c)
{
	return c->vector_size && !c->map.auxv;
}

static bool vector_unreadable(const struct world *w, const struct call *c)
{
	return c->vector_size && !c->vector_readable;
}

/* G5, G6 */
static bool outside(__u64 address)
{
	return address < lab->lowest || address >= lab->end;
}

static bool bound_outside(const struct world *w, const struct call *c)
{
	return outside(c->arg3);
}

static bool out_of_order(const __u64 *of, unsigned long limit)
{
	unsigned int i;

	for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++) {
		if (outside(of[i]))
			return true;
	}
	return of[PR_SET_MM_START_CODE] >= of[PR_SET_MM_END_CODE] ||
	       of[PR_SET_MM_START_DATA] > of[PR_SET_MM_END_DATA] ||
	       of[PR_SET_MM_START_BRK] > of[PR_SET_MM_BRK] ||
	       of[PR_SET_MM_ARG_START] > of[PR_SET_MM_ARG_END] ||
	       of[PR_SET_MM_ENV_START] > of[PR_SET_MM_ENV_END] ||
	       (limit != NO_LIMIT &&
		of[PR_SET_MM_BRK] - of[PR_SET_MM_START_BRK] +
		of[PR_SET_MM_END_DATA] - of[PR_SET_MM_START_DATA] > limit);
}

static void map_bounds(const struct prctl_mm_map *map, __u64 *of)
{
	of[PR_SET_MM_START_CODE] = map->start_code;
	of[PR_SET_MM_END_CODE] = map->end_code;
	of[PR_SET_MM_START_DATA] = map->start_data;
	of[PR_SET_MM_END_DATA] = map->end_data;
	of[PR_SET_MM_START_STACK] = map->start_stack;
	of[PR_SET_MM_START_BRK] = map->start_brk;
	of[PR_SET_MM_BRK] = map->brk;
	of[PR_SET_MM_ARG_START] = map->arg_start;
	of[PR_SET_MM_ARG_END] = map->arg_end;
	of[PR_SET_MM_ENV_START] = map->env_start;
	of[PR_SET_MM_ENV_END] = map->env_end;
}

static bool bad_bounds(const struct world *w, const struct call *c)
{
	__u64 of[BOUNDS];
	unsigned int i;

	if (c->option == PR_SET_MM_MAP) {
		map_bounds(&c->map, of);
	} else {
		for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++)
			of[i] = w->bound[i];
		of[c->option] = c->arg3;
	}
	return out_of_order(of, c->limit);
}

/* A: the page with the first byte behind a start, or the last one before an end. */
static struct page page_of(const struct world *w, unsigned int option, unsigned long at)
{
	bool end = option == PR_SET_MM_END_CODE || option == PR_SET_MM_END_DATA ||
		   option == PR_SET_MM_ARG_END || option == PR_SET_MM_ENV_END;
	unsigned long byte = at - end;

	if (byte >= ARENA && byte < ARENA_END)
		return w->page[(byte - ARENA) / PAGE];
	if (byte >= HEAP && byte < HEAP + HEAP_PAGES * PAGE && w->heap[(byte - HEAP) / PAGE])
		return (struct page) { PRIVATE, PROT_READ | PROT_WRITE };
	return (struct page) { NONE };
}

static struct page page_behind(const struct world *w, const struct call *c)
{
	return page_of(w, c->option, c->arg3);
}

/* G8 */
static bool is_present(const struct world *w, const struct call *c)
{
	return c->arg3 == w->bound[c->option];
}

static bool no_area(const struct world *w, const struct call *c)
{
	return !is_present(w, c) && page_behind(w, c).mapping == NONE;
}

static bool wrong_area(const struct world *w, const struct call *c, int must, int must_not)
{
	return !is_present(w, c) && ((page_behind(w, c).prot & must) != must ||
				     page_behind(w, c).prot & must_not);
}

static bool is_shareable(struct page page)
{
	return page.mapping == SHARED || page.mapping == FILE_WRITABLE;
}

static bool is_shared(const struct world *w, const struct call *c)
{
	return !is_present(w, c) && is_shareable(page_behind(w, c));
}

static bool no_code(const struct world *w, const struct call *c)
{
	return wrong_area(w, c, PROT_READ | PROT_EXEC, PROT_WRITE) || is_shared(w, c);
}

static bool no_data(const struct world *w, const struct call *c)
{
	return wrong_area(w, c, PROT_READ | PROT_WRITE, PROT_EXEC) || is_shared(w, c);
}

static bool no_stack(const struct world *w, const struct call *c)
{
	return wrong_area(w, c, PROT_READ | PROT_WRITE, 0);
}

static bool not_growing(const struct world *w, const struct call *c)
{
	return no_stack(w, c) || (!is_present(w, c) && page_behind(w, c).mapping != GROWING);
}

/* M5: what has to be behind each bound of a map */
static const struct {
	int must, must_not;
	bool private;
} map_rules[BOUNDS] = {
	[PR_SET_MM_START_CODE]	= { PROT_READ | PROT_EXEC, PROT_WRITE, true },
	[PR_SET_MM_END_CODE]	= { PROT_READ | PROT_EXEC, PROT_WRITE, true },
	[PR_SET_MM_START_DATA]	= { PROT_READ, PROT_EXEC, true },
	[PR_SET_MM_END_DATA]	= { PROT_READ, PROT_EXEC, true },
	[PR_SET_MM_START_STACK]	= { PROT_READ | PROT_WRITE },
	[PR_SET_MM_ARG_START]	= { PROT_READ | PROT_WRITE },
	[PR_SET_MM_ARG_END]	= { PROT_READ | PROT_WRITE },
	[PR_SET_MM_ENV_START]	= { PROT_READ | PROT_WRITE },
	[PR_SET_MM_ENV_END]	= { PROT_READ | PROT_WRITE },
};

/* What the first bound that breaks its rule is refused with; 0 if none does. */
static int map_error(const struct world *w, const struct call *c)
{
	__u64 of[BOUNDS];
	unsigned int i;

	map_bounds(&c->map, of);
	for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++) {
		struct page page = page_of(w, i, of[i]);

		if (!map_rules[i].must || of[i] == w->bound[i])
			continue;
		if (page.mapping == NONE)
			return -EFAULT;
		if ((page.prot & map_rules[i].must) != map_rules[i].must ||
		    page.prot & map_rules[i].must_not ||
		    (map_rules[i].private && is_shareable(page)))
			return -EINVAL;
	}
	return 0;
}

static bool map_without_area(const struct world *w, const struct call *c)
{
	return map_error(w, c) == -EFAULT;
}

static bool map_of_wrong_areas(const struct world *w, const struct call *c)
{
	return map_error(w, c) == -EINVAL;
}

/* B1 */
static bool heap_in_data(const struct world *w, const struct call *c)
{
	return !is_present(w, c) && c->arg3 <= w->bound[PR_SET_MM_END_DATA];
}

/* E */
static bool exe_not_open(const struct world *w, const struct call *c)
{
	return c->exe && c->exe->kind == NOT_OPEN;
}

static bool exe_not_executable(const struct world *w, const struct call *c)
{
	return c->exe && c->exe->kind == NOT_EXECUTABLE;
}

static bool maps_exe(const struct world *w, bool any_name)
{
	unsigned int i;

	for (i = 0; i < ARENA_PAGES; i++) {
		const struct page *page = &w->page[i];

		if ((page->mapping == FILE_PRIVATE || page->mapping == FILE_WRITABLE) &&
		    page->file == w->file && (any_name || page->name == w->name))
			return true;
	}
	return false;
}

static bool exe_mapped_by_path(const struct world *w, const struct call *c)
{
	return c->exe && maps_exe(w, false);
}

static bool exe_mapped(const struct world *w, const struct call *c)
{
	return c->exe && maps_exe(w, true);
}

static bool exe_replaced(const struct world *w, const struct call *c)
{
	return c->exe && w->replaced;
}

static bool exe_replaced_before(const struct world *w, const struct call *c)
{
	return c->exe && (w->replaced || w->inherited);
}

/* The files that are mapped and can be written through the mapping, and open ones. */
unsigned int writers(const struct world *w, unsigned int file)
{
	unsigned int count = w->outer_writers[file], i;

	for (i = 0; i < ARENA_PAGES; i++)
		count += w->page[i].mapping == FILE_WRITABLE && w->page[i].file == file;
	return count;
}

static bool exe_is_written(const struct world *w, const struct call *c)
{
	return c->exe && writers(w, c->exe->file);
}

#define BIT(option)	(1U << (option))
#define BOUND_CALLS	(BIT(BOUNDS) - BIT(PR_SET_MM_START_CODE))
#define AUXV		BIT(PR_SET_MM_AUXV)
#define EXE_FILE	BIT(PR_SET_MM_EXE_FILE)
#define MAP		BIT(PR_SET_MM_MAP)
#define MAP_SIZE	BIT(PR_SET_MM_MAP_SIZE)
#define UNKNOWN		(BIT(0) | BIT(16))
#define SINGLE		(BOUND_CALLS | AUXV | EXE_FILE | UNKNOWN)
#define ALL		(SINGLE | MAP | MAP_SIZE)
#define CODE		(BIT(PR_SET_MM_START_CODE) | BIT(PR_SET_MM_END_CODE))
#define DATA		(BIT(PR_SET_MM_START_DATA) | BIT(PR_SET_MM_END_DATA))
#define STACK		BIT(PR_SET_MM_START_STACK)
#define HEAP_CALLS	(BIT(PR_SET_MM_START_BRK) | BIT(PR_SET_MM_BRK))
#define STRINGS		(BIT(PR_SET_MM_ARG_START) | BIT(PR_SET_MM_ARG_END) | \
			 BIT(PR_SET_MM_ENV_START) | BIT(PR_SET_MM_ENV_END))

/* The clause, the sub-options, the levels from and to, the condition, the error. */
static const struct rule rules[] = {
	{ "G2", ALL,		0, 3, unused_argument,		EINVAL },
	{ "M2", MAP,		0, 3, wrong_size,		EINVAL },
	{ "X5", MAP,		0, 3, no_memory,		ENOMEM },
	{ "M2", MAP,		0, 3, struct_unreadable,	EFAULT },
	{ "G3", SINGLE,		0, 3, no_resource,		EPERM },
	{ "L3", ALL,		3, 3, always,			EPERM },
	{ "M1", MAP_SIZE,	0, 2, struct_unreadable,	EFAULT },
	{ "G4", UNKNOWN,	0, 2, always,			EINVAL },
	{ "G6", MAP,		0, 2, bad_bounds,		EINVAL },
	{ "M2", MAP,		0, 2, vector_missing,		EINVAL },
	{ "X1", AUXV | MAP,	0, 2, vector_too_long,		EINVAL },
	{ "X5", AUXV,		0, 2, no_memory,		ENOMEM },
	{ "X2", AUXV | MAP,	0, 2, vector_unreadable,	EFAULT },
	{ "M3", MAP,		0, 2, exe_not_allowed,		EPERM },
	{ "G5", BOUND_CALLS,	0, 2, bound_outside,		EINVAL },
	{ "G6", BOUND_CALLS,	0, 2, bad_bounds,		EINVAL },
	{ "A5", CODE | DATA | STACK | STRINGS, 1, 2, no_area,	EFAULT },
	{ "A1", CODE,		1, 2, no_code,			EINVAL },
	{ "A2", DATA,		1, 2, no_data,			EINVAL },
	{ "A3", STACK,		1, 2, no_stack,			EINVAL },
	{ "A4", STRINGS,	1, 2, not_growing,		EINVAL },
	{ "B1", HEAP_CALLS,	1, 2, heap_in_data,		EINVAL },
	{ "E1", EXE_FILE | MAP,	0, 2, exe_not_open,		EBADF },
	{ "E2", EXE_FILE | MAP,	0, 2, exe_not_executable,	EACCES },
	{ "M5", MAP,		2, 2, map_without_area,		EFAULT },
	{ "M5", MAP,		2, 2, map_of_wrong_areas,	EINVAL },
	{ "E3", EXE_FILE | MAP,	0, 0, exe_mapped_by_path,	EBUSY },
	{ "E3", EXE_FILE | MAP,	1, 2, exe_mapped,		EBUSY },
	{ "E4", EXE_FILE | MAP,	1, 1, exe_replaced,		EBUSY },
	{ "E4", EXE_FILE | MAP,	2, 2, exe_replaced_before,	EBUSY },
	{ "E5", EXE_FILE | MAP,	0, 2, exe_is_written,		EACCES },
};

const struct rule *judge(const struct world *w, const struct call *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *rule = &rules[i];

		if (rule->calls & BIT(c->option) && c->level >= rule->from &&
		    c->level <= rule->to && rule->broken(w, c))
			return rule;
	}
	return NULL;
}

/* P3: these are checked when the call makes its change, the others before. */
bool is_late(const struct rule *rule)
{
	return !strcmp(rule->clause, "M5") || !strcmp(rule->clause, "E3") ||
	       !strcmp(rule->clause, "E4") || !strcmp(rule->clause, "E5");
}

bool is_answer(unsigned int option, int answer)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].calls & BIT(option) && -rules[i].error == answer)
			return true;
	}
	return !answer;
}

/* What an accepted call changes. */
void accept_call(struct world *w, const struct call *c)
{
	__u64 of[BOUNDS];
	unsigned int i;

	if (BIT(c->option) & BOUND_CALLS)
		w->bound[c->option] = c->arg3;
	if (c->option == PR_SET_MM_MAP) {
		map_bounds(&c->map, of);
		for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++)
			w->bound[i] = of[i];
	}
	/* X3 X4; M2: a map without a vector leaves it. */
	if (c->option == PR_SET_MM_AUXV || (c->option == PR_SET_MM_MAP && c->vector_size)) {
		memset(w->vector, 0, sizeof(w->vector));
		memcpy(w->vector, c->vector, c->vector_size);
		memset(w->vector + lab->vector_size - 2 * lab->word, 0, 2 * lab->word);
	}
	/* E6 */
	if (c->exe) {
		w->denied[w->file]--;
		w->file = c->exe->file;
		w->name = c->exe->name;
		w->denied[w->file]++;
		w->replaced = true;
	}
}
