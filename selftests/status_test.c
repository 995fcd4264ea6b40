// SPDX-License-Identifier: GPL-2.0
/* ExeReplaced: in /proc/PID/status. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "leave_exe.h"
#include "watch.h"

FIXTURE(status) {
	struct watch w;
};

FIXTURE_SETUP(status)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(watch_begin(&self->w));
}

FIXTURE_TEARDOWN(status)
{
	EXPECT_EQ(0, watch_end(&self->w));
}

/* The same of a child, after it has run this program anew, if it has to. */
static int replaced_in_child(bool exec)
{
	int status;
	pid_t pid = start_child();

	if (!pid) {
		if (exec)
			execl(room.program, room.program, "--replaced", NULL);
		_exit(exe_replaced() & 0xff);
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? (signed char)WEXITSTATUS(status) : -1;
}

/* W3 G7: 0 from the start, and after what was refused; 1 once it is replaced */
TEST_F(status, replaced)
{
	REQUIRE(NEED_RULES);
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_EQ(-EBADF, set_exe(-1));
	EXPECT_EQ(0, exe_replaced());
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
	EXPECT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: by PR_SET_MM_MAP too, and by the file that it was already */
TEST_F(status, by_map)
{
	int old = open(room.program, O_RDONLY | O_CLOEXEC);
	struct prctl_mm_map map;

	read_map(&map);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(0, set_exe_by_map(old));
	EXPECT_EQ(1, exe_replaced());
}

/* W3 E8: a fork has the link and the line; execve ends both */
TEST_F(status, fork_and_execve)
{
	EXPECT_EQ(0, replaced_in_child(false));
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, replaced_in_child(false));
	EXPECT_EQ(0, replaced_in_child(true));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: what a child does is not in the line of its parent */
TEST_F(status, child)
{
	pid_t pid;

	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(set_exe(self->w.fd) || exe_replaced() != 1);
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, exe_replaced());
}

static void *look_in_thread(void *fd)
{
	if (fd && set_exe(*(int *)fd))
		return NULL;
	return (void *)(long)exe_replaced_in("/proc/thread-self/status");
}

/* W3 E8: threads share it */
TEST_F(status, threads)
{
	pthread_t thread;
	void *seen;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, look_in_thread, &self->w.fd));
	ASSERT_EQ(0, pthread_join(thread, &seen));
	EXPECT_EQ(1, (long)seen);
	EXPECT_EQ(1, exe_replaced());
	ASSERT_EQ(0, pthread_create(&thread, NULL, look_in_thread, NULL));
	ASSERT_EQ(0, pthread_join(thread, &seen));
	EXPECT_EQ(1, (long)seen);
}

/* W3 E8: a child of vfork shares it */
TEST_F(status, vfork)
{
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, wait_child(vfork_and_run(replace_link, &self->w.fd)));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: a task without an executable has no such line */
TEST_F(status, no_executable)
{
	char name[32];
	pid_t pid;

	/* A kernel thread; another PID namespace shows none. */
	if (room.initial_pids)
		EXPECT_EQ(-1, exe_replaced_in("/proc/2/status"));

	pid = start_child();
	if (!pid)
		_exit(0);
	ASSERT_TRUE(wait_child_zombie(pid));
	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	EXPECT_EQ(-1, exe_replaced_in(name));
	EXPECT_EQ(0, wait_child(pid));
}

/* W3: a name does not forge the line */
TEST_F(status, hostile_name)
{
	ASSERT_EQ(0, prctl(PR_SET_NAME, "x\nExeReplaced:\t"));
	EXPECT_EQ(0, exe_replaced());
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--replaced"))
		return exe_replaced() & 0xff;
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
