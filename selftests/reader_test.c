// SPDX-License-Identifier: GPL-2.0
/*
 * Readers of the vector with memory that is not there when they ask: none at all, a part
 * of it, or some that comes late.
 */
#include "harness.h"
#include "exe_files.h"
#include "park.h"
#include "two_maps.h"

FIXTURE(reader) {
	struct two_maps two;
	int fd;			/* /proc/self/auxv */
	char *page;		/* nothing behind it, and not there yet */
	size_t size;		/* of the first vector */
};

static int set_vector(const struct two_maps *two, unsigned int i)
{
	return set_mm4(PR_SET_MM_AUXV, (unsigned long)two->vector[i],
		       two->map[i].auxv_size, 0);
}

FIXTURE_SETUP(reader)
{
	REQUIRE(NEED_PRIVILEGE);
	ASSERT_EQ(0, make_two_maps(&self->two));
	ASSERT_EQ(0, set_vector(&self->two, 0));
	self->size = self->two.auxv_size[0];
	self->fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
	self->page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	ASSERT_EQ(0, munmap(self->page + PAGE, PAGE));
}

FIXTURE_TEARDOWN(reader)
{
}

static int get_auxv(void *to, unsigned long size)
{
	int got = syscall(__NR_prctl, GET_AUXV, to, size, 0, 0);

	return got < 0 ? -errno : got;
}

/* R2 R3: it comes when it is written to */
TEST_F(reader, new_memory)
{
	EXPECT_EQ(self->size, pread(self->fd, self->page, PAGE, 0));
	EXPECT_EQ(0, which_auxv(&self->two, self->page, self->size));
	EXPECT_EQ(self->size - 8, pread(self->fd, self->page + 1, PAGE - 1, 8));
	EXPECT_EQ(0, memcmp(self->page + 1, self->two.auxv[0] + 8, self->size - 8));
	EXPECT_EQ(0, pread(self->fd, self->page, PAGE, self->size));
	EXPECT_EQ(0, pread(self->fd, self->page, PAGE, 1 << 20));
	EXPECT_EQ(0, pread(self->fd, self->page, 0, 0));
}

/* R2 R3: as much as there is; nothing is EFAULT */
TEST_F(reader, end_of_memory)
{
	char *end = self->page + PAGE;

	EXPECT_EQ(100, pread(self->fd, end - 100, PAGE, 0));
	EXPECT_EQ(0, memcmp(end - 100, self->two.auxv[0], 100));
	EXPECT_EQ(-1, pread(self->fd, end, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, mprotect(self->page, PAGE, PROT_READ));
	EXPECT_EQ(-1, pread(self->fd, self->page, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* R2: PR_GET_AUXV, which copies all that it is asked for or fails */
TEST_F(reader, get_auxv)
{
	char *end = self->page + PAGE;
	int size = get_auxv(self->page, PAGE);

	if (size == -EINVAL)
		SKIP(return, "the kernel has no PR_GET_AUXV");
	ASSERT_LE((int)self->size, size);
	EXPECT_EQ(0, memcmp(self->page, self->two.auxv[0], size));
	EXPECT_EQ(size, get_auxv(end - 100, 100));
	EXPECT_EQ(0, memcmp(end - 100, self->two.auxv[0], 100));
	EXPECT_EQ(-EFAULT, get_auxv(end - 100, PAGE));
	EXPECT_EQ(size, get_auxv(end, 0));
	EXPECT_EQ(-EFAULT, get_auxv(end, 1));
}

/* What a process gets whose memory comes when the test lets it. */
static int read_late(const struct two_maps *two, int fd, const char *park)
{
	char name[160], *page;

	snprintf(name, sizeof(name), "%s/0", park);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		    open(name, O_RDONLY | O_CLOEXEC), 0);
	if (page == MAP_FAILED)
		return 100;
	return which_auxv(two, page, pread(fd, page, PAGE, 0));
}

/* R2: a reader that waits holds up nobody, and gets a whole vector in the end */
TEST_F(reader, late_memory)
{
	static const char page[64 << 10];
	char dir[96], park[128];
	int status;
	pid_t pid;

	REQUIRE(NEED_FILES | NEED_PARK);
	ASSERT_TRUE(make_dir(dir, "reader"));
	snprintf(park, sizeof(park), "%s/park", dir);
	ASSERT_EQ(0, park_begin(park));
	pid = start_child();
	if (!pid)
		_exit(read_late(&self->two, self->fd, park));
	EXPECT_TRUE(park_wait(0, pid));
	EXPECT_EQ(0, set_vector(&self->two, 1));
	park_answer(0, 0, page);
	status = park_wait_child(pid);
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_LE(WEXITSTATUS(status), 1);
	park_end();
	EXPECT_EQ(0, remove_dir(dir));
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
