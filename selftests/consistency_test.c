// SPDX-License-Identifier: GPL-2.0
/*
 * Readers beside a thread that swaps the whole map: each sees one map. A test takes a
 * second or two; SOAK=1 makes it a million rounds.
 */
#include "harness.h"
#include "two_maps.h"

#define MILLION	1000000

FIXTURE(consistency) {
	struct two_maps two;
	struct rounds rounds;
	pthread_t writer;
};

FIXTURE_SETUP(consistency)
{
	REQUIRE(NEED_FREE_MAP);
	ASSERT_EQ(0, make_two_maps(&self->two));
	ASSERT_EQ(0, pthread_create(&self->writer, NULL, swap_maps, &self->two));
}

FIXTURE_TEARDOWN(consistency)
{
	__atomic_store_n(&self->two.stop, true, __ATOMIC_RELAXED);
	pthread_join(self->writer, NULL);
	EXPECT_FALSE(self->two.failed);
	EXPECT_EQ(0, self->rounds.torn);
	TH_LOG("%lu rounds, %lu calls: %lu times map 0, %lu times map 1, %lu times both",
	       self->rounds.done, self->two.calls, self->rounds.seen[0],
	       self->rounds.seen[1], self->rounds.torn);
}

/* What this process has for good: the number of a map, or 2 to 4 for what is torn. */
static int look_at_own_map(const struct two_maps *two)
{
	unsigned long bounds[PR_SET_MM_ENV_END + 1];
	char auxv[AUXV_SIZE];
	int of_bounds, of_auxv;

	read_bounds("/proc/self/stat", bounds);
	of_bounds = which_bounds(two, bounds);
	of_auxv = which_auxv(two, auxv, show_auxv(auxv));
	if (of_bounds < 0)
		return 2;
	if (of_auxv < 0)
		return 3;
	return of_bounds == of_auxv ? of_bounds : 4;
}

/* R1: a child of fork(2) has the bounds and the vector of one map */
TEST_F(consistency, fork)
{
	unsigned int torn[5] = { };
	int got;
	pid_t pid;

	while (another_round(&self->rounds, 2, 400, MILLION)) {
		pid = start_child();
		if (!pid)
			_exit(look_at_own_map(&self->two));
		got = wait_child(pid);
		ASSERT_TRUE(WIFEXITED(got) && WEXITSTATUS(got) <= 4);
		torn[WEXITSTATUS(got)]++;
		count_seen(&self->rounds, WEXITSTATUS(got) < 2 ? WEXITSTATUS(got) : -1);
	}
	if (self->rounds.torn)
		TH_LOG("torn: %u times the bounds, %u the vector, %u one from the other",
		       torn[2], torn[3], torn[4]);
}

/* R1: a fork beside AUXV, which does not wait for mmap_lock as MAP does */
TEST_F(consistency, fork_and_auxv)
{
	char auxv[AUXV_SIZE];
	int which;
	pid_t pid;

	REQUIRE(NEED_PRIVILEGE);
	self->two.only_auxv = true;
	while (another_round(&self->rounds, 2, 400, MILLION)) {
		pid = start_child();
		if (!pid) {
			which = which_auxv(&self->two, auxv, show_auxv(auxv));
			_exit(which < 0 ? 2 : which);
		}
		which = wait_child(pid);
		ASSERT_TRUE(WIFEXITED(which));
		count_seen(&self->rounds, WEXITSTATUS(which) < 2 ? WEXITSTATUS(which) : -1);
	}
}

/* R2: a line of /proc/PID/stat */
TEST_F(consistency, stat)
{
	unsigned long bounds[PR_SET_MM_ENV_END + 1];

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		read_bounds("/proc/self/stat", bounds);
		count_seen(&self->rounds, which_bounds(&self->two, bounds));
	}
}

/* R2: the size of the text in /proc/PID/statm, the end of the code less its start */
TEST_F(consistency, statm)
{
	char line[128];
	unsigned long text;

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		read_file("/proc/self/statm", line, sizeof(line) - 1);
		if (sscanf(line, "%*u %*u %*u %lu", &text) != 1)
			text = 0;
		count_seen(&self->rounds, text == 1 ? 0 : text == 2 ? 1 : -1);
	}
}

/* R2 X4: one read of /proc/PID/auxv */
TEST_F(consistency, auxv)
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	char auxv[AUXV_SIZE];
	ssize_t size;

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		size = pread(fd, auxv, sizeof(auxv), 0);
		ASSERT_GT(size, 0);
		count_seen(&self->rounds, which_auxv(&self->two, auxv, size));
	}
}

/* R2 X4: PR_GET_AUXV, which copies the kernel's vector at its full length */
TEST_F(consistency, get_auxv)
{
	char auxv[AUXV_SIZE];
	int size;

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		size = syscall(__NR_prctl, PR_GET_AUXV, auxv, sizeof(auxv), 0, 0);
		if (size < 0 && errno == EINVAL)
			SKIP(return, "the kernel has no PR_GET_AUXV");
		ASSERT_GT(size, 0);
		count_seen(&self->rounds, which_of(self->two.auxv[0], self->two.auxv[1],
						   auxv, size));
	}
}

/* R2: one read of /proc/PID/cmdline */
TEST_F(consistency, cmdline)
{
	char text[TEXT_SIZE];

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		read_file("/proc/self/cmdline", text, sizeof(text));
		count_seen(&self->rounds, which_of(self->two.text[0], self->two.text[1],
						   text, sizeof(text)));
	}
}

/* R2: one read of /proc/PID/environ */
TEST_F(consistency, environ)
{
	char text[TEXT_SIZE];
	unsigned int i;

	while (another_round(&self->rounds, 1, 1000, MILLION)) {
		read_file("/proc/self/environ", text, sizeof(text));
		for (i = 0; i < 2; i++) {
			if (strlen(text) == ENV_SIZE(i) &&
			    !memcmp(text, self->two.text[i], ENV_SIZE(i)))
				break;
		}
		count_seen(&self->rounds, i < 2 ? (int)i : -1);
	}
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
