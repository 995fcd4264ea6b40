/* SPDX-License-Identifier: GPL-2.0 */
/* What a test needs of the machine, and in which words it says that it is not there. */
#ifndef NEED_H
#define NEED_H

enum {
	NEED_PRIVILEGE = 1,	/* CAP_SYS_RESOURCE in the initial user namespace */
	NEED_RULES = 2,		/* the contract: a level above 0 */
	NEED_FORK_MAY_REPLACE = 4,	/* ... and a child may replace again: level 1 */
	NEED_LEVELS = 8,	/* to set the level of kernel.prctl_set_mm */
	NEED_FILES = 16,	/* a folder for files that may be executed */
	NEED_MOUNTS = 32,	/* mounts that nobody else sees */
	NEED_EVENTS = 64,	/* the tracepoint */
	NEED_AUDIT = 128,	/* audit records */
	NEED_AUDIT_SWITCH = 256,	/* to turn auditing on and off */
	NEED_FAILURES = 512,	/* allocations that fail */
	NEED_INITIAL_PIDS = 1024,	/* the initial PID namespace */
	NEED_USER_NAMESPACE = 2048,	/* to make one */
	NEED_E3 = 4096,		/* the kernel sees that the old executable is mapped */
	NEED_CORE = 8192,	/* core dumps in the present folder, if need be by core_here() */
	NEED_OFFSETS = 16384,	/* to set what a write at an offset of a sysctl does */
	NEED_PARK = 32768,	/* calls that wait: a filesystem by FUSE */
	NEED_FREE_MAP = 65536,	/* PR_SET_MM_MAP takes any address: level 0 or 1 */
	NEED_LOWEST = 131072,	/* to set the lowest address that can be mapped */
};

/* The reason, or NULL. */
const char *why_not(unsigned int needs);

/* Why no test of PR_SET_MM can say anything here, or NULL. */
const char *why_no_series(void);

/* The same where the level does not matter: also at 3, where nothing can be changed. */
const char *why_no_series_at_any_level(void);

/* Why there is no kernel.prctl_set_mm, or NULL: also where it is missing and has to be there. */
const char *why_no_sysctl(void);

/* Why kernel.prctl_set_mm cannot be written, when that has ended with @error; or NULL. */
const char *why_no_level(int error);

/* Let core dumps go to the present folder of a process: 0 or -errno. */
int core_here(void);

/* Is the level that the tests began with one at which the contract holds? */
int rules_hold(void);

#endif /* NEED_H */
