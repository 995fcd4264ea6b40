// SPDX-License-Identifier: GPL-2.0
/* The audit records of attempts to replace the executable: which users are limited, and when. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "audit_fixture.h"
#include "audit_flood.h"
#include "short_memory.h"

#define USERS	10

static const char *why_no_users(void)
{
	return has_cap(CAP_SYS_ADMIN) && has_cap(CAP_SETUID) && has_cap(CAP_SETGID) ? NULL :
	       "needs CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID to act as other users";
}

static const char *why_no_owner(void)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(become_user() || unshare(CLONE_NEWUSER));
	return wait_child(pid) ? "users may make no user namespace" : why_no_users();
}

/* Pipes, by which a process of an owner and the test wait for each other. */
static int to_test[2], to_owner[2];

static bool wait_for_test(void)
{
	char byte;

	return write(to_test[1], "", 1) == 1 && read(to_owner[0], &byte, 1) == 1;
}

/* False if the process has ended instead. */
static bool wait_for_owner(void)
{
	char byte;

	return read(to_test[0], &byte, 1) == 1;
}

static bool let_owner_go_on(void)
{
	return write(to_owner[1], "", 1) == 1;
}

static int begin_as_owner(uid_t owner)
{
	if (setresgid(owner, owner, owner) || setresuid(owner, owner, owner) ||
	    prctl(PR_SET_DUMPABLE, 1))
		return 2;
	if (unshare(CLONE_NEWUSER))
		return 3;
	return wait_for_test() ? 0 : 4;
}

static bool map_users(pid_t pid, uid_t owner)
{
	char name[64], map[64];

	snprintf(name, sizeof(name), "/proc/%d/gid_map", pid);
	snprintf(map, sizeof(map), "0 %u 1\n", owner);
	if (write_file(name, map))
		return false;
	snprintf(name, sizeof(name), "/proc/%d/uid_map", pid);
	snprintf(map, sizeof(map), "0 %u %u\n", owner, USERS);
	return !write_file(name, map);
}

/*
 * Start a process of that user and let it run the function in a new user namespace. The owner
 * is root there, and the next users are the users 1 to 9. No other process runs as one of them.
 */
static pid_t start_owner(uid_t owner, int (*run)(void))
{
	pid_t pid;
	int error;

	if (pipe2(to_test, O_CLOEXEC) || pipe2(to_owner, O_CLOEXEC))
		return -1;
	pid = start_child();
	if (!pid) {
		close(to_test[0]);
		close(to_owner[1]);
		error = begin_as_owner(owner);
		_exit(error ?: run());
	}
	close(to_test[1]);
	close(to_owner[0]);
	if (wait_for_owner() && (!map_users(pid, owner) || !let_owner_go_on()))
		signal_child(pid, SIGKILL);
	return pid;
}

/* Become a user of the namespace, with all capabilities there. */
static int become_mapped_user(uid_t uid)
{
	return prctl(PR_SET_KEEPCAPS, 1) || setresuid(uid, uid, uid) || only_caps(~0ULL) ? 5 : 0;
}

static int refuse_by_map(unsigned int attempts)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.exe_fd = 1000000;
	while (attempts--) {
		if (set_mm_map(&map) != -EBADF)
			return 6;
	}
	return 0;
}

/* A new user runs the function in its namespace, while records are sent: the wait status. */
static int flood_as_owner(int (*run)(void))
{
	pid_t ticker = start_ticker();
	int status = wait_child(start_owner(first_user(), run));

	stop_ticker(ticker);
	return status;
}

/* Run the function as each user in turn. */
static int run_as_each_user(int (*run)(uid_t uid))
{
	uid_t uid;

	for (uid = 0; uid < USERS; uid++) {
		int status;
		pid_t pid = start_child();

		if (!pid)
			_exit(run(uid));
		status = wait_child(pid);
		if (status)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 7;
	}
	return 0;
}

static int refuse_as_mapped_user(uid_t uid)
{
	return become_mapped_user(uid) ?: refuse_by_map(LIMIT);
}

/* The user owns one more namespace, in which it makes the attempts. */
static int refuse_in_nested_namespace(uid_t uid)
{
	if (setresuid(uid, uid, uid) || unshare(CLONE_NEWUSER))
		return 8;
	return refuse_by_map(LIMIT);
}

static int refuse_as_each_user(void)
{
	return run_as_each_user(refuse_as_mapped_user);
}

static int refuse_in_nested_namespaces(void)
{
	return run_as_each_user(refuse_in_nested_namespace);
}

/* W2: all users of a user namespace share one limit; lost= counts the refusals beyond it */
TEST_F(audit, users_of_a_namespace)
{
	SKIP_IF(why_no_owner());
	take_records(self->sock);
	ASSERT_EQ(0, flood_as_owner(refuse_as_each_user));
	EXPECT_LIMITED(take_records(self->sock), LIMIT * USERS);
}

/* W2: users that own a namespace inside of it share this limit as well */
TEST_F(audit, nested_namespaces)
{
	SKIP_IF(why_no_owner());
	take_records(self->sock);
	ASSERT_EQ(0, flood_as_owner(refuse_in_nested_namespaces));
	EXPECT_LIMITED(take_records(self->sock), LIMIT * USERS);
}

