// SPDX-License-Identifier: GPL-2.0
/*
 * Core dumps beside a process that shares the memory map and swaps it: the notes of each
 * are of one map. A dump stops the threads of its own process, and no others.
 */
#include "harness.h"
#include "exe_files.h"
#include "short_memory.h"
#include "slabinfo.h"
#include "two_maps.h"
#include <dirent.h>
#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/procfs.h>

#define STACK_SIZE	(64 << 10)
#define MANY		40	/* dumps that have a whole vector */

FIXTURE(core) {
	struct two_maps two;
	struct rounds auxv, args;
	char dir[96];
	char dump[64 << 10];
	size_t size;		/* of the dump */
	char *stack[2];
	pid_t writer;
};

static int swap_until_killed(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	swap_maps(arg);
	return 0;
}

static int wait_for_signal(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

/* A process that shares the memory map, and is no thread of this one. */
static pid_t share_map(int (*run)(void *), void *arg, char *stack)
{
	return own_child(clone_on(run, stack, STACK_SIZE, CLONE_VM | SIGCHLD, arg));
}

FIXTURE_SETUP(core)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int i;

	REQUIRE(NEED_FILES | NEED_CORE | NEED_FREE_MAP);
	ASSERT_TRUE(make_dir(self->dir, "core"));
	ASSERT_EQ(0, chdir(self->dir));
	ASSERT_EQ(0, core_here());
	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &limit));
	/* No memory in it, only the notes. */
	ASSERT_EQ(0, write_file("/proc/self/coredump_filter", "0"));
	ASSERT_EQ(0, make_two_maps(&self->two));
	for (i = 0; i < 2; i++) {
		self->stack[i] = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ASSERT_NE(MAP_FAILED, self->stack[i]);
	}
	self->writer = share_map(swap_until_killed, &self->two, self->stack[0]);
}

FIXTURE_TEARDOWN(core)
{
	__atomic_store_n(&self->two.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, wait_child(self->writer));
	EXPECT_FALSE(self->two.failed);
	EXPECT_EQ(0, chdir("/"));
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* Read the only file in this folder and remove it: its size, or 0. */
static size_t take_file(char *to, size_t size)
{
	struct dirent *entry;
	ssize_t len = 0;
	DIR *dir = opendir(".");
	int fd;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = open(entry->d_name, O_RDONLY | O_CLOEXEC);
		len = read(fd, to, size);
		close(fd);
		unlink(entry->d_name);
		break;
	}
	if (dir)
		closedir(dir);
	return len < 0 ? 0 : len;
}

/* Where a header has what, for programs of 64 bits and of 32 bits. */
#define OF_64(at, at_32)	(sizeof(long) == 8 ? (at) : (at_32))
#define PROGRAMS		OF_64(32, 28)	/* of an ELF header */
#define PROGRAM_OFFSET		OF_64(8, 4)	/* of a program header */
#define PROGRAM_SIZE		OF_64(32, 16)

struct note {
	unsigned int name_size, size, type;
};

static unsigned long word_at(const char *at)
{
	unsigned long word;

	memcpy(&word, at, sizeof(word));
	return word;
}

#define ALIGNED(size)	(((size) + 3) & ~3UL)

/*
 * The contents of the first note of this type, and their size; NULL if there is none. The
 * first program header is that of the notes.
 */
static const char *find_note(const char *dump, size_t size, unsigned int type, size_t *len)
{
	const char *program = dump + word_at(dump + PROGRAMS);
	size_t at = word_at(program + PROGRAM_OFFSET);
	const size_t end = at + word_at(program + PROGRAM_SIZE);
	struct note note;

	while (at + sizeof(note) <= end && end <= size) {
		memcpy(&note, dump + at, sizeof(note));
		at += sizeof(note) + ALIGNED(note.name_size);
		if (note.type == type) {
			*len = note.size;
			return at + *len <= end ? dump + at : NULL;
		}
		at += ALIGNED(note.size);
	}
	return NULL;
}

/* Which vector is it, with an AT_NULL behind it and nothing more? */
static int which_note(const struct two_maps *two, const char *auxv, size_t size)
{
	static const unsigned long end[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		size_t length = two->map[i].auxv_size;

		if (size == length + sizeof(end) && !memcmp(auxv, two->vector[i], length) &&
		    !memcmp(auxv + length, end, sizeof(end)))
			return i;
	}
	return -1;
}

/* Which arguments are they? The note has room for their beginning. */
static int which_args(const struct two_maps *two, const prpsinfo_t *info)
{
	char want[sizeof(info->pr_psargs)];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memset(want, 0, sizeof(want));
		memcpy(want, two->text[i], sizeof(want) - 1);
		/* The end of an argument is a blank there. */
		if (strlen(want) < sizeof(want) - 1)
			want[strlen(want)] = ' ';
		if (!memcmp(info->pr_psargs, want, sizeof(want)))
			return i;
	}
	return -1;
}

