// SPDX-License-Identifier: GPL-2.0
/*
 * Writers of the new executable: which ones there are, how they are denied, and that it is
 * undone.
 */
#include "harness.h"
#include "identity_fixture.h"

/* A new file on overlayfs: its path, its path in the upper layer, and a descriptor. */
static int make_upper_file(const struct overlay *overlay, char file[160], char below[160])
{
	path_in(file, overlay->merged, "new");
	path_in(below, overlay->top, "upper/new");
	return make_exe(file, 0755);
}

static int resize(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);

	return fd < 0 || ftruncate(fd, PAGE) ? -1 : fd;
}

/* E5 E7 L0: a shared writable mapping without a descriptor is a writer */
TEST_F(identity, mapped_writer)
{
	int fd = resize(self->a);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	ASSERT_NE(MAP_FAILED, page);
	close(fd);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	if (!why_not(NEED_LEVELS)) {
		ASSERT_EQ(0, set_policy(0));
		EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
		ASSERT_EQ(0, set_policy(base_level));
	}
	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_EQ(0, set_exe(self->fd_a));
}

/* @fd has a writer that only levels 1 and up know. */
#define EXPECT_WRITER(fd) do {							\
	int fd__ = (fd), level__, status__;					\
	pid_t pid__;								\
										\
	for (level__ = 0; level__ <= LAST_LEVEL; level__++) {			\
		if (!has_level(level__))					\
			continue;						\
		ASSERT_EQ(0, enter_level(level__));				\
		if (level__) {							\
			EXPECT_REFUSED(EACCES, set_exe(fd__));			\
			continue;						\
		}								\
		pid__ = start_child();						\
		if (!pid__)							\
			_exit(-set_exe(fd__));					\
		status__ = wait_child(pid__);					\
		EXPECT_EQ(0, status__);						\
	}									\
	ASSERT_EQ(0, enter_level(first_level()));				\
} while (0)

/* E5 E7 L0: on overlayfs, such a mapping maps the file in the upper layer */
TEST_F(identity, overlay_mapped_writer)
{
	char file[160], below[160];
	void *page;
	int exe, fd;

	REQUIRE(NEED_MOUNTS);
	ASSERT_TRUE(make_overlay(&self->overlay, self->dir, false));
	if (!mount_overlay(&self->overlay))
		SKIP(return, "no overlayfs");
	exe = make_upper_file(&self->overlay, file, below);
	ASSERT_GT(leave_exe(), 0);
	fd = resize(file);
	ASSERT_GE(fd, 0);
	EXPECT_REFUSED(EACCES, set_exe(exe));
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, page);
	close(fd);
	EXPECT_WRITER(exe);
	/* The mapping can still be written. */
	memcpy(page, "written", 7);
	/* A read-only mapping is not a writer. */
	ASSERT_EQ(0, munmap(page, PAGE));
	fd = open(file, O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(0, set_exe(exe));
	EXPECT_STREQ(file, exe_link());
	EXPECT_EQ(0, memcmp(page, "written", 7));
}

/* E5 E7 L0: on overlayfs, a descriptor of the file in the upper layer is a writer */
TEST_F(identity, overlay_writer_below)
{
	char file[160], below[160];
	int exe, fd;

	REQUIRE(NEED_MOUNTS);
	ASSERT_TRUE(make_overlay(&self->overlay, self->dir, false));
	if (!mount_overlay(&self->overlay))
		SKIP(return, "no overlayfs");
	exe = make_upper_file(&self->overlay, file, below);
	ASSERT_GT(leave_exe(), 0);
	fd = resize(below);
	ASSERT_GE(fd, 0);
	EXPECT_WRITER(exe);
	EXPECT_EQ(1, pwrite(fd, "x", 1, 0));
	close(fd);
	EXPECT_EQ(0, set_exe(exe));
	EXPECT_STREQ(file, exe_link());
}

static int make_memfd(void)
{
	int fd = syscall(__NR_memfd_create, "program", MFD_ALLOW_SEALING);

	return fd >= 0 && write(fd, "program", 7) == 7 ? fd : -1;
}

