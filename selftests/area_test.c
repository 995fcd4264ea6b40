// SPDX-License-Identifier: GPL-2.0
/* The memory area that has to be behind an address. */
#include "harness.h"
#include "areas.h"
#include "kinds.h"

FIXTURE(area) {
	unsigned long arena;
	unsigned long start;	/* of the area under test */
	unsigned long end;
};

/* The rule of a sub-option, in the words of the manual page. */
FIXTURE_VARIANT(area) {
	unsigned int option;
	bool end;		/* the bound is one past the last byte */
	int must;		/* PROT_* */
	int must_not;
	bool private;		/* must not be shareable */
	bool stack;		/* must grow as stacks do */
};

FIXTURE_VARIANT_ADD(area, START_CODE) {
	.option = PR_SET_MM_START_CODE,
	.must = PROT_RX,
	.must_not = PROT_WRITE,
	.private = true,
};

FIXTURE_VARIANT_ADD(area, END_CODE) {
	.option = PR_SET_MM_END_CODE,
	.end = true,
	.must = PROT_RX,
	.must_not = PROT_WRITE,
	.private = true,
};

FIXTURE_VARIANT_ADD(area, START_DATA) {
	.option = PR_SET_MM_START_DATA,
	.must = PROT_RW,
	.must_not = PROT_EXEC,
	.private = true,
};

FIXTURE_VARIANT_ADD(area, END_DATA) {
	.option = PR_SET_MM_END_DATA,
	.end = true,
	.must = PROT_RW,
	.must_not = PROT_EXEC,
	.private = true,
};

FIXTURE_VARIANT_ADD(area, START_STACK) {
	.option = PR_SET_MM_START_STACK,
	.must = PROT_RW,
};

FIXTURE_VARIANT_ADD(area, ARG_START) {
	.option = PR_SET_MM_ARG_START,
	.must = PROT_RW,
	.stack = true,
};

FIXTURE_VARIANT_ADD(area, ARG_END) {
	.option = PR_SET_MM_ARG_END,
	.end = true,
	.must = PROT_RW,
	.stack = true,
};

FIXTURE_VARIANT_ADD(area, ENV_START) {
	.option = PR_SET_MM_ENV_START,
	.must = PROT_RW,
	.stack = true,
};

FIXTURE_VARIANT_ADD(area, ENV_END) {
	.option = PR_SET_MM_ENV_END,
	.end = true,
	.must = PROT_RW,
	.stack = true,
};

FIXTURE_SETUP(area)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
	ASSERT_TRUE(make_arena(&self->arena));
	self->start = self->arena + AREA * PAGE;
	self->end = self->start + AREA_PAGES * PAGE;
	ASSERT_EQ(0, spread_bounds(self->arena, self->arena + ARENA_PAGES * PAGE));
}

FIXTURE_TEARDOWN(area)
{
}

/* A1 A2 A3 A4: all protections of all kinds of area */
TEST_F(area, protection)
{
	unsigned long addr = self->start + 8;
	int kind, prot, want, got;
	bool grows;
	const bool rules = rules_hold();
	struct mm_state before, after;
	bool shared;

	REQUIRE(NEED_FILES);
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (prot = 0; prot < 8; prot++) {
			shared = kinds[kind].flags & MAP_SHARED;
			grows = kind_grows(kind);
			want = 0;
			if (rules &&
			    ((prot & (variant->must | variant->must_not)) != variant->must ||
			     (shared && variant->private) ||
			     (variant->stack && !grows)))
				want = -EINVAL;

			ASSERT_EQ(0, spread_bounds(self->arena,
						   self->arena + ARENA_PAGES * PAGE));
			ASSERT_TRUE(map_kind(kind, self->start, prot));
			read_state(&before);
			got = set_mm(variant->option, addr);
			read_state(&after);
			EXPECT_EQ(want, got) {
				TH_LOG("protection %d, %s", prot, kinds[kind].name);
			}
			if (!want) {
				before.of[variant->option] = addr;
				/* What lies between the bounds moves with them. */
				memcpy(before.cmdline, after.cmdline, sizeof(before.cmdline));
				memcpy(before.environ, after.environ, sizeof(before.environ));
			}
			EXPECT_TRUE(same_state(&before, &after));
		}
	}
}

