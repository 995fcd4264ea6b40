// SPDX-License-Identifier: GPL-2.0
/* The executable: what /proc/PID/exe may become, and how often. */
#include "harness.h"
#include "exe_fixture.h"
#include "overlay.h"

/* E1: what is no open descriptor, O_PATH included, also after a replacement */
TEST_F(exe, descriptor)
{
	int path = open(self->a, O_PATH | O_CLOEXEC), gone = dup(self->fd_a);
	int round;

	close(gone);
	/* First with the old executable mapped, then after a replacement. */
	for (round = 0; round < 2; round++) {
		EXPECT_REFUSED(EBADF, set_exe(-1));
		EXPECT_REFUSED(EBADF, set_exe(~0UL));
		EXPECT_REFUSED(EBADF, set_exe(gone));
		EXPECT_REFUSED(EBADF, set_exe(path));
		EXPECT_REFUSED(EBADF, set_exe(1000000));
		if (!round) {
			ASSERT_GT(leave_exe(), 0);
			ASSERT_EQ(0, set_exe(self->fd_a));
		}
	}
}

#ifdef __LP64__
/* E1: only the low half of the argument is the descriptor */
TEST_F(exe, upper_half)
{
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(self->fd_a | 0xdeadbeefUL << 32));
	EXPECT_STREQ(self->a, exe_link());
}
#endif

/* E3 E7: any area of the old executable is in the way, read-only ones too */
TEST_F(exe, old_one_mapped)
{
	int old = open("/proc/self/exe", O_RDONLY);
	void *page;

	REQUIRE(NEED_E3);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	EXPECT_EQ(0, try_writing(self->a));

	ASSERT_GT(leave_exe(), 0);
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, old, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	EXPECT_EQ(0, try_writing(self->a));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_NONE));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));

	/* Other files are not, nor is the old one once it is unmapped. */
	ASSERT_EQ(0, munmap(page, PAGE));
	ASSERT_EQ(0, ftruncate(open(self->b, O_RDWR), PAGE));
	page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, self->fd_b, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
}

/* E3: on overlayfs the area has a file of the lower layer behind it */
TEST_F(exe, old_one_mapped_on_overlayfs)
{
	char copy[160];

	/* Newer kernels do not see it without the rules. */
	REQUIRE(NEED_RULES | NEED_MOUNTS);
	if (!copy_on_overlayfs(self->dir, copy, sizeof(copy)))
		SKIP(return, "no overlayfs");
	EXPECT_EQ(0, run_copy(copy, "overlay", self->a));
	leave_overlayfs(copy);
}

/* E4: a second replacement is refused, by the same file as well */
TEST_F(exe, once)
{
	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
	EXPECT_EQ(0, try_writing(self->b));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
}

/* E4: the file that is the executable already counts as a replacement */
TEST_F(exe, same_file_counts)
{
	int old = open("/proc/self/exe", O_RDONLY);
	char link[PATH_MAX];

	REQUIRE(NEED_RULES);
	snprintf(link, sizeof(link), "%s", exe_link());
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(old));
	EXPECT_STREQ(link, exe_link());
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
}

/* E5 E7: a file that is open for writing; its writer goes on as before */
TEST_F(exe, open_for_writing)
{
	int writer = open(self->a, O_WRONLY | O_CLOEXEC);

	ASSERT_GE(writer, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	EXPECT_REFUSED(EACCES, set_exe(open(self->a, O_RDWR)));
	EXPECT_EQ(1, write(writer, "x", 1));
	EXPECT_EQ(0, try_writing(self->a));
	close(writer);
	EXPECT_EQ(0, set_exe(self->fd_b));
}

/* E7 E1 E2 E3 E5: no kind of failure counts as the replacement */
TEST_F(exe, failures_are_free)
{
	int old = open("/proc/self/exe", O_RDONLY), writer;
	void *page;

	REQUIRE(NEED_RULES);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EBADF, set_exe(-1));
	EXPECT_REFUSED(EACCES, set_exe(open(self->dir, O_RDONLY)));
	writer = open(self->a, O_WRONLY);
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	close(writer);
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, old, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
}

/* E7: a file that was refused is let go: what it lies on can be unmounted */
TEST_F(exe, refused_file_is_let_go)
{
	char dir[128], file[160];
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_E3);
	snprintf(dir, sizeof(dir), "%s/mount", self->dir);
	snprintf(file, sizeof(file), "%s/x", dir);
	ASSERT_EQ(0, mount_tmpfs(dir, 0));
	fd = make_exe(file, 0755);
	EXPECT_REFUSED(EBUSY, set_exe(fd));
	close(fd);
	EXPECT_EQ(0, umount2(dir, 0));
}

/* E6: the link and the files that deny write access change together */
TEST_F(exe, writers)
{
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, try_writing(self->a));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
	EXPECT_EQ(ETXTBSY, try_writing(self->a));
	EXPECT_EQ(0, try_writing(self->b));
}

/* E6: the old executable can be written to again when it is given up */
TEST_F(exe, old_one_writable_again)
{
	char copy[160];

	snprintf(copy, sizeof(copy), "%s/copy", self->dir);
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(0, run_copy(copy, "writers", self->b));
	/* The process has ended, and nothing else runs the new executable. */
	EXPECT_EQ(0, try_writing(self->b));
}