/* R2: the vector and the arguments in a core dump */
TEST_F(core, notes)
{
	const long objects = objects_of(OWN_CACHE);
	const char *note;
	size_t len;
	int status;
	pid_t pid;

	while (another_round(&self->auxv, 1, 200, 20000)) {
		pid = share_map(wait_for_signal, NULL, self->stack[1]);
		ASSERT_EQ(0, signal_child(pid, SIGABRT));
		status = wait_child(pid);
		ASSERT_TRUE(WIFSIGNALED(status));
		if (!WCOREDUMP(status) && self->auxv.done == 1 &&
		    yes_or_no("PR_SET_MM_SERIES") != 1)
			SKIP(return, "the kernel dumps no core");
		ASSERT_TRUE(WCOREDUMP(status));
		self->size = take_file(self->dump, sizeof(self->dump));
		ASSERT_GT(self->size, PAGE / 4);

		note = find_note(self->dump, self->size, NT_AUXV, &len);
		ASSERT_NE(NULL, note);
		count_seen(&self->auxv, which_note(&self->two, note, len));

		note = find_note(self->dump, self->size, NT_PRPSINFO, &len);
		ASSERT_NE(NULL, note);
		ASSERT_EQ(sizeof(prpsinfo_t), len);
		count_seen(&self->args, which_args(&self->two, (const void *)note));
	}
	EXPECT_EQ(0, self->auxv.torn);
	EXPECT_EQ(0, self->args.torn);
	/* No dump keeps its copy. */
	EXPECT_GT(objects + 100, objects_of(OWN_CACHE));
	TH_LOG("%lu dumps, %lu calls", self->auxv.done, self->two.calls);
	TH_LOG("vectors: %lu times 0, %lu times 1, %lu times both", self->auxv.seen[0],
	       self->auxv.seen[1], self->auxv.torn);
	TH_LOG("arguments: %lu times 0, %lu times 1, %lu times both", self->args.seen[0],
	       self->args.seen[1], self->args.torn);
}

/* A vector of one pair: how many bytes the kernel shows of it, or 0. */
static size_t set_short_vector(void)
{
	static const __u64 wide[] = { 0x11, 0x22 };
	static const __u32 narrow[] = { 0x11, 0x22 };
	char auxv[AUXV_SIZE];

	if (kernel_is_64_bit() ?
	    set_mm4(PR_SET_MM_AUXV, (unsigned long)wide, sizeof(wide), 0) :
	    set_mm4(PR_SET_MM_AUXV, (unsigned long)narrow, sizeof(narrow), 0))
		return 0;
	return show_auxv(auxv);
}

/* X3: what a dump was copied to is zero again when a call uses it next */
TEST_F(core, copy_is_cleared)
{
	cpu_set_t one;
	unsigned int i;
	int status;
	pid_t pid;

	REQUIRE(NEED_PRIVILEGE);
	/* The memory that was freed last is used first on that processor. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	for (i = 0; i < 20; i++) {
		pid = start_child();
		if (!pid)
			raise(SIGABRT);
		status = wait_child(pid);
		ASSERT_TRUE(WIFSIGNALED(status));
		take_file(self->dump, sizeof(self->dump));
		pid = start_child();
		if (!pid)
			_exit(set_short_vector() != (kernel_is_64_bit() ? 32 : 16));
		ASSERT_EQ(0, wait_child(pid));
	}
}

/* R2: without memory a dump is none at all, or has a whole vector */
TEST_F(core, short_memory)
{
	unsigned int nth, whole = 0, none = 0;
	const char *note;
	size_t len;
	int status;
	pid_t pid;

	REQUIRE(NEED_FAILURES);
	ASSERT_EQ(0, allow_failures());
	/*
	 * The last ones meet no failure: a dump makes fewer allocations than that. With
	 * auditing on, records of the signal come before them.
	 */
	for (nth = 1; whole < MANY && nth < 500; nth++) {
		pid = start_child();
		if (!pid) {
			start_failing(nth);
			raise(SIGABRT);
		}
		status = wait_child(pid);
		ASSERT_TRUE(WIFSIGNALED(status));
		self->size = take_file(self->dump, sizeof(self->dump));
		note = self->size ? find_note(self->dump, self->size, NT_AUXV, &len) : NULL;
		if (!note) {
			none++;
			whole = 0;
			continue;
		}
		whole++;
		EXPECT_LE(0, which_note(&self->two, note, len));
	}
	EXPECT_EQ(MANY, whole);
	EXPECT_LE(2, none);
	TH_LOG("%u dumps failed for want of memory", none);
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_CORE | CHANGES_FAILSLAB, why_no_series);
	return test_harness_run(argc, argv);
}
