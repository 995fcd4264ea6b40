// SPDX-License-Identifier: GPL-2.0
/* What fork, vfork and execve hand down of a replacement, at the levels 0 to 2. */
#include "harness.h"
#include "policy_fixture.h"

/* What a child of fork(2) gets for it: 0 or a positive errno. */
static int set_exe_in_child(int fd)
{
	int status;
	pid_t pid = start_child();

	if (!pid)
		_exit(-set_exe(fd));
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * Fork at level @at_fork and replace the executable in the child at level @at_call, with
 * @generations processes between the two. Returns the errno of the child.
 */
static int set_exe_at(int at_fork, int at_call, int generations, int fd)
{
	int status;
	pid_t pid;

	if (set_policy(at_fork))
		return -1;
	pid = start_child();
	if (!pid) {
		if (generations)
			_exit(set_exe_at(at_fork, at_call, generations - 1, fd));
		/* The status shows the inherited replacement at every level. */
		if (exe_replaced() != 1)
			_exit(100);
		_exit(set_policy(at_call) ? 101 : -set_exe(fd));
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * L2 P3 E8 W3: a replacement before the fork counts if the call is made at level 2,
 * whatever the level was at the fork
 */
TEST_F(policy, fork_inherits)
{
	int at_fork, at_call, generations;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->fd_a));
	for (at_fork = 0; at_fork <= 2; at_fork++) {
		for (at_call = 0; at_call <= 2; at_call++) {
			for (generations = 0; generations <= 2; generations++) {
				EXPECT_EQ(at_call == 2 ? EBUSY : 0,
					  set_exe_at(at_fork, at_call, generations,
						     self->fd_b)) {
					TH_LOG("forked at level %d, %d generations, called at %d",
					       at_fork, generations, at_call);
				}
			}
		}
	}
}

/*
 * L2 E8 M3: a replacement before the fork counts as well if the child is in another user
 * namespace than the memory map, whether it was made before the fork or after it
 */
TEST_F(policy, fork_into_user_namespace)
{
	static const int want[] = { 0, 0, EBUSY };
	int level, before, status;
	pid_t pid;

	REQUIRE(NEED_USER_NAMESPACE);
	ASSERT_GT(leave_exe(), 0);
	for (level = 0; level <= 2; level++) {
		for (before = 0; before <= 1; before++) {
			ASSERT_EQ(0, set_policy(level));
			pid = start_child();
			if (!pid) {
				if (before && unshare(CLONE_NEWUSER))
					_exit(100);
				if (set_exe_by_map(self->fd_a))
					_exit(100);
				pid = start_child();
				if (pid)
					_exit(WEXITSTATUS(wait_child(pid)));
				if ((!before && unshare(CLONE_NEWUSER)) || exe_replaced() != 1)
					_exit(101);
				_exit(-set_exe_by_map(self->fd_b));
			}
			status = wait_child(pid);
			EXPECT_EQ(want[level] << 8, status) {
				TH_LOG("level %d, namespace %s the fork", level,
				       before ? "before" : "after");
			}
		}
	}
}

/* L2 E8: without a replacement before the fork, parent and child have one each */
TEST_F(policy, fork_of_original)
{
	ASSERT_EQ(0, set_policy(2));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe_in_child(self->fd_a));
	EXPECT_EQ(0, exe_replaced());
	/* A replacement in the child does not count for the parent. */
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_EQ(EBUSY, set_exe_in_child(self->fd_b));
}

/* L0 L1 L2 E4: replaced before the fork and after it, then a third attempt */
TEST_F(policy, fork_and_replace)
{
	static const int want[] = { 0, EBUSY, EBUSY };
	int level, status;
	pid_t pid;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->fd_a));
	for (level = 0; level <= 2; level++) {
		ASSERT_EQ(0, set_policy(1));
		pid = start_child();
		if (!pid) {
			if (set_exe(self->fd_b) || set_policy(level))
				_exit(100);
			_exit(-set_exe(self->fd_a));
		}
		status = wait_child(pid);
		EXPECT_EQ(want[level] << 8, status) {
			TH_LOG("level %d", level);
		}
	}
}

/* L2 E8: after execve an earlier replacement does not count */
TEST_F(policy, execve_inherits_nothing)
{
	char copy[160];

	snprintf(copy, sizeof(copy), "%s/copy", self->dir);
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->fd_a));
	ASSERT_EQ(0, set_policy(2));
	EXPECT_EQ(EBUSY, set_exe_in_child(self->fd_b));
	EXPECT_EQ(0, run_copy(copy, "left", self->b));
}

/* L2 E8: a vfork child of a process that inherited a replacement is refused, too */
TEST_F(policy, vfork_of_child)
{
	int status;
	pid_t pid;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->fd_a));
	pid = start_child();
	if (!pid) {
		if (set_policy(2))
			_exit(100);
		status = wait_child(vfork_and_run(replace_link, &self->fd_b));
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 101);
	}
	EXPECT_EQ(EBUSY << 8, wait_child(pid));
}

/*
 * A fork while the link is replaced. 10: the child has the old link and can replace it; 11: it
 * has the new one and cannot. Anything else is wrong.
 */
static int fork_while_switching(const char *a, int fd_a, int fd_b)
{
	pthread_t thread;
	void *result;
	int status;
	pid_t pid;

	if (pthread_create(&thread, NULL, switch_exe, &fd_a))
		return 2;
	pid = start_child();
	if (!pid) {
		bool after = exe_is(a);

		if (exe_replaced() != after)
			_exit(3);
		_exit(set_exe(fd_b) == (after ? -EBUSY : 0) ? 10 + after : 4);
	}
	status = wait_child(pid);
	pthread_join(thread, &result);
	return result || !exe_is(a) ? 5 : WEXITSTATUS(status);
}

/* L2 W3: a fork at the time of a replacement is of before it or of after it */
TEST_F(policy, fork_and_switch)
{
	int rounds = ROUNDS / 3, status, before = 0, after = 0;
	pid_t pid;

	ASSERT_EQ(0, set_policy(2));
	ASSERT_GT(leave_exe(), 0);
	while (rounds--) {
		/* Each round in a map whose executable can be replaced. */
		pid = start_child();
		if (!pid)
			_exit(fork_while_switching(self->a, self->fd_a, self->fd_b));
		status = wait_child(pid);
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_TRUE(WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 11);
		WEXITSTATUS(status) == 11 ? after++ : before++;
	}
	TH_LOG("%d forked before the switch, %d after it", before, after);
}

int main(int argc, char **argv)
{
	/* A copy of this program tries to replace its executable. */
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return leave_exe() <= 0 ? 100 : -set_exe(open(argv[3], O_RDONLY));
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
