// SPDX-License-Identifier: GPL-2.0
/* A bound beside an area, beside the other half of its pair, and at a limit. */
#include "probe.h"

static bool is_end(unsigned int option)
{
	return option == PR_SET_MM_END_CODE || option == PR_SET_MM_END_DATA ||
	       option == PR_SET_MM_ARG_END || option == PR_SET_MM_ENV_END;
}

static bool is_brk(unsigned int option)
{
	return option == PR_SET_MM_START_BRK || option == PR_SET_MM_BRK;
}

/* A bound at the edges of the area that is mapped, and beyond them. */
static void edges(unsigned int option, const char *area)
{
	static const struct { long offset; const char *name; } at[] = {
		{ -1, "below" }, { 0, "at its start" }, { 1, "inside" },
		{ 0, "at its end" }, { 1, "beyond its end" },
	};
	unsigned long addr, byte;
	unsigned int i;
	char what[64];

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		addr = FIRST + (i < 3 ? 0 : 2 * PAGE) + at[i].offset;
		byte = addr - is_end(option);
		snprintf(what, sizeof(what), "%s, %s", area, at[i].name);
		try(byte >= FIRST && byte < FIRST + 2 * PAGE ? clauses[option] : "A5",
		    option, what, addr, 0, 0);
	}
}

/* Every kind of area with every protection. */
void probe_areas(void)
{
	unsigned int option;
	int kind, prot;
	char area[32];

	for (kind = 0; kind < KINDS; kind++) {
		for (prot = 0; prot < 8; prot++) {
			if (!map_kind(kind, prot))
				continue;
			snprintf(area, sizeof(area), "%s %s", protection(prot), kinds[kind]);
			for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
				if (!is_brk(option))
					edges(option, area);
			}
			munmap((void *)FIRST, 2 * PAGE);
		}
	}
}

/* Each pair at, below and above its other half, in an area that is right for it. */
void probe_orders(void)
{
	static const struct { unsigned int option; int prot; bool grows; } pairs[] = {
		{ PR_SET_MM_START_CODE, PROT_READ | PROT_EXEC, false },
		{ PR_SET_MM_START_DATA, PROT_READ | PROT_WRITE, false },
		{ PR_SET_MM_ARG_START, PROT_READ | PROT_WRITE, true },
		{ PR_SET_MM_ENV_START, PROT_READ | PROT_WRITE, true },
	};
	static const char *const names[] = { "one below the other bound",
					     "at the other bound", "one above the other bound" };
	unsigned int i;
	int d;

	put_bounds(FIRST + 8, FIRST + PAGE + 8);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		map_kind(pairs[i].grows ? GROWING : PRIVATE, pairs[i].prot);
		for (d = 0; d < 3; d++) {
			try("G6", pairs[i].option, names[d], FIRST + PAGE + 7 + d, 0, 0);
			try("G6", pairs[i].option + 1, names[d], FIRST + 7 + d, 0, 0);
		}
		munmap((void *)FIRST, 2 * PAGE);
	}
	start_bounds();
}

static int with_limit(unsigned long limit, unsigned int option, unsigned long addr)
{
	limit_data(limit);
	return set_mm(option, addr);
}

void probe_heap(void)
{
	const unsigned long data = PAGES * PAGE, heap = 4 * PAGE;
	struct prctl_mm_map map;

	try("G6", PR_SET_MM_START_BRK, "above brk", DATA + heap + 1, 0, 0);
	try("G6", PR_SET_MM_BRK, "below start_brk", DATA - 1, 0, 0);
	try("B2", PR_SET_MM_START_BRK, "in no area", DATA + 1, 0, 0);
	try("B2", PR_SET_MM_BRK, "in no area", DATA + heap + 1, 0, 0);
	say("G6", PR_SET_MM_BRK, "to the limit",
	    IN_A_CHILD(with_limit(data + heap + 1, PR_SET_MM_BRK, DATA + heap + 1)));
	say("G6", PR_SET_MM_BRK, "over the limit",
	    IN_A_CHILD(with_limit(data + heap, PR_SET_MM_BRK, DATA + heap + 1)));
	say("G6", PR_SET_MM_START_BRK, "over the limit",
	    IN_A_CHILD(with_limit(data + heap, PR_SET_MM_START_BRK, DATA - 1)));
	read_map(&map);
	map.start_data = DATA + PAGE;
	map.end_data = DATA + 3 * PAGE;
	errno = -put_map(&map);
	if (errno)
		fail("cannot set the bounds of the data");
	try("B1", PR_SET_MM_START_BRK, "below the end of data", DATA + 3 * PAGE - 1, 0, 0);
	try("B1", PR_SET_MM_START_BRK, "at the end of data", DATA + 3 * PAGE, 0, 0);
	try("B1", PR_SET_MM_START_BRK, "above the end of data", DATA + 3 * PAGE + 1, 0, 0);
	try("B1", PR_SET_MM_BRK, "below the end of data", DATA + 3 * PAGE - 1, 0, 0);
	try("B1", PR_SET_MM_BRK, "at the end of data", DATA + 3 * PAGE, 0, 0);
	try("B1", PR_SET_MM_BRK, "above the end of data", DATA + 3 * PAGE + 1, 0, 0);
	start_bounds();
}
