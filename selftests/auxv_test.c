// SPDX-License-Identifier: GPL-2.0
/* The auxiliary vector. */
#include "prctl_set_mm.h"
#include <pthread.h>

#define WORD	sizeof(unsigned long)
#define WORDS	(sizeof(((struct mm_state *)0)->auxv) / WORD)

FIXTURE(auxv) {
	unsigned long full[WORDS];	/* no word of it is AT_NULL */
	unsigned long max;		/* bytes, the kernel's own size */
};

static int set_auxv(const void *auxv, unsigned long size)
{
	return set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, size, 0);
}

/* What /proc/self/auxv shows, in bytes. */
static size_t read_auxv(unsigned long *to)
{
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t size = read(fd, to, WORDS * WORD);

	close(fd);
	return size < 0 ? 0 : size;
}

FIXTURE_SETUP(auxv)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		self->full[i] = 0x1000 + i;
	for (self->max = WORDS * WORD; self->max; self->max--)
		if (!set_auxv(self->full, self->max))
			break;
	ASSERT_GT(self->max, 20 * WORD);
}

FIXTURE_TEARDOWN(auxv)
{
}

/* X1 G7: the kernel's own size is the largest, and it is whole pairs */
TEST_F(auxv, too_long)
{
	EXPECT_EQ(0, self->max % (2 * WORD));
	EXPECT_EQ(0, set_auxv(self->full, self->max));
	EXPECT_REFUSED(EINVAL, set_auxv(self->full, self->max + 1));
	EXPECT_REFUSED(EINVAL, set_auxv(self->full, ~0UL));
	/* too long and unreadable: the size is looked at first */
	EXPECT_REFUSED(EINVAL, set_auxv(NULL, self->max + 1));
}

/* X2 G7: an address that cannot be read, wholly or at the end */
TEST_F(auxv, unreadable)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	memset(pages, 1, PAGE);
	EXPECT_REFUSED(EFAULT, set_auxv(NULL, 2 * WORD));
	EXPECT_REFUSED(EFAULT, set_auxv(pages + PAGE - 8 * WORD, 10 * WORD));
	EXPECT_REFUSED(EFAULT, set_auxv((void *)~(WORD - 1), WORD));
	EXPECT_EQ(0, set_auxv(pages + PAGE - 8 * WORD, 8 * WORD));
}

/* X3 X4: every size, odd ones too, is stored, and all behind it cleared */
TEST_F(auxv, every_size)
{
	unsigned long want[WORDS], got[WORDS];
	size_t size, pairs;

	for (size = 0; size <= self->max; size++) {
		ASSERT_EQ(0, set_auxv(self->full, self->max));
		ASSERT_EQ(0, set_auxv(self->full, size));
		memset(want, 0, sizeof(want));
		memcpy(want, self->full, size);
		/* the last pair is AT_NULL, whatever was passed */
		want[self->max / WORD - 2] = 0;
		want[self->max / WORD - 1] = 0;
		for (pairs = 1; want[2 * pairs - 2]; pairs++)
			;
		ASSERT_EQ(2 * pairs * WORD, read_auxv(got));
		ASSERT_EQ(0, memcmp(want, got, 2 * pairs * WORD));
	}
}

/* X3: size 0 clears the vector and looks at no address */
TEST_F(auxv, size_zero)
{
	unsigned long got[WORDS];

	EXPECT_EQ(0, set_auxv(NULL, 0));
	EXPECT_EQ(2 * WORD, read_auxv(got));
	EXPECT_EQ(0, got[0]);
	EXPECT_EQ(0, got[1]);
}

/* X4: without an AT_NULL in it, the vector ends all the same */
TEST_F(auxv, no_end)
{
	unsigned long got[WORDS], last = self->max / WORD - 2;

	EXPECT_EQ(0, set_auxv(self->full, self->max));
	EXPECT_EQ(self->max, read_auxv(got));
	EXPECT_EQ(self->full[last - 2], got[last - 2]);
	EXPECT_EQ(0, got[last]);
	EXPECT_EQ(0, got[last + 1]);
}

struct swap {
	const unsigned long *full;
	unsigned long max;
	int stop;
};

static void *swap_vectors(void *arg)
{
	struct swap *swap = arg;

	while (!__atomic_load_n(&swap->stop, __ATOMIC_RELAXED)) {
		set_auxv(swap->full, 4 * WORD);
		set_auxv(swap->full, swap->max);
	}
	return NULL;
}

/* X4: a reader sees one vector or the other, ended, at every instant */
TEST_F(auxv, reader_races_writer)
{
	struct swap swap = { self->full, self->max };
	unsigned long got[WORDS], rounds = getenv("SOAK") ? 200000 : 4000;
	unsigned int is_short = 0, is_full = 0;
	pthread_t writer;
	size_t size;

	ASSERT_EQ(0, set_auxv(self->full, 4 * WORD));
	ASSERT_EQ(0, pthread_create(&writer, NULL, swap_vectors, &swap));
	while (rounds--) {
		size = read_auxv(got);
		ASSERT_TRUE(size == 6 * WORD || size == self->max);
		ASSERT_EQ(0, got[size / WORD - 2]);
		ASSERT_EQ(0, memcmp(got, self->full, size - 2 * WORD));
		size == self->max ? is_full++ : is_short++;
	}
	__atomic_store_n(&swap.stop, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	TH_LOG("%u short, %u full", is_short, is_full);
}

int main(int argc, char **argv)
{
	require_series();
	return test_harness_run(argc, argv);
}
