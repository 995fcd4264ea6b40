// SPDX-License-Identifier: GPL-2.0
/* The audit records of attempts to replace the executable: how many, and what they use. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "audit_fixture.h"
#include "slabinfo.h"
#include <time.h>

#define ATTEMPTS	100	/* of each user; as many are audited in a second */
#define USERS		10
#define USER		1001

/* Make attempts as user @uid of this user namespace, with all capabilities. */
static int attempt_as(uid_t uid)
{
	int i;

	if (prctl(PR_SET_KEEPCAPS, 1) || setresuid(uid, uid, uid) || only_caps(~0ULL))
		return 2;
	for (i = 0; i < ATTEMPTS; i++) {
		if (set_exe_by_map(1000000) != -EBADF)
			return 3;
	}
	return 0;
}

/* Make attempts as each user of a user namespace that USER owns. */
static int attempt_as_all(int ready, int go)
{
	uid_t uid;
	char byte;

	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER) ||
	    prctl(PR_SET_DUMPABLE, 1))
		return 4;
	if (unshare(CLONE_NEWUSER))
		return NO_NAMESPACE;
	/* Wait until the parent has mapped the users. */
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 1)
		return 5;
	for (uid = 0; uid < USERS; uid++) {
		int status;
		pid_t pid = start_child();

		if (!pid)
			_exit(attempt_as(uid));
		status = wait_child(pid);
		if (status)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
	}
	return 0;
}

/* Returns the wait status of the process that does all that. */
static int flood(void)
{
	int ready[2], go[2];
	char name[64], byte;
	pid_t pid;

	if (pipe(ready) || pipe(go))
		return -1;
	pid = start_child();
	if (!pid) {
		close(go[1]);
		_exit(attempt_as_all(ready[1], go[0]));
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		snprintf(name, sizeof(name), "/proc/%d/uid_map", pid);
		/* USER is root there. No other process runs as one of the others. */
		if (write_file(name, "0 1001 1\n1 3000 100\n") || write(go[1], "", 1) != 1)
			signal_child(pid, SIGKILL);
	}
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	return wait_child(pid);
}

/*
 * A process that makes an attempt now and then. A task that logs waits while too many
 * records are queued. The kernel may wake it before it sleeps; then it sleeps for
 * audit_backlog_wait_time, a minute, unless another record has to be sent.
 */
static pid_t start_ticker(void)
{
	pid_t pid = start_child();

	while (!pid) {
		usleep(300000);
		set_exe(-1);
	}
	return pid;
}

static void stop_ticker(pid_t pid)
{
	signal_child(pid, SIGKILL);
	wait_child(pid);
}

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* W2: refusals are limited for each user, and lost= has the number of those left out */
TEST_F(audit, flood)
{
	unsigned long told = 0, lost = 0;
	const char *record;
	char by_root[32], by_ticker[32];
	pid_t ticker;
	int status;
	long begun;

	REQUIRE(NEED_USER_NAMESPACE);
	SKIP_IF(has_cap(CAP_SYS_ADMIN) ? NULL : "needs CAP_SYS_ADMIN to map users");
	/* This record takes what was left out before the test. */
	ASSERT_EQ(-EBADF, set_exe(-1));
	read_record(self->sock, getpid());
	begun = seconds();
	ticker = start_ticker();
	status = flood();
	stop_ticker(ticker);
	if (status == NO_NAMESPACE << 8)
		SKIP(return, "users may make no user namespace");
	ASSERT_EQ(0, status);
	/* Root is not limited; the record of the last attempt has the rest of the number. */
	begun = seconds() - begun;
	ASSERT_EQ(-EBADF, set_exe(-1));
	snprintf(by_root, sizeof(by_root), " pid=%d ", getpid());
	snprintf(by_ticker, sizeof(by_ticker), " pid=%d ", ticker);
	for (;;) {
		record = read_record(self->sock, 0);
		ASSERT_STRNE("none", record);
		lost += strtoul(audit_field(record, "lost"), NULL, 10);
		if (strstr(record, by_root))
			break;
		told += !strstr(record, by_ticker);
	}
	TH_LOG("%lu told, %lu left out, in %ld s", told, lost, begun);
	EXPECT_EQ(ATTEMPTS * USERS, told + lost);
	EXPECT_LE(told, 100 * (begun + 2));
	EXPECT_GE(told, ATTEMPTS);
	if (!lost && ATTEMPTS * USERS <= 100 * (begun + 2))
		SKIP(return, "too slow to exceed the limit: %ld s", begun);
	EXPECT_LT(0, lost);
}

/* W2: neither the refusals of root nor successes are limited */
TEST_F(audit, no_limit)
{
	const int attempts = 4 * ATTEMPTS;
	pid_t ticker = start_ticker();
	const char *record;
	int i, refused = 0;

	for (i = 0; i < attempts; i++)
		ASSERT_EQ(-EBADF, set_exe(-1));
	ASSERT_EQ(0, set_exe(self->w.fd));
	stop_ticker(ticker);
	do {
		record = read_record(self->sock, getpid());
		ASSERT_STRNE("none", record);
		EXPECT_STREQ("0", audit_field(record, "lost"));
		refused++;
	} while (strcmp("none", audit_field(record, "reason")));
	EXPECT_EQ(attempts, refused - 1);
}

/* W2: a report keeps no memory */
TEST_F(audit, memory)
{
	long before = objects_of("kmalloc-");
	unsigned int i;

	REQUIRE(NEED_RULES);
	SKIP_IF(before < 0 ? "no " SLABINFO " (CONFIG_SLUB_DEBUG)" : NULL);
	ASSERT_EQ(0, set_exe(self->w.fd));
	ASSERT_STRNE("none", read_record(self->sock, getpid()));
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
		/* What the socket has is memory, too. */
		ASSERT_STRNE("none", read_record(self->sock, getpid()));
	}
	EXPECT_GT(before + 500, objects_of("kmalloc-"));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_AUDITING, why_no_series);
	return test_harness_run(argc, argv);
}
