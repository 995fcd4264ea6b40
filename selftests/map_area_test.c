// SPDX-License-Identifier: GPL-2.0
/* The memory area behind each bound of a whole map, which level 2 asks for. */
#include "harness.h"
#include "exe_files.h"
#include "kinds.h"
#include "leave_exe.h"
#include "policy.h"

FIXTURE(map_area) {
	struct prctl_mm_map map;
	__u64 *bound;		/* of it, the one under test */
	unsigned long arena;
	unsigned long start;	/* of the area under test */
	unsigned long end;
};

FIXTURE_VARIANT(map_area) {
	size_t bound;
	bool end;		/* the bound is one past the last byte */
	int must;		/* PROT_* */
	int must_not;
	bool private;		/* must not be shareable */
};

FIXTURE_VARIANT_ADD(map_area, start_code) {
	.bound = offsetof(struct prctl_mm_map, start_code),
	.must = PROT_RX,
	.must_not = PROT_WRITE,
	.private = true,
};

FIXTURE_VARIANT_ADD(map_area, end_code) {
	.bound = offsetof(struct prctl_mm_map, end_code),
	.end = true,
	.must = PROT_RX,
	.must_not = PROT_WRITE,
	.private = true,
};

FIXTURE_VARIANT_ADD(map_area, start_data) {
	.bound = offsetof(struct prctl_mm_map, start_data),
	.must = PROT_READ,
	.must_not = PROT_EXEC,
	.private = true,
};

FIXTURE_VARIANT_ADD(map_area, end_data) {
	.bound = offsetof(struct prctl_mm_map, end_data),
	.end = true,
	.must = PROT_READ,
	.must_not = PROT_EXEC,
	.private = true,
};

FIXTURE_VARIANT_ADD(map_area, start_stack) {
	.bound = offsetof(struct prctl_mm_map, start_stack),
	.must = PROT_RW,
};

FIXTURE_VARIANT_ADD(map_area, arg_start) {
	.bound = offsetof(struct prctl_mm_map, arg_start),
	.must = PROT_RW,
};

FIXTURE_VARIANT_ADD(map_area, arg_end) {
	.bound = offsetof(struct prctl_mm_map, arg_end),
	.end = true,
	.must = PROT_RW,
};

FIXTURE_VARIANT_ADD(map_area, env_start) {
	.bound = offsetof(struct prctl_mm_map, env_start),
	.must = PROT_RW,
};

FIXTURE_VARIANT_ADD(map_area, env_end) {
	.bound = offsetof(struct prctl_mm_map, env_end),
	.end = true,
	.must = PROT_RW,
};

FIXTURE_SETUP(map_area)
{
	REQUIRE(NEED_LEVELS);
	ASSERT_TRUE(make_arena(&self->arena));
	self->start = self->arena + AREA * PAGE;
	self->end = self->start + AREA_PAGES * PAGE;
	ASSERT_EQ(0, spread_bounds(self->arena, self->arena + ARENA_PAGES * PAGE));
	read_map(&self->map);
	self->bound = (void *)&self->map + variant->bound;
	ASSERT_EQ(0, set_policy(2));
}

FIXTURE_TEARDOWN(map_area)
{
	EXPECT_EQ(0, set_policy(1));
}

static bool map_is(const struct prctl_mm_map *map)
{
	struct prctl_mm_map now;

	read_map(&now);
	return !memcmp(map, &now, offsetof(struct prctl_mm_map, auxv));
}

/* The map with this bound in it is accepted. */
#define EXPECT_MAP(at) do {						\
	*self->bound = (at);						\
	EXPECT_EQ(0, set_mm_map(&self->map));				\
	EXPECT_TRUE(map_is(&self->map));				\
} while (0)

/* It is refused at level 2, and nothing has changed. At the levels below it is accepted. */
#define EXPECT_NO_MAP(error, at) do {					\
	struct prctl_mm_map old__;					\
	int level__;							\
									\
	read_map(&old__);						\
	*self->bound = (at);						\
	EXPECT_REFUSED(error, set_mm_map(&self->map));			\
	for (level__ = 0; level__ <= 1; level__++) {			\
		EXPECT_EQ(0, set_policy(level__));			\
		EXPECT_EQ(0, set_mm_map(&self->map));			\
		EXPECT_TRUE(map_is(&self->map));			\
		EXPECT_EQ(0, set_mm_map(&old__));			\
	}								\
	EXPECT_EQ(0, set_policy(2));					\
} while (0)

