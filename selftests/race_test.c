// SPDX-License-Identifier: GPL-2.0
/* Writers, readers, mappers and forks at once. SOAK=1 makes each race long. */
#include "harness.h"
#include "areas.h"
#include "exe_files.h"
#include "leave_exe.h"
#include "policy.h"
#include "two_maps.h"

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
	if (get_policy() != base_level)
		EXPECT_EQ(0, set_policy(base_level));
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* One call of two that begin at the same moment. */
struct call {
	pthread_barrier_t *start;
	long (*make)(const struct call *call);
	unsigned int option;
	unsigned long addr;
	const struct prctl_mm_map *map;
	long result;
};

static long set_bound(const struct call *call)
{
	return set_mm(call->option, call->addr);
}

static long set_map(const struct call *call)
{
	return set_mm_map(call->map);
}

static long call_brk(const struct call *call)
{
	return syscall(__NR_brk, call->addr);
}

static void *make_call(void *arg)
{
	struct call *call = arg;

	pthread_barrier_wait(call->start);
	call->result = call->make(call);
	return NULL;
}

static bool make_both(struct call call[2])
{
	pthread_barrier_t start;
	pthread_t threads[2];
	int i, error = 0;

	pthread_barrier_init(&start, NULL, 2);
	for (i = 0; i < 2; i++) {
		call[i].start = &start;
		error |= patient_pthread_create(&threads[i], NULL, make_call, &call[i]);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return !error;
}

/*
 * G6: one writer wants a start above the end that another one wants. The
 * second one is refused, so a pair is never inverted.
 */
TEST_F(race, two_writers_of_a_pair)
{
	unsigned long low, high;
	int rounds = ROUNDS;
	char *stack;

	REQUIRE(NEED_FREE_MAP);
	stack = map_stack_area(0, 2 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, stack);
	low = (unsigned long)stack;
	high = low + PAGE;

	while (rounds--) {
		struct call call[2] = {
			{ .make = set_bound, .option = PR_SET_MM_ARG_START, .addr = low + 64 },
			{ .make = set_bound, .option = PR_SET_MM_ARG_END, .addr = low + 32 },
		};

		ASSERT_EQ(0, spread_bounds(low, high));
		ASSERT_TRUE(make_both(call));
		ASSERT_EQ(-EINVAL, call[0].result + call[1].result);
		ASSERT_LE(read_bound(PR_SET_MM_ARG_START), read_bound(PR_SET_MM_ARG_END));
	}
}

/* An empty heap, as a map, where nobody has mapped anything. */
static void make_heap(struct prctl_mm_map *map)
{
	read_map(map);
	map->start_data = 0x30000000;
	map->end_data = map->start_data + PAGE;
	map->start_brk = map->end_data + PAGE;
	map->brk = map->start_brk;
}

static unsigned long brk_at(unsigned long addr)
{
	return syscall(__NR_brk, addr);
}

/*
 * G6: START_BRK wants the end of the heap, and brk(2) wants to move that down. Only one of
 * the two gets it.
 */
TEST_F(race, start_brk_and_brk)
{
	struct prctl_mm_map map;
	unsigned long low, high;
	int rounds = ROUNDS, first = 0;

	REQUIRE(NEED_FREE_MAP);
	make_heap(&map);
	low = map.brk;
	high = low + PAGE;
	ASSERT_EQ(0, set_mm_map(&map));
	ASSERT_EQ(high, brk_at(high));
	EXPECT_BOUND(PR_SET_MM_START_BRK, high);
	if (brk_at(low) == low)
		SKIP(return, "brk(2) goes below the start of the heap on this kernel");

	while (rounds--) {
		struct call call[2] = {
			{ .make = set_bound, .option = PR_SET_MM_START_BRK, .addr = high },
			{ .make = call_brk, .addr = low },
		};

		ASSERT_EQ(0, set_mm(PR_SET_MM_START_BRK, low));
		ASSERT_EQ(high, brk_at(high));
		ASSERT_TRUE(make_both(call));
		/* The result of brk(2) is where the heap ends. */
		ASSERT_EQ(call[0].result ? low : high, (unsigned long)call[1].result);
		ASSERT_EQ((unsigned long)call[1].result, brk_at(0));
		first += !call[0].result;
	}
	TH_LOG("START_BRK was first in %d of %d", first, ROUNDS);
}

/* G6 B3: MAP moves the heap while brk(2) lets it grow: one is before the other */
TEST_F(race, map_and_brk)
{
	struct prctl_mm_map map[2];
	unsigned long low, high;
	int rounds = ROUNDS, first = 0;

	REQUIRE(NEED_FREE_MAP);
	make_heap(&map[0]);
	low = map[0].brk;
	high = low + PAGE;
	map[1] = map[0];
	/* brk(2) must not go below the start, or on some kernels below the data. */
	map[1].end_data += 8 * PAGE;
	map[1].start_brk += 8 * PAGE;
	map[1].brk += 8 * PAGE;

	while (rounds--) {
		struct call call[2] = {
			{ .make = set_map, .map = &map[1] },
			{ .make = call_brk, .addr = high },
		};

		munmap((void *)low, PAGE);
		ASSERT_EQ(0, set_mm_map(&map[0]));
		ASSERT_TRUE(make_both(call));
		ASSERT_EQ(0, call[0].result);
		if (call[1].result != (long)map[1].brk)
			ASSERT_EQ(high, (unsigned long)call[1].result);
		ASSERT_EQ(map[1].brk, brk_at(0));
		first += call[1].result == (long)map[1].brk;
	}
	TH_LOG("MAP was first in %d of %d", first, ROUNDS);
}

/*
 * G6: MAP swaps a map with data and no heap for one with a heap and no data. Half of each
 * would be too much for the limit. So a bound that stays as it is meets one of the two.
 */
TEST_F(race, bound_and_map)
{
	const unsigned long size = 256UL << 20;
	struct rlimit limit = { size + PAGE, RLIM_INFINITY };
	unsigned int rounds = ROUNDS * 4;
	struct two_maps two = { };
	struct prctl_mm_map *map = two.map;
	pthread_t thread;

	REQUIRE(NEED_FREE_MAP);
	read_map(&map[0]);
	map[0].start_data = 0x30000000;
	map[0].end_data = map[0].start_data + size;
	map[0].start_brk = map[0].end_data + PAGE;
	map[0].brk = map[0].start_brk;
	map[1] = map[0];
	map[1].end_data = map[1].start_data;
	map[1].start_brk = map[1].end_data + PAGE;
	map[1].brk = map[1].start_brk + size;
	ASSERT_EQ(0, set_mm_map(&map[0]));
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));

	ASSERT_EQ(0, patient_pthread_create(&thread, NULL, swap_maps, &two));
	while (rounds--) {
		if (set_mm(PR_SET_MM_START_STACK, map[0].start_stack))
			break;
	}
	__atomic_store_n(&two.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_EQ(-1U, rounds);
	EXPECT_FALSE(two.failed);
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
		/* Each round in a map of its own, whose executable can be replaced. */
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

/* L0: at level 0 both succeed, and the file of the first one is free again */
TEST_F(race, two_lax_switches)
{
	struct call call[2] = {
		{ .make = set_bound, .option = PR_SET_MM_EXE_FILE, .addr = self->fd[0] },
		{ .make = set_bound, .option = PR_SET_MM_EXE_FILE, .addr = self->fd[1] },
	};
	int rounds = ROUNDS, last;

	REQUIRE(NEED_LEVELS);
	ASSERT_EQ(0, set_policy(0));
	while (rounds--) {
		ASSERT_TRUE(make_both(call));
		ASSERT_EQ(0, call[0].result);
		ASSERT_EQ(0, call[1].result);
		last = exe_is(self->file[1]);
		ASSERT_TRUE(exe_is(self->file[last]));
		ASSERT_EQ(ETXTBSY, try_writing(self->file[last]));
		ASSERT_EQ(0, try_writing(self->file[!last]));
	}
}

/* E8: a fork while the link is replaced has one link or the other, and may replace */
TEST_F(race, fork_and_switch)
{
	int rounds = ROUNDS / 5, status;
	unsigned int early = 0, late = 0;
	pid_t pid, child;

	REQUIRE(NEED_FORK_MAY_REPLACE);
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
		map[i].auxv_size = i ? vector_size() / 32 * 16 : 32;
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
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
