// SPDX-License-Identifier: GPL-2.0
/*
 * Level 3 of kernel.prctl_set_mm is set while calls of lower levels wait, while others set
 * bounds and while others write the level: once the write has returned, nothing changes.
 * A boot has that only once, so it is all one test, before locked_test.
 */
#include "events.h"
#include "harness.h"
#include "late.h"
#include <linux/auxvec.h>

/* The calls, each of which waits from each of the levels 0 to 2 on. */
static const struct {
	enum late_call call;
	enum late_exe exe;
	const char *name;
} calls[] = {
	{ LATE_EXE, LATE_FIRST, "EXE_FILE" },
	{ LATE_MAP, LATE_NONE, "MAP" },
	{ LATE_MAP, LATE_FIRST, "MAP with an executable" },
	{ LATE_VECTOR, LATE_NONE, "MAP with a vector" },
	{ LATE_VECTOR, LATE_FIRST, "MAP with a vector and an executable" },
	{ LATE_AUXV, LATE_NONE, "AUXV" },
	{ LATE_BOUND, LATE_NONE, "a bound" },
};

FIXTURE(late_locked) {
	char dir[96], park[128], file[128];
};

FIXTURE_SETUP(late_locked)
{
	REQUIRE(NEED_PRIVILEGE | NEED_LEVELS | NEED_FILES | NEED_PARK);
	ASSERT_TRUE(make_dir(self->dir, "late"));
	ASSERT_GE(make_exe_in(self->dir, "new", self->file), 0);
	snprintf(self->park, sizeof(self->park), "%s/park", self->dir);
	ASSERT_EQ(0, park_begin(self->park));
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(late_locked)
{
	park_end();
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* What processes that do something all the time share with the test. */
struct busy {
	unsigned int calls;
	bool stop;
};

static bool stopped(const struct busy *busy)
{
	return __atomic_load_n(&busy->stop, __ATOMIC_SEQ_CST);
}

/* What the write of 3 is to find begun: so many setters that some wait in a call. */
#define SETTERS	12
#define BUSY	(SETTERS + 2)

/*
 * Give a bound one of two values by turns, alone or by MAP, or the vector, until that is
 * refused; then as often again.
 */
static pid_t start_setting(struct busy *busy, unsigned int kind)
{
	unsigned long vector[] = { AT_BASE, 0, AT_NULL, 0 };
	struct prctl_mm_map map;
	pid_t pid = start_child();
	unsigned long at, turn;
	int result = 0;

	if (pid)
		return pid;
	read_map(&map);
	at = map.start_stack & ~31UL;
	while (!stopped(busy)) {
		turn = 16 * (busy->calls % 2);
		if (kind == 0) {
			result = set_mm(PR_SET_MM_START_STACK, at + turn);
		} else if (kind == 1) {
			map.start_stack = at + turn;
			result = set_mm_map(&map);
		} else {
			vector[1] = turn;
			result = set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, sizeof(vector), 0);
		}
		if (result && result != -EPERM)
			_exit(-result);
		__atomic_add_fetch(&busy->calls, 1, __ATOMIC_SEQ_CST);
	}
	_exit(-result);
}

/* Write lower levels until that is refused, and on: has any of them got one in? */
static pid_t start_lowering(struct busy *busy)
{
	pid_t pid = start_child();
	bool locked = false;
	int result = 0, i;

	if (pid)
		return pid;
	for (i = 0; !stopped(busy); i = (i + 1) % 3) {
		result = set_policy(i);
		if (result ? result != -EPERM : locked)
			_exit(-result ?: 250);
		locked = result;
		__atomic_add_fetch(&busy->calls, 1, __ATOMIC_SEQ_CST);
	}
	_exit(-result);
}

/* Until each has made so many more calls. */
static void wait_for_calls(const struct busy *busy, unsigned int count, unsigned int more)
{
	unsigned int i, then[BUSY];

	for (i = 0; i < count; i++)
		then[i] = __atomic_load_n(&busy[i].calls, __ATOMIC_SEQ_CST);
	for (i = 0; i < count; i++) {
		while (__atomic_load_n(&busy[i].calls, __ATOMIC_SEQ_CST) - then[i] < more)
			usleep(1000);
	}
}

/* What a setter has changed. */
struct found {
	unsigned long start_stack;
	char auxv[64];
};

static void look_at(pid_t pid, struct found *found)
{
	char name[32];

	memset(found, 0, sizeof(*found));
	found->start_stack = read_bound_of(pid, PR_SET_MM_START_STACK);
	snprintf(name, sizeof(name), "/proc/%d/auxv", pid);
	read_file(name, found->auxv, sizeof(found->auxv));
}

/* P1 P3 L3 G7 W1: when the write of 3 has returned, nothing changes, the level included */
TEST_F(late_locked, all)
{
	struct late *late[3 * ARRAY_SIZE(calls)];
	pid_t waiting[ARRAY_SIZE(late)], pid[BUSY];
	struct found found[SETTERS], now;
	const char *event;
	struct busy *busy;
	unsigned int i;
	int got;

	for (i = 0; i < ARRAY_SIZE(late); i++) {
		late[i] = new_late(self->park, self->dir);
		ASSERT_EQ(0, set_policy(i % 3));
		waiting[i] = late_park(late[i], calls[i / 3].call, calls[i / 3].exe, i);
		ASSERT_NE(0, waiting[i]) {
			TH_LOG("%s does not wait", calls[i / 3].name);
		}
	}
	busy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, busy);
	for (i = 0; i < BUSY; i++)
		pid[i] = i < SETTERS ? start_setting(&busy[i], i % 3) : start_lowering(&busy[i]);
	wait_for_calls(busy, BUSY, 20);

	ASSERT_EQ(0, set_policy(3));
	for (i = 0; i < SETTERS; i++)
		look_at(pid[i], &found[i]);
	EXPECT_EQ(3, get_policy());
	wait_for_calls(busy, BUSY, 50);
	EXPECT_EQ(3, get_policy());
	for (i = 0; i < SETTERS; i++) {
		look_at(pid[i], &now);
		EXPECT_EQ(found[i].start_stack, now.start_stack);
		EXPECT_EQ(0, memcmp(found[i].auxv, now.auxv, sizeof(now.auxv)));
	}
	for (i = 0; i < BUSY; i++) {
		__atomic_store_n(&busy[i].stop, true, __ATOMIC_SEQ_CST);
		EXPECT_EQ(EPERM << 8, wait_child(pid[i]));
	}

	for (i = 0; i < ARRAY_SIZE(late); i++) {
		read_any_event(false);
		got = late_release(late[i], waiting[i]);
		EXPECT_EQ(EPERM, got) {
			TH_LOG("%s, begun at level %u", calls[i / 3].name, i % 3);
		}
		if (why_not(NEED_EVENTS) || calls[i / 3].exe == LATE_NONE)
			continue;
		event = read_any_event(false);
		EXPECT_NE(NULL, strstr(event, " result=-1 reason=locked")) {
			TH_LOG("%s, begun at level %u: %s", calls[i / 3].name, i % 3, event);
		}
	}
	EXPECT_EQ(3, get_policy());
}

static const char *why_not_once(void)
{
	const char *why = why_no_series();

	if (!why && yes_or_no("PR_SET_MM_LOCK") != 1)
		why = "it locks PR_SET_MM until reboot; PR_SET_MM_LOCK=1 lets it";
	return why;
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LEVEL | USES_EVENTS, why_not_once);
	return test_harness_run(argc, argv);
}
