// SPDX-License-Identifier: GPL-2.0
/*
 * How strict the call is: the levels 0 to 2 of kernel.prctl_set_mm. The last
 * one cannot be left; it is for locked_test.
 */
#include "../kselftest_harness.h"
#include "policy.h"
#include "leave_exe.h"

#define PROT_RW	(PROT_READ | PROT_WRITE)

FIXTURE(policy) {
	unsigned long page;	/* writable, and of no use but for data */
	int fd_a, fd_b;		/* files that may be executed */
};

static int make_exe(void)
{
	char name[] = "/tmp/policy.XXXXXX", path[64];
	int fd = mkostemp(name, O_CLOEXEC), exe;

	snprintf(path, sizeof(path), "%s", name);
	fchmod(fd, 0755);
	close(fd);
	exe = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	return exe;
}

FIXTURE_SETUP(policy)
{
	void *page = mmap(NULL, 3 * PAGE, PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(1, get_policy());
	self->page = (unsigned long)page + PAGE;
	ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
	self->fd_a = make_exe();
	self->fd_b = make_exe();
	ASSERT_GE(self->fd_a, 0);
	ASSERT_GE(self->fd_b, 0);
}

FIXTURE_TEARDOWN(policy)
{
	EXPECT_EQ(0, set_policy(1));
}

static int set_exe(int fd)
{
	return set_mm(PR_SET_MM_EXE_FILE, fd);
}

/* What a child of fork(2) gets for it: 0 or a positive errno. */
static int set_exe_in_child(int fd)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(-set_exe(fd));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* P1: what is not 0 to 3 is refused, and the level stays */
TEST_F(policy, values)
{
	static const char *const bad[] = { "-1", "4", "256", "4294967296", "strict", "\n" };
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, set_policy(i));
		EXPECT_EQ(i, get_policy());
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, write_file(POLICY, bad[i])) {
			TH_LOG("'%s'", bad[i]);
		}
		EXPECT_EQ(2, get_policy());
	}
}

/* P1: not for root without CAP_SYS_ADMIN, nor for others */
TEST_F(policy, capability)
{
	ASSERT_EQ(0, only_caps(~CAP_BIT(CAP_SYS_ADMIN)));
	EXPECT_EQ(-EPERM, set_policy(0));
	EXPECT_EQ(1, get_policy());
	ASSERT_EQ(0, only_caps(~0ULL));

	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(-EACCES, set_policy(0));
	EXPECT_EQ(1, get_policy());
	ASSERT_EQ(0, seteuid(0));
}

/* P1: nor for root of another user namespace, with all capabilities there */
TEST_F(policy, user_namespace)
{
	int status, sync[2];
	char go;
	pid_t pid;

	ASSERT_EQ(0, pipe(sync));
	pid = fork();
	if (!pid) {
		if (setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER))
			_exit(100);
		write_file("/proc/self/uid_map", "0 1000 1");
		close(sync[1]);
		_exit(read(sync[0], &go, 1) ? 101 : -set_policy(0));
	}
	close(sync[1]);
	close(sync[0]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_TRUE(WEXITSTATUS(status) == EACCES || WEXITSTATUS(status) == EPERM);
	EXPECT_EQ(1, get_policy());
}

/* P3: the level at the time of a call judges it: areas and the heap */
TEST_F(policy, areas)
{
	static const int bounds[] = {
		PR_SET_MM_START_CODE, PR_SET_MM_END_CODE, PR_SET_MM_ARG_START,
		PR_SET_MM_ARG_END, PR_SET_MM_ENV_START, PR_SET_MM_ENV_END,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
		ASSERT_EQ(0, set_policy(2));
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
		ASSERT_EQ(0, set_policy(0));
		EXPECT_BOUND(bounds[i], self->page);
		EXPECT_BOUND(bounds[i], self->page + 1);
		ASSERT_EQ(0, set_policy(1));
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
	}
	/* B1: the heap below the end of data */
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_BRK, self->page));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->page);
	/* The arithmetic is not of the areas. */
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_CODE, self->page + 3 * PAGE));
}

/* P3: at level 0 an area at the address or above is all that is asked for */
TEST_F(policy, lax_areas)
{
	unsigned long top = 0, start, end;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	ASSERT_NE(NULL, maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && !strstr(line, "vsyscall"))
			top = end;
	fclose(maps);

	ASSERT_EQ(0, munmap((void *)self->page, PAGE));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_BOUND(PR_SET_MM_START_CODE, self->page);
	EXPECT_BOUND(PR_SET_MM_START_STACK, self->page);
	EXPECT_BOUND(PR_SET_MM_ARG_START, self->page);
	ASSERT_EQ(0, spread_bounds(self->page, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_START_STACK, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_ENV_END, top));
	EXPECT_EQ(0, set_mm(PR_SET_MM_END_CODE, top));
}

/* P3: at level 0 there is any number of replacements; they count later */
TEST_F(policy, lax_exe)
{
	ASSERT_EQ(0, set_policy(0));
	/* E3 is mainline's too. */
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_EQ(0, set_exe(self->fd_b));
	EXPECT_EQ(0, set_exe(self->fd_a));
	ASSERT_EQ(0, set_policy(1));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_EQ(0, set_exe(self->fd_b));
}

/* P3 E8: at level 2 a fork inherits a spent shot, and so does its child */
TEST_F(policy, fork_inherits)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, set_policy(2));
	ASSERT_GT(leave_exe(), 0);
	/* One that is not spent is the child's own. */
	EXPECT_EQ(0, set_exe_in_child(self->fd_a));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_EQ(EBUSY, set_exe_in_child(self->fd_b));
	pid = fork();
	if (!pid)
		_exit(set_exe_in_child(self->fd_b));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EBUSY << 8, status);

	/* It is the level at the time of the fork that counts. */
	ASSERT_EQ(0, set_policy(1));
	EXPECT_EQ(0, set_exe_in_child(self->fd_b));
}

/* P3: while the level changes, a call is accepted or refused, and nothing else */
TEST_F(policy, level_changes)
{
	int rounds = getenv("SOAK") ? 200000 : 2000, good = 0, bad = 0, got, status;
	unsigned long start;
	pid_t pid = fork();

	if (!pid) {
		for (;;) {
			set_policy(0);
			set_policy(1);
		}
	}
	while (rounds-- || (!good || !bad)) {
		start = self->page - 8 * (rounds & 1);
		got = set_mm(PR_SET_MM_START_CODE, start);
		if (got)
			bad++;
		else
			good++;
		ASSERT_TRUE(got == 0 || got == -EINVAL);
		if (!got)
			ASSERT_EQ(start, read_bound(PR_SET_MM_START_CODE));
		if (rounds < -1000000)
			break;
		/* A new value each time: the present one passes at any level. */
		ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
	}
	EXPECT_GT(good, 0);
	EXPECT_GT(bad, 0);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
}

int main(int argc, char **argv)
{
	require_series();
	return test_harness_run(argc, argv);
}
