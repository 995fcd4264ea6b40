/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory areas that are made in another way where stacks grow up, or where a shared page may
 * not lie at any address because the cache goes by it.
 */
#ifndef AREAS_H
#define AREAS_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* On the stack that the kernel made, whatever PR_SET_MM has said of it since. */
extern void *__libc_stack_end;

/* It begins with what the kernel puts there first, as these random bytes. */
static inline int stacks_grow_up(void)
{
	return getauxval(AT_RANDOM) < (unsigned long)__libc_stack_end;
}

/* The end of that stack, which can grow there if stacks grow up; 0 if it is not found. */
static inline unsigned long end_of_stack(void)
{
	const unsigned long inside = (unsigned long)__libc_stack_end;
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end, found = 0;
	char line[512];

	while (maps && !found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start <= inside && inside < end)
			found = end;
	}
	if (maps)
		fclose(maps);
	return found;
}

/*
 * An area that grows as stacks do, at @at, in whose place nothing stays, or anywhere if that
 * is 0. Returns what mmap(2) does, which has no flag for one that grows up; but a part of the
 * stack remains one where it is moved to.
 */
static inline void *map_stack_area(unsigned long at, size_t size, int prot)
{
	unsigned long end;
	void *area;

	if (!at) {
		area = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED)
			return area;
		at = (unsigned long)area;
	}
	if (!stacks_grow_up())
		return mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
			    MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	end = end_of_stack();
	if (!end)
		return MAP_FAILED;
	*(char *)(end + size - 1) = 0;
	area = mremap((void *)end, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)at);
	return area == MAP_FAILED || mprotect(area, size, prot) ? MAP_FAILED : area;
}

#define MOST_COLOURS	(4UL << 20)

/*
 * How far apart two addresses are at which the same page of a file can be shared: a page, or
 * more where the cache goes by the address. 0 if that cannot be found out.
 */
static inline size_t cache_colour(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	int fd = syscall(__NR_memfd_create, "colour", 0);
	char *at = mmap(NULL, MOST_COLOURS + page, PROT_NONE, MAP_SHARED, fd, 0);
	size_t step, colour = 0;

	for (step = page; at != MAP_FAILED && !colour && step <= MOST_COLOURS; step *= 2) {
		if (mmap(at + step, page, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED)
			colour = step;
	}
	if (at != MAP_FAILED)
		munmap(at, MOST_COLOURS + page);
	close(fd);
	return colour;
}

/*
 * A shared area of a file at @at, in whose place nothing stays. Returns what mmap(2) does. It
 * begins with the first page of the file that may be there.
 */
static inline void *map_shared_file(unsigned long at, size_t size, int prot, int fd)
{
	void *area = mmap((void *)at, size, prot, MAP_SHARED | MAP_FIXED, fd, 0), *any;

	if (area != MAP_FAILED || errno != EINVAL)
		return area;
	any = mmap(NULL, size, PROT_NONE, MAP_SHARED, fd, 0);
	if (any == MAP_FAILED)
		return any;
	munmap(any, size);
	return mmap((void *)at, size, prot, MAP_SHARED | MAP_FIXED, fd,
		    (at - (unsigned long)any) % MOST_COLOURS);
}

#endif /* AREAS_H */
