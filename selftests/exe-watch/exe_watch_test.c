// SPDX-License-Identifier: GPL-2.0
/* The tool exe-watch. SOAK=1 makes the race long. */
#define _FILE_OFFSET_BITS 64
#include "../harness.h"
#include "common.h"
#include "tool.h"

/* The hostile names as the table, the lines of --follow, and JSON have them. */
static const char table_comm[] = "a\\n\"\\e[31m\\\\\\040b=\\377";
static const char table_name[] =
	"x\" reason=none result=0\\n\\t\\e[2J\\\\\\\\\\001\\177\\377\\303\\251";
static const char json_comm[] = "a\\u000a\\\"\\u001b[31m\\\\ b=\\ufffd";
static const char json_name[] =
	"x\\\" reason=none result=0\\u000a\\u0009\\u001b[2J\\\\\\\\\\u0001\\u007f\\ufffd\\u00e9";

#define CHILDREN	300

FIXTURE(snapshot) {
	struct tool t;
};

FIXTURE_SETUP(snapshot)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	SKIP_IF(why_no_tool());
	ASSERT_TRUE(begin(&self->t));
}

FIXTURE_TEARDOWN(snapshot)
{
	EXPECT_EQ(0, end(&self->t));
}

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

/* How many processes of the JSON array are children of this one. */
static unsigned int count_ours(const char *out)
{
	unsigned int count = 0;
	char label[32];

	snprintf(label, sizeof(label), "\"ppid\":%d,", getpid());
	while ((out = strstr(out, label))) {
		out += strlen(label);
		count++;
	}
	return count;
}

/* The line of a process in the JSON array, without the comma behind it. */
static const char *row(pid_t pid, const char *name, const char *exe)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "\n{\"pid\":%d,\"ppid\":%d,\"uid\":0,\"comm\":\"%s\",\"state\":\"replaced\",\"exe\":\"%s\"}",
		 pid, getpid(), name, exe);
	return text;
}

/* A child that does that and waits for its end; it has said so when this returns. */
static pid_t spawn(struct tool *t, void (*act)(struct tool *t))
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid = start_child();
	if (!pid) {
		act(t);
		if (write(ready[1], "", 1) != 1)
			_exit(0);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static void replace(struct tool *t)
{
	if (set_exe(t->w.fd))
		_exit(1);
}

static void do_nothing(struct tool *t)
{
}

/* W3: nothing but a header, and an empty array, of those that replaced nothing */
TEST_F(snapshot, nothing)
{
	ASSERT_GT(spawn(&self->t, do_nothing), 0);
	run("--json");
	EXPECT_EQ(0, count_ours(self->t.out));
	EXPECT_STREQ("", self->t.err);
	if (!strcmp(self->t.out, "[]\n"))
		EXPECT_EQ(0, self->t.code);
	run("--all");
	EXPECT_NE(NULL, strstr(self->t.out, " original "));
	EXPECT_STREQ("", self->t.err);
}

/* W3: of hundreds of processes, exactly those that replaced their executable */
TEST_F(snapshot, hundreds)
{
	pid_t pid[CHILDREN];
	unsigned int i, want = 0;

	for (i = 0; i < CHILDREN; i++) {
		pid[i] = spawn(&self->t, i % 3 ? do_nothing : replace);
		ASSERT_GT(pid[i], 0);
	}
	run("--json");
	EXPECT_EQ(1, self->t.code);
	EXPECT_STREQ("", self->t.err);
	for (i = 0; i < CHILDREN; i += 3, want++) {
		EXPECT_NE(NULL, strstr(self->t.out, row(pid[i], comm(), self->t.w.file))) {
			TH_LOG("%d is missing", pid[i]);
		}
	}
	EXPECT_EQ(want, count_ours(self->t.out));
}

/* Children that replace their executable and end, one after the other. */
static void end_again_and_again(struct tool *t)
{
	pid_t pid;

	if (start_child())
		return;
	do {
		pid = start_child();
		if (!pid) {
			replace(t);
			/* To be seen as well. */
			usleep(3000);
			_exit(0);
		}
	} while (!wait_child(pid));
	_exit(1);
}

/* The same process runs this program, replaces its executable, runs this program ... */
static void run_again_and_again(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (leave_exe() > 0 && !set_exe(fd)) {
		usleep(2000);
		execl(room.program, room.program, "--again", file, NULL);
	}
	_exit(1);
}

static pid_t start_again_and_again(struct tool *t)
{
	pid_t pid = start_child();

	if (pid)
		return pid;
	execl(room.program, room.program, "--again", t->w.file, NULL);
	_exit(1);
}

/* W3: processes that end, fork and execve(2) meanwhile are no error and no wrong row */
TEST_F(snapshot, meanwhile)
{
	int rounds = getenv("SOAK") ? 150 : 20, i;
	unsigned int seen = 0;
	char *line, *next;
	pid_t pid[4];

	for (i = 0; i < 2; i++)
		ASSERT_GT(spawn(&self->t, end_again_and_again), 0);
	for (i = 0; i < 4; i++)
		pid[i] = start_again_and_again(&self->t);
	while (rounds--) {
		run("--json");
		EXPECT_STREQ("", self->t.err);
		EXPECT_TRUE(self->t.code == 0 || self->t.code == 1);
		for (line = strchr(self->t.out, '\n'); line && line[1] == '{'; line = next) {
			next = strchr(line + 1, '\n');
			ASSERT_NE(NULL, next);
			*next = '\0';
			/* What was replaced does not run this program. */
			EXPECT_EQ(NULL, strstr(line, room.program)) {
				TH_LOG("%s", line);
			}
			seen += !!strstr(line, self->t.w.file);
			*next = '\n';
		}
	}
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(child_is_alive(pid[i]));
	TH_LOG("%u seen", seen);
}

static void replace_hostile(struct tool *t)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", t->w.dir, HOSTILE_NAME);
	if (set_exe(make_exe(name, 0755)) || prctl(PR_SET_NAME, HOSTILE_COMM))
		_exit(1);
}

