// SPDX-License-Identifier: GPL-2.0
/*
 * Many processes set bounds and replace their executable as level 0 lets them, while the
 * level rises: once the write has returned, nothing of it happens any more. So many that
 * some of them are always in the middle of a call, waiting for a processor.
 */
#include "harness.h"
#include "exe_files.h"
#include "leave_exe.h"
#include "policy.h"
#include "two_maps.h"

#define PROCESSES	12

/* What each of them has at a moment. */
struct seen {
	unsigned long start_code, start_stack;
	char exe[PATH_MAX];
};

FIXTURE(raise) {
	char dir[96];
	char file[2][128];
	int fd[2];
	pid_t pid[PROCESSES];
	struct rounds rounds;
};

FIXTURE_SETUP(raise)
{
	REQUIRE(NEED_PRIVILEGE | NEED_LEVELS | NEED_FILES);
	ASSERT_TRUE(make_dir(self->dir, "raise"));
	self->fd[0] = make_exe_in(self->dir, "0", self->file[0]);
	self->fd[1] = make_exe_in(self->dir, "1", self->file[1]);
	ASSERT_GE(self->fd[0], 0);
	ASSERT_GE(self->fd[1], 0);
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(raise)
{
	end_children();
	EXPECT_EQ(0, set_policy(1));
	EXPECT_EQ(0, remove_dir(self->dir));
}

/*
 * Code in a page that is writable, a stack in one that is not, and one executable after
 * the other.
 */
static void change_all(const int fd[2], int begun)
{
	struct prctl_mm_map map;
	void *pages = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long at = (unsigned long)pages, code;
	unsigned int i;

	if (pages == MAP_FAILED || mprotect(pages, PAGE, PROT_READ | PROT_WRITE) ||
	    spread_bounds(at, at + PAGE))
		_exit(1);
	read_map(&map);
	for (i = 0; ; i++) {
		code = at + 16 * (i % 2);
		if (!set_mm(PR_SET_MM_START_CODE, code))
			map.start_code = code;
		set_exe(fd[i % 2]);
		map.start_stack = at + PAGE + 16 * (i % 2);
		set_mm_map(&map);
		if (i == 1 && write(begun, "", 1) != 1)
			_exit(1);
	}
}

static void look_at(pid_t pid, struct seen *seen)
{
	char name[32];

	memset(seen, 0, sizeof(*seen));
	seen->start_code = read_bound_of(pid, PR_SET_MM_START_CODE);
	seen->start_stack = read_bound_of(pid, PR_SET_MM_START_STACK);
	snprintf(name, sizeof(name), "/proc/%d/exe", pid);
	if (readlink(name, seen->exe, sizeof(seen->exe) - 1) < 0)
		seen->exe[0] = '\0';
}

/* P3: when the write of a stricter level has returned, what it forbids has ended */
TEST_F(raise, nothing_later)
{
	static struct seen first, last[PROCESSES], now;
	unsigned int i, changed = 0;
	int begun[2];
	char byte;

	ASSERT_EQ(0, pipe(begun));
	ASSERT_EQ(0, set_policy(0));
	for (i = 0; i < PROCESSES; i++) {
		self->pid[i] = start_child();
		if (!self->pid[i])
			change_all(self->fd, begun[1]);
		ASSERT_EQ(1, read(begun[0], &byte, 1));
	}

	while (another_round(&self->rounds, 2, 10, 1000)) {
		ASSERT_EQ(0, set_policy(0));
		look_at(self->pid[0], &first);
		usleep(10000);
		ASSERT_EQ(0, set_policy(1 + self->rounds.done % 2));
		for (i = 0; i < PROCESSES; i++)
			look_at(self->pid[i], &last[i]);
		changed += !!memcmp(&first, &last[0], sizeof(first));
		usleep(20000);
		for (i = 0; i < PROCESSES; i++) {
			look_at(self->pid[i], &now);
			EXPECT_EQ(last[i].start_code, now.start_code);
			if (self->rounds.done % 2)
				EXPECT_EQ(last[i].start_stack, now.start_stack);
			EXPECT_STREQ(last[i].exe, now.exe);
		}
	}
	/* They were at it at level 0. */
	EXPECT_GT(changed, 0);
	for (i = 0; i < PROCESSES; i++)
		EXPECT_TRUE(child_is_alive(self->pid[i]));
	TH_LOG("%lu rounds, process 0 had changed in %u", self->rounds.done, changed);
}

/* What the children of a round share with the test. */
struct round {
	unsigned int go, ended;
};

/* Replace the executable when the round begins, and stay. */
static void replace_once(struct round *round, int fd)
{
	while (!__atomic_load_n(&round->go, __ATOMIC_SEQ_CST))
		sched_yield();
	set_exe(fd);
	__atomic_add_fetch(&round->ended, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static void wait_for_ended(const struct round *round, unsigned int count)
{
	while (__atomic_load_n(&round->ended, __ATOMIC_SEQ_CST) < count)
		sched_yield();
}

static bool shows(pid_t pid, const char *file)
{
	char name[32], exe[PATH_MAX] = "";

	snprintf(name, sizeof(name), "/proc/%d/exe", pid);
	return readlink(name, exe, sizeof(exe) - 1) > 0 && !strcmp(exe, file);
}

/*
 * P3 L2: the same from level 1 to 2. Of what level 2 forbids a bound cannot show it, because
 * /proc/PID/stat waits for the lock with which the call looks at the level and changes the
 * bound. It is a replacement after a fork from a process that had replaced its own.
 */
TEST_F(raise, inherited)
{
	struct round *round = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int i, replaced = 0, refused = 0;
	bool before[PROCESSES];

	ASSERT_NE(MAP_FAILED, round);
	ASSERT_EQ(0, set_exe(self->fd[0]));
	while (another_round(&self->rounds, 2, 10, 1000)) {
		ASSERT_EQ(0, set_policy(1));
		memset(round, 0, sizeof(*round));
		for (i = 0; i < PROCESSES; i++) {
			self->pid[i] = start_child();
			if (!self->pid[i])
				replace_once(round, self->fd[1]);
		}
		__atomic_store_n(&round->go, 1, __ATOMIC_SEQ_CST);
		wait_for_ended(round, self->rounds.done % PROCESSES);
		ASSERT_EQ(0, set_policy(2));
		for (i = 0; i < PROCESSES; i++)
			before[i] = shows(self->pid[i], self->file[1]);
		wait_for_ended(round, PROCESSES);
		for (i = 0; i < PROCESSES; i++) {
			EXPECT_EQ(before[i], shows(self->pid[i], self->file[1]));
			before[i] ? replaced++ : refused++;
		}
		end_children();
	}
	TH_LOG("%lu rounds, %u replaced, %u refused", self->rounds.done, replaced, refused);
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