/* M5: all protections of all kinds of area */
TEST_F(map_area, protection)
{
	const unsigned long old = *self->bound;
	int kind, prot, want;
	bool shared;

	REQUIRE(NEED_FILES);
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (prot = 0; prot < 8; prot++) {
			shared = kinds[kind].flags & MAP_SHARED;
			want = (prot & (variant->must | variant->must_not)) == variant->must &&
			       !(shared && variant->private) ? 0 : -EINVAL;
			ASSERT_TRUE(map_kind(kind, self->start, prot));
			*self->bound = self->start + 8;
			EXPECT_EQ(want, set_mm_map(&self->map)) {
				TH_LOG("protection %d, %s", prot, kinds[kind].name);
			}
			if (want)
				*self->bound = old;
			EXPECT_TRUE(map_is(&self->map));
			ASSERT_EQ(0, set_policy(1));
			*self->bound = old;
			ASSERT_EQ(0, set_mm_map(&self->map));
			ASSERT_EQ(0, set_policy(2));
		}
	}
}

/*
 * M5: nor may a shared area be of a file that was opened read-only, which the kernel marks as
 * shareable alone. Data may be read-only, so that is the only thing wrong with it there.
 */
TEST_F(map_area, shared_readonly_file)
{
	int prot = variant->must & ~PROT_WRITE, ro;

	REQUIRE(NEED_FILES);
	ro = reopen(new_file(false));
	ASSERT_GE(ro, 0);
	ASSERT_TRUE(map_area(self->start, AREA_PAGES * PAGE, prot, MAP_SHARED, ro));
	EXPECT_NO_MAP(EINVAL, self->start + 8);
	ASSERT_TRUE(map_area(self->start, AREA_PAGES * PAGE, variant->must, MAP_PRIVATE, ro));
	EXPECT_MAP(self->start + 8);
}

/* M5: the first byte of the area and the last one are in it */
TEST_F(map_area, edges)
{
	ASSERT_TRUE(map_good(variant->must, false, self->start, AREA_PAGES * PAGE));
	EXPECT_MAP(self->start + variant->end);
	EXPECT_MAP(self->end - 1 + variant->end);
}

/* M5 A5: the next area above a hole does not count, nor the one below it */
TEST_F(map_area, hole)
{
	ASSERT_TRUE(map_good(variant->must, false, self->start, AREA_PAGES * PAGE));
	ASSERT_TRUE(map_good(variant->must, false, self->arena + ABOVE * PAGE, PAGE));
	EXPECT_NO_MAP(EFAULT, self->start - 1 + variant->end);
	EXPECT_NO_MAP(EFAULT, self->end + variant->end);
	EXPECT_NO_MAP(EFAULT, self->end + PAGE - 1 + variant->end);
}

