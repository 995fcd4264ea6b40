// SPDX-License-Identifier: GPL-2.0
/*
 * How strict the call is: the levels 0 to 2 of kernel.prctl_set_mm. The last
 * one cannot be left; it is for locked_test.
 */
#include "harness.h"
#include "policy_fixture.h"
#include "overlay.h"
#include <signal.h>

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

/* What a child exits with that can make no user namespace. */
#define NO_NAMESPACE	101

/* In a user namespace of its own, as root there: the errno of the write. */
static int write_as_other_root(uid_t uid)
{
	int ready[2], go[2], status;
	char byte, map[32];
	pid_t pid;

	if (pipe(ready) || pipe(go))
		return -1;
	pid = start_child();
	if (!pid) {
		if (uid && setresuid(uid, uid, uid))
			_exit(100);
		if (unshare(CLONE_NEWUSER))
			_exit(NO_NAMESPACE);
		if (write(ready[1], "", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(102);
		if (setresuid(0, 0, 0))
			_exit(103);
		_exit(-set_policy(0));
	}
	if (read(ready[0], &byte, 1) == 1) {
		char name[64];

		snprintf(name, sizeof(name), "/proc/%d/uid_map", pid);
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (write_file(name, map) || write(go[1], "", 1) != 1)
			signal_child(pid, SIGKILL);
	}
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* P1: nor for root of another user namespace, with any user ID outside of it */
TEST_F(policy, user_namespace)
{
	int got;

	REQUIRE(NEED_USER_NAMESPACE);
	got = write_as_other_root(1000);
	if (got == NO_NAMESPACE)
		SKIP(return, "users may make no user namespace");
	EXPECT_EQ(EACCES, got);
	EXPECT_EQ(EPERM, write_as_other_root(0));
	EXPECT_EQ(1, get_policy());
}

/* L0 L1 L2 P3: the level at the time of a call judges it: areas and the heap */
TEST_F(policy, areas)
{
	static const int bounds[] = {
		PR_SET_MM_START_CODE, PR_SET_MM_END_CODE, PR_SET_MM_ARG_START,
		PR_SET_MM_ARG_END, PR_SET_MM_ENV_START, PR_SET_MM_ENV_END,
	};
	struct prctl_mm_map map;
	int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
		ASSERT_EQ(0, set_policy(2));
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
		ASSERT_EQ(0, set_policy(0));
		EXPECT_BOUND(bounds[i], self->page);
		EXPECT_BOUND(bounds[i], self->page + 1);
		ASSERT_EQ(0, set_policy(1));
		/* The value that it has, at any level; then another one. */
		EXPECT_EQ(0, set_mm(bounds[i], self->page + 1));
		EXPECT_REFUSED(EINVAL, set_mm(bounds[i], self->page));
		ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
	}
	/* B1: the heap below the end of data, which PR_SET_MM_MAP may put there */
	read_map(&map);
	map.start_brk = self->page - PAGE;
	map.brk = self->page + 2 * PAGE;
	ASSERT_EQ(0, set_mm_map(&map));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_BRK, self->page));
	ASSERT_EQ(0, set_policy(2));
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_BRK, self->page));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_BOUND(PR_SET_MM_START_BRK, self->page);
	/* The arithmetic is not of the areas. */
	EXPECT_REFUSED(EINVAL, set_mm(PR_SET_MM_START_CODE, self->page + 3 * PAGE));
}

/* L0: an area at the address or above is all that is asked for, of some bounds */
TEST_F(policy, lax_areas)
{
	unsigned long top = 0, start, end, limit = end_of_addresses();
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	ASSERT_NE(NULL, maps);
	while (fgets(line, sizeof(line), maps))
		/* The kernel may have pages of its own above. */
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && end <= limit)
			top = end;
	fclose(maps);

	ASSERT_EQ(0, munmap((void *)self->page, PAGE));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_BOUND(PR_SET_MM_START_CODE, self->page);
	EXPECT_BOUND(PR_SET_MM_START_DATA, self->page);
	EXPECT_BOUND(PR_SET_MM_START_STACK, self->page);
	EXPECT_BOUND(PR_SET_MM_ARG_START, self->page);
	ASSERT_EQ(0, spread_bounds(self->page, top));
	EXPECT_BOUND(PR_SET_MM_BRK, top);
	EXPECT_BOUND(PR_SET_MM_START_BRK, top);
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_START_STACK, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_ARG_START, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_ARG_END, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_ENV_START, top));
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_ENV_END, top));
	EXPECT_EQ(0, set_mm(PR_SET_MM_START_DATA, top));
	EXPECT_EQ(0, set_mm(PR_SET_MM_END_DATA, top));
	EXPECT_EQ(0, set_mm(PR_SET_MM_END_CODE, top));
}

/* L0 P3: there is any number of replacements; they count later */
TEST_F(policy, lax_exe)
{
	ASSERT_EQ(0, set_policy(0));
	/* E3 is mainline's too, but for overlayfs, see below. */
	if (!maps_layer_below(room.program))
		EXPECT_REFUSED(EBUSY, set_exe(self->fd_a));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_EQ(0, set_exe(self->fd_b));
	EXPECT_EQ(0, set_exe(self->fd_a));
	ASSERT_EQ(0, set_policy(1));
	EXPECT_REFUSED(EBUSY, set_exe(self->fd_b));
	ASSERT_EQ(0, set_policy(0));
	EXPECT_EQ(0, set_exe(self->fd_b));
	EXPECT_STREQ(self->b, exe_link());
	EXPECT_EQ(0, try_writing(self->a));
	EXPECT_EQ(ETXTBSY, try_writing(self->b));
}

