/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of the machine that tests may change for a while, if the environment
 * has PR_SET_MM_CHANGE_MACHINE=1: how strict PR_SET_MM is, whether auditing is on,
 * which allocations fault injection may let fail, where core dumps go, what a write at an
 * offset of a sysctl does, and the lowest address that can be mapped.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>

#define CHANGE_VARIABLE	"PR_SET_MM_CHANGE_MACHINE"

/* What a program changes, for note_machine(). */
enum {
	CHANGES_LEVEL = 1,
	CHANGES_AUDITING = 2,
	CHANGES_FAILSLAB = 4,
	CHANGES_CORE = 8,	/* where core dumps go */
	CHANGES_OFFSETS = 16,	/* what a write at an offset of a sysctl does */
	CHANGES_LOWEST = 32,	/* the lowest address that can be mapped */
};

/* Where debugfs has the settings of fault injection, for the functions here. */
extern const char *failslab_dir;

/*
 * What a variable of the environment says: 1 yes, 0 (or nothing) no, -1 if it has a
 * value that it cannot have.
 */
int yes_or_no(const char *variable);

/* May tests change the machine? */
bool may_change_machine(void);

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define WRITES_STRICT	"/proc/sys/kernel/sysctl_writes_strict"
#define MMAP_MIN_ADDR	"/proc/sys/vm/mmap_min_addr"

/* Write to one of these files: 0 or -errno. */
int set_failslab(const char *name, const char *value);

/*
 * Note the present value of what @changes names, in this process and in a file that
 * outlives it. Only what was noted is put back.
 */
void note_machine(unsigned int changes);

/* Was it noted, so that it will be put back? Only then may a test change it. */
bool is_noted(unsigned int change);

/* Put back what was noted, and remove the file: false if that was not possible. */
bool put_machine_back(void);

/*
 * Put back what a program noted that was killed with all of its processes, and remove
 * the files of such programs.
 */
void clean_up_after_killed(void);

/* PID, dash, and start time of this process: no other process has had it since boot. */
const char *own_name(void);

/* Does a process of that name still run? Only in a /proc of this PID namespace. */
bool is_running(const char *name);

#endif /* MACHINE_H */
