// SPDX-License-Identifier: GPL-2.0
/*
 * cost [CALLS]: not a test, but what a call of PR_SET_MM costs, and what changed with it, in
 * ticks of the time stamp counter, or in ns where there is none. A line each, with a tab
 * between: what is called, how it ends, the ticks. Where the counter counts instructions, as
 * under QEMU's -icount, these are instructions, the same each time.
 *
 * Of so many calls, or 1000, the one that took least is what counts: nothing interrupted it.
 * What takes the time itself is taken off.
 *
 * It changes only its own process and its children and makes no files. It does make some
 * thousand attempts to replace its executable: where auditing is on, each of them is in the
 * audit log. Exit codes: 0 all was measured, 1 something could not be, 2 wrong use.
 */
#include "prctl_set_mm.h"
#include "areas.h"
#include "by_hand.h"
#include "leave_exe.h"
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

static unsigned int calls = 1000;

static unsigned long long ticks(void)
{
#ifdef __x86_64__
	return __rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
#endif
}

/*
 * The least that any of them takes. The first is not counted: calls that take turns with two
 * values begin with the one that is not there.
 */
#define LEAST(statement) ({						\
	unsigned long long start__, took__, least__ = ~0ULL;		\
	unsigned int i__;						\
									\
	for (i__ = 0; i__ <= calls; i__++) {				\
		start__ = ticks();					\
		statement;						\
		took__ = ticks() - start__;				\
		if (i__ && took__ < least__)				\
			least__ = took__;				\
	}								\
	least__;							\
})

static unsigned long long nothing;

static void tell(const char *what, int result, unsigned long long took)
{
	printf("%s\t%s\t%llu\n", what, result ? strerrorname_np(-result) : "accepted",
	       took - nothing);
}

#define COST(what, call) do {						\
	int result__ = 0;						\
	unsigned long long took__ = LEAST(result__ = (call));		\
									\
	tell(what, result__, took__);					\
} while (0)

