// SPDX-License-Identifier: GPL-2.0
/* Writers, readers, mappers and forks at once. SOAK=1 makes each race long. */
#include "harness.h"
#include "exe_files.h"
#include "leave_exe.h"

#define ROUNDS	(getenv("SOAK") ? 20000 : 500)

FIXTURE(race) {
	char dir[96];
	char file[2][128];	/* that may be executed */
	int fd[2];
	char old[PATH_MAX];	/* the executable at the start */
	int old_fd;
};

FIXTURE_SETUP(race)
{
	ssize_t len;

	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(make_dir(self->dir, "race"));
	self->fd[0] = make_exe_in(self->dir, "0", self->file[0]);
	self->fd[1] = make_exe_in(self->dir, "1", self->file[1]);
	ASSERT_GE(self->fd[0], 0);
	ASSERT_GE(self->fd[1], 0);
	len = readlink("/proc/self/exe", self->old, sizeof(self->old) - 1);
	ASSERT_GT(len, 0);
	self->old[len] = '\0';
	self->old_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->old_fd, 0);
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(race)
{
	EXPECT_EQ(0, remove_dir(self->dir));
}

struct bound {
	pthread_barrier_t *start;
	unsigned int option;
	unsigned long addr;
	int result;
};

static void *set_bound(void *arg)
{
	struct bound *bound = arg;

	pthread_barrier_wait(bound->start);
	bound->result = set_mm(bound->option, bound->addr);
	return NULL;
}

/*
 * G6: one writer wants a start above the end that another one wants. Whoever is
 * second is refused, so a pair is never inverted.
 */
TEST_F(race, two_writers_of_a_pair)
{
	unsigned long low, high;
	int rounds = ROUNDS, i;
	char *stack;

	stack = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		     MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	ASSERT_NE(MAP_FAILED, stack);
	low = (unsigned long)stack;
	high = low + PAGE;

	while (rounds--) {
		struct bound bounds[2] = {
			{ .option = PR_SET_MM_ARG_START, .addr = low + 64 },
			{ .option = PR_SET_MM_ARG_END, .addr = low + 32 },
		};
		pthread_t threads[2];
		pthread_barrier_t start;

		ASSERT_EQ(0, spread_bounds(low, high));
		pthread_barrier_init(&start, NULL, 2);
		for (i = 0; i < 2; i++) {
			bounds[i].start = &start;
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, set_bound, &bounds[i]));
		}
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		pthread_barrier_destroy(&start);
		ASSERT_EQ(-EINVAL, bounds[0].result + bounds[1].result);
		ASSERT_LE(read_bound(PR_SET_MM_ARG_START), read_bound(PR_SET_MM_ARG_END));
	}
}

struct mapper {
	const char *old;
	int fd;
	int ready;
	int wrong;
	unsigned int held;
};

/*
 * Map the old executable. If the link is still the old one then, the mapping was
 * there before the switch, and no switch may happen as long as it is.
 */
