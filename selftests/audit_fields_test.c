// SPDX-License-Identifier: GPL-2.0
/* The audit record of an attempt to replace the executable: what it says of the caller. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "audit_fixture.h"
#include <sys/fsuid.h>
#include <time.h>

/* W1 W2: with the tracepoint and auditing on, both report a success and a refusal */
TEST_F(audit, trace_and_log)
{
	REQUIRE(NEED_EVENTS | NEED_RULES);
	read_event();
	EXPECT_EVENT(set_exe(self->w.fd), 0, "none", room.program, self->w.file, self->w.fd);
	EXPECT_EVENT(set_exe(self->w.fd), -EBUSY, "already-replaced", self->w.file, self->w.file,
		     self->w.fd);
	EXPECT_STREQ("none", audit_field(read_record(self->sock, getpid()), "reason"));
	EXPECT_STREQ("already-replaced",
		     audit_field(read_record(self->sock, getpid()), "reason"));
}

/* The text of a number: -1 is 4294967295, as an ID. */
static const char *id_text(unsigned int id)
{
	static char text[12];

	snprintf(text, sizeof(text), "%u", id);
	return text;
}

#define EXPECT_ID(id, record, name)	EXPECT_STREQ(id_text(id), audit_field(record, name))

static void *refuse_as_thread(void *name)
{
	prctl(PR_SET_NAME, name);
	return (void *)(long)set_exe(-1);
}

/* W2: the record of a second thread has the name of that thread and the PID of its process */
TEST_F(audit, thread)
{
	char name[] = "another_thread";
	const char *record;
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, refuse_as_thread, name));
	ASSERT_EQ(0, pthread_join(thread, &result));
	ASSERT_EQ(-EBADF, (long)result);
	record = read_record(self->sock, 0);
	EXPECT_ID(getpid(), record, "pid");
	EXPECT_ID(getppid(), record, "ppid");
	EXPECT_STREQ(audit_text(name), audit_field(record, "comm"));
}

static int refuse(void *unused)
{
	return set_exe(-1) == -EBADF ? 0 : 1;
}

/* W2: the record has the PIDs of the initial PID namespace */
TEST_F(audit, other_pid_namespace)
{
	static char stack[1 << 16];
	const char *record;
	pid_t pid;

	pid = clone_on(refuse, stack, sizeof(stack), CLONE_NEWPID | SIGCHLD, NULL);
	if (pid < 0)
		SKIP(return, "no PID namespace can be made: %s", strerror(errno));
	ASSERT_EQ(0, wait_child(own_child(pid)));
	record = read_record(self->sock, 0);
	EXPECT_ID(pid, record, "pid");
	EXPECT_ID(getpid(), record, "ppid");
}

/* An ID that a file of /proc shows; -1 where there is no such file. */
static unsigned int proc_id(const char *name)
{
	char text[PATH_MAX];

	if (access(name, F_OK))
		return -1;
	read_file(name, text, sizeof(text) - 1);
	return strtoul(text, NULL, 10);
}

/* W2: each ID of the caller is in the field of its name */
TEST_F(audit, ids)
{
	const char *record;

	SKIP_IF(has_cap(CAP_SETUID) && has_cap(CAP_SETGID) ? NULL :
		"needs CAP_SETUID and CAP_SETGID");
	/* If this fails because it is set for good, the record has the one that is set. */
	write_file("/proc/self/loginuid", "1009");
	ASSERT_EQ(0, prctl(PR_SET_KEEPCAPS, 1));
	ASSERT_EQ(0, setresgid(2001, 2002, 2003));
	ASSERT_EQ(2002, setfsgid(2004));
	ASSERT_EQ(0, setresuid(1001, 1002, 1003));
	ASSERT_EQ(0, only_caps(~0ULL));
	ASSERT_EQ(1002, setfsuid(1004));
	ASSERT_EQ(-EBADF, set_exe(-1));
	record = read_record(self->sock, 0);
	EXPECT_ID(getpid(), record, "pid");
	EXPECT_ID(getppid(), record, "ppid");
	EXPECT_ID(proc_id("/proc/self/loginuid"), record, "auid");
	EXPECT_ID(proc_id("/proc/self/sessionid"), record, "ses");
	EXPECT_ID(1001, record, "uid");
	EXPECT_ID(1002, record, "euid");
	EXPECT_ID(1003, record, "suid");
	EXPECT_ID(1004, record, "fsuid");
	EXPECT_ID(2001, record, "gid");
	EXPECT_ID(2002, record, "egid");
	EXPECT_ID(2003, record, "sgid");
	EXPECT_ID(2004, record, "fsgid");
}

/* The time, by the clock that audit reads. */
static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* The time of a record, or -1. */
static long long record_time(const char *record)
{
	long long secs;
	unsigned int ms;

	if (sscanf(record, "audit(%lld.%3u:", &secs, &ms) != 2)
		return -1;
	return secs * 1000 + ms;
}

/* W2: the time of an event lies between the start and the end of the call */
TEST_F(audit, time)
{
	long long begun, ended, time;

	begun = milliseconds();
	ASSERT_EQ(-EBADF, set_exe(-1));
	ended = milliseconds();
	time = record_time(read_record(self->sock, getpid()));
	EXPECT_LE(begun, time);
	EXPECT_GE(ended, time);
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_AUDITING | USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
