/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of PR_SET_MM share. A comment of clause ids above a test names
 * what it proves; the clauses are those of Documentation/contract.md.
 */
#ifndef PRCTL_SET_MM_H
#define PRCTL_SET_MM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/prctl.h>

#include "../kselftest.h"

#ifndef PR_GET_AUXV	/* before 6.4 */
#define PR_GET_AUXV	0x41555856
#endif

#define PAGE	((unsigned long)sysconf(_SC_PAGESIZE))

/* The raw call, so that nothing in libc looks at the arguments: 0 or -errno. */
static inline int set_mm4(unsigned long option, unsigned long arg3,
			  unsigned long arg4, unsigned long arg5)
{
	return syscall(__NR_prctl, PR_SET_MM, option, arg3, arg4, arg5) ? -errno : 0;
}

static inline int set_mm(unsigned long option, unsigned long arg3)
{
	return set_mm4(option, arg3, 0, 0);
}

/* All that PR_SET_MM can change, as /proc and brk(2) show it. */
struct mm_state {
	unsigned long	of[PR_SET_MM_ENV_END + 1];	/* by sub-option */
	char		auxv[1024];
	char		exe[PATH_MAX];
	char		cmdline[512];
	char		environ[512];
};

static inline void read_file(const char *name, char *to, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	memset(to, 0, size);
	if (fd < 0 || read(fd, to, size) < 0)
		snprintf(to, size, "%s: %m", name);
	close(fd);
}

/*
 * It keeps some things in words of its own, also for a 32-bit task. Such a word is the
 * limit of the resident set in stat, which is without limit here.
 */
static inline bool kernel_is_64_bit(void)
{
	char stat[1024];
	const char *at;
	int n;

	if (sizeof(long) == 8)
		return true;
	read_file("/proc/self/stat", stat, sizeof(stat) - 1);
	at = strrchr(stat, ')');
	for (n = 3; at && n <= 25; n++)
		at = strchr(at + 1, ' ');
	return at && strtoull(at, NULL, 10) > UINT32_MAX;
}

/* struct prctl_mm_map as a 64-bit task has it. */
struct wide_map {
	__u64 bounds[offsetof(struct prctl_mm_map, auxv) / sizeof(__u64)];
	__u64 auxv;
	__u32 auxv_size;
	__u32 exe_fd;
};

/*
 * Where the struct of a 32-bit task is as long as that of a 64-bit one, a 64-bit kernel
 * cannot tell them apart and takes it for the latter. Known from the start, since a test may
 * make reading a file fail.
 */
static bool kernel_reads_wide_map;

static void __attribute__((constructor)) know_layout(void)
{
	kernel_reads_wide_map = sizeof(long) == 4 && kernel_is_64_bit() &&
				sizeof(struct prctl_mm_map) == sizeof(struct wide_map);
}

static inline void widen_map(const struct prctl_mm_map *map, struct wide_map *wide)
{
	memcpy(wide->bounds, map, sizeof(wide->bounds));
	wide->auxv = (unsigned long)map->auxv;
	wide->auxv_size = map->auxv_size;
	wide->exe_fd = map->exe_fd;
}

/* @map as the kernel reads it, if need be in @wide. */
static inline const void *as_kernel_reads(const struct prctl_mm_map *map,
					  struct wide_map *wide)
{
	if (!kernel_reads_wide_map)
		return map;
	widen_map(map, wide);
	return wide;
}

static inline int set_mm_map(const struct prctl_mm_map *map)
{
	struct wide_map wide;

	return set_mm4(PR_SET_MM_MAP, (unsigned long)as_kernel_reads(map, &wide),
		       sizeof(*map), 0);
}

/* Of a struct that may be unreadable. */
static inline int set_mm_map_at(unsigned long at)
{
	return set_mm4(PR_SET_MM_MAP, at, sizeof(struct prctl_mm_map), 0);
}

/* 0 or -errno. */
static inline int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static inline int write_file(const char *name, const char *text)
{
	return write_at(AT_FDCWD, name, text);
}

