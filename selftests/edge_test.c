// SPDX-License-Identifier: GPL-2.0
/*
 * The edges of what a call may pass: the lowest address and the end of all addresses where
 * they change while a process runs, and a struct or a vector behind which there is no memory.
 */
#include "harness.h"

#include <sys/personality.h>

/* Starts that can be anywhere below their ends: of data and heap RLIMIT_DATA limits the size. */
static const size_t free_starts[] = {
	offsetof(struct prctl_mm_map, start_code), offsetof(struct prctl_mm_map, start_stack),
	offsetof(struct prctl_mm_map, arg_start), offsetof(struct prctl_mm_map, env_start),
};

static struct prctl_mm_map map_between(unsigned long low, unsigned long high)
{
	struct prctl_mm_map map = { .start_brk = high, .brk = high, .exe_fd = -1 };

	fill_bounds(&map, low, high);
	return map;
}

/* The answer for the map with each of these starts at @at, which has to be the same one. */
static int set_each_start(const struct prctl_mm_map *good, unsigned long at)
{
	unsigned int i;
	int result = 0, previous;

	for (i = 0; i < ARRAY_SIZE(free_starts); i++) {
		struct prctl_mm_map map = *good;

		*(__u64 *)((void *)&map + free_starts[i]) = at;
		previous = result;
		result = set_mm_map(&map);
		if (i && result != previous)
			return 1;
	}
	return result;
}

static int set_lowest(unsigned long addr)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", addr);
	return write_file(MMAP_MIN_ADDR, text);
}

static unsigned long get_lowest(void)
{
	char text[32];

	read_file(MMAP_MIN_ADDR, text, sizeof(text) - 1);
	return strtoul(text, NULL, 10);
}

/* G5 G6: the lowest address is what vm.mmap_min_addr says now, not what it said at first */
TEST(lowest_address_changes)
{
	/* Above 64 KiB, which a security module may ask for at least. */
	const unsigned long old = get_lowest(), low = old + 31 * 4096;
	struct prctl_mm_map map;
	unsigned int option;
	char *page;
	int want;

	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP | NEED_LOWEST);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	map = map_between((unsigned long)page, (unsigned long)page + PAGE);
	EXPECT_EQ(0, set_each_start(&map, low - 1));
	EXPECT_EQ(0, set_mm_map(&map));
	want = set_mm(PR_SET_MM_START_STACK, low);

	ASSERT_EQ(0, set_lowest(low));
	EXPECT_EQ(-EINVAL, set_each_start(&map, low - 1));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++)
		EXPECT_REFUSED(EINVAL, set_mm(option, low - 1));
	EXPECT_EQ(0, set_each_start(&map, low));
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_EQ(want, set_mm(PR_SET_MM_START_STACK, low));

	ASSERT_EQ(0, set_lowest(old));
	EXPECT_EQ(0, set_each_start(&map, low - 1));
}

#ifndef __LP64__
/* G5 G6: the end of a 32-bit task's addresses, which can change after execve(2) */
TEST(highest_address_changes)
{
	const unsigned long end = 0xc0000000, above = 0xd0000000;
	const int old = personality(0xffffffff);
	struct prctl_mm_map map = map_between(0x10000000, 0x10001000);
	unsigned int option;
	bool all = can_be_mapped(above);

	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
	ASSERT_EQ(0, set_mm_map(&map));
	ASSERT_NE(-1, personality(old | ADDR_LIMIT_3GB));
	if (!all || can_be_mapped(above))
		SKIP(return, "personality(2) does not lower the end of the addresses");
	map.start_stack = end - 1;
	EXPECT_EQ(0, set_mm_map(&map));
	map.start_stack = end;
	EXPECT_REFUSED(EINVAL, set_mm_map(&map));
	map.start_stack = above;
	EXPECT_REFUSED(EINVAL, set_mm_map(&map));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
		EXPECT_REFUSED(EINVAL, set_mm(option, end));
		EXPECT_REFUSED(EINVAL, set_mm(option, above));
	}
	EXPECT_RULED_OUT(EFAULT, PR_SET_MM_START_STACK, end - 2);

	ASSERT_NE(-1, personality(old));
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_EQ(above, read_bound(PR_SET_MM_START_STACK));
}
#endif