/* M5: between two areas it is the one with the byte that counts */
TEST_F(map_area, border)
{
	const unsigned long border = self->start + PAGE;

	ASSERT_TRUE(map_good(variant->must, false, self->start, PAGE));
	ASSERT_TRUE(map_area(border, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	if (variant->end)
		EXPECT_MAP(border);
	else
		EXPECT_NO_MAP(EINVAL, border);
}

/* M5 G8: the present value passes without an area, also when another one is new */
TEST_F(map_area, present_value)
{
	ASSERT_EQ(0, munmap((void *)self->arena, ARENA_PAGES * PAGE));
	EXPECT_MAP(*self->bound);
	self->map.brk += 1;
	self->map.start_brk += 1;
	EXPECT_MAP(*self->bound);
	EXPECT_NO_MAP(EFAULT, self->arena + PAGE + variant->end);
}

/* M5 M3 G3: with no capability the same */
TEST_F(map_area, unprivileged)
{
	ASSERT_TRUE(map_good(variant->must, false, self->start, AREA_PAGES * PAGE));
	ASSERT_EQ(0, only_caps(0));
	*self->bound = self->arena + PAGE + variant->end;
	EXPECT_REFUSED(EFAULT, set_mm_map(&self->map));
	EXPECT_MAP(self->start + 8);
	ASSERT_EQ(0, only_caps(~0ULL));
}

/* M5 G6 M2 X1: what needs no areas comes first */
TEST_F(map_area, order)
{
	struct prctl_mm_map bad;

	*self->bound = self->arena + PAGE + variant->end;
	bad = self->map;
	bad.start_code = bad.end_code;
	EXPECT_REFUSED(EINVAL, set_mm_map(&bad));
	bad = self->map;
	bad.auxv_size = sizeof(long);
	EXPECT_REFUSED(EINVAL, set_mm_map(&bad));
	bad.auxv_size = 1 << 20;
	bad.auxv = (void *)self->arena;
	EXPECT_REFUSED(EINVAL, set_mm_map(&bad));
	EXPECT_REFUSED(EFAULT, set_mm_map(&self->map));
}

/*
 * M5 E1 E2 E3 E7: the same with an executable, which is not replaced then. The file is
 * checked before the areas, and the areas before the mappings of the old executable.
 */
TEST_F(map_area, executable)
{
	char dir[96], name[128];
	int good, mode;

	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(make_dir(dir, "map_area"));
	good = make_exe_in(dir, "good", name);
	mode = make_exe_in(dir, "mode", name);
	ASSERT_GE(good, 0);
	ASSERT_EQ(0, fchmod(mode, 0644));

	*self->bound = self->arena + PAGE + variant->end;
	self->map.exe_fd = 1 << 20;
	EXPECT_REFUSED(EBADF, set_mm_map(&self->map));
	self->map.exe_fd = mode;
	EXPECT_REFUSED(EACCES, set_mm_map(&self->map));
	self->map.exe_fd = good;
	EXPECT_REFUSED(EFAULT, set_mm_map(&self->map));
	ASSERT_TRUE(map_good(PROT_NONE, false, self->start - PAGE, PAGE));
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	ASSERT_TRUE(map_good(variant->must, false, self->start - PAGE, PAGE));
	EXPECT_REFUSED(EBUSY, set_mm_map(&self->map));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, exe_replaced());
	EXPECT_MAP(*self->bound);
	EXPECT_EQ(1, exe_replaced());
	EXPECT_EQ(0, remove_dir(dir));
}

/* M5: nothing is asked of the heap, nor that it is above the data */
TEST(heap)
{
	struct prctl_mm_map map;
	unsigned long arena;

	REQUIRE(NEED_LEVELS);
	ASSERT_TRUE(make_arena(&arena));
	read_map(&map);
	ASSERT_EQ(0, set_policy(2));
	map.start_brk = arena + PAGE;
	map.brk = arena + PAGE + 1;
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_TRUE(map_is(&map));
	map.start_brk = map.start_data;
	map.brk = map.start_data;
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_TRUE(map_is(&map));
	EXPECT_EQ(0, set_policy(1));
}

/* M5: the first bound that no area fits decides on the error */
TEST(first_bound)
{
	static const size_t bounds[] = {
		offsetof(struct prctl_mm_map, start_code), offsetof(struct prctl_mm_map, end_code),
		offsetof(struct prctl_mm_map, start_data), offsetof(struct prctl_mm_map, end_data),
		offsetof(struct prctl_mm_map, start_stack),
		offsetof(struct prctl_mm_map, arg_start), offsetof(struct prctl_mm_map, arg_end),
		offsetof(struct prctl_mm_map, env_start), offsetof(struct prctl_mm_map, env_end),
	};
	struct prctl_mm_map map, present;
	unsigned long arena;
	unsigned int i, j;

	REQUIRE(NEED_LEVELS);
	ASSERT_TRUE(make_arena(&arena));
	ASSERT_EQ(0, spread_bounds(arena, arena + ARENA_PAGES * PAGE));
	read_map(&present);
	ASSERT_EQ(0, set_policy(2));
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		for (j = 0; j < ARRAY_SIZE(bounds); j++) {
			if (i == j)
				continue;
			map = present;
			/* In the hole, and in what nobody may read. */
			*(__u64 *)((void *)&map + bounds[i]) = arena + PAGE + 16 + i;
			*(__u64 *)((void *)&map + bounds[j]) = arena + 16 + j;
			if (map.start_code >= map.end_code || map.start_data > map.end_data ||
			    map.arg_start > map.arg_end || map.env_start > map.env_end)
				continue;
			EXPECT_REFUSED(i < j ? EFAULT : EINVAL, set_mm_map(&map));
		}
	}
	EXPECT_EQ(0, set_policy(1));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