/* One line on stderr: an exit code. */
static int fail(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Two maps with no address in common, which each level allows. */
static bool make_maps(struct prctl_mm_map map[2])
{
	unsigned long code = (unsigned long)mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long data = (unsigned long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	read_map(&map[0]);
	map[1] = map[0];
	for (i = 0; i < 2; i++) {
		fill_bounds(&map[i], data + 8 * i, data + 1024 + 8 * i);
		map[i].start_code = code + 8 * i;
		map[i].end_code = code + 1024 + 8 * i;
	}
	return code != (unsigned long)MAP_FAILED && data != (unsigned long)MAP_FAILED;
}

/* Have at least so many areas, until free_areas(). */
static void *areas;
static size_t areas_size;

static bool make_areas(unsigned int count)
{
	unsigned int i;

	areas_size = count * PAGE;
	areas = mmap(NULL, areas_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	if (areas == MAP_FAILED)
		return false;
	for (i = 0; i < count; i += 2) {
		if (mprotect(areas + i * PAGE, PAGE, PROT_READ))
			return false;
	}
	return true;
}

static void free_areas(void)
{
	munmap(areas, areas_size);
}

#ifdef __x86_64__
/* What a 32-bit task passes. A 64-bit task can make its system call, too. */
static int set_map_of_32_bits(const struct prctl_mm_map *map)
{
	static struct {
		__u32	bounds[offsetof(struct prctl_mm_map, auxv) / sizeof(__u32)];
		__u32	auxv, auxv_size, exe_fd;
	} narrow;
	int result;

	memcpy(narrow.bounds, map, sizeof(narrow.bounds));
	narrow.exe_fd = -1;
	asm volatile("int $0x80" : "=a" (result)
		     : "0" (172), "b" (PR_SET_MM), "c" (PR_SET_MM_MAP),
		       "d" ((__u32)(unsigned long)&narrow), "S" (sizeof(narrow)), "D" (0)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* A kernel that has no such system calls sends a signal. */
static bool has_32_bit_calls(const struct prctl_mm_map *map)
{
	pid_t child = fork();
	int status = 1;

	if (!child)
		_exit(set_map_of_32_bits(map) && false);
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}
#endif

static int measure_bounds(void)
{
	const unsigned long stack = (unsigned long)__libc_stack_end & ~15UL;
	const unsigned int many[] = { 10, 1000, 50000 };
	struct prctl_mm_map map, maps[2];
	unsigned int n = 0, i;
	char what[64];

	read_map(&map);
	if (!make_maps(maps))
		return fail("cannot map memory");
	COST("START_STACK, another value", set_mm(PR_SET_MM_START_STACK, stack - 8 * (n++ & 1)));
	COST("START_STACK, below mmap_min_addr", set_mm(PR_SET_MM_START_STACK, 0));
	COST("START_BRK, another value",
	     set_mm(PR_SET_MM_START_BRK, map.start_brk + 8 * (n++ & 1)));
	COST("BRK, another value", set_mm(PR_SET_MM_BRK, map.brk - 8 * (n++ & 1)));
	for (i = 0; i < 3; i++) {
		if (!make_areas(many[i]))
			return fail("cannot have 50000 areas, see vm.max_map_count");
		snprintf(what, sizeof(what), "ARG_START, beside %u areas", many[i]);
		COST(what, set_mm(PR_SET_MM_ARG_START, map.arg_start - 8 * (n++ & 1)));
		free_areas();
	}

	COST("MAP, no vector, no executable", set_mm_map(&map));
#ifdef __x86_64__
	if (has_32_bit_calls(&map))
		COST("MAP, of a 32-bit task", set_map_of_32_bits(&map));
#endif
	COST("MAP, all addresses new", set_mm_map(&maps[n++ & 1]));
	set_mm_map(&maps[0]);
	COST("START_CODE, another value",
	     set_mm(PR_SET_MM_START_CODE, maps[0].start_code + 8 * (n++ & 1)));
	if (set_mm_map(&map))
		return fail("cannot put the map back");
	map.start_code = 0;
	COST("MAP, below mmap_min_addr", set_mm_map(&map));
	return 0;
}

static void measure_vectors(void)
{
	unsigned long vector[64] = { };
	struct prctl_mm_map map;

	COST("AUXV, 256 bytes", set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, 256, 0));
	COST("AUXV, empty", set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, 0, 0));
	COST("AUXV, too long", set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, PAGE, 0));
	COST("AUXV, unreadable", set_mm4(PR_SET_MM_AUXV, 0, 256, 0));
	read_map(&map);
	map.auxv = (void *)vector;
	map.auxv_size = 256;
	COST("MAP, a vector of 256 bytes", set_mm_map(&map));
	map.auxv = NULL;
	COST("MAP, no vector where there is its size", set_mm_map(&map));
}

/* So many calls, each in a process of its own with so many areas. False with a message. */
static bool measure_replaced(const char *what, unsigned int calls, unsigned int count, int fd,
			     bool by_map)
{
	struct { unsigned long long took; int result; bool done; } *shared;
	unsigned long long least = ~0ULL;
	int result = 0;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (shared != MAP_FAILED && calls--) {
		pid_t child;

		shared->done = false;
		child = fork();
		if (!child) {
			unsigned long long start;
			struct prctl_mm_map map;

			read_map(&map);
			map.exe_fd = fd;
			if (!make_areas(count) || leave_exe() <= 0)
				_exit(1);
			start = ticks();
			shared->result = by_map ? set_mm_map(&map) :
				set_mm(PR_SET_MM_EXE_FILE, fd);
			shared->took = ticks() - start;
			shared->done = true;
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child || !shared->done)
			break;
		result = shared->result;
		if (shared->took < least)
			least = shared->took;
	}
	if (shared == MAP_FAILED || !shared->done) {
		fail("cannot replace the executable in a child");
		return false;
	}
	munmap(shared, PAGE);
	tell(what, result, least);
	return true;
}

static int measure_exe(int fd, int other)
{
	COST("EXE_FILE, -1 (criu check)", set_mm(PR_SET_MM_EXE_FILE, -1));
	COST("EXE_FILE, the old one mapped", set_mm(PR_SET_MM_EXE_FILE, fd));
	if (!measure_replaced("EXE_FILE, replaced, 10 areas", 20, 10, other, false) ||
	    !measure_replaced("EXE_FILE, replaced, 1000 areas", 20, 1000, other, false) ||
	    !measure_replaced("EXE_FILE, replaced, 60000 areas", 1, 60000, other, false) ||
	    !measure_replaced("MAP, with an executable", 20, 10, other, true))
		return 1;
	if (leave_exe() <= 0)
		return fail("cannot leave the executable");
	COST("EXE_FILE, a second time", set_mm(PR_SET_MM_EXE_FILE, other));
	return 0;
}

/* What reads what PR_SET_MM changes. */
static int measure_readers(void)
{
	static const char *const names[] = { "auxv", "stat", "cmdline", "status" };
	unsigned long long least = ~0ULL;
	char buf[4096], what[64];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		ssize_t got = 0;
		int fd;

		snprintf(what, sizeof(what), "/proc/self/%s", names[i]);
		fd = open(what, O_RDONLY | O_CLOEXEC);
		COST(what, (got = pread(fd, buf, sizeof(buf), 0)) < 0 ? -errno : 0);
		close(fd);
		if (got < 0)
			return fail(what);
	}

	for (i = 0; i < 200; i++) {
		unsigned long long start = ticks(), took;
		pid_t child = syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);

		took = ticks() - start;
		if (!child)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			return fail("cannot fork");
		if (took < least)
			least = took;
	}
	tell("fork", 0, least);
	return 0;
}

static int measure(int fd, int other)
{
	nothing = LEAST((void)0);
	COST("prctl(PR_GET_DUMPABLE)", syscall(__NR_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) < 0);
	if (measure_bounds())
		return 1;
	measure_vectors();
	COST("MAP_SIZE", set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&(unsigned int){ 0 }));
	return measure_readers() ?: measure_exe(fd, other);
}

int main(int argc, char **argv)
{
	bool have_stdout = clean_start();
	const char *name;
	int fd, other, code;

	if (argc == 2 && strspn(argv[1], "0123456789") == strlen(argv[1]) && strlen(argv[1]) < 8)
		calls = atoi(argv[1]);
	else if (argc != 1)
		calls = 0;
	if (!calls) {
		fprintf(stderr, "usage: cost [CALLS], a number from 1 to 9999999\n");
		return 2;
	}
	errno = EBADF;
	if (!have_stdout)
		return fail("cannot write to stdout");
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("cannot open /proc/self/exe");
	other = open_other_exe(&name);
	if (other < 0)
		return fail("there is no other file to become the executable");
	code = measure(fd, other);
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write to stdout");
	return code;
}