FIXTURE(edge) {
	struct prctl_mm_map map;
	char *page, *end;	/* behind the end there is nothing */
};

FIXTURE_SETUP(edge)
{
	self->page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	self->end = self->page + PAGE;
	ASSERT_EQ(0, munmap(self->end, PAGE));
	read_map(&self->map);
}

FIXTURE_TEARDOWN(edge)
{
}

/* The layouts in which this task may pass the struct: how many. */
static unsigned int get_layouts(struct prctl_mm_map *map, struct wide_map *wide,
				const void *layout[2], size_t size[2])
{
	layout[0] = as_kernel_reads(map, wide);
	size[0] = sizeof(*map);
	if (sizeof(long) == 8 || !kernel_is_64_bit() || kernel_reads_wide_map)
		return 1;
	widen_map(map, wide);
	layout[1] = wide;
	size[1] = sizeof(*wide);
	return 2;
}

static int set_mm_map_of(const char *at, size_t size)
{
	return set_mm4(PR_SET_MM_MAP, (unsigned long)at, size, 0);
}

/* M2 M4: not a byte behind the struct is read, and none of it may be missing */
TEST_F(edge, end_of_struct)
{
	size_t size[2], missing;
	struct wide_map wide;
	const void *layout[2];
	unsigned int i;

	for (i = 0; i < get_layouts(&self->map, &wide, layout, size); i++) {
		self->map.start_stack += 8;
		get_layouts(&self->map, &wide, layout, size);
		memcpy(self->end - size[i], layout[i], size[i]);
		EXPECT_EQ(0, set_mm_map_of(self->end - size[i], size[i]));
		EXPECT_EQ(self->map.start_stack, read_bound(PR_SET_MM_START_STACK));
		for (missing = 1; missing <= size[i]; missing++) {
			memcpy(self->end - size[i] + missing, layout[i], size[i] - missing);
			EXPECT_REFUSED(EFAULT, set_mm_map_of(self->end - size[i] + missing,
							     size[i]));
		}
	}
}

/* M2 M4: nor is one before it, and it may lie at any address */
TEST_F(edge, start_of_struct)
{
	struct wide_map wide;
	const void *layout[2];
	unsigned int i, offset;
	size_t size[2];

	for (i = 0; i < get_layouts(&self->map, &wide, layout, size); i++) {
		for (offset = 0; offset < 9; offset++) {
			self->map.start_stack += 8;
			get_layouts(&self->map, &wide, layout, size);
			memcpy(self->page + offset, layout[i], size[i]);
			EXPECT_EQ(0, set_mm_map_of(self->page + offset, size[i]));
			EXPECT_EQ(self->map.start_stack, read_bound(PR_SET_MM_START_STACK));
		}
	}
}

/* M2 X2: the same of the vector of a map, with each size */
TEST_F(edge, end_of_vector)
{
	unsigned int size = vector_size();

	ASSERT_GT(size, 0);
	memset(self->page, 1, PAGE);
	for (; size; size--) {
		self->map.auxv = (void *)(self->end - size);
		self->map.auxv_size = size;
		EXPECT_EQ(0, set_mm_map(&self->map));
		self->map.auxv = (void *)(self->end - size + 1);
		EXPECT_EQ(-EFAULT, set_mm_map(&self->map));
	}
}

/* M1: nothing is written behind the size */
TEST_F(edge, end_of_size)
{
	const unsigned long at = (unsigned long)self->end - sizeof(unsigned int);
	unsigned int missing;

	EXPECT_EQ(0, set_mm(PR_SET_MM_MAP_SIZE, at));
	for (missing = 1; missing <= sizeof(unsigned int); missing++)
		EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_MAP_SIZE, at + missing));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LOWEST, why_no_series);
	return test_harness_run(argc, argv);
}
