// SPDX-License-Identifier: GPL-2.0
/* The heap: where it may lie, and how large it may be with the data. */
#include "harness.h"

/* Sizes beyond what this process itself has mapped, so that it can go on. */
#define DATA_SIZE	(256UL << 20)
#define HEAP_SIZE	(128UL << 20)

FIXTURE(heap) {
	struct prctl_mm_map map;
};

static int limit_data(rlim_t limit)
{
	struct rlimit rlim;

	getrlimit(RLIMIT_DATA, &rlim);
	rlim.rlim_cur = limit;
	return setrlimit(RLIMIT_DATA, &rlim);
}

/* A data segment and a heap behind it, where there need not be anything. */
FIXTURE_SETUP(heap)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &none));
	read_map(&self->map);
	self->map.start_data = 0x10000000;
	self->map.end_data = self->map.start_data + DATA_SIZE;
	self->map.start_brk = self->map.end_data + PAGE;
	self->map.brk = self->map.start_brk + HEAP_SIZE;
	ASSERT_EQ(0, set_mm_map(&self->map));
}

FIXTURE_TEARDOWN(heap)
{
}

/* B1: a new start_brk is greater than end_data */
TEST_F(heap, start_brk_above_data)
{
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_START_BRK, self->map.end_data);
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_START_BRK, self->map.end_data - 1);
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.end_data + 1);
}

/* B1: and so is a new brk */
TEST_F(heap, brk_above_data)
{
	/* start_brk out of the way: the order of the pair comes first (G6) */
	self->map.start_brk = self->map.start_data;
	ASSERT_EQ(0, set_mm_map(&self->map));
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_BRK, self->map.end_data);
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_BRK, self->map.end_data - 1);
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.end_data + 1);
}

/* B1: data that ends in the middle of a page: the heap begins in the same page, one byte above */
TEST_F(heap, within_the_page_of_data)
{
	unsigned int i;

	for (i = 1; i < PAGE; i = 2 * i + 1) {
		self->map.end_data = self->map.start_data + DATA_SIZE + i;
		self->map.start_brk = self->map.start_data;
		ASSERT_EQ(0, set_mm_map(&self->map));
		EXPECT_RULED_OUT(EINVAL, PR_SET_MM_BRK, self->map.end_data);
		EXPECT_RULED_OUT(EINVAL, PR_SET_MM_BRK, self->map.end_data - 1);
		EXPECT_BOUND(PR_SET_MM_BRK, self->map.end_data + 1);
		EXPECT_RULED_OUT(EINVAL, PR_SET_MM_START_BRK, self->map.end_data);
		EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.end_data + 1);
	}
}

/* G8 B1: a heap below end_data, as the kernel starts it for "ld.so prog" */
TEST_F(heap, below_data_as_it_is)
{
	self->map.start_brk = self->map.start_data + PAGE;
	self->map.brk = self->map.start_brk + PAGE;
	ASSERT_EQ(0, set_mm_map(&self->map));
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.start_brk);
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk);
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_START_BRK, self->map.start_brk + 1);
	EXPECT_RULED_OUT(EINVAL, PR_SET_MM_BRK, self->map.brk + 1);
}

/* G6: start_brk does not pass brk */
TEST_F(heap, order)
{
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.brk);
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_BRK, self->map.brk + 1));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_BRK, self->map.brk - 1));
}

/* B2 B3: no area is needed, and none is mapped or unmapped */
TEST_F(heap, maps_nothing)
{
	static char before[1 << 14], after[1 << 14];

	read_file("/proc/self/maps", before, sizeof(before));
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk + 12345);
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.start_brk + 12345);
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk - PAGE);
	read_file("/proc/self/maps", after, sizeof(after));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
}

/* B3: brk(2) goes on from where the heap was put */
TEST_F(heap, brk_goes_on)
{
	unsigned long brk = self->map.brk, more = brk + 2 * PAGE;
	char *heap = (char *)brk;

	EXPECT_EQ(more, (unsigned long)syscall(__NR_brk, more));
	heap[PAGE] = 1;
	EXPECT_EQ(1, heap[PAGE]);
	EXPECT_EQ(brk, (unsigned long)syscall(__NR_brk, brk));
}