/* The bounds in a line of stat, by sub-option; that of brk stays. False if it is no such line. */
static inline bool parse_bounds(const char *stat, unsigned long of[PR_SET_MM_ENV_END + 1])
{
	/* Their fields, by number in proc(5). */
	static const unsigned char number[] = {
		[PR_SET_MM_START_CODE] = 26, [PR_SET_MM_END_CODE] = 27,
		[PR_SET_MM_START_STACK] = 28, [PR_SET_MM_START_DATA] = 45,
		[PR_SET_MM_END_DATA] = 46, [PR_SET_MM_START_BRK] = 47,
		[PR_SET_MM_ARG_START] = 48, [PR_SET_MM_ARG_END] = 49,
		[PR_SET_MM_ENV_START] = 50, [PR_SET_MM_ENV_END] = 51,
	};
	/* comm is field 2 and may have blanks in it */
	const char *at = strrchr(stat, ')');
	unsigned long field[52];
	unsigned int n;

	for (n = 3; n < ARRAY_SIZE(field); n++) {
		at = at ? strchr(at + 1, ' ') : NULL;
		if (!at)
			return false;
		field[n] = n < 26 ? 0 : strtoul(at, NULL, 10);
	}
	for (n = PR_SET_MM_START_CODE; n < sizeof(number); n++) {
		if (number[n])
			of[n] = field[number[n]];
	}
	return true;
}

/* The bounds that a stat file shows; 0 for brk, which is not among them. */
static inline void read_bounds(const char *name, unsigned long of[PR_SET_MM_ENV_END + 1])
{
	char stat[1024];

	read_file(name, stat, sizeof(stat) - 1);
	stat[sizeof(stat) - 1] = '\0';
	memset(of, 0, (PR_SET_MM_ENV_END + 1) * sizeof(*of));
	parse_bounds(stat, of);
}

/* A bound of another process. */
static inline unsigned long read_bound_of(pid_t pid, unsigned int option)
{
	unsigned long of[PR_SET_MM_ENV_END + 1];
	char name[32];

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	read_bounds(name, of);
	return of[option];
}

static inline void read_state(struct mm_state *s)
{
	memset(s, 0, sizeof(*s));
	read_bounds("/proc/self/stat", s->of);
	s->of[PR_SET_MM_BRK] = syscall(__NR_brk, 0);
	read_file("/proc/self/auxv", s->auxv, sizeof(s->auxv));
	read_file("/proc/self/cmdline", s->cmdline, sizeof(s->cmdline));
	read_file("/proc/self/environ", s->environ, sizeof(s->environ));
	if (readlink("/proc/self/exe", s->exe, sizeof(s->exe) - 1) < 0)
		snprintf(s->exe, sizeof(s->exe), "none");
}

static inline unsigned long read_bound(unsigned int option)
{
	struct mm_state s;

	read_state(&s);
	return s.of[option];
}

/* An argument for which the sub-option would succeed or get far. */
static inline unsigned long good_arg3(unsigned int option)
{
	return option > PR_SET_MM_ENV_END ? 0 : read_bound(option);
}

/* Has nothing changed? Says what has. */
static inline bool same_state(const struct mm_state *a, const struct mm_state *b)
{
	unsigned int i;

	for (i = PR_SET_MM_START_CODE; i <= PR_SET_MM_ENV_END; i++) {
		if (a->of[i] != b->of[i])
			printf("# bound %u was 0x%lx and is 0x%lx\n", i,
			       a->of[i], b->of[i]);
	}
	if (memcmp(a->auxv, b->auxv, sizeof(a->auxv)))
		printf("# auxv has changed\n");
	if (strcmp(a->exe, b->exe))
		printf("# exe was %s and is %s\n", a->exe, b->exe);

	return !memcmp(a, b, sizeof(*a));
}

/* G7: the call is refused with this errno, and nothing has changed. */
#define EXPECT_REFUSED(error, call) do {				\
	struct mm_state before__, after__;				\
									\
	read_state(&before__);						\
	EXPECT_EQ(-(error), (call));					\
	read_state(&after__);						\
	EXPECT_TRUE(same_state(&before__, &after__));			\
} while (0)