/* E5 E9: a sealed memfd; its first descriptor is still open, but cannot write */
TEST_F(identity, memfd_sealed)
{
	int fd = make_memfd();

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(fd));
	EXPECT_STREQ("/memfd:program (deleted)", exe_link());
	EXPECT_EQ(-1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(EPERM, errno);
}

/*
 * E5 E9: the exception. The kernel does not count the first descriptor of a memfd as a
 * writer. Without a seal it can write after the replacement, until somebody seals the
 * memfd. Opening it again for writing fails, if it was not given by this descriptor.
 */
TEST_F(identity, memfd_not_sealed)
{
	int fd = make_memfd(), exe;
	char path[64], text[8] = "";

	ASSERT_GE(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	exe = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(exe, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(exe));
	EXPECT_EQ(7, pwrite(fd, "changed", 7, 0));
	EXPECT_EQ(7, pread(fd, text, 7, 0));
	EXPECT_STREQ("changed", text);
	EXPECT_EQ(ETXTBSY, try_writing(path));
	EXPECT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(-1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(EPERM, errno);
}

/* E5: a memfd that was opened again for writing, and a mapping of it, are writers */
TEST_F(identity, memfd_writer)
{
	int fd = make_memfd(), exe, writer;
	char path[64];
	void *page;

	ASSERT_GE(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	exe = open(path, O_RDONLY | O_CLOEXEC);
	writer = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(exe, 0);
	ASSERT_GE(writer, 0);
	ASSERT_GT(leave_exe(), 0);
	/* Some kernels deny no writers of a file that is given by its first descriptor. */
	EXPECT_REFUSED(EACCES, set_exe(fd));
	close(fd);
	EXPECT_REFUSED(EACCES, set_exe(exe));
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	ASSERT_NE(MAP_FAILED, page);
	close(writer);
	EXPECT_REFUSED(EACCES, set_exe(exe));
	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_EQ(0, set_exe(exe));
}

/*
 * E5 E9: that a memfd was the executable denies no writers afterwards: not when its process
 * has ended, and at level 0 not when it was replaced. There are kernels that deny no writers
 * of a file that is given by its first descriptor, and so must not allow them later.
 */
TEST_F(identity, memfd_writable_again)
{
	int fd = make_memfd();
	char path[64];
	pid_t pid;

	ASSERT_GE(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(-set_exe(fd));
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, try_writing(path));
	if (!has_level(0))
		return;
	ASSERT_EQ(0, enter_level(0));
	EXPECT_EQ(0, set_exe(fd));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
	EXPECT_EQ(0, try_writing(path));
	EXPECT_EQ(ETXTBSY, try_writing(self->a));
}

/*
 * E5 E7: on overlayfs, a file that is refused for a writer in the upper layer. Only the
 * denial of its own writers is undone, not that of the present executable's.
 */
TEST_F(identity, overlay_refused)
{
	char file[160], below[160], copy[160];

	REQUIRE(NEED_MOUNTS | NEED_RULES);
	path_in(copy, self->dir, "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_TRUE(make_overlay(&self->overlay, self->dir, false));
	if (!mount_overlay(&self->overlay))
		SKIP(return, "no overlayfs");
	close(make_upper_file(&self->overlay, file, below));
	EXPECT_EQ(0, run_copy(copy, below, file));
	/* The process has ended, and nothing runs the one or the other. */
	EXPECT_EQ(0, try_writing(copy));
	EXPECT_EQ(0, try_writing(file));
}

/*
 * What a copy of this program does, as the only process that runs the copy. The file @below
 * is @file in the upper layer. Returns 0, or the number of the step that went wrong.
 */
static int run_as(const char *below, const char *file)
{
	int writer = open(below, O_WRONLY | O_CLOEXEC), fd = open(file, O_RDONLY | O_CLOEXEC);
	char own[PATH_MAX];

	snprintf(own, sizeof(own), "%s", exe_link());
	if (writer < 0 || leave_exe() <= 0)
		return 1;
	if (set_exe(fd) != -EACCES)
		return 2;
	if (try_writing(own) != ETXTBSY)
		return 3;
	close(writer);
	if (try_writing(file))
		return 4;
	if (set_exe(fd) || !exe_is(file))
		return 5;
	return try_writing(file) != ETXTBSY || try_writing(own) ? 6 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return run_as(argv[2], argv[3]);
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