/* G6: the sum of data and heap may reach RLIMIT_DATA and not pass it */
TEST_F(heap, limit)
{
	unsigned long sum = DATA_SIZE + HEAP_SIZE;

	ASSERT_EQ(0, limit_data(sum + 1));
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk + 1);
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_BRK, self->map.brk + 2));
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->map.start_brk + 1);
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk + 2);
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_BRK, self->map.start_brk));

	/* Where it is over the limit already, even what is there is refused. */
	ASSERT_EQ(0, limit_data(sum));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_BRK, self->map.brk + 2));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_STACK,
				      self->map.start_stack));
}

/* G6: the size of the data counts as well */
TEST_F(heap, limit_of_data)
{
	void *page = mmap((void *)(unsigned long)(self->map.end_data - PAGE), 2 * PAGE,
			  PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, limit_data(DATA_SIZE + HEAP_SIZE));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_END_DATA, self->map.end_data + 1));
	EXPECT_BOUND(PR_SET_MM_END_DATA, self->map.end_data - 1);
	EXPECT_BOUND(PR_SET_MM_END_DATA, self->map.end_data);
	ASSERT_EQ(0, limit_data(RLIM_INFINITY));
	EXPECT_BOUND(PR_SET_MM_END_DATA, self->map.end_data + 1);
}

/* G6: a heap with no data has all of the limit, and no more */
TEST_F(heap, limit_of_heap_alone)
{
	self->map.end_data = self->map.start_data;
	EXPECT_EQ(0, set_mm_map(&self->map));
	ASSERT_EQ(0, limit_data(HEAP_SIZE));
	EXPECT_EQ(0, set_mm_map(&self->map));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_BRK, self->map.brk + 1));
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk - 1);
	ASSERT_EQ(0, limit_data(HEAP_SIZE - 2));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_BRK, self->map.brk - 1));
	EXPECT_BOUND(PR_SET_MM_BRK, self->map.brk - 2);
}

/* G6: two sizes that are within the limit each; their sum wraps where addresses have all bits */
TEST_F(heap, limit_of_a_wrapping_sum)
{
	const unsigned long size = end_of_addresses() - 0x20000000 - PAGE;

	self->map.start_data = 0x10000000;
	self->map.end_data = self->map.start_data + size;
	self->map.start_brk = 0x20000000;
	self->map.brk = self->map.start_brk + size;
	EXPECT_EQ(0, set_mm_map(&self->map));
	ASSERT_EQ(0, limit_data(size + PAGE));
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_STACK, self->map.start_stack));
}

/* G6: sizes of which a 32-bit variable, or a signed one, holds nothing */
TEST_F(heap, limit_of_large_sizes)
{
	const unsigned long large = 1UL << (sizeof(long) == 8 ? 32 : 31);
	int large_heap;

	for (large_heap = 0; large_heap < 2; large_heap++) {
		self->map.end_data = self->map.start_data + (large_heap ? DATA_SIZE : large);
		self->map.start_brk = self->map.end_data + PAGE;
		self->map.brk = self->map.start_brk + (large_heap ? large : DATA_SIZE);
		ASSERT_EQ(0, limit_data(large + DATA_SIZE));
		EXPECT_EQ(0, set_mm_map(&self->map));
		ASSERT_EQ(0, limit_data(large + DATA_SIZE - 1));
		EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
		ASSERT_EQ(0, limit_data(DATA_SIZE));
		EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	}
}

/* G6: through PR_SET_MM_MAP it is the same limit */
TEST_F(heap, limit_of_map)
{
	ASSERT_EQ(0, limit_data(DATA_SIZE + HEAP_SIZE));
	EXPECT_EQ(0, set_mm_map(&self->map));
	self->map.brk++;
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	self->map.end_data--;
	EXPECT_EQ(0, set_mm_map(&self->map));
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
