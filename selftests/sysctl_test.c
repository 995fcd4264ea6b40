// SPDX-License-Identifier: GPL-2.0
/* Writing kernel.prctl_set_mm: several writers, parts, offsets, and what the log says. */
#include "harness.h"
#include "policy.h"
#include "two_maps.h"
#include <signal.h>

/* A stricter level waits for all processors, some milliseconds. */
#define WRITES	(getenv("SOAK") ? 20000 : 60)

FIXTURE(sysctl) {
	int fd;
};

FIXTURE_SETUP(sysctl)
{
	REQUIRE(NEED_LEVELS);
	ASSERT_EQ(0, set_policy(1));
	self->fd = open(POLICY, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(sysctl)
{
	EXPECT_EQ(0, set_policy(1));
}

/* A process that writes these values all the time, each with this result. */
static pid_t start_writing(unsigned long long caps, const char *const values[], int result)
{
	pid_t pid = start_child();
	unsigned int i;

	if (pid)
		return pid;
	if (only_caps(caps))
		_exit(2);
	for (i = 0; write_file(POLICY, values[i]) == result;) {
		if (!values[++i])
			i = 0;
	}
	_exit(1);
}

/* Did it meet no other result? */
static bool stop_writing(pid_t pid)
{
	int status;

	if (signal_child(pid, SIGKILL))
		return false;
	status = wait_child(pid);
	return WIFSIGNALED(status);
}

/* P1: of several writers each is right, and the level is what one of them wrote */
TEST_F(sysctl, writers)
{
	static const char *const first[] = { "0", "2", NULL };
	static const char *const second[] = { "1", "2\n", "0 ", NULL };
	struct rounds rounds = { };
	unsigned int i, seen[3] = { };
	pid_t pid[2];
	int level;

	pid[0] = start_writing(~0ULL, first, 0);
	pid[1] = start_writing(~0ULL, second, 0);
	/* A read waits for a write, so that a number of them would take any time. */
	while (another_round(&rounds, 2, 100, 1000000)) {
		level = get_policy();
		ASSERT_TRUE(level >= 0 && level <= 2);
		seen[level]++;
	}
	EXPECT_TRUE(stop_writing(pid[0]));
	EXPECT_TRUE(stop_writing(pid[1]));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, set_policy(i));
		EXPECT_EQ(i, get_policy());
	}
	TH_LOG("level 0 %u times, 1 %u times, 2 %u times", seen[0], seen[1], seen[2]);
}

/* P1: a write that is refused changes nothing, not for a moment, and puts nothing back */
TEST_F(sysctl, refused_writers)
{
	static const char *const bad[] = { "3x", "4", "-1", "99999999999", NULL };
	static const char *const good[] = { "0", "2", NULL };
	pid_t invalid, forbidden;
	int i;

	/* An empty one is no write of anything. */
	EXPECT_EQ(0, write(self->fd, "", 0));
	EXPECT_EQ(1, get_policy());
	invalid = start_writing(~0ULL, bad, -EINVAL);
	forbidden = start_writing(~CAP_BIT(CAP_SYS_ADMIN), good, -EPERM);
	for (i = 0; i < WRITES; i++) {
		ASSERT_EQ(0, set_policy(i % 3));
		ASSERT_EQ(i % 3, get_policy());
		ASSERT_EQ(i % 3, get_policy());
	}
	EXPECT_TRUE(stop_writing(invalid));
	EXPECT_TRUE(stop_writing(forbidden));
}

/* Whether a write at an offset is ignored, as it is by default. */
static bool offsets_are_ignored(void)
{
	char text[128];

	read_file(WRITES_STRICT, text, sizeof(text) - 1);
	return !strcmp(text, "1\n");
}

