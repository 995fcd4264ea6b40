// SPDX-License-Identifier: GPL-2.0
/*
 * How strict the call is: the levels 0 to 2 of kernel.prctl_set_mm. The last
 * one cannot be left; it is for locked_test.
 */
#include "harness.h"
#include "policy.h"
#include "exe_files.h"
#include "leave_exe.h"
#include "overlay.h"
#include <signal.h>

#define PROT_RW	(PROT_READ | PROT_WRITE)
#define ROUNDS	(getenv("SOAK") ? 20000 : 300)

FIXTURE(policy) {
	unsigned long page;	/* writable, and of no use but for data */
	char dir[96];
	char a[128], b[128];	/* two files that may be executed */
	int fd_a, fd_b;
};

FIXTURE_SETUP(policy)
{
	void *page;

	REQUIRE(NEED_PRIVILEGE | NEED_LEVELS | NEED_FILES);
	page = mmap(NULL, 3 * PAGE, PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(1, get_policy());
	self->page = (unsigned long)page + PAGE;
	ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
	ASSERT_TRUE(make_dir(self->dir, "policy"));
	self->fd_a = make_exe_in(self->dir, "a", self->a);
	self->fd_b = make_exe_in(self->dir, "b", self->b);
	ASSERT_GE(self->fd_a, 0);
	ASSERT_GE(self->fd_b, 0);
}

FIXTURE_TEARDOWN(policy)
{
	EXPECT_EQ(0, set_policy(1));
	EXPECT_EQ(0, remove_dir(self->dir));
}

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

static void *switch_exe(void *arg)
{
	return (void *)(long)set_exe(*(int *)arg);
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
	/* A copy of this program tries to replace its executable, mapped or unmapped. */
	if (argc == 4 && !strcmp(argv[1], "--as")) {
		if (!strcmp(argv[2], "left") && leave_exe() <= 0)
			return 100;
		return -set_exe(open(argv[3], O_RDONLY));
	}
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
