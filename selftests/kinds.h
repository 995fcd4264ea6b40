/* SPDX-License-Identifier: GPL-2.0 */
/* An arena with an area under test, of each kind that there is. */
#ifndef KINDS_H
#define KINDS_H

#include <fcntl.h>
#include <stdbool.h>
#include "areas.h"
#include "room.h"

#define PROT_RW	(PROT_READ | PROT_WRITE)
#define PROT_RX	(PROT_READ | PROT_EXEC)

/*
 * Pages of the arena: something mapped, a hole, the area under test, a hole,
 * something mapped again, which is what find_vma() finds above the hole.
 */
#define AREA_PAGES	2
#define AREA		2
#define ABOVE		(AREA + AREA_PAGES + 1)
#define ARENA_PAGES	(ABOVE + 1)

/* Map it, with the holes. */
static inline bool make_arena(unsigned long *arena)
{
	char *at = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*arena = (unsigned long)at;
	return at != MAP_FAILED && !munmap(at + (AREA - 1) * PAGE, PAGE) &&
	       !munmap(at + (AREA + AREA_PAGES) * PAGE, PAGE);
}

static inline bool map_area(unsigned long at, size_t size, int prot, int flags, int fd)
{
	if (flags == MAP_SHARED)
		return map_shared_file(at, size, prot, fd) == (void *)at;
	return mmap((void *)at, size, prot, flags | MAP_FIXED, fd, 0) == (void *)at;
}

/* An area with nothing special, or one that grows as stacks do. */
static inline bool map_good(int prot, bool stack, unsigned long at, size_t size)
{
	return stack ? map_stack_area(at, size, prot) == (void *)at :
		       map_area(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* What an area may be, other than its protection. */
static const struct {
	const char *name;
	int flags;
	bool memfd, grows;
} kinds[] = {
	{ "private", MAP_PRIVATE | MAP_ANONYMOUS },
	{ "growing as stacks do", .grows = true },
	/* This one does not where they grow up; elsewhere it is the same. */
	{ "growing down", MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN },
	{ "shared", MAP_SHARED | MAP_ANONYMOUS },
	{ "private, of a file", MAP_PRIVATE },
	{ "shared, of a file", MAP_SHARED },
	{ "shared, of a memfd", MAP_SHARED, .memfd = true },
};

static inline bool kind_grows(unsigned int kind)
{
	return kinds[kind].grows || (kinds[kind].flags & MAP_GROWSDOWN && !stacks_grow_up());
}

/* A file that has lost its name, or one that never had one. */
static inline int new_file(bool memfd)
{
	char name[96];
	int fd;

	snprintf(name, sizeof(name), "%s/area.XXXXXX", room.files);
	fd = memfd ? (int)syscall(__NR_memfd_create, "area", 0) : mkstemp(name);
	if (fd >= 0 && !memfd)
		unlink(name);
	return fd < 0 || ftruncate(fd, AREA_PAGES * PAGE) ? -1 : fd;
}

/* The same file, opened to be read. */
static inline int reopen(int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_RDONLY | O_CLOEXEC);
}

/* The area under test. It needs NEED_FILES. */
static inline bool map_kind(unsigned int kind, unsigned long at, int prot)
{
	static int files[2] = { -1, -1 };
	int *fd = &files[kinds[kind].memfd];

	if (kinds[kind].grows)
		return map_good(prot, true, at, AREA_PAGES * PAGE);
	if (kinds[kind].flags & MAP_ANONYMOUS)
		return map_area(at, AREA_PAGES * PAGE, prot, kinds[kind].flags, -1);
	if (*fd < 0)
		*fd = new_file(kinds[kind].memfd);
	return *fd >= 0 && map_area(at, AREA_PAGES * PAGE, prot, kinds[kind].flags, *fd);
}

#endif /* KINDS_H */
