// SPDX-License-Identifier: GPL-2.0
/* The tool exe-watch: what --follow tells of each attempt. */
#define _FILE_OFFSET_BITS 64
#include "../harness.h"
#include "hostile.h"
#include "tool.h"

FIXTURE(follow) {
	struct tool t;
};

FIXTURE_SETUP(follow)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_EVENTS | NEED_INITIAL_PIDS);
	SKIP_IF(why_no_tool());
	ASSERT_TRUE(begin(&self->t));
}

FIXTURE_TEARDOWN(follow)
{
	EXPECT_EQ(0, end(&self->t));
}

/* The next line, without the time that it begins with, which is @length long. */
static const char *without_time(char **lines, size_t length)
{
	char *line = *lines, *end = strchr(line, '\n');

	if (!end || (size_t)(end - line) < length)
		return "none";
	*end = '\0';
	*lines = end + 1;
	return line + length;
}

/* W1: attempts are told as they are made, and it ends after as many as were asked for */
TEST_F(follow, json)
{
	static char who[PATH_MAX + 128], want[2 * PATH_MAX];
	char exe[512], *lines;
	struct stat old, st;
	pid_t pid;
	int fd;

	ASSERT_EQ(0, stat("/proc/self/exe", &old));
	pid = follow("--follow", "--json", "-n", "2");
	ASSERT_GT(pid, 0);
	EXPECT_TRUE(has_instance(pid));

	snprintf(exe, sizeof(exe), "%s/%s", self->t.w.dir, HOSTILE_NAME);
	fd = make_exe(exe, 0755);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(0, prctl(PR_SET_NAME, HOSTILE_COMM));
	EXPECT_EQ(-EBADF, set_exe(-1));
	EXPECT_EQ(0, set_exe(fd));
	finish(&self->t, pid);
	EXPECT_EQ(0, self->t.code);
	EXPECT_FALSE(has_instance(pid));

	EXPECT_TRUE(is_plain(self->t.out));
	lines = self->t.out;
	snprintf(who, sizeof(who),
		 "\",\"pid\":%d,\"comm\":\"%s\",\"old\":\"%s\",\"old_dev\":\"%u:%u\",\"old_ino\":%llu",
		 getpid(), json_comm, kernel_path(room.program), major(old.st_dev),
		 minor(old.st_dev), (unsigned long long)old.st_ino);
	snprintf(want, sizeof(want),
		 "%s,\"new\":\"<none>\",\"new_dev\":\"0:0\",\"new_ino\":0,\"result\":%d,%s}",
		 who, -EBADF,
		 "\"errno\":\"EBADF\",\"reason\":\"not-open\",\"why\":\"the new file is not an open descriptor\"");
	EXPECT_STREQ(want, without_time(&lines, strlen("{\"time\":\"2038-01-19T03:14:07.000000Z")));
	snprintf(want, sizeof(want),
		 "%s,\"new\":\"%s/%s\",\"new_dev\":\"%u:%u\",\"new_ino\":%llu,\"result\":0,%s}",
		 who, kernel_path(self->t.w.dir), json_name, major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino, "\"errno\":null,\"reason\":null,\"why\":null");
	EXPECT_STREQ(want, without_time(&lines, strlen("{\"time\":\"2038-01-19T03:14:07.000000Z")));
	EXPECT_STREQ("", lines);
}

/* W1: the same as text, which ends with a signal, and the instance with it */
TEST_F(follow, text)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	static char want[2 * PATH_MAX];
	char *lines;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		pid = follow("-f");
		ASSERT_GT(pid, 0);
		EXPECT_TRUE(has_instance(pid));
		EXPECT_EQ(-EBADF, set_exe(-1));
		/* There is no telling when it has read that but by what it writes. */
		do {
			usleep(1000);
			snprintf(want, sizeof(want), "%s/out", self->t.w.dir);
			read_file(want, self->t.out, OUT_SIZE - 1);
		} while (!self->t.out[0]);
		ASSERT_EQ(0, signal_child(pid, signals[i]));
		finish(&self->t, pid);
		EXPECT_EQ(0, self->t.code);
		EXPECT_FALSE(has_instance(pid));
		lines = self->t.out;
		snprintf(want, sizeof(want),
			 " %d \"%s\" \"%s\" -> \"<none>\" refused EBADF not-open: the new file is not an open descriptor",
			 getpid(), comm(), kernel_path(room.program));
		EXPECT_STREQ(want, without_time(&lines, strlen("2038-01-19T03:14:07.000000Z")));
		EXPECT_STREQ("", lines);
	}
}

/* W1: when it cannot keep up, it says how many events were lost */
TEST_F(follow, lost)
{
	char name[96], file[128], *lost;
	cpu_set_t one;
	pid_t pid;
	int i;

	/* Each processor has a buffer, and that of another one may lose nothing. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	pid = follow("--follow", "--json", "--count", "1");
	ASSERT_GT(pid, 0);
	ASSERT_TRUE(find_instance(pid, name));
	snprintf(file, sizeof(file), "%s/buffer_size_kb", name);
	ASSERT_EQ(0, write_at(room.tracing, file, "1"));
	ASSERT_EQ(0, signal_child(pid, SIGSTOP));
	ASSERT_TRUE(wait_child_stopped(pid));
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(-EBADF, set_exe(-1));
	ASSERT_EQ(0, signal_child(pid, SIGCONT));
	finish(&self->t, pid);
	EXPECT_EQ(0, self->t.code);
	lost = strstr(self->t.out, "\"lost\":");
	ASSERT_NE(NULL, lost) {
		TH_LOG("%s", self->t.out);
	}
	EXPECT_GT(atoi(lost + strlen("\"lost\":")), 0);
	EXPECT_NE(NULL, strstr(lost, "\"reason\":\"not-open\""));
}

/* W1: a user who may not follow is told what to do */
TEST_F(follow, other_user)
{
	SKIP_IF(why_not_for_nobody());
	run_as_user(NOBODY, "--follow");
	EXPECT_EQ(3, self->t.code);
	EXPECT_STREQ("", self->t.out);
	EXPECT_NE(NULL, strstr(self->t.err, "run it as root"));
}

int main(int argc, char **argv)
{
	begin_tests(argv, USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
