// SPDX-License-Identifier: GPL-2.0
/*
 * Level 3 of kernel.prctl_set_mm, which no kernel gets out of: not among the
 * tests that are run by themselves, and behind all others where it is run.
 */
#include "../kselftest_harness.h"
#include "policy.h"
#include "leave_exe.h"
#include "watch.h"

FIXTURE(locked) {
	int fd;
};

FIXTURE_SETUP(locked)
{
	ASSERT_EQ(0, set_policy(3));
	self->fd = open("/bin/busybox", O_RDONLY | O_CLOEXEC);
	if (self->fd < 0)
		self->fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(locked)
{
}

/* L3 P1: it cannot be left, and staying is not leaving */
TEST_F(locked, final)
{
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EPERM, set_policy(i));
		EXPECT_EQ(3, get_policy());
	}
	EXPECT_EQ(-EINVAL, set_policy(4));
	EXPECT_EQ(0, set_policy(3));
	EXPECT_EQ(3, get_policy());
}

/* L3 G7: every sub-option is refused, and changes nothing */
TEST_F(locked, every_option)
{
	struct prctl_mm_map map;
	unsigned int i, size = 0;

	for (i = 0; i <= PR_SET_MM_MAP_SIZE + 1; i++) {
		if (i == PR_SET_MM_MAP || i == PR_SET_MM_MAP_SIZE)
			continue;
		EXPECT_REFUSED(EPERM, set_mm(i, good_arg3(i)));
	}
	read_map(&map);
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
	map.exe_fd = self->fd;
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
	/* What changes nothing goes on working. */
	EXPECT_EQ(0, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
	EXPECT_EQ(sizeof(map), size);
}

/* L3 G2 M2: unused arguments, and a map that cannot be read, come before it */
TEST_F(locked, order)
{
	struct prctl_mm_map map = { };

	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_START_CODE, 0, 1, 0));
	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP, (unsigned long)&map, 1, 0));
	EXPECT_REFUSED(EFAULT, set_mm4(PR_SET_MM_MAP, 0, sizeof(map), 0));
	/* It comes before G4, G5, G6, E1. */
	EXPECT_REFUSED(EPERM, set_mm(1000, 0));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_START_CODE, 0));
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_EXE_FILE, -1));
}

/* L3 E8: nor can a child of fork(2), or what execve(2) has begun */
TEST_F(locked, children)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(leave_exe() > 0 ? -set_mm(PR_SET_MM_EXE_FILE, self->fd) : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EPERM << 8, status);
}

/* L3 W1: an attempt is told */
TEST_F(locked, event)
{
	struct watch w;
	int error;

	ASSERT_TRUE(watch_begin(&w));
	error = watch_events(&w);
	if (error == -ENODEV || error == -ENOENT) {
		watch_end(&w);
		SKIP(return, "no tracepoint");
	}
	ASSERT_EQ(0, error);
	EXPECT_EQ(-EPERM, set_exe(w.fd));
	EXPECT_STREQ(event_text(program, w.file, w.fd, -EPERM, "L3"), read_event(&w));
	EXPECT_EQ(-EPERM, set_exe_by_map(w.fd));
	EXPECT_STREQ(event_text(program, w.file, w.fd, -EPERM, "L3"), read_event(&w));
	EXPECT_EQ(0, watch_end(&w));
}

int main(int argc, char **argv)
{
	require_series();
	find_program();
	if (!getenv("PR_SET_MM_LOCK")) {
		ksft_print_header();
		ksft_exit_skip("it locks PR_SET_MM until reboot; PR_SET_MM_LOCK=1 lets it\n");
	}
	return test_harness_run(argc, argv);
}
