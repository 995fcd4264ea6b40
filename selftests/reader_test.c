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
	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
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
	int got = syscall(__NR_prctl, PR_GET_AUXV, to, size, 0, 0);

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

/*
 * R2 R3: as much as there is memory for; nothing is EFAULT. Some architectures copy words, and
 * leave out those in which memory ends.
 */
TEST_F(reader, end_of_memory)
{
	char *end = self->page + PAGE;
	ssize_t got = pread(self->fd, end - 100, PAGE, 0);

	EXPECT_GE(100, got);
	EXPECT_LT(100 - 16, got);
	EXPECT_EQ(0, memcmp(end - 100, self->two.auxv[0], got));
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

/* What a reader gets in memory that is there when the test lets it. */
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

/* R2: the size of the text is that of whole pages, in statm and in status */
TEST_F(reader, text)
{
	const unsigned long starts[] = { 0, 1, PAGE - 1, PAGE };
	const unsigned long ends[] = { PAGE + 1, 2 * PAGE - 1, 2 * PAGE, 3 * PAGE + 1 };
	struct prctl_mm_map map = self->two.map[0];
	const unsigned long at = map.start_code;
	unsigned long want, pages, kib;
	char text[4096], *line;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(starts) * ARRAY_SIZE(ends); i++) {
		map.start_code = at + starts[i / ARRAY_SIZE(ends)];
		map.end_code = at + ends[i % ARRAY_SIZE(ends)];
		want = (map.end_code + PAGE - 1) / PAGE - map.start_code / PAGE;
		ASSERT_EQ(0, set_mm_map(&map));
		memset(text, 0, sizeof(text));
		read_file("/proc/self/statm", text, sizeof(text) - 1);
		pages = 0;
		kib = 0;
		if (sscanf(text, "%*u %*u %*u %lu", &pages) != 1)
			TH_LOG("statm: %s", text);
		EXPECT_EQ(want, pages);
		memset(text, 0, sizeof(text));
		read_file("/proc/self/status", text, sizeof(text) - 1);
		line = strstr(text, "VmExe:");
		if (!line || sscanf(line, "VmExe: %lu", &kib) != 1)
			TH_LOG("status: %s", text);
		EXPECT_EQ(want * PAGE / 1024, kib);
	}
}

/* Read /proc/@pid/stat as a user to whom the process does not belong: 0 if it is @want. */
static int compare_as_user(pid_t pid, const unsigned long *want)
{
	unsigned long bounds[PR_SET_MM_ENV_END + 1];
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	if (setresgid(1001, 1001, 1001) || setresuid(1001, 1001, 1001))
		return 2;
	read_bounds(name, bounds);
	return memcmp(bounds, want, sizeof(bounds)) ? 1 : 0;
}

/* R2: a user without access to a process sees 1 as its code, and 0 if it has no memory map */
TEST_F(reader, stat_of_another)
{
	unsigned long want[PR_SET_MM_ENV_END + 1] = {
		[PR_SET_MM_START_CODE] = 1, [PR_SET_MM_END_CODE] = 1,
	};
	unsigned long bounds[PR_SET_MM_ENV_END + 1];
	pid_t pid = start_child(), zombie;
	char name[64];

	if (!pid)
		_exit(compare_as_user(getppid(), want));
	EXPECT_EQ(0, wait_child(pid));

	zombie = start_child();
	if (!zombie)
		_exit(0);
	ASSERT_TRUE(wait_child_zombie(zombie));
	memset(want, 0, sizeof(want));
	snprintf(name, sizeof(name), "/proc/%d/stat", zombie);
	read_bounds(name, bounds);
	EXPECT_EQ(0, memcmp(bounds, want, sizeof(bounds)));
	pid = start_child();
	if (!pid)
		_exit(compare_as_user(zombie, want));
	EXPECT_EQ(0, wait_child(pid));
	wait_child(zombie);
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
