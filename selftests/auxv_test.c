// SPDX-License-Identifier: GPL-2.0
/* The auxiliary vector. */
#include "harness.h"
#include "kernel_address.h"
#include "short_memory.h"
#include <pthread.h>

#define WORD	sizeof(unsigned long)
#define BYTES	sizeof(((struct mm_state *)0)->auxv)

FIXTURE(auxv) {
	unsigned long full[BYTES / WORD];	/* no word of it is AT_NULL */
	unsigned long max;	/* bytes, the kernel's own size */
	unsigned long word;	/* bytes, a word of the kernel */
	unsigned long pair;	/* two of these */
};

static int set_auxv(const void *auxv, unsigned long size)
{
	return set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, size, 0);
}

/* What /proc/self/auxv shows, in bytes. */
static size_t read_auxv(char *to)
{
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t size = read(fd, to, BYTES);

	close(fd);
	return size < 0 ? 0 : size;
}

static bool is_zero(const char *bytes, size_t size)
{
	while (size && !*bytes++)
		size--;
	return !size;
}

FIXTURE_SETUP(auxv)
{
	unsigned int i;

	REQUIRE(NEED_PRIVILEGE);
	self->word = kernel_is_64_bit() ? 8 : 4;
	self->pair = 2 * self->word;
	for (i = 0; i < BYTES / WORD; i++)
		self->full[i] = 0x1000 + i;
	for (self->max = BYTES; self->max; self->max--)
		if (!set_auxv(self->full, self->max))
			break;
	ASSERT_GT(self->max, 10 * self->pair);
}

FIXTURE_TEARDOWN(auxv)
{
}

/* X1 G7: the kernel's own size is the largest, and it is whole pairs */
TEST_F(auxv, too_long)
{
	EXPECT_EQ(0, self->max % self->pair);
	EXPECT_EQ(0, set_auxv(self->full, self->max));
	EXPECT_REFUSED(EINVAL, set_auxv(self->full, self->max + 1));
	EXPECT_REFUSED(EINVAL, set_auxv(self->full, ~0UL));
	if (sizeof(long) == 8) {
		EXPECT_REFUSED(EINVAL, set_auxv(self->full, ~(~0UL >> 16 >> 16)));
		EXPECT_REFUSED(EINVAL, set_auxv(self->full, ~(~0UL >> 16 >> 16) | self->pair));
	}
	/* too long and unreadable: the size is checked first */
	EXPECT_REFUSED(EINVAL, set_auxv(NULL, self->max + 1));
}

/* X2 X5 G7: an address that cannot be read, wholly or at the end */
TEST_F(auxv, unreadable)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char got[BYTES];
	unsigned int odd;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	memset(pages, 1, PAGE);
	EXPECT_REFUSED(EFAULT, set_auxv(NULL, 2 * WORD));
	EXPECT_REFUSED(EFAULT, set_auxv(pages + PAGE - 8 * WORD, 10 * WORD));
	EXPECT_REFUSED(EFAULT, set_auxv((void *)~(WORD - 1), WORD));
	/* what the kernel can read and the caller cannot, aligned and not */
	EXPECT_REFUSED(EFAULT, set_auxv((void *)kernel_address(), 2 * WORD));
	EXPECT_REFUSED(EFAULT, set_auxv((void *)kernel_address() + 1, 2 * WORD));
	EXPECT_EQ(0, set_auxv(pages + PAGE - 8 * WORD, 8 * WORD));

	/* What was read before the page was missing is not in the next vector. */
	for (odd = 0; odd < 2; odd++) {
		EXPECT_EQ(-EFAULT, set_auxv(pages + PAGE - 16 * WORD + odd, 20 * WORD));
		EXPECT_EQ(0, set_auxv(self->full, self->pair));
		EXPECT_EQ(2 * self->pair, read_auxv(got));
	}
}

/* X5 G7: no memory for the copy: the old vector stays whole */
TEST_F(auxv, no_memory)
{
	bool failed;

	REQUIRE(NEED_FAILURES);
	ASSERT_EQ(0, allow_failures());
	EXPECT_ENOMEM(1, set_auxv(self->full, self->max));
	/* An empty vector needs none. */
	EXPECT_EQ(0, WITH_SHORT_MEMORY(1, failed, set_auxv(NULL, 0)));
	EXPECT_FALSE(failed);
}

