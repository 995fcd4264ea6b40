// SPDX-License-Identifier: GPL-2.0
/* The mappings of a task that is restored. */
#include "../areas.h"
#include "replay.h"

#define TEXT		TASK
#define DATA		(TASK + 2 * PAGE)
#define HEAP		(TASK + 4 * PAGE)
#define STACK		(TASK + 12 * PAGE)
#define PAGES		14

static const char arguments[] = "replayed\0task";
static const char environment[] = "REPLAYED=yes";

void map_at(unsigned long addr, unsigned int pages, int prot, int flags, int fd)
{
	void *at = mmap((void *)addr, pages * PAGE, prot, MAP_PRIVATE | MAP_FIXED | flags |
			(fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (at == MAP_FAILED)
		fail("cannot map memory at 0x%lx: %s", addr, answer(-errno));
}

void map_task(struct prctl_mm_map *map, int exe)
{
	void *free_range = mmap((void *)TASK, PAGES * PAGE, PROT_NONE, MAP_PRIVATE |
				MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (free_range != (void *)TASK)
		skip("the address space at 0x%lx is in use", TASK);
	map_at(TEXT, 1, PROT_READ | PROT_EXEC, 0, exe);
	map_at(DATA, 1, PROT_READ | PROT_WRITE, 0, exe);
	map_at(HEAP, 2, PROT_READ | PROT_WRITE, 0, -1);
	if (map_stack_area(STACK, 2 * PAGE, PROT_READ | PROT_WRITE) == MAP_FAILED)
		fail("cannot map a stack at 0x%lx: %s", STACK, answer(-errno));
	memcpy((void *)(STACK + PAGE), arguments, sizeof(arguments));
	memcpy((void *)(STACK + PAGE + 256), environment, sizeof(environment));
	*map = (struct prctl_mm_map) {
		.start_code = TEXT,
		.end_code = TEXT + PAGE,
		.start_data = DATA + 16,
		.end_data = DATA + PAGE - 16,
		.start_brk = HEAP,
		.brk = HEAP + 2 * PAGE,
		.start_stack = STACK + PAGE - 64,
		.arg_start = STACK + PAGE,
		.arg_end = STACK + PAGE + sizeof(arguments),
		.env_start = STACK + PAGE + 256,
		.env_end = STACK + PAGE + 256 + sizeof(environment),
		.exe_fd = -1,
	};
}

void check_task(const struct prctl_mm_map *map)
{
	check_bounds(map);
	check_file("/proc/self/cmdline", arguments, sizeof(arguments));
	check_file("/proc/self/environ", environment, sizeof(environment));
}
