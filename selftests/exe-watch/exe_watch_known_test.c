// SPDX-License-Identifier: GPL-2.0
/* The tool exe-watch: processes that are known, by --note and --known. */
#define _FILE_OFFSET_BITS 64
#include "../harness.h"
#include "snapshot_fixture.h"

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

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