#define HUGE	(4UL << 20)	/* the largest that a 32-bit task meets on x86 */

/* A1 A2 A3 A4: huge pages are no exception; none needs to be there */
TEST_F(area, huge_pages)
{
	int flags = MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, prot, shared, want;
	const bool rules = rules_hold();
	char *room = mmap(NULL, 3 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long at = ((unsigned long)room + HUGE - 1) & -HUGE;

	ASSERT_NE(MAP_FAILED, room);
	if (!map_area(at, HUGE, PROT_READ, flags | MAP_PRIVATE, -1))
		SKIP(return, "no huge pages of 4 MiB or less: %m");
	for (shared = 0; shared < 2; shared++) {
		for (prot = 0; prot < 8; prot++) {
			want = !rules ||
			       ((prot & (variant->must | variant->must_not)) == variant->must &&
				!(shared && variant->private) && !variant->stack) ? 0 : -EINVAL;
			ASSERT_EQ(0, spread_bounds(at, at + HUGE));
			ASSERT_TRUE(map_area(at, HUGE, prot, flags |
					     (shared ? MAP_SHARED : MAP_PRIVATE), -1));
			EXPECT_EQ(want, set_mm(variant->option, at + 8)) {
				TH_LOG("protection %d, %s", prot, shared ? "shared" : "private");
			}
			EXPECT_EQ(!want, read_bound(variant->option) == at + 8);
		}
	}
	munmap(room, 3 * HUGE);
}

/* A1 A2 A3 A4: MAP_SHARED of a file that cannot be written is shareable too */
TEST_F(area, shared_readonly_file)
{
	int prot = variant->must & ~PROT_WRITE, ro;

	REQUIRE(NEED_FILES);
	ro = reopen(new_file(false));
	ASSERT_GE(ro, 0);

	/* What is not refused for being shared is refused for being read-only. */
	ASSERT_TRUE(map_area(self->start, AREA_PAGES * PAGE, prot, MAP_SHARED, ro));
	EXPECT_RULED_OUT(EINVAL, variant->option, self->start + 8);

	ASSERT_TRUE(map_area(self->start, AREA_PAGES * PAGE, variant->must,
			     MAP_PRIVATE, ro));
	if (variant->stack)
		EXPECT_RULED_OUT(EINVAL, variant->option, self->start + 8);
	else
		EXPECT_BOUND(variant->option, self->start + 8);
}

/* A1 A2 A3 A4: the first byte of the area and the last one are in it */
TEST_F(area, edges)
{
	ASSERT_TRUE(map_good(variant->must, variant->stack, self->start, AREA_PAGES * PAGE));
	EXPECT_BOUND(variant->option, self->start + variant->end);
	EXPECT_BOUND(variant->option, self->end - 1 + variant->end);
}

/* A5: the next area above a hole does not count, nor the one below it */
TEST_F(area, hole)
{
	ASSERT_TRUE(map_good(variant->must, variant->stack, self->start, AREA_PAGES * PAGE));
	ASSERT_TRUE(map_good(variant->must, variant->stack, self->arena + ABOVE * PAGE, PAGE));
	EXPECT_RULED_OUT(EFAULT, variant->option, self->start - 1 + variant->end);
	EXPECT_RULED_OUT(EFAULT, variant->option, self->end + variant->end);
	EXPECT_RULED_OUT(EFAULT, variant->option, self->end + PAGE - 1 + variant->end);
}

/* A1 A2 A3 A4: between two areas it is the one with the byte that counts */
TEST_F(area, border)
{
	unsigned long border = self->start + PAGE;

	ASSERT_TRUE(map_good(variant->must, variant->stack, self->start, PAGE));
	ASSERT_TRUE(map_area(border, PAGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1));
	if (variant->end)
		EXPECT_BOUND(variant->option, border);
	else
		EXPECT_RULED_OUT(EINVAL, variant->option, border);

	ASSERT_EQ(0, munmap((void *)self->start, 2 * PAGE));
	ASSERT_TRUE(map_good(variant->must, variant->stack, border, PAGE));
	ASSERT_TRUE(map_area(self->start, PAGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1));
	ASSERT_EQ(0, spread_bounds(self->arena, self->arena + ARENA_PAGES * PAGE));
	if (variant->end)
		EXPECT_RULED_OUT(EINVAL, variant->option, border);
	else
		EXPECT_BOUND(variant->option, border);
}

/* G8: the present value passes without an area, a new one does not */
TEST_F(area, present_value)
{
	unsigned long present = read_bound(variant->option);

	ASSERT_EQ(0, munmap((void *)self->arena, ARENA_PAGES * PAGE));
	EXPECT_BOUND(variant->option, present);
	EXPECT_RULED_OUT(EFAULT, variant->option, self->arena + PAGE + variant->end);
}

/* G6 A5: the order of a pair comes before the area; a stack has no pair */
TEST_F(area, order_of_a_pair)
{
	unsigned long low = self->arena + 8, high = low + 2 * PAGE;
	bool equal_is_bad = variant->option <= PR_SET_MM_END_CODE;

	ASSERT_TRUE(map_good(variant->must, variant->stack, self->arena, ARENA_PAGES * PAGE));
	ASSERT_EQ(0, spread_bounds(low, high));
	if (variant->option == PR_SET_MM_START_STACK) {
		EXPECT_BOUND(variant->option, low - 1);
		EXPECT_BOUND(variant->option, high + 1);
		return;
	}
	if (variant->end) {
		EXPECT_REFUSED(EINVAL, set_mm(variant->option, low - 1));
		if (equal_is_bad)
			EXPECT_REFUSED(EINVAL, set_mm(variant->option, low));
		else
			EXPECT_BOUND(variant->option, low);
		EXPECT_BOUND(variant->option, low + 1);
	} else {
		EXPECT_REFUSED(EINVAL, set_mm(variant->option, high + 1));
		if (equal_is_bad)
			EXPECT_REFUSED(EINVAL, set_mm(variant->option, high));
		else
			EXPECT_BOUND(variant->option, high);
		EXPECT_BOUND(variant->option, high - 1);
	}

	/* Out of order and without a mapping: the order is checked first. */
	ASSERT_EQ(0, spread_bounds(low, high));
	ASSERT_EQ(0, munmap((void *)self->arena, ARENA_PAGES * PAGE));
	EXPECT_REFUSED(EINVAL, set_mm(variant->option,
				      variant->end ? low - 1 : high + 1));
}

/* A4: what /proc shows of arguments and environment is what was set */
TEST(cmdline_and_environ)
{
	static const char title[] = "new\0title", env[] = "A=1\0B=2";
	unsigned long start;
	struct mm_state s;
	char *stack;

	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
	stack = map_stack_area(0, 2 * PAGE, PROT_RW);
	ASSERT_NE(MAP_FAILED, stack);
	start = (unsigned long)stack;
	memcpy(stack, title, sizeof(title));
	memcpy(stack + PAGE, env, sizeof(env));

	/* On the real stack this needs no helper; here the pairs are far apart. */
	ASSERT_EQ(0, spread_bounds(start, start + 2 * PAGE));
	EXPECT_BOUND(PR_SET_MM_ARG_START, start);
	EXPECT_BOUND(PR_SET_MM_ARG_END, start + sizeof(title));
	EXPECT_BOUND(PR_SET_MM_ENV_START, start + PAGE);
	EXPECT_BOUND(PR_SET_MM_ENV_END, start + PAGE + sizeof(env));
	read_state(&s);
	EXPECT_EQ(0, memcmp(s.cmdline, title, sizeof(title)));
	EXPECT_EQ('\0', s.cmdline[sizeof(title)]);
	EXPECT_EQ(0, memcmp(s.environ, env, sizeof(env)));
	EXPECT_EQ('\0', s.environ[sizeof(env)]);
}

/* A4: the stack that the kernel made is one */
TEST(real_stack)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct mm_state s;

	REQUIRE(NEED_PRIVILEGE);
	read_state(&s);
	EXPECT_BOUND(PR_SET_MM_START_STACK, here);
	EXPECT_BOUND(PR_SET_MM_ARG_START, s.of[PR_SET_MM_ARG_START] + 1);
	EXPECT_BOUND(PR_SET_MM_ENV_END, s.of[PR_SET_MM_ENV_END] - 1);
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