/* E6: and it is let go: what it lies on can be unmounted */
TEST_F(exe, old_one_is_let_go)
{
	char dir[128], copy[160];

	REQUIRE(NEED_MOUNTS);
	snprintf(dir, sizeof(dir), "%s/mount", self->dir);
	snprintf(copy, sizeof(copy), "%s/copy", dir);
	ASSERT_EQ(0, mount_tmpfs(dir, 0));
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(0, run_copy(copy, "writers", self->b));
	EXPECT_EQ(0, umount2(dir, 0));
}

#define THREADS	4

struct racer {
	pthread_barrier_t *start;
	int fd;
	int result;
};

static void *race(void *arg)
{
	struct racer *racer = arg;

	pthread_barrier_wait(racer->start);
	racer->result = set_exe(racer->fd);
	return NULL;
}

/* One race in a memory map of its own; the number of winners. */
static int race_once(const int *fds)
{
	struct racer racers[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	int i, won = 0;

	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer) { &start, fds[i % 2], 1 };
		if (pthread_create(&threads[i], NULL, race, &racers[i]))
			return -1;
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		if (!racers[i].result)
			won++;
		else if (racers[i].result != -EBUSY)
			return -1;
	}
	return won;
}

/* E6 E8: of threads that race, exactly one succeeds, with its file alone */
TEST_F(exe, threads_race)
{
	int rounds = getenv("SOAK") ? 5000 : 100;
	const int fds[] = { self->fd_a, self->fd_b };
	bool is_b;
	pid_t pid;

	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	while (rounds--) {
		pid = start_child();
		if (!pid) {
			if (race_once(fds) != 1)
				_exit(1);
			is_b = exe_is(self->b);
			_exit(!exe_is(is_b ? self->b : self->a) ||
			      try_writing(is_b ? self->b : self->a) != ETXTBSY ||
			      try_writing(is_b ? self->a : self->b));
		}
		ASSERT_EQ(0, wait_child(pid));
	}
}

/* E8: a child of fork may replace, whether the parent has done so or not */
TEST_F(exe, fork_has_its_own)
{
	pid_t pid;

	REQUIRE(NEED_FORK_MAY_REPLACE);
	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(set_exe(self->fd_a) != 0);
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, set_exe(self->fd_a));

	pid = start_child();
	if (!pid)
		_exit(set_exe(self->fd_b) || strcmp(exe_link(), self->b));
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
}

/* E8: a child of vfork shares the map, and with it the one replacement */
TEST_F(exe, vfork_shares)
{
	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, wait_child(vfork_and_run(replace_link, &self->fd_a)));
	EXPECT_STREQ(self->a, exe_link());
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
}

/* E8: execve creates a new map, whose executable can be replaced again */
TEST_F(exe, execve_has_its_own)
{
	char copy[160];

	snprintf(copy, sizeof(copy), "%s/copy", self->dir);
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_EQ(0, run_copy(copy, "replace", self->b));
}

/* E9: a file with no name left */
TEST_F(exe, deleted)
{
	char want[160];

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, unlink(self->a));
	EXPECT_EQ(0, set_exe(self->fd_a));
	snprintf(want, sizeof(want), "%s (deleted)", self->a);
	EXPECT_STREQ(want, exe_link());
}

/* E9: a file that never had one */
TEST_F(exe, memfd)
{
	int fd = syscall(__NR_memfd_create, "program", 0);

	ASSERT_GE(fd, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(fd));
	EXPECT_STREQ("/memfd:program (deleted)", exe_link());
}

/* E1 E2 E3 E4 E5: wrong in two ways at once, the earlier clause answers */
TEST_F(exe, order)
{
	int directory = open(self->dir, O_RDONLY | O_DIRECTORY), writer;

	REQUIRE(NEED_RULES);
	/* E2 before E3: a directory, the old executable mapped */
	EXPECT_REFUSED(EACCES, set_exe(directory));
	/* E3 before E5: the old executable mapped, a writer */
	writer = open(self->a, O_WRONLY);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	ASSERT_EQ(0, set_exe(self->fd_b));
	/* E2 before E4 before E5: replaced already, a directory, a writer */
	EXPECT_REFUSED(EACCES, set_exe(directory));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	close(writer);
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
}

/*
 * What a copy of this program does on the test's behalf, as the only process
 * that runs the copy: 0, or the number of the step that went wrong.
 */
static int run_as(const char *word, const char *file)
{
	char old[PATH_MAX];
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	snprintf(old, sizeof(old), "%s", exe_link());
	if (try_writing(old) != ETXTBSY && strcmp(word, "overlay"))
		return 1;
	if (set_exe(fd) != -EBUSY)
		return 2;
	if (leave_exe() <= 0)
		return 3;
	if (set_exe(fd))
		return 4;
	if (strcmp(exe_link(), file))
		return 5;
	if (try_writing(file) != ETXTBSY)
		return 6;
	if (try_writing(old))
		return 7;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return run_as(argv[2], argv[3]);
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
