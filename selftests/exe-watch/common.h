/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of exe-watch share. It depends on none of them. */
#ifndef EXE_WATCH_COMMON_H
#define EXE_WATCH_COMMON_H

#include <stdbool.h>
#include <stdio.h>

/* The version of the patch series that this came with; exe-watch.8 has it, too. */
#define VERSION "1.0"

/* The exit codes. */
enum {
	NOTHING_REPLACED = 0,	/* or --follow has ended as it was asked to */
	FOUND = 1,
	WRONG_USE = 2,
	CANNOT_TELL = 3,
};

/* A line on stderr. */
#define complain(format, ...)	\
	fprintf(stderr, "exe-watch: " format "\n", ##__VA_ARGS__)

/* The end of a message about a missing permission: what to do about it. */
const char *be_root(void);

/* Write out what stdout has buffered. Complains and returns false if that fails. */
bool flush_output(void);

#endif /* EXE_WATCH_COMMON_H */