/* Not a byte that a terminal or a reader of lines could take for something else. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return false;
	}
	return true;
}

/* W3: names forge no line of the table, and no JSON */
TEST_F(snapshot, hostile)
{
	char want[1024], exe[512];
	pid_t pid = spawn(&self->t, replace_hostile);

	ASSERT_GT(pid, 0);
	run("--all");
	EXPECT_TRUE(is_plain(self->t.out));
	snprintf(want, sizeof(want), "\n%7d %7d %10d replaced %s %s/%s\n", pid, getpid(), 0,
		 table_comm, self->t.w.dir, table_name);
	EXPECT_NE(NULL, strstr(self->t.out, want)) {
		TH_LOG("no %s", want);
	}
	run("--json");
	EXPECT_TRUE(is_plain(self->t.out));
	EXPECT_EQ(1, count_ours(self->t.out));
	snprintf(exe, sizeof(exe), "%s/%s", self->t.w.dir, json_name);
	EXPECT_NE(NULL, strstr(self->t.out, row(pid, json_comm, exe))) {
		TH_LOG("no %s", row(pid, json_comm, exe));
	}
}

/* W3: a user who may not read the link sees that it was replaced, and what is missing */
TEST_F(snapshot, other_user)
{
	char want[64];
	pid_t pid;

	SKIP_IF(why_not_for_nobody());
	pid = spawn(&self->t, replace);
	ASSERT_GT(pid, 0);
	run_as_user(NOBODY, "--json");
	EXPECT_EQ(1, self->t.code);
	snprintf(want, sizeof(want), "\n{\"pid\":%d,", pid);
	ASSERT_NE(NULL, strstr(self->t.out, want));
	EXPECT_NE(NULL, strstr(strstr(self->t.out, want), ",\"state\":\"replaced\",\"exe\":null}"));
	EXPECT_NE(NULL, strstr(self->t.err, "could not be read"));
}

static void *wait_for_end(void *arg)
{
	prctl(PR_SET_NAME, "thread");
	for (;;)
		pause();
	return arg;
}

/* The first thread ends when it is the one to wait, and leaves another. */
static void replace_and_hide(struct tool *t)
{
	static int ready;
	pthread_t thread;

	replace(t);
	if (pthread_create(&thread, NULL, wait_for_end, &ready))
		_exit(1);
}

