// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test: what a call of PR_SET_MM costs, in ticks of the time stamp counter, or
 * in ns where there is none. A line each, with a tab between: what is called, how it
 * ends, the ticks. Where the counter counts instructions, as under QEMU's -icount,
 * these are instructions, the same each time.
 *
 * Of many calls the one that took least is what counts: nothing interrupted it. What
 * takes the time itself is taken off.
 *
 * It changes only its own process and makes no files. It does make 3000 attempts to
 * replace its executable: where auditing is on, each of them is in the audit log. Exit
 * codes: 0 all was measured, 1 something could not be, 2 wrong use.
 */
#include "prctl_set_mm.h"
#include "by_hand.h"
#include "leave_exe.h"
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#define CALLS	1000

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

/* The least that many of them take. */
#define LEAST(statement) ({						\
	unsigned long long start__, took__, least__ = ~0ULL;		\
	unsigned int i__;						\
									\
	for (i__ = 0; i__ < CALLS; i__++) {				\
		start__ = ticks();					\
		statement;						\
		took__ = ticks() - start__;				\
		if (took__ < least__)					\
			least__ = took__;				\
	}								\
	least__;							\
})

static unsigned long long nothing;

#define COST(what, call) do {						\
	unsigned long long ticks__;					\
	int result__ = 0;						\
									\
	ticks__ = LEAST(result__ = (call)) - nothing;			\
	printf("%s\t%s\t%llu\n", what, result__ ?			\
	       strerrorname_np(-result__) : "accepted", ticks__); \
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

static int measure(int fd, int other)
{
	unsigned long stack = (unsigned long)&stack & ~7UL, vector[64] = { };
	struct prctl_mm_map map, maps[2];
	unsigned int size, n = 0;

	nothing = LEAST();
	read_map(&map);
	if (!make_maps(maps))
		return fail("cannot map memory");

	COST("prctl(PR_GET_DUMPABLE)", syscall(__NR_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) < 0);
	COST("START_STACK, another value", set_mm(PR_SET_MM_START_STACK, stack - 8 * (n++ & 1)));
	COST("START_STACK, below mmap_min_addr", set_mm(PR_SET_MM_START_STACK, 0));
	COST("AUXV, 256 bytes", set_mm4(PR_SET_MM_AUXV, (unsigned long)vector, 256, 0));
	COST("MAP_SIZE", set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
	COST("MAP, no vector, no executable", set_mm_map(&map));
	COST("MAP, all addresses new", set_mm_map(&maps[n++ & 1]));
	if (set_mm_map(&map))
		return fail("cannot put the map back");
	COST("EXE_FILE, -1 (criu check)", set_mm(PR_SET_MM_EXE_FILE, -1));
	COST("EXE_FILE, the old one mapped", set_mm(PR_SET_MM_EXE_FILE, fd));
	if (leave_exe() <= 0)
		return fail("cannot leave the executable");
	COST("EXE_FILE, a second time", set_mm(PR_SET_MM_EXE_FILE, other));
	return 0;
}

int main(int argc, char **argv)
{
	bool have_stdout = clean_start();
	const char *name;
	int fd, other, code;

	if (argc != 1) {
		fprintf(stderr, "usage: cost\n");
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