/* R3: a reader allocates nothing, or goes on without: it always gets the vector */
TEST_F(auxv, no_memory_to_read)
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	unsigned int nth = 0;
	char got[BYTES];
	bool failed;

	REQUIRE(NEED_FAILURES);
	ASSERT_EQ(0, set_auxv(self->full, self->max));
	ASSERT_EQ(0, allow_failures());
	do {
		EXPECT_EQ(self->max, WITH_SHORT_MEMORY(++nth, failed, pread(fd, got, BYTES, 0)));
		EXPECT_EQ(0, memcmp(got, self->full, self->max - self->pair));
	} while (failed);
}

/* X3 X4: every size, odd ones too, is stored, and all behind it cleared */
TEST_F(auxv, every_size)
{
	char want[BYTES], got[BYTES];
	size_t size, shown;

	for (size = 0; size <= self->max; size++) {
		ASSERT_EQ(0, set_auxv(self->full, self->max));
		ASSERT_EQ(0, set_auxv(self->full, size));
		memset(want, 0, sizeof(want));
		memcpy(want, self->full, size);
		/* the last pair is AT_NULL, whatever was passed */
		memset(want + self->max - self->pair, 0, self->pair);
		for (shown = 0; !is_zero(want + shown, self->word);)
			shown += self->pair;
		shown += self->pair;
		ASSERT_EQ(shown, read_auxv(got));
		ASSERT_EQ(0, memcmp(want, got, shown));
	}
}

/* X3: size 0 clears the vector and looks at no address */
TEST_F(auxv, size_zero)
{
	char got[BYTES];

	EXPECT_EQ(0, set_auxv(NULL, 0));
	EXPECT_EQ(self->pair, read_auxv(got));
	EXPECT_TRUE(is_zero(got, self->pair));
}

/* X4: without an AT_NULL in it, the vector ends all the same */
TEST_F(auxv, no_end)
{
	const size_t end = self->max - self->pair;
	char got[BYTES];

	EXPECT_EQ(0, set_auxv(self->full, self->max));
	EXPECT_EQ(self->max, read_auxv(got));
	EXPECT_EQ(0, memcmp(got, self->full, end));
	EXPECT_TRUE(is_zero(got + end, self->pair));
}

/* X4: read(2) goes on where the last one ended, one that failed does not count */
TEST_F(auxv, read_on)
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	char got[BYTES], *nowhere = (char *)self->word;
	size_t size = 0;
	ssize_t some;

	ASSERT_EQ(0, set_auxv(self->full, self->max));
	while (size < self->max) {
		EXPECT_EQ(-1, read(fd, nowhere, BYTES));
		EXPECT_EQ(EFAULT, errno);
		some = read(fd, got + size, 24);
		ASSERT_LT(0, some);
		size += some;
	}
	EXPECT_EQ(self->max, size);
	EXPECT_EQ(0, memcmp(got, self->full, self->max - self->pair));
	/* At the end there is nothing to copy. */
	EXPECT_EQ(0, read(fd, nowhere, BYTES));
	EXPECT_EQ(self->pair, lseek(fd, self->pair, SEEK_SET));
	EXPECT_EQ(24, read(fd, got, 24));
	EXPECT_EQ(0, memcmp(got, (char *)self->full + self->pair, 24));
}

struct swap {
	const unsigned long *full;
	unsigned long some, max;	/* bytes */
	int stop;
};

static void *swap_vectors(void *arg)
{
	struct swap *swap = arg;

	while (!__atomic_load_n(&swap->stop, __ATOMIC_RELAXED)) {
		set_auxv(swap->full, swap->some);
		set_auxv(swap->full, swap->max);
	}
	return NULL;
}

/* X4: a reader sees one vector or the other, ended, at every instant */
TEST_F(auxv, reader_races_writer)
{
	struct swap swap = { self->full, 2 * self->pair, self->max };
	unsigned long rounds = getenv("SOAK") ? 200000 : 4000;
	unsigned int is_short = 0, is_full = 0;
	char got[BYTES];
	pthread_t writer;
	size_t size;

	ASSERT_EQ(0, set_auxv(self->full, swap.some));
	ASSERT_EQ(0, pthread_create(&writer, NULL, swap_vectors, &swap));
	while (rounds--) {
		size = read_auxv(got);
		ASSERT_TRUE(size == swap.some + self->pair || size == self->max);
		ASSERT_TRUE(is_zero(got + size - self->pair, self->pair));
		ASSERT_EQ(0, memcmp(got, self->full, size - self->pair));
		size == self->max ? is_full++ : is_short++;
	}
	__atomic_store_n(&swap.stop, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	TH_LOG("%u short, %u full", is_short, is_full);
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_FAILSLAB, why_no_series);
	return test_harness_run(argc, argv);
}