static void *map_old(void *arg)
{
	struct mapper *mapper = arg;
	void *page;
	int i;

	while (exe_is(mapper->old)) {
		page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, mapper->fd, 0);
		if (exe_is(mapper->old)) {
			mapper->held++;
			for (i = 0; i < 20; i++)
				mapper->wrong |= !exe_is(mapper->old);
		}
		munmap(page, PAGE);
		__atomic_store_n(&mapper->ready, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* E3 E6: nobody maps the old executable between the look and the switch */
TEST_F(race, mapper_and_switch)
{
	int rounds = ROUNDS / 5, busy;
	pid_t pid;

	while (rounds--) {
		/* Each round in a map, and with a shot, of its own. */
		pid = start_child();
		if (!pid) {
			struct mapper mapper = { self->old, self->old_fd };
			pthread_t thread;
			int result;

			if (pthread_create(&thread, NULL, map_old, &mapper))
				_exit(2);
			while (!__atomic_load_n(&mapper.ready, __ATOMIC_ACQUIRE))
				;
			for (busy = 0; (result = set_exe(self->fd[0])) == -EBUSY;)
				busy++;
			pthread_join(thread, NULL);
			_exit(result ? 3 : mapper.wrong ? 4 : 0);
		}
		ASSERT_EQ(0, wait_child(pid));
	}
}

static void *switch_exe(void *arg)
{
	return (void *)(long)set_exe(*(int *)arg);
}

/* E8: a fork while the link is replaced has one link or the other, and a shot */
TEST_F(race, fork_and_switch)
{
	int rounds = ROUNDS / 5, status;
	unsigned int early = 0, late = 0;
	pid_t pid, child;

	REQUIRE(NEED_NEW_SHOT);
	while (rounds--) {
		pid = start_child();
		if (!pid) {
			pthread_t thread;
			void *result;

			if (pthread_create(&thread, NULL, switch_exe, &self->fd[0]))
				_exit(2);
			child = start_child();
			if (!child) {
				bool after = exe_is(self->file[0]);

				if (!after && !exe_is(self->old))
					_exit(3);
				if (set_exe(self->fd[1]) || !exe_is(self->file[1]))
					_exit(4);
				_exit(set_exe(self->fd[0]) == -EBUSY ? 10 + after : 5);
			}
			status = wait_child(child);
			pthread_join(thread, &result);
			_exit(result || !exe_is(self->file[0]) ? 6 : WEXITSTATUS(status));
		}
		status = wait_child(pid);
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_TRUE(WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 11);
		WEXITSTATUS(status) == 11 ? late++ : early++;
	}
	TH_LOG("%u forked before the switch, %u after it", early, late);
}

/* What a reader of another process may see of a title: one or the other, whole. */
static const char *const title[] = { "the first title", "2nd" };

/*
 * Swap the title, the vector and the bounds of this process until it or its parent
 * is killed. @begun is told when the first ones are there.
 */
static void swap_all(int begun)
{
	unsigned long full[64], i;
	struct prctl_mm_map map[2];
	char *memory;

	for (i = 0; i < 64; i++)
		full[i] = 0x1000 + i;
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < 2; i++) {
		size_t size = strlen(title[i]) + 1;
		char *text = memcpy(memory + 64 * i, title[i], size);

		read_map(&map[i]);
		map[i].arg_start = (unsigned long)text;
		map[i].arg_end = map[i].arg_start + size;
		map[i].env_start = map[i].arg_start;
		map[i].env_end = map[i].arg_end;
		map[i].auxv = (void *)full;
		map[i].auxv_size = i ? 256 : 32;
	}
	for (i = 0; !set_mm_map(&map[i % 2]); i++) {
		if (!i && write(begun, "", 1) != 1)
			break;
	}
	_exit(1);
}

/* G7 X4: every file of /proc that shows the fields, while they change */
TEST_F(race, readers)
{
	static const char *const files[] = { "cmdline", "environ", "auxv", "stat",
					     "status", "maps", "exe", "comm" };
	int rounds = ROUNDS / 5, status;
	char name[64], got[1 << 14];
	unsigned int i, seen[2] = { };
	size_t word = kernel_is_64_bit() ? 8 : 4;
	int begun[2], fd;
	ssize_t len;
	pid_t pid;

	ASSERT_EQ(0, pipe(begun));
	pid = start_child();
	if (!pid)
		swap_all(begun[1]);
	ASSERT_EQ(1, read(begun[0], got, 1));
	while (rounds--) {
		for (i = 0; i < ARRAY_SIZE(files); i++) {
			snprintf(name, sizeof(name), "/proc/%d/%s", pid, files[i]);
			if (!strcmp(files[i], "exe")) {
				ASSERT_GT(readlink(name, got, sizeof(got)), 0);
				continue;
			}
			fd = open(name, O_RDONLY);
			ASSERT_GE(fd, 0);
			memset(got, 0, sizeof(got));
			len = read(fd, got, sizeof(got) - 1);
			close(fd);
			ASSERT_GT(len, 0);
			if (!strcmp(files[i], "cmdline")) {
				ASSERT_TRUE(!strcmp(got, title[0]) || !strcmp(got, title[1]));
				seen[!strcmp(got, title[1])]++;
			}
			if (!strcmp(files[i], "auxv"))
				ASSERT_EQ(0, memcmp(got + len - 2 * word,
						    "\0\0\0\0\0\0\0\0", word));
		}
	}
	/* It is still at it: no call of it was refused. */
	ASSERT_EQ(0, signal_child(pid, SIGKILL));
	status = wait_child(pid);
	EXPECT_TRUE(WIFSIGNALED(status));
	TH_LOG("title 1 %u times, title 2 %u times", seen[0], seen[1]);
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
