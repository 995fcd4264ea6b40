/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the sequences of calls share: how they make a call, map a task, check /proc and
 * report to the parent.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "../option_name.h"
#include "../prctl_set_mm.h"

/*
 * Where the mappings of a restored task are: below a restorer and its stack, so that the
 * single options can be set in CRIU's order. Each start must not be above the present
 * end, nor each end below the new start.
 */
#define TASK		0x100000UL

enum outcome { NONE, PASSED, FAILED, SKIPPED };

/* What a child tells its parent, in memory that they share. */
struct report {
	enum outcome outcome;
	char text[256];
};

extern struct report *report;

extern int level;		/* of kernel.prctl_set_mm, -1 without the series */
extern char *old_title;		/* argv[0], of which each child has its own copy */

/* The end of the child. */
#define finish(result, ...) do {					\
	snprintf(report->text, sizeof(report->text), __VA_ARGS__);	\
	report->outcome = (result);					\
	_exit(0);							\
} while (0)

#define pass(...)	finish(PASSED, __VA_ARGS__)
#define fail(...)	finish(FAILED, __VA_ARGS__)
#define skip(...)	finish(SKIPPED, __VA_ARGS__)

/* calls.c */
const char *answer(int error);
/* A call without which the caller gives up. Level 3 of the sysctl has to refuse it. */
void must(unsigned int option, unsigned long arg3, int error);
void must_set(unsigned int option, unsigned long arg3);
void must_set_auxv(const unsigned long *auxv, size_t size);
void must_find_map_size(void *size);
bool has_privilege(void);
void need_privilege(void);
/*
 * A 64-bit kernel without the series refuses MAP to a 32-bit task, for its layout of
 * the struct. While there is no sysctl, the answer may still be the one without it.
 */
bool map_may_be_refused(void);

/* task.c: the mappings of another task. */
void map_at(unsigned long addr, unsigned int pages, int prot, int flags, int fd);
/* Its code and data from a file, or not if @exe is -1; *@map gets its bounds. */
void map_task(struct prctl_mm_map *map, int exe);
void check_task(const struct prctl_mm_map *map);

/* proc.c: does /proc show what was set? */
extern char seen[1 << 18];

/* What the file in /proc has, which must be shorter than the buffer @seen. */
size_t look_at(const char *name);
void check_file(const char *name, const void *want, size_t size);
void check_bounds(const struct prctl_mm_map *want);
void check_auxv(const void *want, size_t size);
void check_exe(int fd);

/* The sequences. */
void criu_check(void);
void criu_check_without_map_size(void);
void criu_restore(void);
void criu_restore_without_map(void);
void lxc_title(void);
void systemd_title(void);
void rr_detach(void);
void rr_detach_32_bit(void);
void rr_recorded_calls(void);

#endif /* REPLAY_H */