/* As user 1, make one attempt and then many; wait for the test before each. */
static int refuse_as_other_user(void)
{
	int error = become_mapped_user(1);

	if (!error && !wait_for_test())
		error = 9;
	if (!error)
		error = refuse_by_map(1);
	if (!error && !wait_for_test())
		error = 9;
	return error ?: refuse_by_map(10 * LIMIT);
}

/* W2: the owner of the namespace is limited even if none of its processes is left */
TEST_F(audit, owner_without_process)
{
	struct told first, told;
	pid_t ticker, pid;

	REQUIRE(NEED_EVENTS);
	SKIP_IF(why_no_owner());
	take_records(self->sock);
	pid = start_owner(first_user(), refuse_as_other_user);
	if (wait_for_owner()) {
		/* The kernel drops the credentials of the process after a grace period of RCU. */
		ASSERT_TRUE(clear_events());
		ASSERT_TRUE(let_owner_go_on());
		ASSERT_TRUE(wait_for_owner());
	}
	first = take_records(self->sock);
	ticker = start_ticker();
	let_owner_go_on();
	ASSERT_EQ(0, wait_child(pid));
	stop_ticker(ticker);
	EXPECT_EQ(1, first.records);
	EXPECT_EQ(0, first.lost);
	told = take_records(self->sock);
	told.records += first.records;
	told.seconds += first.seconds;
	EXPECT_LIMITED(told, 10 * LIMIT + 1);
}

static int new_file;

static int refuse_and_replace(void)
{
	return refuse_by_map(10 * LIMIT) ?: -set_exe_by_map(new_file);
}

/* W2: a success has a record even if its user has exceeded the limit of refusals */
TEST_F(audit, success_behind_flood)
{
	struct told told;

	SKIP_IF(why_no_owner());
	take_records(self->sock);
	new_file = self->w.fd;
	ASSERT_EQ(0, flood_as_owner(refuse_and_replace));
	told = take_records(self->sock);
	EXPECT_EQ(1, told.successes);
	EXPECT_LIMITED(told, 10 * LIMIT + 1);
}

/* W2: a user of the initial namespace that has the capability of EXE_FILE is limited */
TEST_F(audit, user_with_capability)
{
	SKIP_IF(why_no_users());
	take_records(self->sock);
	ASSERT_TRUE(flood_as(first_user(), 10 * LIMIT));
	EXPECT_LIMITED(take_records(self->sock), 10 * LIMIT);
}

/* W2: each user has a limit of its own */
TEST_F(audit, other_user)
{
	struct told told;

	SKIP_IF(why_no_users());
	take_records(self->sock);
	ASSERT_TRUE(flood_as(first_user(), 10 * LIMIT));
	EXPECT_LE(LIMIT, take_records(self->sock).records);
	ASSERT_TRUE(refuse_as(first_user() + 1, 1));
	told = take_records(self->sock);
	EXPECT_EQ(1, told.records);
	EXPECT_EQ(0, told.lost);
}

/* W2 G3: calls without the capability, which have no record, do not count for the limit */
TEST_F(audit, no_capability)
{
	struct told told;
	unsigned int i;

	SKIP_IF(why_no_users());
	take_records(self->sock);
	ASSERT_EQ(0, setresuid(first_user(), -1, -1));
	ASSERT_EQ(0, only_caps(0));
	for (i = 0; i < 3 * LIMIT; i++)
		ASSERT_EQ(-EPERM, set_exe(-1));
	ASSERT_EQ(0, only_caps(~0ULL));
	ASSERT_TRUE(refuse_as(first_user(), 1));
	told = take_records(self->sock);
	EXPECT_EQ(1, told.records);
	EXPECT_EQ(0, told.lost);
}

/* W1 W2: with auditing off, refusals that the tracepoint reports do not count for the limit */
TEST_F(audit, off_during_flood)
{
	struct told told;

	REQUIRE(NEED_AUDIT_SWITCH | NEED_EVENTS);
	SKIP_IF(why_no_users());
	take_records(self->sock);
	ASSERT_EQ(0, set_auditing(0));
	ASSERT_TRUE(refuse_as(first_user(), 3 * LIMIT));
	ASSERT_EQ(0, set_auditing(1));
	ASSERT_TRUE(refuse_as(first_user(), 1));
	told = take_records(self->sock);
	EXPECT_EQ(1, told.records);
	EXPECT_EQ(0, told.lost);
}

/* W2: if a record cannot be written, the next one counts the refusals that it would have told */
TEST_F(audit, lost_without_memory)
{
	unsigned int nth = 0;
	struct told told;
	bool failed = true;

	REQUIRE(NEED_FAILURES);
	SKIP_IF(why_no_users());
	ASSERT_EQ(0, allow_failures());
	take_records(self->sock);
	ASSERT_TRUE(flood_as(first_user(), 2 * LIMIT));
	while (failed) {
		/* This one has no record, unless a new second has begun. */
		ASSERT_TRUE(refuse_as(first_user(), 1));
		EXPECT_EQ(-EBADF, WITH_SHORT_MEMORY(++nth, failed, set_exe(-1)));
	}
	told = take_records(self->sock);
	EXPECT_EQ(2 * LIMIT + nth, told.records + told.lost);
	EXPECT_LT(2, nth);
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_AUDITING | CHANGES_FAILSLAB | USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