/* P1: in parts, or with more than a number in it */
TEST_F(sysctl, parts)
{
	char spaces[5000];

	/* The end of a line comes late: it is at an offset, and no number. */
	EXPECT_EQ(1, write(self->fd, "2", 1));
	EXPECT_EQ(2, get_policy());
	EXPECT_EQ(offsets_are_ignored() ? 1 : -1, write(self->fd, "\n", 1));
	EXPECT_EQ(2, get_policy());

	/* Only the first of two numbers counts. */
	EXPECT_EQ(2, pwrite(self->fd, "1 2", 3, 0));
	EXPECT_EQ(1, get_policy());
	EXPECT_EQ(-1, pwrite(self->fd, "2x", 2, 0));
	EXPECT_EQ(-1, pwrite(self->fd, "4 2", 3, 0));
	EXPECT_EQ(1, get_policy());

	/* The kernel does not search for one behind the first page. */
	memset(spaces, ' ', sizeof(spaces));
	spaces[sizeof(spaces) - 1] = '2';
	EXPECT_EQ(-1, pwrite(self->fd, spaces, sizeof(spaces), 0));
	EXPECT_EQ(1, get_policy());
	EXPECT_EQ(100, pwrite(self->fd, spaces + sizeof(spaces) - 100, 100, 0));
	EXPECT_EQ(2, get_policy());
}

/*
 * P1: at an offset, as kernel.sysctl_writes_strict has it: 1 ignores the write, 0 lets it
 * and tells the log, -1 lets it. What is no level is never let.
 */
TEST_F(sysctl, offset)
{
	REQUIRE(NEED_OFFSETS);
	ASSERT_EQ(0, write_file(WRITES_STRICT, "1"));
	EXPECT_EQ(1, pwrite(self->fd, "2", 1, 1));
	EXPECT_EQ(1, pwrite(self->fd, "9", 1, 1000));
	EXPECT_EQ(1, get_policy());

	ASSERT_EQ(0, write_file(WRITES_STRICT, "0"));
	EXPECT_EQ(-1, pwrite(self->fd, "9", 1, 1));
	EXPECT_EQ(1, get_policy());
	EXPECT_EQ(1, pwrite(self->fd, "2", 1, 1));
	EXPECT_EQ(2, get_policy());

	ASSERT_EQ(0, write_file(WRITES_STRICT, "-1"));
	EXPECT_EQ(-1, pwrite(self->fd, "9", 1, 1));
	EXPECT_EQ(1, pwrite(self->fd, "0", 1, 1));
	EXPECT_EQ(0, get_policy());
}

/* What the log says of a write at an offset: the first record of that; "" if none. */
static void read_warning(char *text, size_t size)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[1024], *said;
	ssize_t len;

	text[0] = '\0';
	for (;;) {
		len = read(log, record, sizeof(record) - 1);
		/* EPIPE: a record was lost, and there are more. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			break;
		record[len] = '\0';
		said = strstr(record, " wrote to ");
		if (said) {
			snprintf(text, size, "%s", said);
			text[strcspn(text, "\n")] = '\0';
			break;
		}
	}
	close(log);
}

/* P1: what the log says of that has the name of the sysctl; it says so once in a boot */
TEST_F(sysctl, log)
{
	char text[256];

	REQUIRE(NEED_OFFSETS);
	if (access("/dev/kmsg", R_OK))
		SKIP(return, "no /dev/kmsg");
	ASSERT_EQ(0, write_file(WRITES_STRICT, "0"));
	EXPECT_EQ(1, pwrite(self->fd, "2", 1, 1));
	read_warning(text, sizeof(text));
	if (!text[0] || (!strstr(text, "(null)") && !strstr(text, " prctl_set_mm ")))
		SKIP(return, "the log has said it of another sysctl");
	EXPECT_EQ(NULL, strstr(text, "(null)"));
	EXPECT_NE(NULL, strstr(text, " wrote to prctl_set_mm when file position was not 0"));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_LEVEL | CHANGES_OFFSETS, why_no_series);
	return test_harness_run(argc, argv);
}
