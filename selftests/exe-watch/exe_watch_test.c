// SPDX-License-Identifier: GPL-2.0
/* The tool exe-watch: what a snapshot shows, and how it is used. SOAK=1 makes the race long. */
#define _FILE_OFFSET_BITS 64
#include "../harness.h"
#include "common.h"
#include "hostile.h"
#include "snapshot_fixture.h"

/* The hostile names as the table has them. */
static const char table_comm[] = "a\\n\"\\e[31m\\\\\\040b=\\377";
static const char table_name[] =
	"x\" reason=none result=0\\n\\t\\e[2J\\\\\\\\\\001\\177\\377\\303\\251";

#define CHILDREN	300

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

int main(int argc, char **argv)
{
	find_program();
	if (argc == 3 && !strcmp(argv[1], "--again"))
		run_again_and_again(argv[2]);
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