/* W3: a process whose first thread has ended is no zombie to be left out */
TEST_F(snapshot, first_thread_ended)
{
	char path[64], text[256];
	int tries = 60000;
	pid_t pid;

	pid = start_child();
	if (!pid) {
		replace_and_hide(&self->t);
		syscall(__NR_exit, 0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		usleep(1000);
		read_file(path, text, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
	} while (!strstr(text, ") Z ") && --tries);
	ASSERT_GT(tries, 0);
	run("--json");
	EXPECT_NE(NULL, strstr(self->t.out, row(pid, comm(), self->t.w.file)));
	EXPECT_EQ(1, self->t.code);
}

static int other_exe;

/* On SIGUSR1 a child, on SIGUSR2 one that replaces its executable by another file. */
static void fork_another(int signal)
{
	if (start_child())
		return;
	if (signal == SIGUSR2 && set_exe(other_exe))
		_exit(1);
	pause();
	_exit(0);
}

static void replace_and_fork(struct tool *t)
{
	replace(t);
	signal(SIGUSR1, fork_another);
	signal(SIGUSR2, fork_another);
}

/* How many rows of the array have this parent and this state. */
static unsigned int count_rows(const char *out, pid_t parent, const char *state)
{
	char label[32], want[32];
	unsigned int count = 0;
	const char *end;

	snprintf(label, sizeof(label), "\"ppid\":%d,", parent);
	snprintf(want, sizeof(want), "\"state\":\"%s\"", state);
	while ((out = strstr(out, label))) {
		end = strchr(out, '\n');
		out = strstr(out, want);
		if (!out)
			break;
		count += out < end;
		out = end;
	}
	return count;
}

/* Until that many rows have this parent and state, with the options. */
static bool wait_for_rows(struct tool *t, const char *const *args, pid_t parent,
			  const char *state, unsigned int want)
{
	int tries = 200;

	do {
		finish(t, start(t, 0, -1, args));
		if (count_rows(t->out, parent, state) == want)
			return true;
		usleep(10000);
	} while (tries--);
	return false;
}

/* W3: what was noted does not count, nor what it forks, but for another executable */
TEST_F(snapshot, known)
{
	char file[128], other[128];
	const char *const look[] = { "--json", "--all", "--known", file, NULL };
	pid_t good, bad;
	char pid[16];

	snprintf(file, sizeof(file), "%s/known", self->t.w.dir);
	other_exe = make_exe_in(self->t.w.dir, "other", other);
	good = spawn(&self->t, replace_and_fork);
	bad = spawn(&self->t, replace);
	ASSERT_GT(good, 0);
	ASSERT_GT(bad, 0);
	snprintf(pid, sizeof(pid), "%d", good);

	/* Before there is a file, nothing is known. */
	run("--json", "--known", file);
	EXPECT_EQ(1, self->t.code);
	EXPECT_EQ(2, count_ours(self->t.out));
	run("--json", "--note", file, pid);
	EXPECT_EQ(0, self->t.code);
	EXPECT_STREQ("", self->t.err);
	EXPECT_EQ(1, count_ours(self->t.out));
	EXPECT_NE(NULL, strstr(self->t.out, row(good, comm(), self->t.w.file)));
	run("--json", "--known", file);
	EXPECT_EQ(1, self->t.code);
	EXPECT_EQ(1, count_ours(self->t.out));
	EXPECT_NE(NULL, strstr(self->t.out, row(bad, comm(), self->t.w.file)));
	signal_child(bad, SIGKILL);
	wait_child(bad);
	run("--json", "--known", file);
	EXPECT_EQ(0, count_ours(self->t.out));
	if (!strcmp(self->t.out, "[]\n"))
		EXPECT_EQ(0, self->t.code);
	run("--json", "--all", "--known", file);
	EXPECT_EQ(1, count_rows(self->t.out, getpid(), "known"));

	signal_child(good, SIGUSR1);
	EXPECT_TRUE(wait_for_rows(&self->t, look, good, "known", 1));
	EXPECT_EQ(0, count_rows(self->t.out, good, "replaced"));
	signal_child(good, SIGUSR2);
	EXPECT_TRUE(wait_for_rows(&self->t, look, good, "replaced", 1));
	EXPECT_EQ(1, self->t.code);
	EXPECT_EQ(1, count_rows(self->t.out, good, "known"));
	/* All of it: a tree, and then everything. */
	run("--note", file, pid);
	EXPECT_EQ(0, self->t.code);
	EXPECT_TRUE(wait_for_rows(&self->t, look, good, "known", 2));
	EXPECT_EQ(0, count_rows(self->t.out, good, "replaced"));
	bad = spawn(&self->t, replace);
	ASSERT_GT(bad, 0);
	run("--note", file);
	EXPECT_EQ(0, self->t.code);
	run("--known", file);
	EXPECT_EQ(0, self->t.code);
}

/* W3: of a file of known processes only that boot, start and executable count */
TEST_F(snapshot, known_file)
{
	static const char *const bad[] = { "x\n", "12 34\n", "\n" };
	char file[128], text[256], boot[64], *at, was;
	unsigned int i;

	snprintf(file, sizeof(file), "%s/known", self->t.w.dir);
	ASSERT_GT(spawn(&self->t, replace), 0);
	run("--note", file);
	EXPECT_EQ(0, self->t.code);
	read_file(file, text, sizeof(text) - 1);
	read_file("/proc/sys/kernel/random/boot_id", boot, sizeof(boot) - 1);
	ASSERT_EQ(0, strncmp(text, boot, 36));
	run("--json", "--known", file);
	EXPECT_EQ(0, count_ours(self->t.out));

	/* One number of the line after the other is another one. */
	for (at = text; at; at = strpbrk(at, " :")) {
		at += at != text;
		was = *at;
		*at = was == '1' ? '2' : '1';
		close(open_new(self->t.w.dir, "known"));
		ASSERT_EQ(0, write_file(file, text));
		run("--json", "--known", file);
		*at = was;
		EXPECT_EQ(1, count_ours(self->t.out)) {
			TH_LOG("%s", text);
		}
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		close(open_new(self->t.w.dir, "known"));
		ASSERT_EQ(0, write_file(file, bad[i]));
		run("--known", file);
		EXPECT_EQ(3, self->t.code);
		EXPECT_NE(NULL, strstr(self->t.err, "line 1 of "));
	}
	close(open_new(self->t.w.dir, "known"));
	ASSERT_EQ(0, chmod(file, 0620));
	run("--known", file);
	EXPECT_EQ(3, self->t.code);
	EXPECT_NE(NULL, strstr(self->t.err, "can be changed by other users"));
	/* It neither follows a link nor writes elsewhere. */
	run("--note", "/proc/self/known");
	EXPECT_EQ(3, self->t.code);
	run("--note", file, "2000000000");
	EXPECT_EQ(3, self->t.code);
	EXPECT_NE(NULL, strstr(self->t.err, "no process 2000000000"));
}

/* W3: what is no use of it ends with 2 and a line that says why */
TEST_F(snapshot, wrong_use)
{
	static const char *const bad[][4] = {
		{ "--known" }, { "--note" }, { "--note", "x", "0" }, { "--note", "x", "1x" },
		{ "--known", "x", "1" }, { "--follow", "--known", "x" },
		{ "--follow", "--note", "x" }, { "--note", "x", "--all" },
		{ "--nothing" }, { "-x" }, { "file" }, { "--count", "3" }, { "--count" },
		{ "--follow", "--count=0" }, { "--follow", "--count=3x" },
		{ "--follow", "--all" }, { "--json=3" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		finish(&self->t, start(&self->t, 0, -1, bad[i]));
		EXPECT_EQ(2, self->t.code);
		EXPECT_STREQ("", self->t.out);
		EXPECT_EQ(self->t.err + strlen(self->t.err) - 1, strchr(self->t.err, '\n'));
	}
	run("--help");
	EXPECT_EQ(0, self->t.code);
	EXPECT_STREQ("", self->t.err);
	run("--version");
	EXPECT_EQ(0, self->t.code);
	EXPECT_STREQ("exe-watch " VERSION "\n", self->t.out);
	EXPECT_STREQ("", self->t.err);
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
	find_program();
	if (argc == 3 && !strcmp(argv[1], "--again"))
		run_again_and_again(argv[2]);
	begin_tests(argv, USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
