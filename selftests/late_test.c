// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that wait while the level changes: the stricter of the level at the start and the
 * one at the change judges each. Level 3 is for late_locked_test.
 */
#include "events.h"
#include "harness.h"
#include "late.h"

FIXTURE(late) {
	char dir[96], park[128], file[128];
	struct late *late;
};

FIXTURE_SETUP(late)
{
	char link_name[128];

	REQUIRE(NEED_PRIVILEGE | NEED_LEVELS | NEED_FILES | NEED_PARK);
	ASSERT_TRUE(make_dir(self->dir, "late"));
	ASSERT_GE(make_exe_in(self->dir, "new", self->file), 0);
	ASSERT_GE(make_exe_in(self->dir, "old", self->file), 0);
	snprintf(link_name, sizeof(link_name), "%s/link", self->dir);
	ASSERT_EQ(0, link(self->file, link_name));
	snprintf(self->park, sizeof(self->park), "%s/park", self->dir);
	ASSERT_EQ(0, park_begin(self->park));
	/* Another function of the kernel serves calls that somebody watches. */
	if (!why_no_events())
		ASSERT_EQ(0, switch_events(false));
	self->late = new_late(self->park, self->dir);
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(late)
{
	EXPECT_EQ(0, set_policy(1));
	park_end();
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* What the stricter level says of the call. */
static int verdict(enum late_call call, enum late_exe exe, int level)
{
	if (call == LATE_BAD_BOUND)
		return level >= 1 ? EINVAL : 0;
	if (call == LATE_BAD_MAP)
		return level >= 2 ? EINVAL : 0;
	switch (exe) {
	case LATE_AGAIN:
	case LATE_LINKED:
		return level >= 1 ? EBUSY : 0;
	case LATE_INHERITED:
		return level >= 2 ? EBUSY : 0;
	default:
		return 0;
	}
}

static const char *const call_name[] = {
	[LATE_EXE] = "EXE_FILE", [LATE_MAP] = "MAP at its struct",
	[LATE_VECTOR] = "MAP at its vector", [LATE_AUXV] = "AUXV",
	[LATE_BOUND] = "a bound", [LATE_BAD_BOUND] = "a bound that no rule allows",
	[LATE_BAD_MAP] = "MAP with a bound that level 2 does not allow",
};

static const char *const exe_name[] = {
	[LATE_NONE] = "no executable", [LATE_FIRST] = "never replaced",
	[LATE_AGAIN] = "replaced before", [LATE_INHERITED] = "replaced before the fork",
	[LATE_LINKED] = "mapped by another name",
};

static bool differ(enum late_call call, enum late_exe exe)
{
	return verdict(call, exe, 2) != verdict(call, exe, 0);
}

/* The event of a call with this result, if @watched; else there is none. */
static bool event_is_right(bool watched, int result)
{
	char text[32];

	if (!watched)
		return true;
	snprintf(text, sizeof(text), " result=%d ", -result);
	return strstr(read_any_event(false), text);
}

/* One call, from each level to each where they differ. */
static unsigned int count_wrong_if(bool watched, struct late *late, enum late_call call,
				   enum late_exe exe)
{
	int from, to, want, got;
	unsigned int wrong = 0;
	pid_t pid;

	for (from = 0; from <= 2; from++) {
		for (to = 0; to <= 2; to++) {
			if (differ(call, exe) ? from && from == to : from + to != 2 || from == to)
				continue;
			want = verdict(call, exe, from > to ? from : to);
			if (set_policy(from))
				return 100;
			pid = late_park(late, call, exe, from * 3 + to);
			if (!pid || set_policy(to)) {
				printf("# %s does not wait\n", call_name[call]);
				return 100;
			}
			/* Its earlier replacements. */
			if (watched)
				read_any_event(false);
			got = late_release(late, pid);
			if (got == want && event_is_right(watched, want))
				continue;
			printf("# %s, %s%s, level %d to %d: %d and not %d\n", call_name[call],
			       exe_name[exe], watched ? ", watched" : "", from, to, got, want);
			wrong++;
		}
	}
	return wrong;
}

static unsigned int count_wrong(struct late *late, enum late_call call, enum late_exe exe)
{
	return count_wrong_if(false, late, call, exe);
}

/* P3 E3 E4 L2: the executable by EXE_FILE */
TEST_F(late, exe_file)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_EXE, LATE_FIRST));
	EXPECT_EQ(0, count_wrong(self->late, LATE_EXE, LATE_AGAIN));
	EXPECT_EQ(0, count_wrong(self->late, LATE_EXE, LATE_INHERITED));
	EXPECT_EQ(0, count_wrong(self->late, LATE_EXE, LATE_LINKED));
}

/* P3 E3 E4 L2 G7: the executable by MAP, and all bounds with it or none */
TEST_F(late, map)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_MAP, LATE_NONE));
	EXPECT_EQ(0, count_wrong(self->late, LATE_MAP, LATE_FIRST));
	EXPECT_EQ(0, count_wrong(self->late, LATE_MAP, LATE_AGAIN));
	EXPECT_EQ(0, count_wrong(self->late, LATE_MAP, LATE_INHERITED));
	EXPECT_EQ(0, count_wrong(self->late, LATE_MAP, LATE_LINKED));
}

/* P3 M5: a bound in a map that one level does not allow, with and without an executable */
TEST_F(late, areas_of_map)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_BAD_MAP, LATE_NONE));
	EXPECT_EQ(0, count_wrong(self->late, LATE_BAD_MAP, LATE_FIRST));
}

/* P3 M5 E3 E4 L2 G7 W1: the same for each call with an executable while there are events of it */
TEST_F(late, watched)
{
	static const struct {
		enum late_call call;
		enum late_exe exe;
	} calls[] = {
		{ LATE_EXE, LATE_FIRST }, { LATE_EXE, LATE_AGAIN },
		{ LATE_EXE, LATE_INHERITED }, { LATE_EXE, LATE_LINKED },
		{ LATE_MAP, LATE_FIRST }, { LATE_MAP, LATE_AGAIN },
		{ LATE_MAP, LATE_INHERITED }, { LATE_MAP, LATE_LINKED },
		{ LATE_VECTOR, LATE_AGAIN }, { LATE_BAD_MAP, LATE_FIRST },
	};
	const char *why = why_not(NEED_EVENTS);
	unsigned int i;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, switch_events(true));
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_EQ(0, count_wrong_if(true, self->late, calls[i].call, calls[i].exe));
}

/* P3 E4 G7: the same if it is the vector that it waits for */
TEST_F(late, vector)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_VECTOR, LATE_NONE));
	EXPECT_EQ(0, count_wrong(self->late, LATE_VECTOR, LATE_AGAIN));
}

/* P3: AUXV, which levels below 3 allow */
TEST_F(late, auxv)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_AUXV, LATE_NONE));
}

/* P3 A1: a bound, allowed and not */
TEST_F(late, bound)
{
	EXPECT_EQ(0, count_wrong(self->late, LATE_BOUND, LATE_NONE));
	EXPECT_EQ(0, count_wrong(self->late, LATE_BAD_BOUND, LATE_NONE));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LEVEL | USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