/* L0 E3: which mainline does not see where it is the lower layer that is mapped */
TEST_F(policy, lax_on_overlayfs)
{
	char copy[160];

	REQUIRE(NEED_MOUNTS);
	if (!copy_on_overlayfs(self->dir, copy, sizeof(copy)))
		SKIP(return, "no overlayfs");
	ASSERT_EQ(0, set_policy(0));
	EXPECT_EQ(maps_layer_below(copy) ? 0 : EBUSY,
		  run_copy(copy, "mapped", self->a));
	leave_overlayfs(copy);
}

/* Use each sub-option that has no address in arg3: 0, or the number of what failed. */
static int use_the_rest(const char *name, int fd)
{
	unsigned long auxv[2] = { };
	struct prctl_mm_map map;
	unsigned int size = 0;

	if (set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size) || size != sizeof(map))
		return 1;
	if (set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, sizeof(auxv), 0))
		return 2;
	read_map(&map);
	map.auxv = (void *)auxv;
	map.auxv_size = sizeof(auxv);
	if (set_mm_map(&map) || leave_exe() <= 0)
		return 3;
	map.exe_fd = fd;
	return set_mm_map(&map) || !exe_is(name) ? 4 : 0;
}

/* L0 L1 L2: the rest of the sub-options do what they do at each level */
TEST_F(policy, the_rest)
{
	int level;
	pid_t pid;

	for (level = 0; level <= 2; level++) {
		ASSERT_EQ(0, set_policy(level));
		pid = start_child();
		if (!pid)
			_exit(use_the_rest(self->a, self->fd_a));
		EXPECT_EQ(0, wait_child(pid)) {
			TH_LOG("level %d", level);
		}
	}
}

/* A process that changes the level all the time, as long as the test is there. */
static pid_t start_changing(void)
{
	pid_t pid = start_child();

	if (!pid) {
		for (;;) {
			set_policy(0);
			/* The write of 1 takes some milliseconds, with 1 in force. */
			usleep(5000);
			set_policy(1);
		}
	}
	return pid;
}

static void stop_changing(pid_t pid)
{
	signal_child(pid, SIGKILL);
	wait_child(pid);
}

static void *read_levels(void *end)
{
	int fd = open(POLICY, O_RDONLY | O_CLOEXEC);
	char text[16];
	long reads = 0;

	while (!__atomic_load_n((bool *)end, __ATOMIC_RELAXED))
		reads += pread(fd, text, sizeof(text), 0) == 2;
	close(fd);
	return (void *)reads;
}

/* P1: a reader of the level does not restore the value from the start of its read */
TEST_F(policy, readers)
{
	bool end = false;
	pthread_t thread;
	void *reads;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_levels, &end));
	for (i = 0; i < ROUNDS / 3; i++) {
		ASSERT_EQ(0, set_policy(i % 3));
		ASSERT_EQ(i % 3, get_policy());
	}
	__atomic_store_n(&end, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, &reads));
	EXPECT_LT(0, (long)reads);
	TH_LOG("%ld reads", (long)reads);
}

/* P3: while the level changes, a call is judged by one or the other, whole */
TEST_F(policy, level_changes)
{
	int round, good = 0, bad = 0, got;
	pid_t pid = start_changing();
	unsigned long start;

	/* Until both have been seen, however slow the machine. */
	for (round = 0; round < ROUNDS || !good || !bad; round++) {
		ASSERT_LT(round, 1000000);
		/* A new value each time: the present one passes at any level. */
		ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
		start = self->page - 8 * (round & 1);
		got = set_mm(PR_SET_MM_START_CODE, start);
		ASSERT_TRUE(got == 0 || got == -EINVAL);
		got ? bad++ : good++;
		ASSERT_EQ(got ? self->page - PAGE : start, read_bound(PR_SET_MM_START_CODE));
	}
	stop_changing(pid);
	TH_LOG("%d accepted, %d refused", good, bad);
}

/* P3 E6: nor does an executable get half replaced: link and writers go together */
TEST_F(policy, level_changes_and_exe)
{
	int rounds = ROUNDS / 3;
	pid_t changing, pid;

	ASSERT_GT(leave_exe(), 0);
	changing = start_changing();
	while (rounds--) {
		pid = start_child();
		if (!pid) {
			pthread_t thread;
			void *result;
			int own;

			if (pthread_create(&thread, NULL, switch_exe, &self->fd_a))
				_exit(2);
			own = set_exe(self->fd_b);
			pthread_join(thread, &result);
			/* One is first, and the other may be let or not. */
			if (own && result)
				_exit(3);
			if ((own && own != -EBUSY) || (result && (long)result != -EBUSY))
				_exit(4);
			if (exe_is(self->a) ? !!result : !!own)
				_exit(5);
			if (!try_writing(self->a) == exe_is(self->a) ||
			    !try_writing(self->b) == exe_is(self->b))
				_exit(6);
			_exit(exe_replaced() == 1 ? 0 : 7);
		}
		ASSERT_EQ(0, wait_child(pid));
	}
	stop_changing(changing);
}

int main(int argc, char **argv)
{
	/* A copy of this program tries to replace its executable, which is mapped. */
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return -set_exe(open(argv[3], O_RDONLY));
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
