// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test: calls PR_SET_MM in many ways and prints what each call answers, to
 * compare two kernels. A line is, with tabs between: the clause that judges the
 * call, the sub-option, what is special about it, the answer. Every call is made in
 * a fork, from the same state, so that no answer depends on the one before.
 *
 * probe                     all the ways, one by one
 * probe --random SEED N     N calls with random arguments, the same for a seed
 *
 * It changes nothing but its own processes: its files are on a filesystem that only it
 * can see, which disappears with it. On a kernel that audits, the attempts to replace
 * the executable are in the audit log. Exit codes: 0 all calls were answered, 1 one
 * could not be made or its answer not be written, 2 wrong use, 4 nothing to probe here.
 */
#include "../by_hand.h"
#include "probe.h"

/* Make what the calls need. */
static void prepare(void)
{
	mount_own_files();
	open_kinds();

	/* Areas are put there with MAP_FIXED, so nothing else may be there. */
	if (mmap((void *)ARENA, PAGES * PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)ARENA)
		fail("the address space at 0x%lx is in use, run this again", ARENA);
	munmap((void *)ARENA, PAGES * PAGE);
}

static bool is_number(const char *text, int base)
{
	char *end;

	errno = 0;
	strtoull(text, &end, base);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

int main(int argc, char **argv)
{
	bool random = argc == 4 && !strcmp(argv[1], "--random") &&
		      is_number(argv[2], 0) && is_number(argv[3], 0);

	if (argc != 1 && !random) {
		fprintf(stderr, "usage: probe [--random SEED N]\n");
		return 2;
	}
	main_pid = getpid();
	for_64_bit_kernel = kernel_is_64_bit();
	if (!clean_start()) {
		fprintf(stderr, "probe: stdout is closed\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare();
	if (try_bounds(ARENA, ARENA + PAGES * PAGE)) {
		fprintf(stderr, "probe: PR_SET_MM_MAP is refused: %s\n",
			"no root, no such call, or kernel.prctl_set_mm is 3");
		return 4;
	}
	if (random) {
		probe_at_random(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	} else {
		probe_arguments();
		probe_areas();
		probe_orders();
		probe_heap();
		probe_vectors();
		probe_executables();
		probe_maps();
	}
	if (fflush(stdout))
		fail("cannot write an answer");
	return 0;
}