/* The bound is accepted, and /proc or brk(2) shows it. */
#define EXPECT_BOUND(option, addr) do {					\
	unsigned int option__ = (option);				\
	unsigned long addr__ = (addr);					\
									\
	EXPECT_EQ(0, set_mm(option__, addr__));				\
	EXPECT_EQ(addr__, read_bound(option__));			\
} while (0)

/* The present bounds as a map, with no vector and no executable in it. */
static inline void read_map(struct prctl_mm_map *map)
{
	struct mm_state s;

	read_state(&s);
	*map = (struct prctl_mm_map) {
		.start_code = s.of[PR_SET_MM_START_CODE],
		.end_code = s.of[PR_SET_MM_END_CODE],
		.start_data = s.of[PR_SET_MM_START_DATA],
		.end_data = s.of[PR_SET_MM_END_DATA],
		.start_brk = s.of[PR_SET_MM_START_BRK],
		.brk = s.of[PR_SET_MM_BRK],
		.start_stack = s.of[PR_SET_MM_START_STACK],
		.arg_start = s.of[PR_SET_MM_ARG_START],
		.arg_end = s.of[PR_SET_MM_ARG_END],
		.env_start = s.of[PR_SET_MM_ENV_START],
		.env_end = s.of[PR_SET_MM_ENV_END],
		.exe_fd = -1,
	};
}

/* Every start but that of the heap at @low, every end at @high. */
static inline void fill_bounds(struct prctl_mm_map *map, unsigned long low,
			       unsigned long high)
{
	map->start_code = low;
	map->end_code = high;
	map->start_data = low;
	map->end_data = high;
	map->start_stack = low;
	map->arg_start = low;
	map->arg_end = high;
	map->env_start = low;
	map->env_end = high;
}

/*
 * How many bytes the kernel has for the vector; 0 if it does not say. A longer one is refused
 * before it is read, and this one cannot be read.
 */
static inline unsigned int vector_size(void)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.auxv = (void *)1;
	for (map.auxv_size = 1024; map.auxv_size; map.auxv_size -= 4)
		if (set_mm_map(&map) != -EINVAL)
			break;
	return map.auxv_size;
}

/*
 * Put every start to @low and every end to @high, which PR_SET_MM_MAP does with
 * no look at areas: whatever lies between is then in order for any sub-option.
 */
static inline int spread_bounds(unsigned long low, unsigned long high)
{
	struct prctl_mm_map map;

	read_map(&map);
	fill_bounds(&map, low, high);
	return set_mm_map(&map);
}

/* Only those of the code. */
static inline int spread_code(unsigned long low, unsigned long high)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.start_code = low;
	map.end_code = high;
	return set_mm_map(&map);
}

static inline bool can_be_mapped(unsigned long at)
{
	void *page = mmap((void *)at, PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return page == MAP_FAILED ? errno == EEXIST : !munmap(page, PAGE);
}

/* The first address that no bound may have: TASK_SIZE, which no header tells, but mmap(2). */
static inline unsigned long end_of_addresses(void)
{
	unsigned long good = (unsigned long)&good & -PAGE, bad = ~0UL & -PAGE, middle;

	/* The stack is below the end. */
	while (bad - good > PAGE) {
		middle = good + (bad - good) / 2 / PAGE * PAGE;
		if (can_be_mapped(middle))
			good = middle;
		else
			bad = middle;
	}
	return bad;
}

/* Leave just these capabilities (a mask of the first 64) effective. */
static inline int only_caps(uint64_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &header, data))
		return -errno;
	data[0].effective = data[0].permitted & mask;
	data[1].effective = data[1].permitted & (mask >> 32);
	return syscall(__NR_capset, &header, data) ? -errno : 0;
}

/* Is it permitted, if not effective at the moment? */
static inline bool has_cap(int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	return !syscall(__NR_capget, &header, data) &&
	       data[cap / 32].permitted & (1U << cap % 32);
}

#define CAP_BIT(cap)	(1ULL << (cap))

#endif /* PRCTL_SET_MM_H */
